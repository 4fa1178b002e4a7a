"""Reading a QR code from a photo of a card, from the original resolution (zxing-cpp).

Several cheap looks at the same pixels: as they are, smaller (which takes noise and a print's screen out), with
stretched contrast, larger when the photo is small. The first code that is a CCCD's wins; otherwise the first of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image, ImageOps

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.decode import bounded
from backoffice.identity.malformed import Malformed
from backoffice.identity.qr import read_citizen_card

MIDDLE_EDGE = 1600
SMALL_EDGE = 900

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def read_qr(grey: Image.Image) -> tuple[str | None, dict[str, Any] | None]:
    """(text of the QR code or None, fields of the CCCD or None) found in a photo's luminance, turned any way."""
    first: str | None = None
    for look in _looks(grey):
        for text in _texts(look):
            card = _card(text)
            if card is not None:
                return text, card
            first = first or text
        if first is not None:
            break
    return first, None


def _looks(grey: Image.Image) -> Iterator[Image.Image]:
    yield grey
    middle = bounded(grey, MIDDLE_EDGE)
    if middle is not grey:
        yield middle
    yield ImageOps.autocontrast(middle, cutoff=2)
    if max(middle.size) <= SMALL_EDGE:
        yield middle.resize((middle.width * 2, middle.height * 2), Image.Resampling.BICUBIC)


def _texts(grey: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(np.asarray(grey), formats=_QR, try_invert=False)
    return [code.text for code in found if code.text and len(code.text) <= limits.MAX_QR_CHARACTERS]


def _card(text: str) -> dict[str, Any] | None:
    try:
        return read_citizen_card(text).to_dict()
    except Malformed:
        return None
