"""E-mail by SMTP: a connection kept between letters, every call bounded, each answer read as a fate."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import SplitResult, parse_qs, unquote

from backoffice.gateways.deadline import within
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.letter import Letter, compose

SECONDS = 10.0
"""How long a mail server may take to be reached, and as long for a letter."""
IDLE_SECONDS = 60.0
LETTERS_A_CONNECTION = 100
"""A connection is given up after so long without a letter, and after so many."""

_BOUNCE = "Máy chủ thư không nhận địa chỉ này (mã {code}). Xin kiểm tra lại địa chỉ với công dân."
_BOUNCES = {
    550: "Hộp thư này không có hoặc không nhận thư (mã 550). Xin kiểm tra lại địa chỉ với công dân.",
    552: "Hộp thư của công dân đã đầy (mã 552). Xin báo công dân dọn hộp thư, hoặc dùng địa chỉ khác.",
    553: "Địa chỉ thư này không hợp lệ (mã 553). Xin kiểm tra lại địa chỉ với công dân.",
}
"""What a server says of a recipient (RFC 5321, 4.2.3)."""
_GREETING = 220
_NOT_REACHED = "Chưa kết nối được với máy chủ thư."
_NOT_LET_IN = "Máy chủ thư không cho hệ thống gửi thư (mã {code}). Xin báo quản trị."
_SIGN_IN_FIRST, _POLICY = 530, b"5.7."
"""What a server says when it is us that it does not let send, whoever the recipient is (RFC 3463, 3.8)."""


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
                with within(self.seconds, lambda: _shut(server)) as watched:
                    server.send_message(message)
                if watched.done:
                    raise smtplib.SMTPServerDisconnected("cut")
            except (OSError, ValueError) as error:  # smtplib's own errors are OSErrors too
                is_lost = watched.done or isinstance(error, smtplib.SMTPServerDisconnected)
                if isinstance(error, smtplib.SMTPException) and not is_lost:
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
        with within(self.seconds, lambda: _shut(self._server)) as watched:
            server = self._connect()
        if watched.done:  # cut in the middle of a line, which was read as its end
            self._hang_up()
            raise GatewayDown(_NOT_REACHED)
        self._letters, self._server = 0, server
        return server

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
            code, said = server.connect(self._host, self._port)
            if code != _GREETING:
                raise smtplib.SMTPConnectError(code, said)
            server.ehlo_or_helo_if_needed()
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
                server.ehlo_or_helo_if_needed()
            if self._user:
                server.login(self._user, self._password)
        except (smtplib.SMTPException, OSError, ValueError):
            self._hang_up()
            raise GatewayDown(_NOT_REACHED) from None
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
