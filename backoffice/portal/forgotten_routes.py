"""A forgotten password, by a code in a letter to the confirmed address: /account/forgotten (A5)."""

from __future__ import annotations

from flask import Response, request

from backoffice.accounts import email_reset
from backoffice.kernel.errors import DomainError
from backoffice.portal import cookies, forms
from backoffice.portal.owners import SIGN_IN, lead, page, refused, room, say
from backoffice.web.guard import public

pages = room("account_forgotten", __name__, "/account/forgotten")

_DONE = "Đã đặt mật khẩu mới. Xin đăng nhập bằng mật khẩu mới."


@pages.get("")
@public
def forgotten_page() -> Response:
    """Say how one comes to a new password, and offer the letter."""
    return page("forgotten", ordered=False, bhxh_code="")


@pages.post("")
@public
def order_letter() -> Response:
    """Have a code sent, if there is such an account; the answer is the same when there is none."""
    sent = forms.read(request.form)
    try:
        email_reset.request_reset(sent.bhxh_code, request.remote_addr or "")
    except DomainError as refusal:
        return refused("forgotten", refusal, ordered=request.form.get("again") == "1", bhxh_code=sent.bhxh_code)
    return page("forgotten", ordered=True, bhxh_code=sent.bhxh_code)


@pages.post("/new")
@public
def choose_password() -> Response:
    """Set the new password by the code from the letter; then one signs in with it."""
    sent = forms.read(request.form)
    try:
        forms.require(sent, "code", "new", "repeat")
        email_reset.confirm_reset(
            sent.bhxh_code, sent.code, sent.new, sent.repeat, cookies.device(), request.remote_addr or ""
        )
    except DomainError as refusal:
        return refused("forgotten", refusal, ordered=True, bhxh_code=sent.bhxh_code, code_typed=sent.code)
    say("good", _DONE)
    return lead(SIGN_IN)
