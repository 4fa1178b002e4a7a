"""Addresses for whoever stands at the counter: a declaration taken over, an account found, a phone freed (K8, K9, D6).

Nothing personal is in any of them: an account is its number, which opens only what the officer may reach.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, request

from backoffice.accounts import desk_actions
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
    code = account_acts.lock_account(number_of(account_id), me(), request.form.get("note", ""))
    return changed(code)


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
    account_acts.free_phone(code, me(), request.form.get("note", ""))
    return go(f"/desk/{code}")


def _changed(account_id: str) -> Response:
    """Answer an act that was done: back to the page, or its changed parts for HTMX."""
    number = number_of(account_id)
    if not is_fragment():
        return go(f"/desk/accounts/{number}")
    return show("desk/account.html", block="work", also=("caption", "facts"), oob=True, **show_account(number, me()))


def _checked() -> set[str]:
    """Return which of the officer's checks were ticked."""
    return {name for name in CHECKS if request.form.get(name, "").strip()}
