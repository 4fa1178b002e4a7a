"""What a photo becomes: the value handed from the pool to the caller, and its form on the wire between them.

The worker has read a stranger's bytes with C libraries, so its answer is not trusted either: it is JSON and plain
bytes, never a pickle.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backoffice.gateways.photos.inspect import PhotoFormat, sniff


class QualityNote(StrEnum):
    """What the officer is told about a photo; a note refuses nothing."""

    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    DARK = "dark"
    GLARE = "glare"
    CUT_OFF = "cut_off"
    NO_QR = "no_qr"

    @property
    def label(self) -> str:
        """The note in Vietnamese, as it stands on screen."""
        return _LABELS[self]


_LABELS = {
    QualityNote.TOO_SMALL: "ảnh nhỏ, phóng to sẽ vỡ nét",
    QualityNote.BLURRED: "ảnh mờ",
    QualityNote.DARK: "ảnh tối",
    QualityNote.GLARE: "ảnh bị lóa",
    QualityNote.CUT_OFF: "thiếu góc",
    QualityNote.NO_QR: "không đọc được mã QR trên ảnh",
}

_HEAD = struct.Struct("!II")


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo fit to be kept: upright, without metadata, bounded.

    `full` and `thumb` are JPEGs (RGB), `width` × `height` are those of `full` in pixels. `notes` are quality notes;
    `no_qr` is among them whenever no QR was read, `cut_off` when a card on it lacks a corner: on a portrait neither
    means anything. `qr_text` is the code read from the photo as it was sent, `citizen_card` its fields when it is a
    CCCD's (see `identity.qr`).
    """

    full: bytes
    thumb: bytes
    width: int
    height: int
    notes: tuple[QualityNote, ...]
    qr_text: str | None
    citizen_card: dict[str, Any] | None

    def pack(self) -> bytes:
        """The wire form: two lengths (JSON, full), the JSON, full, thumb."""
        facts = {
            "width": self.width,
            "height": self.height,
            "notes": list(self.notes),
            "qr_text": self.qr_text,
            "citizen_card": self.citizen_card,
        }
        head = json.dumps(facts).encode()
        return _HEAD.pack(len(head), len(self.full)) + head + self.full + self.thumb

    @classmethod
    def unpack(cls, wire: bytes) -> PreparedPhoto:
        """The reverse of `pack`; raises ValueError when it is not two JPEGs and the facts about them."""
        if len(wire) < _HEAD.size:
            raise ValueError("answer too short")
        head_size, full_size = _HEAD.unpack_from(wire)
        start = _HEAD.size + head_size
        facts = json.loads(wire[_HEAD.size : start])
        full, thumb = wire[start : start + full_size], wire[start + full_size :]
        if sniff(full) != PhotoFormat.JPEG or sniff(thumb) != PhotoFormat.JPEG:
            raise ValueError("answer holds no JPEG")
        card = facts["citizen_card"]
        if card is not None and not isinstance(card, dict):
            raise ValueError("citizen_card is no object")
        return cls(
            full=full,
            thumb=thumb,
            width=int(facts["width"]),
            height=int(facts["height"]),
            notes=tuple(QualityNote(note) for note in facts["notes"]),
            qr_text=None if facts["qr_text"] is None else str(facts["qr_text"]),
            citizen_card=card,
        )
