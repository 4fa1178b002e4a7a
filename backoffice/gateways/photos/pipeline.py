"""What happens to one photo, from the bytes a stranger sent to what is kept. To be run in the pool (`pool`), never in
the server itself: it decodes.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.decode import decode, small
from backoffice.gateways.photos.inspect import inspect
from backoffice.gateways.photos.prepared import PreparedPhoto, QualityNote
from backoffice.gateways.photos.qr import read_qr
from backoffice.gateways.photos.quality import quality_notes


def prepare(data: bytes) -> PreparedPhoto:
    """Make a photo fit to be kept: upright, at most 2000 px, no metadata, a thumbnail, quality notes, its QR read.

    Raises `PhotoRefused` as `inspect` does, and broken when it cannot be decoded. Raises MemoryError when memory is
    out, which the pool turns into too_heavy.
    """
    header = inspect(data)
    photo, grey = decode(data, header)
    notes = quality_notes(photo, grey.size)
    qr_text, card = read_qr(grey)
    if qr_text is None:
        notes.append(QualityNote.NO_QR)
    full, thumb = encode(photo)
    return PreparedPhoto(full, thumb, photo.width, photo.height, tuple(notes), qr_text, card)


def prepare_packed(data: bytes) -> bytes:
    """`prepare` in the wire form of its result: the job the pool's workers are given."""
    return prepare(data).pack()


def read_qr_packed(data: bytes) -> bytes:
    """The text of the QR code on a photo in UTF-8, no bytes when none can be read: a job for the pool's workers.

    Raises as `prepare` does.
    """
    _, grey = decode(data, inspect(data))
    text, _ = read_qr(grey)
    return (text or "").encode()


def encode(photo: Image.Image) -> tuple[bytes, bytes]:
    """(full, thumb) as JPEGs of an RGB image, without any metadata."""
    photo.info = {}  # Pillow's encoder would write the source's comment again
    thumb = small(photo, limits.THUMB_EDGE)
    return _jpeg(photo, limits.FULL_QUALITY), _jpeg(thumb, limits.THUMB_QUALITY)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
