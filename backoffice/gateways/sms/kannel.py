"""SMS over HTTP as Kannel's sendsms takes it (user guide 1.4.5, "SMS-push"); receipts come back by dlr-url."""

from __future__ import annotations

from urllib.parse import urlencode

from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.sms import marks, wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http import HttpLine

STANDARD_PATH = "/cgi-bin/sendsms"
_RECEIPTS = "19"
"""dlr-mask: delivered (1), not delivered (2), refused by the message centre (16)."""
_GSM7, _UCS2 = "0", "2"
_TAKEN = ("0:", "3:")
"""What the answer begins with when it was accepted, or queued for later."""


class KannelSms:
    """http(s)://user:password@host[:port][/path]?from=BHXH[&dlr=…][&numbers=84][&name=…][&rate=…].

    `dlr`: the desk's address as the gateway reaches it (default PUBLIC_URL); `numbers=84`: 84981234567 instead of
    0981234567.
    """

    def __init__(self, address: Address, public_url: str) -> None:
        self.name, self.rate = address.name, address.rate
        self.line = HttpLine(address, secure=address.scheme == "https")
        self._path = address.path if address.path.strip("/") else STANDARD_PATH
        self._base = address.options.get("dlr") or public_url
        self._abroad = address.options.get("numbers") == "84"
        self._known = {
            "username": address.user,
            "password": address.password,
            "from": address.options.get("from", "BHXH"),
            "charset": "UTF-8",
            "dlr-mask": _RECEIPTS,
        }

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Hand one message over; it is followed by its mark, so its id at the gateway need not be known."""
        query = self._known | {
            "to": f"84{to[1:]}" if self._abroad else to,
            "text": text,
            "coding": _GSM7 if text.isascii() else _UCS2,
            "dlr-url": f"{marks.receipt_url(self._base, self.name, notice_id, attempt)}?status=%d",
        }
        status, answer = self.line.call("GET", f"{self._path}?{urlencode(query)}")
        if status in (200, 202) and answer.lstrip().startswith(_TAKEN):
            return Sent(None, delivered=False)
        raise _fate(status)

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: nothing is kept here."""

    def close(self) -> None:
        """Hang up."""
        self.line.close()


def _fate(status: int) -> GatewayRefused | GatewayDown:
    """Return what an answer that took nothing means."""
    if status in (400, 422):
        return GatewayRefused(wording.with_code(wording.REFUSED, str(status)))
    if status in (401, 403):
        return GatewayDown(wording.with_code(wording.NOT_LET_IN, str(status)))
    if status in (429, 503):
        return GatewayDown(wording.with_code(wording.BUSY, str(status)))
    if status >= 500:  # it, or a proxy before it, stumbled: perhaps after it was taken
        return GatewayDown(wording.with_code(wording.BUSY, str(status)), unsure=True)
    return GatewayDown(wording.with_code(wording.NO_SENSE, str(status)), unsure=status < 300)
