"""Mail to a real server (aiosmtpd): one connection for many letters, whatever the server does in between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from backoffice.config import Settings
from backoffice.gateways.email import Attachment, GatewayDown, GatewayRefused, Letter, MailGateway, open_mail
from tests.gateways.test_email import Inbox as Taking
from tests.gateways.test_email import _Settings, accepting, context, free_port, self_signed, text_of

LETTER = Letter("nguoi.thu@example.vn", "Kết quả tờ khai", "Kính gửi Ông/Bà\n", "<p>Kính gửi Ông/Bà</p>")
Start = Callable[..., "Server"]


class Inbox(Taking):
    """What the server took; counts connections, and answers some things as told."""

    def __init__(self) -> None:
        super().__init__()
        self.connections = 0
        self.refused: set[str] = set()
        self.at_mail = ""

    async def handle_EHLO(
        self, _server: SMTP, session: Any, _envelope: Any, hostname: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(self, _server: SMTP, _session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such user"
        return await super().handle_RCPT(server, session, envelope, address, options)


class Server:
    """A mail server that can go away and come back at the same port."""

    def __init__(self, inbox: Inbox, port: int, options: dict[str, Any]) -> None:
        self._inbox, self.port, self._options = inbox, port, options
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self._inbox, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Start]:
    started: list[Server] = []

    def start(**options: Any) -> Server:
        server = Server(inbox, free_port(), options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def opened(server: Server, tmp_path: Path, *, user: str = "", more: str = "") -> MailGateway:
    url = f"smtp://{user}127.0.0.1:{server.port}{more}"
    return open_mail(url, cast(Settings, _Settings(tmp_path / "sandbox")))


def test_many_letters_go_over_one_connection(serve: Start, inbox: Inbox, tmp_path: Path) -> None:
    gateway = opened(serve(), tmp_path)
    for number in range(20):
        gateway.send(LETTER, notice_id=number)
    assert (len(inbox.letters), inbox.connections) == (20, 1)


def test_a_form_arrives_beside_plain_text_and_html_with_its_diacritics(
    serve: Start, inbox: Inbox, tmp_path: Path
) -> None:
    form = bytes(range(256)) * 400
    letter = Letter(LETTER.to, LETTER.subject, LETTER.text, LETTER.html, Attachment("mau-01.pdf", form))
    opened(serve(), tmp_path).send(letter, notice_id=1)
    (message,) = inbox.letters
    assert message["Subject"] == "Kết quả tờ khai"
    assert text_of(message, "plain") == "Kính gửi Ông/Bà\n"
    assert text_of(message, "html").strip() == "<p>Kính gửi Ông/Bà</p>"
    (attached,) = message.iter_attachments()
    assert attached.get_content() == form


def test_a_letter_with_lines_of_dots_arrives_as_it_was(serve: Start, inbox: Inbox, tmp_path: Path) -> None:
    opened(serve(), tmp_path).send(Letter(LETTER.to, "Thư", "a\n.\n..b\n"), notice_id=1)
    (message,) = inbox.letters
    assert text_of(message, "plain") == "a\n.\n..b\n"


def test_a_refused_address_costs_the_others_nothing_not_even_the_connection(
    serve: Start, inbox: Inbox, tmp_path: Path
) -> None:
    inbox.refused = {"sai@example.vn"}
    gateway = opened(serve(), tmp_path)
    gateway.send(LETTER, notice_id=1)
    with pytest.raises(GatewayRefused, match="Xin kiểm tra lại địa chỉ"):
        gateway.send(Letter("sai@example.vn", "Thư", "Thư"), notice_id=2)
    gateway.send(LETTER, notice_id=3)
    assert inbox.recipients == [LETTER.to] * 2
    assert inbox.connections == 1


def test_a_server_that_hung_up_in_the_meantime_is_called_again_and_the_letter_goes_once(
    serve: Start, inbox: Inbox, tmp_path: Path
) -> None:
    server = serve()
    gateway = opened(server, tmp_path)
    gateway.send(LETTER, notice_id=1)
    server.stop()
    server.start()
    gateway.send(LETTER, notice_id=2)
    ids = [letter["Message-ID"].partition("@")[0] for letter in inbox.letters]
    assert ids == ["<notice-1", "<notice-2"]


def test_a_server_that_is_away_is_tried_again_and_found_when_it_is_back(
    serve: Start, inbox: Inbox, tmp_path: Path
) -> None:
    server = serve()
    gateway = opened(server, tmp_path)
    gateway.send(LETTER, notice_id=1)
    server.stop()
    with pytest.raises(GatewayDown):
        gateway.send(LETTER, notice_id=2)
    server.start()
    gateway.send(LETTER, notice_id=2)
    assert len(inbox.letters) == 2


@pytest.mark.parametrize("answer", ["421 closing, too many connections", "451 try later", "452 no space"])
def test_a_server_that_has_no_time_is_tried_again_later(
    serve: Start, inbox: Inbox, tmp_path: Path, answer: str
) -> None:
    gateway = opened(serve(), tmp_path)
    inbox.at_mail = answer
    with pytest.raises(GatewayDown):
        gateway.send(LETTER, notice_id=1)
    inbox.at_mail = ""
    gateway.send(LETTER, notice_id=1)
    assert len(inbox.letters) == 1


def test_neither_words_nor_password_are_written_to_any_log(
    serve: Start,
    inbox: Inbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve(tls_context=context(certificate), authenticator=accepting(inbox), auth_required=True)
    gateway = opened(server, tmp_path, user="bhxh:matkhau-smtp@", more="?starttls=1")
    gateway.send(LETTER, notice_id=1)
    inbox.at_data = "451 try later, nguoi.thu@example.vn"
    with pytest.raises(GatewayDown):
        gateway.send(LETTER, notice_id=1)
    assert inbox.logins[0] == (b"bhxh", b"matkhau-smtp")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("backoffice", "smtp"))]
    said = "".join(ours) + "".join(capfd.readouterr())
    assert [secret for secret in ("matkhau-smtp", "nguoi.thu", "Kính gửi") if secret in said] == []
