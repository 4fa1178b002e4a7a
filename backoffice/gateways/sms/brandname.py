"""A brandname gateway that takes JSON, as Vietnamese providers offer: what it takes to add one, in forty lines.

Its document says which fields it wants and which codes it answers: change `_body` and `_TAKEN`, name the scheme in
`opening.OPENERS`, and write the conversation down as a test. Receipts come to the address in `callback`.
"""

from __future__ import annotations

import json

from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.sms import marks, wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http import HttpLine

_TAKEN, _BUSY, _BAD_NUMBER = 0, {5, 99}, {2, 3}


class BrandnameSms:
    """brandname+http(s)://user:password@host[:port]/path?brand=BHXH[&dlr=…][&name=…][&rate=…]."""

    def __init__(self, address: Address, public_url: str) -> None:
        self.name, self.rate = address.name, address.rate
        self.line = HttpLine(address, secure=address.scheme.endswith("https"))
        self._path, self._base = address.path or "/", address.options.get("dlr") or public_url
        self._who = {"username": address.user, "password": address.password}
        self._brand = address.options.get("brand", "BHXH")

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Hand one message over."""
        callback = marks.receipt_url(self._base, self.name, notice_id, attempt)
        body = self._who | {"brandname": self._brand, "phone": f"84{to[1:]}", "content": text, "callback": callback}
        headers = {"Content-Type": "application/json"}
        status, answer = self.line.call("POST", self._path, body=json.dumps(body).encode(), headers=headers)
        try:
            code = int(json.loads(answer)["code"])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise GatewayDown(
                wording.with_code(wording.NO_SENSE, str(status)), unsure=status < 300 or status in (500, 502, 504)
            ) from None
        if code == _TAKEN:
            return Sent(None, delivered=False)
        if code in _BAD_NUMBER:
            raise GatewayRefused(wording.with_code(wording.BAD_NUMBER, str(code)))
        raise GatewayDown(wording.with_code(wording.BUSY if code in _BUSY else wording.NOT_LET_IN, str(code)))

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: nothing is kept here."""

    def close(self) -> None:
        """Hang up."""
        self.line.close()
