"""E-mail: one interface, opened by SMTP_URL: the sandbox's files, or a mail server by SMTP."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from backoffice.config import Settings
from backoffice.gateways import sandbox
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.letter import Attachment, Letter, compose, sender_of
from backoffice.gateways.smtp import SmtpMail

__all__ = ["Attachment", "GatewayDown", "GatewayRefused", "Letter", "MailGateway", "Sent", "open_mail"]


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
    sender_of(settings.mail_from)
    if url == "sandbox:":
        return SandboxMail(settings.sandbox / "mail", settings.mail_from)
    parts = urlsplit(url)
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return SmtpMail(parts, settings.mail_from)
    raise ValueError("SMTP_URL must be sandbox:, smtp://host:port or smtps://host:port")


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
