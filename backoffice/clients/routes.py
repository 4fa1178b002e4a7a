"""Addresses of the machines that call the API. A new key stands in one answer and in no address."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, request

from backoffice.clients import actions
from backoffice.clients.actions import Made
from backoffice.clients.forms import HIGHEST_RATE, LONGEST_CONTACT, LONGEST_NAME, Typed, typed_of
from backoffice.clients.keys import Overlap
from backoffice.clients.words import OVERLAPS, SCOPE_HINTS, SCOPES
from backoffice.desk.answers import number_of
from backoffice.kernel.errors import Conflict, DomainError, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("clients", __name__, url_prefix="/clients")
HOME = "/clients"


@pages.get("")
@permit(Do.SEE_CLIENTS)
def clients_page() -> Response:
    """List the machines."""
    return show("clients/clients.html", **actions.show_clients(me()))


@pages.post("")
@permit(Do.EDIT_CLIENTS)
def create() -> Response:
    """Let a machine in, and show its key this once."""
    typed = _typed()
    try:
        made = actions.create(me(), typed)
    except InvalidInput as fault:
        return _form(typed, fault=fault)
    return _told(made)


@pages.get("/new")
@permit(Do.EDIT_CLIENTS)
def new_page() -> Response:
    """Show the empty form."""
    typed, _ = actions.show_form(me())
    return _form(typed)


@pages.get("/<client_id>")
@permit(Do.SEE_CLIENTS)
def client_page(client_id: str) -> Response:
    """Show one machine with its keys."""
    return _page(number_of(client_id))


@pages.get("/<client_id>/edit")
@permit(Do.EDIT_CLIENTS)
def edit_page(client_id: str) -> Response:
    """Show what may be changed."""
    typed, name = actions.show_form(me(), number_of(client_id))
    return _form(typed, number_of(client_id), name)


@pages.post("/<client_id>/edit")
@permit(Do.EDIT_CLIENTS)
def edit(client_id: str) -> Response:
    """Change a machine; what was typed comes back with its faults, or with what another changed meanwhile."""
    number, typed = number_of(client_id), _typed()
    try:
        actions.edit(me(), number, typed)
    except (InvalidInput, Conflict) as fault:
        _, name = actions.show_form(me(), number)
        return _form(typed, number, name, fault)
    flash("Đã lưu.", "good")
    return go(f"{HOME}/{number}")


@pages.post("/<client_id>/keys")
@permit(Do.EDIT_CLIENTS)
def rotate(client_id: str) -> Response:
    """Make a new key and show it this once."""
    number = number_of(client_id)
    try:
        return _told(
            actions.rotate(me(), number, request.form.get("overlap", ""), request.form.get("newest", "")),
            until=OVERLAPS[Overlap(request.form["overlap"])],
        )
    except (InvalidInput, Conflict) as fault:
        return _page(number, fault)


@pages.post("/<client_id>/keys/<key_id>/end")
@permit(Do.EDIT_CLIENTS)
def end_key(client_id: str, key_id: str) -> Response:
    """End a key at once."""
    return _act(client_id, lambda number: actions.end_key(me(), number, number_of(key_id)), "Khóa đã hết hiệu lực.")


@pages.post("/<client_id>/disable")
@permit(Do.EDIT_CLIENTS)
def disable(client_id: str) -> Response:
    """Let a machine in no more."""
    return _act(client_id, lambda number: actions.disable(me(), number), "Đã ngừng kết nối phần mềm này.")


@pages.post("/<client_id>/enable")
@permit(Do.EDIT_CLIENTS)
def enable(client_id: str) -> Response:
    """Let a machine in again."""
    return _act(client_id, lambda number: actions.enable(me(), number), "Phần mềm này được kết nối lại.")


def _act(client_id: str, done: Callable[[int], None], said: str) -> Response:
    number = number_of(client_id)
    done(number)
    flash(said, "good")
    return go(f"{HOME}/{number}")


def _typed() -> Typed:
    return typed_of(request.form, request.form.getlist("scopes"))


def _page(client_id: int, fault: DomainError | None = None) -> Response:
    shown = actions.show_client(me(), client_id)
    message = fault.message if fault else ""
    if isinstance(fault, InvalidInput):
        message = " ".join(one.message for one in fault.faults)
    return show(
        "clients/client.html", status=fault.status if fault else 200, message=message, overlaps=OVERLAPS, **shown
    )


def _told(made: Made, until: str = "") -> Response:
    return show("clients/key.html", made=made, until=until)


def _form(
    typed: Typed, client_id: int | None = None, name: str = "", fault: InvalidInput | Conflict | None = None
) -> Response:
    faults = {one.field: one.message for one in fault.faults} if isinstance(fault, InvalidInput) else {}
    limits = {"name": LONGEST_NAME, "contact": LONGEST_CONTACT, "rate": HIGHEST_RATE}
    known = None
    if isinstance(fault, Conflict) and client_id is not None:
        known, _ = actions.show_form(me(), client_id)
    return show(
        "clients/form.html",
        status=fault.status if fault else 200,
        typed=typed,
        known=known,
        faults=faults,
        stale=fault.message if known and fault else "",
        client_id=client_id,
        client_name=name,
        scopes=SCOPES,
        scope_hints=SCOPE_HINTS,
        limits=limits,
    )
