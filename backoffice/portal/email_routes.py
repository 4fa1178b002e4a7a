"""Confirming the account's e-mail address: the letter is asked for here, and its link leads back (A5)."""

from __future__ import annotations

from flask import Response

from backoffice.accounts import email_reset
from backoffice.kernel.errors import Conflict, TooManyRequests
from backoffice.portal.owners import HOME, lead, owner, page, room, say
from backoffice.web.guard import public

pages = room("account_email", __name__, "/account")

_SENT = "Đã gửi thư xác nhận. Xin mở thư và bấm liên kết trong thư; nếu chưa thấy, xin xem cả mục thư rác."


@pages.post("/email-link")
@public
def send_link() -> Response:
    """Send the letter with the link that confirms the address."""
    try:
        email_reset.send_link(owner())
        say("good", _SENT)
    except (Conflict, TooManyRequests) as refusal:
        say("warn", refusal.message)
    return lead(HOME)


@pages.get("/email/<token>")
@public
def confirm_page(token: str) -> Response:
    """Ask for a press: what looks through letters opens their links, and must not confirm an address by it."""
    return page("email", token=token, confirmed=False)


@pages.post("/email/<token>")
@public
def confirm(token: str) -> Response:
    """Confirm the address the link was sent to."""
    email_reset.confirm(token)
    return page("email", token=token, confirmed=True)
