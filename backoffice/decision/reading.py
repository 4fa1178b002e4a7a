"""Reading what an officer typed with a decision: coded reasons, a note."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.identity.text import visible_lines
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.rules.reasons import NOTE_LIMIT, Reason


def read_reasons(reasons: Sequence[str], note: str) -> tuple[list[Reason], str]:
    """Return the reasons, each once in the order of the list, and the tidied note; raises InvalidInput."""
    faults = []
    note = _tidied(note)
    coded = [reason for reason in Reason if reason.value in reasons]
    if not coded or set(reasons) - {reason.value for reason in Reason}:
        faults.append(Fault("reasons", "Xin chọn ít nhất một lý do trong danh sách."))
    if Reason.OTHER in coded and not note:
        faults.append(Fault("note", "Đã chọn “Lý do khác”: xin ghi rõ lý do."))
    if len(note) > NOTE_LIMIT:
        faults.append(Fault("note", f"Ghi chú dài {len(note)} ký tự; xin viết trong {NOTE_LIMIT} ký tự."))
    if faults:
        raise InvalidInput(faults)
    return coded, note


def _tidied(note: str) -> str:
    """Return the note as it is kept; far beyond the limit only trimmed, for it is refused and tidying takes long."""
    note = note.strip()
    return visible_lines(note) if len(note) <= 4 * NOTE_LIMIT else note


def read_note(note: str, missing: str) -> str:
    """Return the tidied note; raises InvalidInput (field note) when it is empty (saying `missing`) or too long."""
    note = _tidied(note)
    if not note:
        raise InvalidInput([Fault("note", missing)])
    if len(note) > NOTE_LIMIT:
        raise InvalidInput([Fault("note", f"Ghi chú dài {len(note)} ký tự; xin viết trong {NOTE_LIMIT} ký tự.")])
    return note
