"""E-mail: one interface, opened by SMTP_URL: the sandbox's files, or a mail server by SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from backoffice.config import Settings
from backoffice.gateways import sandbox
from backoffice.gateways.deadline import within
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.kernel import clock

__all__ = ["Attachment", "GatewayDown", "GatewayRefused", "Letter", "MailGateway", "Sent", "open_mail"]

SECONDS = 10.0
"""How long a mail server may take to be reached, and as long for a letter."""
IDLE_SECONDS = 60.0
LETTERS_A_CONNECTION = 100
"""A connection is given up after so long without a letter, and after so many."""

_BAD_ADDRESS = "Địa chỉ e-mail không đúng dạng. Xin kiểm tra lại địa chỉ với công dân."
_BOUNCE = "Máy chủ thư không nhận địa chỉ này (mã {code}). Xin kiểm tra lại địa chỉ với công dân."
_BOUNCES = {
    550: "Hộp thư này không có hoặc không nhận thư (mã 550). Xin kiểm tra lại địa chỉ với công dân.",
    552: "Hộp thư của công dân đã đầy (mã 552). Xin báo công dân dọn hộp thư, hoặc dùng địa chỉ khác.",
    553: "Địa chỉ thư này không hợp lệ (mã 553). Xin kiểm tra lại địa chỉ với công dân.",
}
"""What a server says of a recipient (RFC 5321, 4.2.3)."""
_NOT_LET_IN = "Máy chủ thư không cho hệ thống gửi thư (mã {code}). Xin báo quản trị."
_SIGN_IN_FIRST, _POLICY = 530, b"5.7."
"""What a server says when it is us that it does not let send, whoever the recipient is (RFC 3463, 3.8)."""
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


class MailGateway(Protocol):
    """A way to send one e-mail."""

    @property
    def name(self) -> str:
        """Return the name by which health speaks of it."""

    @property
    def rate(self) -> float:
        """Return how many letters a second it takes, 0 for as many as can be."""

    def send(self, letter: Letter, *, notice_id: int) -> Sent:
        """Send the letter. Raises GatewayRefused (for good) or GatewayDown (try again)."""

    def forget(self, notice_ids: set[int]) -> None:
        """Remove what was kept here of these notices; nothing to do where nothing is kept."""

    def close(self) -> None:
        """Give up the connection; a later letter opens one anew."""


def open_mail(url: str, settings: Settings) -> MailGateway:
    """Return the gateway that `url` (SMTP_URL) names.

    sandbox: · smtp://[user:password@]host[:port][?starttls=1&rate=…] · smtps://[user:password@]host[:port]. User and
    password are percent-encoded ASCII. Raises ValueError for anything else, and for a sender (MAIL_FROM) that is none.
    """
    _sender(settings.mail_from)
    if url == "sandbox:":
        return SandboxMail(settings.sandbox / "mail", settings.mail_from)
    parts = urlsplit(url)
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return SmtpMail(parts, settings.mail_from)
    raise ValueError("SMTP_URL must be sandbox:, smtp://host:port or smtps://host:port")


def compose(letter: Letter, *, mail_from: str, notice_id: int) -> EmailMessage:
    """Return the letter as a message: UTF-8, plain text with an HTML alternative, the attachment behind.

    The same notice always has the same Message-ID, so that a mailbox may fold a letter that was sent twice.
    Raises GatewayRefused for an address that is none, and for line breaks in any header.
    """
    message = EmailMessage(policy=SMTP)
    sender = _sender(mail_from)
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


def _sender(mail_from: str) -> Address:
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


class SandboxMail:
    """Writes letters to `folder`/<notice_id>-<n>.eml."""

    name = "sandbox-mail"
    rate = 0.0

    def __init__(self, folder: Path, mail_from: str) -> None:
        self.folder = folder
        self.mail_from = mail_from

    def send(self, letter: Letter, *, notice_id: int) -> Sent:
        """Write one file."""
        message = compose(letter, mail_from=self.mail_from, notice_id=notice_id)
        path = sandbox.write_new(self.folder, str(notice_id), ".eml", message.as_bytes())
        return Sent(gateway_id=f"sandbox-{path.stem}", delivered=True)

    def forget(self, notice_ids: set[int]) -> None:
        """Remove the files of these notices, in one walk through the folder."""
        forgotten = {str(notice_id) for notice_id in notice_ids}
        for path in self.folder.glob("*-*.eml"):
            if path.name.partition("-")[0] in forgotten:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Do nothing: each file is written by itself."""


class SmtpMail:
    """Hands letters to a mail server, one after the other over a connection that is kept between them."""

    name = "smtp"

    def __init__(self, url: SplitResult, mail_from: str, seconds: float = SECONDS) -> None:
        self._host = url.hostname or ""
        self._secure = url.scheme == "smtps"
        self._port = url.port or (465 if self._secure else 25)
        options = parse_qs(url.query)
        self._starttls = options.get("starttls", ["0"])[0] == "1"
        self.rate = _rate(options.get("rate", ["0"])[0])
        self._user = unquote(url.username or "")
        self._password = unquote(url.password or "")
        if not (self._user + self._password).isascii():
            raise ValueError("SMTP_URL: user and password must be ASCII, for SMTP knows nothing else")
        self.mail_from = mail_from
        self.seconds = seconds
        self._turn = threading.Lock()
        self._server: smtplib.SMTP | None = None
        self._letters, self._used_at = 0, 0.0

    def send(self, letter: Letter, *, notice_id: int) -> Sent:
        """Hand the letter over; the server's queue id is not known, and arrival is never reported."""
        message = compose(letter, mail_from=self.mail_from, notice_id=notice_id)
        with self._turn:
            server = self._ready()
            try:
                with within(self.seconds, lambda: _shut(server)):
                    server.send_message(message)
            except (OSError, ValueError) as error:  # smtplib's own errors are OSErrors too
                if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                    self._note_use()
                    raise _fate(error) from None
                self._hang_up()
                raise GatewayDown("Máy chủ thư ngắt kết nối giữa chừng.", unsure=True) from None
            self._note_use()
        return Sent(gateway_id=None, delivered=False)

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: a letter that went cannot be called back."""

    def close(self) -> None:
        """Say good-bye; the next letter connects anew."""
        with self._turn:
            server, self._server = self._server, None
            if server is not None:
                with within(self.seconds, lambda: _shut(server)):
                    _say_goodbye(server)

    def _ready(self) -> smtplib.SMTP:
        """Return the connection that is kept, if it still answers, else a new one."""
        server = self._server
        if server is not None:
            is_worn = self._letters >= LETTERS_A_CONNECTION or time.monotonic() - self._used_at > IDLE_SECONDS
            if not is_worn and self._answers(server):
                return server
            self._hang_up()
        with within(self.seconds, lambda: _shut(self._server)):
            self._server = self._connect()
        self._letters = 0
        return self._server

    def _answers(self, server: smtplib.SMTP) -> bool:
        try:
            with within(self.seconds, lambda: _shut(server)):
                return server.noop()[0] == 250
        except (smtplib.SMTPException, OSError, ValueError):
            return False

    def _note_use(self) -> None:
        self._letters, self._used_at = self._letters + 1, time.monotonic()

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(Exception):
                server.close()

    def _connect(self) -> smtplib.SMTP:
        """Return a connection, encrypted and signed in as told; whatever goes wrong here is not the letter's fault."""
        server: smtplib.SMTP | None = None
        try:
            if self._secure:
                server = smtplib.SMTP_SSL(timeout=self.seconds, context=ssl.create_default_context())
            else:
                server = smtplib.SMTP(timeout=self.seconds)
            self._server = server  # so that it can be cut, at its greeting already
            server._host = self._host  # type: ignore[attr-defined]  # smtplib names the certificate's host by it
            server.connect(self._host, self._port)
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if self._user:
                server.login(self._user, self._password)
        except (smtplib.SMTPException, OSError, ValueError):
            self._hang_up()
            raise GatewayDown("Chưa kết nối được với máy chủ thư.") from None
        return server


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 100_000:
        raise ValueError("SMTP_URL: rate= must be letters a second, as in rate=20")
    return rate


def _fate(error: smtplib.SMTPException) -> GatewayRefused | GatewayDown:
    """Return what the server's answer means: 5xx is for good; all else may pass, also what is wrong with us."""
    code = 0
    if isinstance(error, smtplib.SMTPSenderRefused):
        return GatewayDown(_NOT_LET_IN.format(code=error.smtp_code))
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = max(error.recipients.values())
        if code == _SIGN_IN_FIRST or said.lstrip().startswith(_POLICY):
            return GatewayDown(_NOT_LET_IN.format(code=code))
        if code >= 500:
            return GatewayRefused(_BOUNCES.get(code, _BOUNCE).format(code=code))
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    if 500 <= code <= 599:
        return GatewayRefused(f"Máy chủ thư không nhận thư này (mã {code}).")
    return GatewayDown("Máy chủ thư đang bận, chưa nhận thư.")


def _shut(server: smtplib.SMTP | None) -> None:
    if server is not None and server.sock is not None:
        server.sock.shutdown(socket.SHUT_RDWR)


def _say_goodbye(server: smtplib.SMTP) -> None:
    """End the talk; a server that does not answer now changes nothing about the letter."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()
