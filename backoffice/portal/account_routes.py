"""The owner's account in a browser: /account (A2, A6, D11)."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request

from backoffice.accounts import owner as use_cases
from backoffice.kernel.errors import DomainError, NotFound, Unauthenticated
from backoffice.portal import cookies, declare_room, forms
from backoffice.portal.owners import HOME, SIGN_IN, lead, owner, page, refused, room, say
from backoffice.portal.queries import signed_in_since
from backoffice.portal.words import ACCOUNTS, PAPERS, address_of, child_line, declaration_line, ends_soon
from backoffice.web.guard import public

pages = room("account", __name__, "/account")

_CODE_SENT = "Đã gửi mã OTP về số điện thoại đã đăng ký. Mã có hiệu lực 5 phút."
_CHANGED = "Đã đổi mật khẩu. Từ nay xin đăng nhập bằng mật khẩu mới."
_SIGNED_OUT = "Đã thoát tài khoản trên thiết bị này."


@pages.get("")
@public
def account_page() -> Response:
    """Show what the account holds about its owner (A6)."""
    here = owner()
    known = use_cases.information(here)
    return page(
        "account",
        known=known,
        paper=PAPERS[known.id_type],
        address=address_of(known),
        state=ACCOUNTS[known.status],
        ends_soon=ends_soon(known),
        since=signed_in_since(here),
    )


@pages.get("/password")
@public
def password_page() -> Response:
    """Say what a password must be, and offer the code that changing it takes (A2)."""
    owner()
    return page("password", ordered=False)


@pages.post("/password/code")
@public
def order_password_code() -> Response:
    """Send the code to the registered phone; the form is on a page of its own, so that loading it anew sends none."""
    here = owner()
    try:
        use_cases.order_password_code(here)
    except DomainError as refusal:
        return refused("password", refusal, ordered=request.form.get("again") == "1")
    say("good", _CODE_SENT)
    return lead("account.new_password_page")


@pages.get("/password/new")
@public
def new_password_page() -> Response:
    """Ask for the old password, the new one twice, and the code."""
    owner()
    return page("password", ordered=True)


@pages.post("/password/new")
@public
def change_password() -> Response:
    """Change the password (A2)."""
    here, sent = owner(), forms.read(request.form)
    try:
        forms.require(sent, "old", "new", "repeat", "otp")
        use_cases.change_password(here, sent.old, sent.new, sent.repeat, sent.otp)
    except DomainError as refusal:
        return refused("password", refusal, ordered=True, otp_typed=sent.otp)
    say("good", _CHANGED)
    return lead(HOME)


@pages.get("/declarations")
@public
def declarations_page() -> Response:
    """List the owner's declarations."""
    return page("declarations", lines=[declaration_line(one) for one in use_cases.declarations(owner())])


@pages.get("/children")
@public
def children_page() -> Response:
    """List the children's accounts, and what was declared for children (D11)."""
    accounts, declared = use_cases.children(owner())
    return page(
        "children",
        accounts=[child_line(one) for one in accounts],
        lines=[declaration_line(one) for one in declared],
    )


@pages.get("/adjust")
@public
def adjust_page() -> Response:
    """Say how wrong or changed information is put right (D2)."""
    owner()
    return page("adjust")


@pages.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session at once, and the form that was begun on the account; pressed after it has ended, the same."""
    with suppress(Unauthenticated):
        use_cases.sign_out(owner())
    say("good", _SIGNED_OUT)
    return declare_room.leave_account(cookies.take(lead(SIGN_IN)))


@pages.get("/<path:rest>")
@public
def nothing_here(rest: str) -> Response:
    """Answer an address that is none in the look of the room, with a way back."""
    raise NotFound("Không tìm thấy trang này. Xin kiểm tra lại địa chỉ, hoặc quay về trang tài khoản.")
