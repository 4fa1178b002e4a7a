"""A brandname gateway that takes JSON, as Vietnamese providers offer: what it takes to add one, in forty lines.

Its document says which fields it wants and which codes it answers: change `request`, `fate` and the codes, name the
scheme in `opening.OPENERS`, and write the conversation down as a test. Receipts come to the address in `callback`.
"""

from __future__ import annotations

import json

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sent, Sms
from backoffice.gateways.sms import marks, wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http import Request
from backoffice.gateways.sms.http_gateway import HttpGateway

_TAKEN, _BUSY, _BAD_NUMBER = 0, {5, 99}, {2, 3}


class BrandnameSms(HttpGateway):
    """brandname+http(s)://user:password@host[:port]/path?brand=BHXH[&dlr=…][&window=1][&name=…][&rate=…]."""

    def __init__(self, address: Address, public_url: str) -> None:
        super().__init__(address)
        self._path, self._base = address.path or "/", address.options.get("dlr") or public_url
        self._who = {"username": address.user, "password": address.password}
        self._brand = address.options.get("brand", "BHXH")

    def request(self, sms: Sms) -> Request:
        """Return it as one JSON object."""
        callback = marks.receipt_url(self._base, self.name, sms.notice_id, sms.attempt)
        body = {"brandname": self._brand, "phone": f"84{sms.to[1:]}", "content": sms.text, "callback": callback}
        return Request("POST", self._path, json.dumps(self._who | body).encode(), {"Content-Type": "application/json"})

    def fate(self, status: int, answer: str) -> Fate:
        """Return what its `code` means."""
        try:
            code = json.loads(answer)["code"]
            if not isinstance(code, int | str) or isinstance(code, bool):
                raise TypeError("no code")
            code = int(code)
        except (ValueError, TypeError, KeyError, RecursionError):
            unsure = status < 300 or status in (500, 502, 504)
            return GatewayDown(wording.with_code(wording.NO_SENSE, str(status)), unsure=unsure)
        if code == _TAKEN:
            return Sent(None, delivered=False)
        if code in _BAD_NUMBER:
            return GatewayRefused(wording.with_code(wording.BAD_NUMBER, str(code)))
        return GatewayDown(wording.with_code(wording.BUSY if code in _BUSY else wording.NOT_LET_IN, str(code)))
