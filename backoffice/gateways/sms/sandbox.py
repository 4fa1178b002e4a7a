"""The sandbox's SMS: lines in a file instead of messages (demo and test only)."""

from __future__ import annotations

from pathlib import Path

from backoffice.gateways import sandbox
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.kernel import clock


class SandboxSms:
    """Writes to `folder`/sms.jsonl what would be sent; the number's end decides its fate (the contract).

    …0001 fails for good, …0002 fails twice and then goes, …0003 never gets a receipt, others arrive at once.
    """

    name = "sandbox"
    rate = 0.0

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

    def close(self) -> None:
        """Do nothing: each line is written by itself."""
