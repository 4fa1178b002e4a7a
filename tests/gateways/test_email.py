"""E-mail: the sandbox's files, and SMTP against a real server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backoffice.config import Settings
from backoffice.gateways.email import Attachment, GatewayDown, GatewayRefused, Letter, MailGateway, open_mail

FROM = "VssID <khong-tra-loi@vssid.invalid>"
LETTER = Letter("nguoi.thu@example.vn", "Mẫu số 01 của tờ khai", "Kính gửi Ông/Bà\n", "<p>Kính gửi Ông/Bà</p>")


@dataclass
class _Settings:
    sandbox: Path
    mail_from: str = FROM


@dataclass
class Inbox:
    """What the server took, and what it answers instead of taking."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    at_rcpt: str = ""
    at_data: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.at_data:
            return self.at_data
        self.letters.append(read(envelope.content))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


Serve = Callable[..., str]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Serve]:
    """Start a mail server and return host:port."""
    started: list[Controller] = []

    def start(**options: Any) -> str:
        controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        started.append(controller)
        return f"127.0.0.1:{controller.port}"

    yield start
    for controller in started:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read(content: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(content, policy=default))


def gateway_at(url: str, tmp_path: Path) -> MailGateway:
    return open_mail(url, cast(Settings, _Settings(tmp_path / "sandbox")))


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_sandbox_writes_one_file_a_letter_named_by_notice_and_count(tmp_path: Path) -> None:
    gateway = gateway_at("sandbox:", tmp_path)
    assert gateway.send(LETTER, notice_id=12).delivered
    gateway.send(LETTER, notice_id=12)
    gateway.send(LETTER, notice_id=1)
    names = sorted(path.name for path in (tmp_path / "sandbox" / "mail").iterdir())
    assert names == ["1-1.eml", "12-1.eml", "12-2.eml"]


def test_forgetting_removes_the_letters_of_those_notices_alone(tmp_path: Path) -> None:
    gateway = gateway_at("sandbox:", tmp_path)
    for notice_id in (1, 12, 12, 2):
        gateway.send(LETTER, notice_id=notice_id)
    gateway.forget({12, 99})
    assert sorted(path.name for path in (tmp_path / "sandbox" / "mail").iterdir()) == ["1-1.eml", "2-1.eml"]


def test_a_letter_keeps_its_vietnamese_in_plain_text_html_and_headers(tmp_path: Path) -> None:
    gateway_at("sandbox:", tmp_path).send(LETTER, notice_id=1)
    message = read((tmp_path / "sandbox" / "mail" / "1-1.eml").read_bytes())
    assert message["Subject"] == "Mẫu số 01 của tờ khai"
    assert message["From"] == FROM
    assert message["To"] == "nguoi.thu@example.vn"
    assert text_of(message, "plain") == "Kính gửi Ông/Bà\n"
    assert text_of(message, "html").strip() == "<p>Kính gửi Ông/Bà</p>"


def test_a_form_goes_along_as_a_pdf(tmp_path: Path) -> None:
    """D9."""
    letter = Letter("a@example.vn", "Mẫu số 01", "Kính gửi", "<p>Kính gửi</p>", Attachment("mau-01.pdf", b"%PDF-1.7 x"))
    gateway_at("sandbox:", tmp_path).send(letter, notice_id=1)
    message = read((tmp_path / "sandbox" / "mail" / "1-1.eml").read_bytes())
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "mau-01.pdf"
    assert attached.get_content() == b"%PDF-1.7 x"
    assert text_of(message, "plain") == "Kính gửi\n"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.vn\r\nBcc: b@example.vn", "a@example.vn\nX: y", "a@example.vn, b@example.vn", "", "a", "@example.vn",
        "a@", "Tên <a@example.vn>", "người@example.vn",
    ],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(GatewayRefused, match="Địa chỉ e-mail không đúng dạng"):
        gateway_at("sandbox:", tmp_path).send(Letter(address, "Thư", "Thư"), notice_id=1)
    assert not (tmp_path / "sandbox" / "mail").exists()


@pytest.mark.parametrize("subject", ["Thư\r\nBcc: b@example.vn", "Thư\nX: y", "Thư\u2028X"])
def test_a_subject_cannot_bring_a_header_of_its_own(tmp_path: Path, subject: str) -> None:
    with pytest.raises(GatewayRefused):
        gateway_at("sandbox:", tmp_path).send(Letter("a@example.vn", subject, "Thư"), notice_id=1)


def test_smtp_hands_the_letter_to_the_server(serve: Serve, inbox: Inbox, tmp_path: Path) -> None:
    sent = gateway_at(f"smtp://{serve()}", tmp_path).send(LETTER, notice_id=5)
    assert not sent.delivered
    assert inbox.recipients == ["nguoi.thu@example.vn"]
    (letter,) = inbox.letters
    assert text_of(letter, "plain") == "Kính gửi Ông/Bà\n"


def test_a_letter_sent_twice_has_the_same_message_id(serve: Serve, inbox: Inbox, tmp_path: Path) -> None:
    """A mailbox may then fold the second, which a killed worker's retry sends."""
    gateway = gateway_at(f"smtp://{serve()}", tmp_path)
    for notice_id in (5, 5, 6):
        gateway.send(LETTER, notice_id=notice_id)
    first, again, other = (letter["Message-ID"] for letter in inbox.letters)
    assert first == again != other


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
def test_a_server_that_says_5xx_refuses_for_good(serve: Serve, inbox: Inbox, tmp_path: Path, stage: str) -> None:
    setattr(inbox, stage, "550 no such user a@example.vn")
    with pytest.raises(GatewayRefused) as caught:
        gateway_at(f"smtp://{serve()}", tmp_path).send(LETTER, notice_id=5)
    assert "mã 550" in caught.value.reason_vi
    assert "example.vn" not in caught.value.reason_vi
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
def test_a_server_that_says_4xx_is_tried_again(serve: Serve, inbox: Inbox, tmp_path: Path, stage: str) -> None:
    setattr(inbox, stage, "451 try later")
    with pytest.raises(GatewayDown, match="Máy chủ thư đang bận"):
        gateway_at(f"smtp://{serve()}", tmp_path).send(LETTER, notice_id=5)


def test_a_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(GatewayDown, match="Chưa kết nối được"):
        gateway_at(f"smtp://127.0.0.1:{free_port()}", tmp_path).send(LETTER, notice_id=5)


def test_a_user_signs_in_over_an_encrypted_line(
    serve: Serve, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    address = serve(tls_context=context(certificate), authenticator=accepting(inbox), auth_required=True)
    gateway = gateway_at(f"smtp://thu:m%40t%2Fkhau@{address}?starttls=1", tmp_path)
    gateway.send(LETTER, notice_id=5)
    assert inbox.logins == [(b"thu", b"m@t/khau")]
    assert len(inbox.letters) == 1


def test_smtps_is_encrypted_from_the_first_byte(
    serve: Serve, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    address = serve(ssl_context=context(certificate))
    gateway_at(f"smtps://{address}", tmp_path).send(LETTER, notice_id=5)
    assert len(inbox.letters) == 1


def test_a_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_letter(
    serve: Serve, inbox: Inbox, tmp_path: Path
) -> None:
    address = serve(tls_context=context(self_signed(tmp_path)), authenticator=accepting(inbox))
    with pytest.raises(GatewayDown):
        gateway_at(f"smtp://thu:matkhau@{address}?starttls=1", tmp_path).send(LETTER, notice_id=5)
    assert (inbox.logins, inbox.letters) == ([], [])


def test_a_server_without_starttls_gets_nothing_when_it_was_asked_for(
    serve: Serve, inbox: Inbox, tmp_path: Path
) -> None:
    with pytest.raises(GatewayDown):
        gateway_at(f"smtp://{serve()}?starttls=1", tmp_path).send(LETTER, notice_id=5)
    assert inbox.letters == []


@pytest.mark.parametrize("url", ["", "http://host", "smtp://", "sandbox"])
def test_an_address_of_no_known_kind_is_refused_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must be"):
        gateway_at(url, tmp_path)


def test_a_password_that_smtp_cannot_carry_is_refused_at_the_start_without_being_repeated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be ASCII") as caught:
        gateway_at("smtp://thu:m%E1%BA%ADtkhau@host", tmp_path)
    assert "tkhau" not in str(caught.value)


def accepting(inbox: Inbox) -> Callable[..., AuthResult]:
    def accept(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        inbox.logins.append((data.login, data.password))
        return AuthResult(success=True)

    return accept


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "may chu thu")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path
