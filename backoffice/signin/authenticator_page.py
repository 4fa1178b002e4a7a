"""The page on which an authenticator is taken, on the way in as on the officer's own page."""

from __future__ import annotations

import base64

from flask import Response

from backoffice.gateways.pdf.pictures import qr_svg
from backoffice.signin import enrolment
from backoffice.web.fragments import show


def authenticator_page(proposal: str, action: str, *, is_due: bool, fault: str = "", status: int = 200) -> Response:
    """Show the proposed secret, as QR and for typing; the form goes to `action`.

    `is_due`: nobody comes in without. Raises InvalidInput when the proposal is over.
    """
    proposed = enrolment.read(proposal)
    return show(
        "signin/authenticator.html",
        status=status,
        proposal=proposed,
        qr=_qr_of(proposed.uri),
        fault=fault,
        action=action,
        is_due=is_due,
    )


def _qr_of(text: str) -> str:
    """Return the QR of `text` as the address of a picture that is in the page itself."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(text).encode()).decode()}"
