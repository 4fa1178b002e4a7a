"""Opening what is over, or another office's: the officer says why first, by one key (issue 7, point 5).

Everything of the desk that shows a declaration asks `declaration_to_show`; only acts that are permitted anyway do not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.decision.queries import declaration_for
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import ActorKind, Declaration, OpenedFile, OpenReason, Status, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do

GOOD_FOR = timedelta(minutes=30)
"""So long a reason is not asked again; so long, too, whoever had a file open as it was decided goes on seeing it."""
_BEFORE = timedelta(hours=12)
"""No session, and so no open page, is older."""
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


def declaration_to_show(session: Session, receipt_code: str, officer: Actor, do: Do) -> Declaration:
    """Return the declaration as `declaration_for`, to be shown to `officer`; raises ReasonWanted, NotFound."""
    declaration = declaration_for(session, receipt_code, officer, do)
    if _is_past_or_elsewhere(declaration, officer) and not _is_known_why(session, declaration, officer):
        raise ReasonWanted(declaration.receipt_code)
    return declaration


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
        declaration = declaration_for(session, receipt_code, officer, Do.REVIEW, locked=True)
        opened = OpenedFile(
            officer_id=officer.id, declaration_id=declaration.id, reason=chosen, note=kept, at=clock.now()
        )
        session.add(opened)
        session.flush()
        record(session, TrailEvent.OPEN, officer, declaration=declaration, why=chosen.value, opened=opened.id)


def _read(reason: str, note: str) -> tuple[OpenReason, str | None]:
    try:
        chosen = OpenReason(reason)
    except ValueError:
        raise InvalidInput([Fault("reason", "Xin chọn một lý do trong danh sách.")]) from None
    if chosen is not OpenReason.OTHER:
        return chosen, None
    return chosen, read_note(note, "Đã chọn “Lý do khác”: xin ghi rõ lý do.")


def _is_past_or_elsewhere(declaration: Declaration, officer: Actor) -> bool:
    """Tell whether a reason may be wanted: asks no database, for the next person's file is opened all day long."""
    return declaration.status is not Status.SUBMITTED or declaration.office_id != officer.office_id


def _is_known_why(session: Session, declaration: Declaration, officer: Actor) -> bool:
    if declaration.status is Status.SUBMITTED:
        return _is_put_before(session, declaration, officer) or _has_told(session, declaration, officer)
    if _decided_it_today(declaration, officer):  # asks no database: that page asks for its messages again and again
        return True
    return _has_told(session, declaration, officer) or _had_it_open(session, declaration, officer)


def _is_put_before(session: Session, declaration: Declaration, officer: Actor) -> bool:
    """Tell whether the undecided file of another office is the officer's own business: escalated (K11), or in hand."""
    if declaration.escalated_note is not None:  # and stays a supervisor's business once given back (decision.handback)
        return True
    held = claims.live(session, declaration.id)
    return held is not None and held.officer_id == officer.id


def _decided_it_today(declaration: Declaration, officer: Actor) -> bool:
    at = declaration.decided_at
    return at is not None and declaration.decided_by_id == officer.id and clock.local(at).date() == clock.today()


def _has_told(session: Session, declaration: Declaration, officer: Actor) -> bool:
    told = exists().where(
        OpenedFile.officer_id == officer.id,
        OpenedFile.declaration_id == declaration.id,
        OpenedFile.at > clock.now() - GOOD_FOR,
    )
    return bool(session.scalar(select(told)))


def _had_it_open(session: Session, declaration: Declaration, officer: Actor) -> bool:
    """Tell whether the file was decided just now under the officer's eyes: the open page may say what became of it."""
    decided = declaration.decided_at
    if decided is None or decided < clock.now() - GOOD_FOR:
        return False
    looked = exists().where(
        TrailRow.declaration_id == declaration.id,
        TrailRow.at.between(decided - _BEFORE, decided),
        TrailRow.event == TrailEvent.REVIEW,
        TrailRow.actor_kind == ActorKind.OFFICER,
        TrailRow.actor_id == officer.id,
    )
    return bool(session.scalar(select(looked)))
