"""SMS: one interface, opened by SMS_URL. In this release only the sandbox; SMPP and HTTP come later."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from backoffice.config import Settings
from backoffice.gateways import sandbox
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.kernel import clock

__all__ = ["GatewayDown", "GatewayRefused", "SandboxSms", "Sent", "SmsGateway", "open_sms"]


class SmsGateway(Protocol):
    """A way to send one SMS."""

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Send `text` (GSM-7, one part) to the normal number `to` (10 digits from 0); `attempt` counts from 1.

        Raises GatewayRefused (for good) or GatewayDown (try again). Takes at most some ten seconds.
        """

    def forget(self, notice_ids: set[int]) -> None:
        """Remove what was kept here of these notices; nothing to do where nothing is kept."""


def open_sms(url: str, settings: Settings) -> SmsGateway:
    """Return the gateway that `url` (SMS_URL) names; raises ValueError for what is not built."""
    if url == "sandbox:":
        return SandboxSms(settings.sandbox)
    raise ValueError(f"SMS_URL: {url.partition(':')[0]}: is not built yet, only sandbox: is")


class SandboxSms:
    """Writes to `folder`/sms.jsonl what would be sent; the number's end decides its fate (the contract).

    …0001 fails for good, …0002 fails twice and then goes, …0003 never gets a receipt, others arrive at once.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sms.jsonl"

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Append one line {to, text, notice_id, at}, unless the number is one that fails."""
        if to.endswith("0001"):
            raise GatewayRefused("Nhà mạng báo thuê bao không tồn tại. Xin kiểm tra lại số điện thoại với công dân.")
        if to.endswith("0002") and attempt <= 2:
            raise GatewayDown("Nhà mạng đang bận, chưa nhận tin.")
        row = {"to": to, "text": text, "notice_id": notice_id, "at": clock.now().isoformat()}
        sandbox.append_line(self.path, row)
        return Sent(gateway_id=f"sandbox-{notice_id}-{attempt}", delivered=not to.endswith("0003"))

    def forget(self, notice_ids: set[int]) -> None:
        """Remove the lines of these notices."""
        sandbox.drop_lines(self.path, lambda row: row["notice_id"] in notice_ids)
