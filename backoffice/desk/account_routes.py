"""Addresses for whoever stands at the counter: a declaration taken over, an account found, a phone freed (K8, K9, D6).

Nothing personal is in any of them: an account is its number, which opens only what the officer may reach.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, request

from backoffice.accounts import desk_actions, desk_acts
from backoffice.accounts.desk_actions import CHECKS
from backoffice.decision import account_acts
from backoffice.decision.transfer import transfer as take_over
from backoffice.desk.account_beside import show_held_phone
from backoffice.desk.account_page import compare as compare_id
from backoffice.desk.account_page import open_account, show_account
from backoffice.desk.answers import changed, number_of, receipt_of
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk_accounts", __name__, url_prefix="/desk")


@pages.post("/<receipt_code>/transfer")
@permit(Do.TRANSFER)
def transfer(receipt_code: str) -> Response:
    """Take another office's declaration over and open it (K8)."""
    code = receipt_of(receipt_code)
    take_over(code, me(), request.form.get("note", ""), request.form.get("presented", ""))
    return go(f"/desk/{code}")


@pages.post("/<receipt_code>/reset-and-close")
@permit(Do.CLOSE_WITH_RESET)
def reset_and_close(receipt_code: str) -> Response:
    """Send a new password to the account the person already has, close the declaration, show how the SMS fares (K9)."""
    account_id = account_acts.reset_and_close(receipt_of(receipt_code), me(), _checked())
    flash("Đã cấp lại mật khẩu và đóng tờ khai. Tin đến máy hay chưa: xem “Tin nhắn gửi mật khẩu” ở dưới.", "good")
    return go(f"/desk/accounts/{account_id}")


@pages.get("/accounts/<account_id>")
@permit(Do.SEE_ACCOUNT)
def account_page(account_id: str) -> Response:
    """Show an account to be compared with the ID its owner presents."""
    return show("desk/account.html", **open_account(number_of(account_id), me()))


@pages.get("/accounts/<account_id>/messages")
@permit(Do.SEE_ACCOUNT)
def account_messages(account_id: str) -> Response:
    """Show how the password's message fares; 204 while nothing has changed since `state`."""
    number = number_of(account_id)
    if not is_fragment():
        return go(f"/desk/accounts/{number}")
    page = show_account(number, me())
    if request.args.get("state") == page["fates"]["state"]:
        return make_response("", 204)
    return show("desk/account.html", block="messages", **page)


@pages.post("/accounts/<account_id>/compare")
@permit(Do.SEE_ACCOUNT)
def compare(account_id: str) -> Response:
    """Compare what was scanned or typed with the account; a form 01 opens its declaration."""
    number = number_of(account_id)
    found = compare_id(number, me(), request.form.get("text", ""))
    if found.opens is not None:
        return go(f"/desk/{found.opens}")
    page = show_account(number, me()) | {"compared": found.shown}
    return show("desk/account.html", block="compared", status=200 if found.is_read else 422, **page)


@pages.post("/accounts/<account_id>/reset")
@permit(Do.RESET_ACCOUNT)
def reset(account_id: str) -> Response:
    """Send a new password to the account's phone (K9)."""
    desk_actions.reset_password(number_of(account_id), me(), _checked())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/phone")
@permit(Do.CHANGE_ACCOUNT_PHONE)
def phone(account_id: str) -> Response:
    """Write down the number the owner has now (K10)."""
    number, consent = request.form.get("value", ""), request.form.get("consent", "")
    desk_actions.correct_phone(number_of(account_id), me(), number, consent)
    return _changed(account_id)


@pages.post("/accounts/<account_id>/lock")
@permit(Do.LOCK_ACCOUNT)
def lock(account_id: str) -> Response:
    """Lock the account of a wrong approval and show the declaration that was approved."""
    code = account_acts.lock_account(number_of(account_id), me(), _note())
    return changed(code)


@pages.post("/accounts/<account_id>/lock-for-owner")
@permit(Do.LOCK_FOR_OWNER)
def lock_for_owner(account_id: str) -> Response:
    """Lock the account because its owner, who stands here, asks for it."""
    desk_acts.lock_for_owner(number_of(account_id), me(), _note(), _checked())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/lock-on-suspicion")
@permit(Do.LOCK_ACCOUNT)
def lock_on_suspicion(account_id: str) -> Response:
    """Lock an account that seems to be in other hands."""
    desk_acts.lock_on_suspicion(number_of(account_id), me(), _note())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/unlock")
@permit(Do.UNLOCK_ACCOUNT)
def unlock(account_id: str) -> Response:
    """Let a locked account be used again."""
    desk_acts.unlock(number_of(account_id), me(), _note())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/open-door")
@permit(Do.REOPEN_DOOR)
def open_door(account_id: str) -> Response:
    """Let the owner try passwords again (A7)."""
    desk_acts.reopen_door(number_of(account_id), me(), _checked())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/doubt-phone")
@permit(Do.DOUBT_PHONE)
def doubt_phone(account_id: str) -> Response:
    """Mark that the number has to be updated (D6)."""
    desk_acts.doubt_phone(number_of(account_id), me(), _note())
    return _changed(account_id)


@pages.post("/accounts/<account_id>/trust-phone")
@permit(Do.DOUBT_PHONE)
def trust_phone(account_id: str) -> Response:
    """Take that mark off again: the number was tried."""
    desk_acts.trust_phone(number_of(account_id), me(), _checked())
    return _changed(account_id)


@pages.get("/phones/<receipt_code>")
@permit(Do.FREE_PHONE)
def held_phone(receipt_code: str) -> Response:
    """Show a supervisor what holds the declared phone, not whose it is (D6)."""
    return show("desk/phone.html", **show_held_phone(receipt_of(receipt_code), me()))


@pages.post("/phones/free")
@permit(Do.FREE_PHONE)
def free_phone() -> Response:
    """Free the declared phone from an older account and go back to the declaration (D6)."""
    code = receipt_of(request.form.get("receipt", ""))
    account_acts.free_phone(code, me(), _note())
    return go(f"/desk/{code}")


def _changed(account_id: str) -> Response:
    """Answer an act that was done: back to the page, or its changed parts for HTMX."""
    number = number_of(account_id)
    if not is_fragment():
        return go(f"/desk/accounts/{number}")
    values = show_account(number, me())
    return show("desk/account.html", block="work", also=("caption", "facts", "history"), oob=True, **values)


def _note() -> str:
    return request.form.get("note", "")


def _checked() -> set[str]:
    """Return which of the officer's checks were ticked."""
    return {name for name in CHECKS if request.form.get(name, "").strip()}
