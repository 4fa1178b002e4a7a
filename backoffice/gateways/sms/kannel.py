"""SMS over HTTP as Kannel's sendsms takes it (user guide 1.4.5, "SMS-push"); receipts come back by dlr-url."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, urlencode

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
_TO_BE_QUOTED = re.compile(r"[^A-Za-z0-9_.~ -]")
_ASCII_QUOTED = {char: quote(char, safe="") for char in map(chr, range(128))}


class KannelSms(HttpGateway):
    """http(s)://user:password@host[:port][/path]?from=BHXH[&dlr=…][&numbers=84][&window=1][&name=…][&rate=…].

    `dlr`: the desk's address as the gateway reaches it (default PUBLIC_URL); `numbers=84`: 84981234567 instead of
    0981234567; `window`: how many connections, each with one message under way; a killed sender may double that many.
    """

    def __init__(self, address: Address, public_url: str) -> None:
        super().__init__(address)
        base = address.options.get("dlr") or public_url
        self._abroad = address.options.get("numbers") == "84"
        known = {
            "username": address.user,
            "password": address.password,
            "from": address.options.get("from", "BHXH"),
            "charset": "UTF-8",
            "dlr-mask": _RECEIPTS,
        }
        self._start = f"{address.path if address.path.strip('/') else STANDARD_PATH}?{urlencode(known)}"
        # What is the same in all requests is quoted once.
        self._receipts = f"&dlr-url={quote_plus(marks.place(base, self.name))}"
        self._receipt_end = quote_plus("?status=%d")

    def request(self, sms: Sms) -> Request:
        """Return it with its mark, of letters that need no quoting, in the receipt's address: no id need be known."""
        to = f"84{sms.to[1:]}" if self._abroad else sms.to
        coding = _GSM7 if sms.text.isascii() else _UCS2
        mark = marks.mark(self.name, sms.notice_id, sms.attempt)
        message = f"&to={_quoted(to)}&text={_quoted(sms.text)}&coding={coding}"
        return Request("GET", f"{self._start}{message}{self._receipts}{mark}{self._receipt_end}")

    def fate(self, status: int, answer: str) -> Fate:
        """Return what sendsms means."""
        if status in (200, 202) and answer.lstrip().startswith(_TAKEN):
            return Sent(None, delivered=False)
        return _fault(status)


def _quoted(text: str) -> str:
    """Return quote_plus of `text`, in a quarter of its time: few of a message's letters need it."""
    return _TO_BE_QUOTED.sub(_quoted_letter, text).replace(" ", "+")


def _quoted_letter(found: re.Match[str]) -> str:
    return _ASCII_QUOTED.get(found[0]) or quote(found[0])


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
