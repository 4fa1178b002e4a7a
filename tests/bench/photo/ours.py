"""The desk's way: decoding and encoding alone, and everything that happens to a photo."""

from __future__ import annotations

import base64

from backoffice.gateways.photos import KeyRing, seal_many
from backoffice.gateways.photos.decode import decode_jpeg
from backoffice.gateways.photos.pipeline import encode, prepare
from tests.bench.photo.task import serve

KEYS = KeyRing.parse("bench:" + base64.b64encode(bytes(range(32))).decode())


def whole(data: bytes) -> object:
    """Inspect, decode, note the quality, read the QR, encode and seal."""
    photo = prepare(data)
    return seal_many(KEYS, [(photo.full, b"full"), (photo.thumb, b"thumb")])


if __name__ == "__main__":
    serve({"reduce": lambda data: encode(decode_jpeg(data)), "whole": whole})
