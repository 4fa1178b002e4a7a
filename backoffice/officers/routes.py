"""Addresses of the officers' administration. An officer is a number in them; what is searched is in none."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, request

from backoffice.desk.answers import number_of
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput
from backoffice.officers import access, actions, forms
from backoffice.officers.actions import Handed
from backoffice.officers.import_routes import pages as import_pages
from backoffice.officers.view import NOTHING, Refused, show_handed, show_list, show_new, show_officer
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("officers", __name__, url_prefix="/officers")
pages.register_blueprint(import_pages)
LIST, ONE, NEW, HANDED = "officers/list.html", "officers/officer.html", "officers/new.html", "officers/handed.html"
_TYPED = ("username", "name", "role", "office", "email", "second_office", "second_until")


@pages.get("")
@permit(Do.SEE_OFFICERS)
def officers_page() -> Response:
    """List the officers of the branch, narrowed by role or state."""
    return show(LIST, **show_list(me(), forms.read_wanted({**request.args.to_dict(), "q": ""}), "", None))


@pages.post("/search")
@permit(Do.SEE_OFFICERS)
def search() -> Response:
    """List whom the words name; the words stand in no address."""
    form = request.form.to_dict()
    after = number_of(form["after"]) if form.get("after") else None
    shown = show_list(me(), forms.read_wanted(form), form.get("q", ""), after)
    return show(LIST, block="rows" if after else "found", **shown)


@pages.get("/new")
@permit(Do.EDIT_OFFICERS)
def new_page() -> Response:
    """Show the form for a new officer."""
    return show(NEW, **show_new(me()))


@pages.post("/new")
@permit(Do.EDIT_OFFICERS)
def create() -> Response:
    """Add an officer and tell the one-time link, once."""
    try:
        handed = actions.create(me(), *forms.read_new(request.form))
    except (InvalidInput, Conflict) as refusal:
        return show(NEW, status=refusal.status, **show_new(me(), _refused("new", refusal)))
    return _hand(handed, "Đã thêm người dùng.")


@pages.get("/<officer_id>")
@permit(Do.SEE_OFFICERS)
def officer_page(officer_id: str) -> Response:
    """Show one officer, what was done to them, and what can be done."""
    return _page(number_of(officer_id))


@pages.post("/<officer_id>/edit")
@permit(Do.EDIT_OFFICERS)
def edit(officer_id: str) -> Response:
    """Change name, role, office, e-mail."""
    number = number_of(officer_id)

    def done() -> str:
        changed = actions.edit(me(), number, forms.read_profile(request.form), _mark())
        if not changed:
            return "Không có gì thay đổi."
        ended = " Việc làm thay ở cơ quan thứ hai cũng kết thúc." if "second_office" in changed else ""
        moved = {"role", "office"} & set(changed)
        return (
            "Đã ghi." + (" Người này phải đăng nhập lại; hồ sơ đang giữ đã trả về danh sách." if moved else "") + ended
        )

    return _act(number, "edit", done)


@pages.post("/<officer_id>/second")
@permit(Do.EDIT_OFFICERS)
def stand_in(officer_id: str) -> Response:
    """Give a second office until a day."""
    number = number_of(officer_id)

    def done() -> str:
        code, until = forms.read_second(request.form)
        actions.stand_in(me(), number, code, until, _mark())
        return f"Đã cho làm thay ở cơ quan {code} đến hết ngày {until:%d/%m/%Y}."

    return _act(number, "second", done)


@pages.post("/<officer_id>/second/end")
@permit(Do.EDIT_OFFICERS)
def end_stand_in(officer_id: str) -> Response:
    """Take the second office away."""
    number = number_of(officer_id)

    def done() -> str:
        actions.end_stand_in(me(), number, _mark())
        return "Đã thôi làm thay ở cơ quan thứ hai."

    return _act(number, "second", done)


@pages.post("/<officer_id>/disable")
@permit(Do.EDIT_OFFICERS)
def disable(officer_id: str) -> Response:
    """Let the officer sign in no more, at once."""
    number = number_of(officer_id)

    def done() -> str:
        access.disable(me(), number)
        return "Đã ngừng sử dụng. Phiên đang mở đã kết thúc; hồ sơ đang giữ đã trả về danh sách."

    return _act(number, "disable", done)


@pages.post("/<officer_id>/enable")
@permit(Do.EDIT_OFFICERS)
def enable(officer_id: str) -> Response:
    """Let the officer in again, by a new link."""
    number = number_of(officer_id)
    try:
        return _hand(access.enable(me(), number, _mark()), "Đã cho dùng lại.")
    except (Conflict, Forbidden) as refusal:
        return _page(number, _refused("enable", refusal), refusal.status)


@pages.post("/<officer_id>/link")
@permit(Do.EDIT_OFFICERS)
def link(officer_id: str) -> Response:
    """Make a new one-time link and tell it, once."""
    number = number_of(officer_id)
    try:
        return _hand(access.give_link(me(), number), "Đã cấp đường dẫn mới; các đường dẫn trước không dùng được nữa.")
    except (Conflict, Forbidden) as refusal:
        return _page(number, _refused("link", refusal), refusal.status)


@pages.post("/<officer_id>/authenticator")
@permit(Do.EDIT_OFFICERS)
def forget_authenticator(officer_id: str) -> Response:
    """Let the officer enrol a new authenticator."""
    number = number_of(officer_id)

    def done() -> str:
        access.forget_authenticator(me(), number)
        return "Đã bỏ ứng dụng xác thực cũ. Lần đăng nhập tới, người này đăng ký ứng dụng mới."

    return _act(number, "authenticator", done)


def _act(officer_id: int, form: str, done: Callable[[], str]) -> Response:
    """Do it and go back to the officer's page; a form that is refused comes back with what was typed."""
    try:
        said = done()
    except (InvalidInput, Conflict, Forbidden) as refusal:
        return _page(officer_id, _refused(form, refusal), refusal.status)
    flash(said, "good")
    return go(f"/officers/{officer_id}")


def _page(officer_id: int, refused: Refused = NOTHING, status: int = 200) -> Response:
    return show(ONE, status=status, **show_officer(me(), officer_id, refused))


def _hand(handed: Handed, said: str) -> Response:
    return show(HANDED, said=said, slips=show_handed(handed), back=f"/officers/{handed.officer_id}")


def _refused(form: str, refusal: DomainError) -> Refused:
    typed = {name: request.form[name][:300] for name in _TYPED if name in request.form}
    faults = {one.field: one.message for one in refusal.faults} if isinstance(refusal, InvalidInput) else {}
    if refusal.code == "username_taken":
        faults["username"] = refusal.message
    return Refused(form, typed, faults, "" if faults else refusal.message)


def _mark() -> str:
    return request.form.get("mark", "")
