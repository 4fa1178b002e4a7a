"""Addresses for messages that did not arrive. Nothing personal is in any of them: a message is its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, make_response, request

from backoffice.desk.answers import number_of
from backoffice.followup import actions, handling, health
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("followup", __name__, url_prefix="/notices")
PAGE, ITEM = "followup/notices.html", "followup/_item.html"
HOME = "/notices"


@pages.get("")
@permit(Do.USE_NOTICES)
def notices_page() -> Response:
    """Show what did not arrive to those who may see it, and how the gateways fare."""
    return show(PAGE, block="items", **actions.show_page(me(), request.args.get("after")))


@pages.get("/gateways")
@permit(Do.SEE_GATEWAYS)
def gateways() -> Response:
    """Show the gateways alone, 204 while the page shows them already; asked every 10 s, keeps no session awake."""
    if not is_fragment():
        return go(HOME)
    shown = health.show_gateways(me())
    if shown["gateways"]["state"] == request.args.get("state"):
        return make_response("", 204)
    return show(PAGE, block="gateways_now", **shown)


@pages.post("/search")
@permit(Do.SEE_NOTICES)
def search() -> Response:
    """Show all messages about whom the text names; the text is in no address."""
    text = request.form.get("q", "")
    try:
        found = actions.search(text, me())
    except InvalidInput as fault:
        refused = {"q": text, "fault": fault.message, "items": [], "looked": ""}
        return show("followup/found.html", block="found", status=422, found=refused)
    return show("followup/found.html", block="found", found=found)


@pages.post("/<notice_id>/call-back")
@permit(Do.HANDLE_NOTICE)
def call_back(notice_id: str) -> Response:
    """Keep a note on a call."""
    number, note = number_of(notice_id), request.form.get("note", "")
    return _act(
        number, lambda: handling.note_call(number, me(), note), "Đã ghi kết quả liên hệ.", act="call-back", note=note
    )


@pages.post("/<notice_id>/resend")
@permit(Do.HANDLE_NOTICE)
def resend(notice_id: str) -> Response:
    """Send the message again."""
    number = number_of(notice_id)
    return _act(number, lambda: handling.resend(number, me()), "Đã gửi lại.", act="resend")


@pages.post("/<notice_id>/correct")
@permit(Do.HANDLE_NOTICE)
def correct(notice_id: str) -> Response:
    """Correct where it goes, and send it there."""
    number, value, consent = number_of(notice_id), request.form.get("value", ""), request.form.get("consent", "")
    return _act(
        number,
        lambda: handling.correct(number, me(), value, consent),
        "Đã gửi đến nơi nhận mới.",
        act="correct",
        value=value,
        consent=bool(consent.strip()),
    )


@pages.post("/<notice_id>/give-up")
@permit(Do.HANDLE_NOTICE)
def give_up(notice_id: str) -> Response:
    """Take the message off the worklist."""
    number, note = number_of(notice_id), request.form.get("note", "")
    return _act(number, lambda: handling.give_up(number, me(), note), "Đã ghi thôi gửi.", act="give-up", note=note)


def _act(notice_id: int, done: Callable[[], None], said: str, **typed: Any) -> Response:
    """Do it, and answer with the message as it stands now; a form with faults comes back with all that was typed."""
    try:
        done()
    except InvalidInput as fault:
        if not is_fragment():
            raise
        draft = typed | {"faults": {one.field: one.message for one in fault.faults}}
        return show(ITEM, status=422, **actions.show_item(notice_id, me(), draft))
    if not is_fragment():
        flash(said, "good")
        return go(HOME)
    return show(ITEM, acted=True, **actions.show_item(notice_id, me()))
