"""A letter, and the e-mail made of it (RFC 5322)."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from backoffice.gateways.delivery import GatewayRefused
from backoffice.kernel import clock

_BAD_ADDRESS = "Địa chỉ e-mail không đúng dạng. Xin kiểm tra lại địa chỉ với công dân."
_BAD_WORDS = "Thư có ký tự không gửi được trong tiêu đề."


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    kind: str = "application/pdf"


@dataclass(frozen=True)
class Letter:
    """One e-mail: `text` and, beside it, `html` say the same."""

    to: str
    subject: str
    text: str
    html: str | None = None
    attachment: Attachment | None = None


def compose(letter: Letter, *, mail_from: str, notice_id: int) -> EmailMessage:
    """Return the letter as a message: UTF-8, plain text with an HTML alternative, the attachment behind.

    The same notice always has the same Message-ID, so that a mailbox may fold a letter that was sent twice.
    Raises GatewayRefused for an address that is none, and for line breaks in any header.
    """
    message = EmailMessage(policy=SMTP)
    sender = sender_of(mail_from)
    recipient = _recipient(letter.to)
    if _has_control(letter.subject):
        raise GatewayRefused(_BAD_WORDS)
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = recipient
    message["Date"] = format_datetime(clock.local(clock.now()))
    message["Message-ID"] = f"<notice-{notice_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    if letter.attachment is not None:
        maintype, _, subtype = letter.attachment.kind.partition("/")
        message.add_attachment(
            letter.attachment.content, maintype=maintype, subtype=subtype, filename=letter.attachment.name
        )
    return message


def sender_of(mail_from: str) -> Address:
    """Return the sender that MAIL_FROM names; raises ValueError for what is none."""
    name, address = parseaddr(mail_from)
    try:
        sender = Address(display_name=name, addr_spec=address)
    except (MessageError, ValueError, IndexError):
        sender = Address()
    if not (sender.username and sender.domain and address.isascii()):
        raise ValueError("MAIL_FROM must be a sender's address, as in VssID <vssid@example.vn>")
    return sender


def _recipient(text: str) -> Address:
    if _has_control(text) or not text.isascii():
        raise GatewayRefused(_BAD_ADDRESS)
    try:
        recipient = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        raise GatewayRefused(_BAD_ADDRESS) from None
    if not recipient.domain or not recipient.username:
        raise GatewayRefused(_BAD_ADDRESS)
    return recipient


def _has_control(text: str) -> bool:
    return any(not char.isprintable() for char in text)
