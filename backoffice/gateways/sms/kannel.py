"""SMS over HTTP as Kannel's sendsms takes it (user guide 1.4.5, "SMS-push"); receipts come back by dlr-url."""

from __future__ import annotations

from urllib.parse import urlencode

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sent, Sms
from backoffice.gateways.sms import marks, wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http import Request
from backoffice.gateways.sms.http_gateway import HttpGateway

STANDARD_PATH = "/cgi-bin/sendsms"
_RECEIPTS = "19"
"""dlr-mask: delivered (1), not delivered (2), refused by the message centre (16)."""
_GSM7, _UCS2 = "0", "2"
_TAKEN = ("0:", "3:")
"""What the answer begins with when it was accepted, or queued for later."""


class KannelSms(HttpGateway):
    """http(s)://user:password@host[:port][/path]?from=BHXH[&dlr=…][&numbers=84][&window=1][&name=…][&rate=…].

    `dlr`: the desk's address as the gateway reaches it (default PUBLIC_URL); `numbers=84`: 84981234567 instead of
    0981234567; `window`: how many connections, each with one message under way; a killed sender may double that many.
    """

    def __init__(self, address: Address, public_url: str) -> None:
        super().__init__(address)
        self._base = address.options.get("dlr") or public_url
        self._abroad = address.options.get("numbers") == "84"
        known = {
            "username": address.user,
            "password": address.password,
            "from": address.options.get("from", "BHXH"),
            "charset": "UTF-8",
            "dlr-mask": _RECEIPTS,
        }
        self._start = f"{address.path if address.path.strip('/') else STANDARD_PATH}?{urlencode(known)}"

    def request(self, sms: Sms) -> Request:
        """Return it with its mark in the receipt's address, so its id at the gateway need not be known."""
        receipt = marks.receipt_url(self._base, self.name, sms.notice_id, sms.attempt)
        query = {
            "to": f"84{sms.to[1:]}" if self._abroad else sms.to,
            "text": sms.text,
            "coding": _GSM7 if sms.text.isascii() else _UCS2,
            "dlr-url": f"{receipt}?status=%d",
        }
        return Request("GET", f"{self._start}&{urlencode(query)}")

    def fate(self, status: int, answer: str) -> Fate:
        """Return what sendsms means."""
        if status in (200, 202) and answer.lstrip().startswith(_TAKEN):
            return Sent(None, delivered=False)
        return _fault(status)


def _fault(status: int) -> GatewayRefused | GatewayDown:
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
