"""Power cuts and dead lines (K4): what a supervisor may put right before the sweep, because handing in is what counts.

A dossier that was handed in within its time but could not be entered, and an office's deadlines that nobody could keep.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.decision.offices import office_for
from backoffice.decision.queries import declaration_for
from backoffice.decision.reading import read_note
from backoffice.decision.refusals import decided_sentence
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Correction, Declaration, Office, Status, TrailEvent, columns_of, table_of
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline_day, is_working_day
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import change, postpone
from backoffice.rules.permissions import Do

_MOMENT = re.compile(r"(\d{1,2})\s*[:hg]\s*(\d{2})\s*(?:ngày\s+)?(\d{1,2})/(\d{1,2})/(\d{4})")
_AS_WRITTEN = "%H:%M %d/%m/%Y"


def enter_late(receipt_code: str, officer: Actor, at: str, note: str) -> None:
    """Note that the dossier was handed in at `at` ("16:30 20/11/2026", Vietnam's time), before it could be entered.

    Presence is set to that moment and the clock stops (K4, K6), also when the deadline has passed since, as long as the
    sweep has not come. `note` says why it is entered only now; it is kept with the declaration, the trail names it.
    Raises InvalidInput (fields at, note), NotFound, Conflict when it is decided, or here already.
    """
    moment, note = _read(at, note)
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.ENTER_LATE, locked=True)
        _require_not_here(session, declaration)
        moment = _in_time(declaration, moment)
        kept = _kept(declaration.id, "presented_at", None, f"{clock.local(moment):{_AS_WRITTEN}}", note, officer)
        rows.add(session, kept)
        noted: dict[str, Any] = {"presented_at": moment, "presented_to_id": officer.id}
        change(session, declaration, **noted, expires_at=None, supplement_at=None)
        told: dict[str, Any] = {"handed_in": moment.isoformat(), "reason": kept.id}
        record(session, TrailEvent.PRESENT_LATE, officer, declaration=declaration, **told)


@dataclass(frozen=True)
class Extension:
    """The deadlines of an office that would be, or were, extended: how many fall today, how many have just passed."""

    office: Office
    until: date
    today: int
    lapsed: int

    @property
    def count(self) -> int:
        """Return how many declarations it is about."""
        return self.today + self.lapsed


def extension(office_code: str, officer: Actor) -> Extension:
    """Return what `extend` would do now; nothing is changed. Raises NotFound when the office is out of scope."""
    with transaction() as session:
        office = office_for(session, office_code, officer, Do.EXTEND_DEADLINES)
        return _extension(office, session.execute(_DUE, _window(office)).all())


def extend(office_code: str, officer: Actor, note: str) -> Extension:
    """Let the office's deadlines of today, and those passed since the last working day, end with the next working day.

    Only what has not been swept: each row is locked, so it is either extended or deleted, never both. No message is
    sent, no reminder either. `note` says why; it is kept with each declaration. Raises InvalidInput (field note),
    NotFound when the office is out of scope, Conflict (nothing_due) when there is nothing to extend.
    """
    note = read_note(note, "Xin ghi lý do gia hạn, ví dụ: mất điện từ 14 giờ ngày 20/11.")
    with transaction() as session:
        office = office_for(session, office_code, officer, Do.EXTEND_DEADLINES)
        found = [Due(*row) for row in session.execute(_DUE_LOCKED, _window(office))]
        done = _extension(office, found)
        if not found:
            raise Conflict(f"{office.name} không có tờ khai nào đến hạn. Chưa có gì thay đổi.", code="nothing_due")
        reasons = _extend(session, found, done.until, note, officer)
        told: dict[str, Any] = {
            "office": office.id,
            "count": len(found),
            "extended": [one.id for one in found],
            "has_note": True,
        }
        record(session, TrailEvent.EXTEND, officer, until=done.until.isoformat(), **told)
        for one in found:
            record(session, TrailEvent.EXTENDED, officer, declaration=one, reason=reasons[one.id])
        return done


def first_day() -> date:
    """Return the day from which on a passed deadline can be extended: the last working day before today."""
    day = clock.today() - timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


class Due(NamedTuple):
    """An undecided declaration whose deadline falls today, or has just passed."""

    id: int
    bhxh_code: str
    expires_at: datetime


_D = columns_of(Declaration)
_DUE = (
    select(*(_D[name] for name in Due._fields))
    .where(
        _D.office_id == bindparam("office", type_=BigInteger()),
        _D.status == literal_column("'submitted'"),
        _D.expires_at.between(
            bindparam("since", type_=DateTime(timezone=True)), bindparam("last", type_=DateTime(timezone=True))
        ),
    )
    .order_by(_D.id)
)
_DUE_LOCKED = _DUE.with_for_update()
_IDS = bindparam("declarations", type_=ARRAY(BigInteger))
_NOW = bindparam("now", type_=DateTime(timezone=True))
_KEEPING = (
    table_of(Correction)
    .insert()
    .from_select(
        ["declaration_id", "field", "old_value", "new_value", "note", "officer_id", "at"],
        select(
            func.unnest(_IDS),
            literal_column("'expires_at'"),
            func.unnest(bindparam("old", type_=ARRAY(Text))),
            bindparam("new", type_=Text()),
            bindparam("note", type_=Text()),
            bindparam("officer", type_=BigInteger()),
            _NOW,
        ),
    )
    .returning(table_of(Correction).c.declaration_id, table_of(Correction).c.id)
)


def _window(office: Office) -> dict[str, Any]:
    since = datetime.combine(first_day(), time.min, tzinfo=clock.VIETNAM)
    return {"office": office.id, "since": since, "last": clock.end_of_day(clock.today())}


def _extension(office: Office, found: Sequence[Any]) -> Extension:
    lapsed = sum(one.expires_at < clock.now() for one in found)
    return Extension(office, deadline_day(clock.today(), 1), len(found) - lapsed, lapsed)


def _extend(session: Session, found: Sequence[Due], until: date, note: str, officer: Actor) -> dict[int, int]:
    """Write the new deadlines; return under which id the reason is kept, by declaration."""
    known: dict[str, Any] = {"declarations": [one.id for one in found], "now": clock.now()}
    postpone(session, known["declarations"], clock.end_of_day(until))
    written = {
        "old": [f"{clock.local(one.expires_at):%d/%m/%Y}" for one in found],
        "new": f"{until:%d/%m/%Y}",
        "note": note,
        "officer": officer.id,
    }
    kept = session.execute(_KEEPING, known | written)
    return {row.declaration_id: row.id for row in kept}


def _kept(declaration_id: int, field: str, old: str | None, new: str, note: str, officer: Actor) -> Correction:
    return Correction(
        declaration_id=declaration_id,
        field=field,
        old_value=old,
        new_value=new,
        note=note,
        officer_id=officer.id,
        at=clock.now(),
    )


def _read(at: str, note: str) -> tuple[datetime, str]:
    """Return the moment and the note; raises InvalidInput with the faults of both."""
    faults: list[Fault] = []
    moment = _moment(at)
    if moment is None:
        faults.append(Fault("at", "Xin ghi giờ và ngày nộp theo mẫu 16:30 20/11/2026."))
    elif moment > clock.now():
        faults.append(Fault("at", f"Giờ nộp không thể sau lúc này ({clock.local(clock.now()):{_AS_WRITTEN}})."))
    try:
        note = read_note(note, "Xin ghi vì sao chưa nhập được lúc người dân nộp, ví dụ: mất điện từ 14 giờ.")
    except InvalidInput as fault:
        faults += fault.faults
    if moment is None or faults:
        raise InvalidInput(faults)
    return moment, note


def _moment(text: str) -> datetime | None:
    found = _MOMENT.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    hour, minute, day, month, year = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=clock.VIETNAM)
    except ValueError:
        return None


def _require_not_here(session: Session, declaration: Declaration) -> None:
    """Raise Conflict when it is decided, or was handed in and nothing is waited for."""
    if declaration.status is not Status.SUBMITTED:
        raise Conflict(decided_sentence(session, declaration), code="already_decided")
    if declaration.presented_at is not None and declaration.supplement_at is None:
        at = f"{clock.local(declaration.presented_at):{_AS_WRITTEN}}"
        raise Conflict(f"Hồ sơ này đã được ghi là nộp lúc {at}. Chưa có gì thay đổi.", code="already_presented")


def _in_time(declaration: Declaration, moment: datetime) -> datetime:
    """Return the moment, which must lie after what it answers to and before the deadline (K4); raises InvalidInput.

    Written to the minute: who declared at 16:30:40 and came at once came at "16:30".
    """
    begun, what = declaration.declared_at, "khai"
    if declaration.supplement_at is not None:
        begun, what = declaration.supplement_at, "trả lại để bổ sung"
    if moment < begun.replace(second=0, microsecond=0):
        raise InvalidInput([Fault("at", f"Giờ nộp trước lúc {what} ({clock.local(begun):{_AS_WRITTEN}}).")])
    if declaration.expires_at is not None and moment > declaration.expires_at:
        last = f"{clock.local(declaration.expires_at):%d/%m/%Y}"
        raise InvalidInput(
            [Fault("at", f"Giờ nộp sau hạn (hết ngày {last}) nên không nhận được. Đề nghị công dân khai lại.")]
        )
    return max(moment, begun)
