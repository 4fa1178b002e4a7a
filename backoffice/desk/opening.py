"""Opening what is over, or another office's: the officer says why first, by one key (issue 7, point 5).

Everything of the desk that shows a declaration asks `declaration_to_show`. An act is done without asking, for the
person waits; it is then answered with the question and not with the file (`may_show`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.decision.opened import GOOD_FOR, has_told, keep
from backoffice.decision.queries import declaration_for
from backoffice.desk.looks import REMEMBERED, has_reviewed
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Declaration, OpenReason, Status
from backoffice.rules.actors import Actor
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do

REASONS: dict[OpenReason, str] = {
    OpenReason.CITIZEN_HERE: "Công dân đang ở quầy",
    OpenReason.COMPLAINT: "Khiếu nại, tra soát",
    OpenReason.CHECK: "Kiểm tra nội bộ",
    OpenReason.OTHER: "Lý do khác",
}


class ReasonWanted(Conflict):
    """The file is decided, or another office's, and the officer has not said why it is to be opened."""

    def __init__(self, receipt_code: str) -> None:
        super().__init__(
            "Hồ sơ này đã giải quyết xong hoặc của cơ quan khác: xin mở lại hồ sơ và chọn lý do trước khi xem. "
            "Việc đã ghi trước đó vẫn còn nguyên.",
            code="reason_wanted",
        )
        self.receipt_code = receipt_code


def declaration_to_show(
    session: Session, receipt_code: str, officer: Actor, do: Do, *, is_open: bool = False
) -> Declaration:
    """Return the declaration as `declaration_for`, to be shown to `officer`; raises ReasonWanted, NotFound.

    `is_open`: to a page of it that is open already, for which the opening answered.
    """
    declaration = declaration_for(session, receipt_code, officer, do)
    if not may_show(session, declaration, officer, is_open=is_open):
        raise ReasonWanted(declaration.receipt_code)
    return declaration


def may_show(session: Session, declaration: Declaration, officer: Actor, *, is_open: bool = False) -> bool:
    """Tell whether the declaration, which is in the officer's scope, may be shown now, or the reason is wanted first.

    Asks no database for an undecided file of the office where the officer works: those are opened all day long.
    """
    if declaration.status is not Status.SUBMITTED:
        return _is_known_why_decided(session, declaration, officer, is_open=is_open)
    if declaration.office_id == officer.office_id or declaration.escalated_note is not None:
        return True  # escalated (K11), and a supervisor's business still once given back (decision.handback)
    return _is_known_why_elsewhere(session, declaration, officer, is_open=is_open)


def ask_why(receipt_code: str, officer: Actor) -> dict[str, Any]:
    """Return what the question shows (templates/desk/open.html): nothing of the citizen but the receipt code."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.REVIEW)
        is_decided = declaration.status is not Status.SUBMITTED
        return {
            "receipt_code": declaration.receipt_code,
            "receipt": format_receipt_code(declaration.receipt_code),
            "why": "đã giải quyết xong" if is_decided else f"của {declaration.office.name}",
            "reasons": [{"value": one.value, "label": label} for one, label in REASONS.items()],
        }


def give_reason(receipt_code: str, officer: Actor, reason: str, note: str) -> None:
    """Keep why `officer` opens the declaration (`reason`: an OpenReason; `note` for OTHER alone, beside the trail).

    Giving it twice is harmless. Raises NotFound, InvalidInput (reason, note).
    """
    chosen, kept = _read(reason, note)
    with transaction() as session:
        keep(session, declaration_for(session, receipt_code, officer, Do.REVIEW, locked=True), officer, chosen, kept)


def _read(reason: str, note: str) -> tuple[OpenReason, str | None]:
    try:
        chosen = OpenReason(reason)
    except ValueError:
        raise InvalidInput([Fault("reason", "Xin chọn một lý do trong danh sách.")]) from None
    if chosen is not OpenReason.OTHER:
        return chosen, None
    return chosen, read_note(note, "Đã chọn “Lý do khác”: xin ghi rõ lý do.")


def _is_known_why_elsewhere(session: Session, declaration: Declaration, officer: Actor, *, is_open: bool) -> bool:
    """Tell it of another office's undecided file; for whoever has it in hand a reason holds as long as that."""
    if has_told(session, declaration, officer, GOOD_FOR):
        return True
    if is_open and has_reviewed(session, declaration, officer, clock.now() - REMEMBERED):
        return True
    held = claims.live(session, declaration.id)
    in_hand = held is not None and held.officer_id == officer.id
    return in_hand and has_told(session, declaration, officer, REMEMBERED)


def _is_known_why_decided(session: Session, declaration: Declaration, officer: Actor, *, is_open: bool) -> bool:
    if _decided_it_today(declaration, officer):  # asks no database: that page asks for its messages again and again
        return True
    if has_told(session, declaration, officer, GOOD_FOR) or _had_it_open(session, declaration, officer):
        return True
    since = max(declaration.decided_at or clock.now(), clock.now() - REMEMBERED)
    return is_open and has_reviewed(session, declaration, officer, since)


def _decided_it_today(declaration: Declaration, officer: Actor) -> bool:
    at = declaration.decided_at
    return at is not None and declaration.decided_by_id == officer.id and clock.local(at).date() == clock.today()


def _had_it_open(session: Session, declaration: Declaration, officer: Actor) -> bool:
    """Tell whether the file was decided just now under the officer's eyes: the open page may say what became of it."""
    decided = declaration.decided_at
    if decided is None or decided < clock.now() - GOOD_FOR:
        return False
    return has_reviewed(session, declaration, officer, decided - REMEMBERED, until=decided)
