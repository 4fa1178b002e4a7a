"""Reading what an officer typed with a decision: coded reasons, a note."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import PhotoKind
from backoffice.rules.notes import read_note, tidied, too_long
from backoffice.rules.reasons import NOTE_LIMIT, Reason, photos_of, reason_of, unusable

__all__ = ["read_note", "read_reasons"]


def read_reasons(reasons: Sequence[str], note: str, photos: Sequence[str] = ()) -> tuple[list[str], str]:
    """Return the codes (rules.reasons), each once in the order of the list, and the tidied note; raises InvalidInput.

    `photos` are the kinds of photos that photo_unusable means; where some are named, the reason is meant as well. A
    reason may also come as the code itself ("photo_unusable:id_back").
    """
    faults = []
    note = tidied(note)
    try:
        codes = _codes(reasons, photos)
    except ValueError:
        codes = []
    if not codes:
        faults.append(Fault("reasons", "Xin chọn ít nhất một lý do trong danh sách."))
    if Reason.OTHER in codes and not note:
        faults.append(Fault("note", "Đã chọn “Lý do khác”: xin ghi rõ lý do."))
    if len(note) > NOTE_LIMIT:
        faults.append(too_long(note))
    if faults:
        raise InvalidInput(faults)
    return codes, note


def _codes(reasons: Sequence[str], photos: Sequence[str]) -> list[str]:
    """Return one code for each reason given; raises ValueError when one of them, or a photo, is unknown."""
    given = {reason_of(code) for code in reasons}
    meant = {PhotoKind(photo) for photo in photos} | {photo for code in reasons for photo in photos_of(code)}
    if meant:
        given.add(Reason.PHOTO_UNUSABLE)
    return [
        unusable(meant) if reason is Reason.PHOTO_UNUSABLE else reason.value for reason in Reason if reason in given
    ]
