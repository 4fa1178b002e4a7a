"""A note that an officer types beside an act: tidied, bounded, kept as it was meant."""

from __future__ import annotations

from backoffice.identity.text import visible_lines
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.rules.reasons import NOTE_LIMIT


def read_note(note: str, missing: str) -> str:
    """Return the tidied note; raises InvalidInput (field note) when it is empty (saying `missing`) or too long."""
    note = tidied(note)
    if not note:
        raise InvalidInput([Fault("note", missing)])
    if len(note) > NOTE_LIMIT:
        raise InvalidInput([too_long(note)])
    return note


def tidied(note: str) -> str:
    """Return the note as it is kept; far beyond the limit only trimmed, for it is refused and tidying takes long."""
    note = note.strip()
    return visible_lines(note) if len(note) <= 4 * NOTE_LIMIT else note


def too_long(note: str) -> Fault:
    """Return the fault of a tidied note that is longer than NOTE_LIMIT."""
    return Fault("note", f"Ghi chú dài {len(note)} ký tự; xin viết trong {NOTE_LIMIT} ký tự.")
