"""Merging one office into another from a day on (D8, figures in 4): planned, cancelled before, done in one transaction.

A plan for today or a day that has passed is done at once, others by a job in the first minute of their day. What was
decided stays with the old office, which hangs under its successor from then on: whoever supervises that sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import normalize_text, visible
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Office, OfficeKind, OfficeMerge, TrailEvent
from backoffice.notices.moving import follow_merges
from backoffice.offices import ending, moving, queries, tree
from backoffice.offices.forms import Reader
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.journal import record
from backoffice.rules.serving import serving

log = structlog.get_logger()

DUE = "backoffice.offices.jobs.merge_due"
"""The job that does what is due."""
LONGEST_DECISION = 100
PATIENCE = "3s"
"""So long a merge waits for one row, and is put off when it cannot have it. Who waits for the merge waits longer, but
not for ever (kernel.db): while very many declarations move, who declares there may be asked to try again."""
MOST_AT_ONCE = 2000
"""With more open declarations than this a merge is left to the worker: a page is not waited for so long."""
_YEARS_AHEAD = 2
_FIRST_YEAR = 2020


class Plan(NamedTuple):
    """What was typed: the successor's code, the day as "2026-12-01" or "01/12/2026", the number of the decision."""

    successor: str
    day: str
    decision: str


@dataclass(frozen=True)
class Outcome:
    """What came of a plan: on its day alone, or at once (`done`); None: within minutes, by the worker.

    Then the office has `many` declarations, or something is still at work there.
    """

    day: date
    done: bool | None
    many: bool = False


def plan(code: str, actor: Actor, typed: Plan) -> Outcome:
    """Plan the merge of an office; done at once when its day has come and it has not too many declarations.

    Raises Forbidden, NotFound, InvalidInput (successor, day, decision), Conflict when the office is closed, the root,
    or planned to be merged already.
    """
    with transaction() as session:
        office = tree.office_to_change(session, code, actor)
        _require_mergeable(session, office)
        reader = Reader()
        successor = _successor(session, office, actor, typed.successor, reader)
        day = reader.read("day", lambda: _day(typed.day))
        decision = reader.read("decision", lambda: _decision(typed.decision))
        reader.finish()
        if successor is None or day is None or decision is None:
            raise RuntimeError("a field without a value has a fault")
        merge = OfficeMerge(
            office_id=office.id,
            successor_id=successor.id,
            on_day=day,
            decision=decision,
            officer_id=actor.id or 0,
            created_at=clock.now(),
        )
        session.add(merge)
        session.flush()
        _record_plan(session, merge, actor)
        number, is_due = merge.id, day <= clock.today()
        many = is_due and queries.counts(session, office).declarations > MOST_AT_ONCE
        if many:
            queue.ask_after_commit(session, DUE)
    if many:
        return Outcome(day, None, many=True)
    return Outcome(day, _try(number) if is_due else False)


def _record_plan(session: Session, merge: OfficeMerge, actor: Actor) -> None:
    record(
        session,
        TrailEvent.OFFICE_MERGE_PLANNED,
        actor,
        office=merge.office_id,
        successor=merge.successor_id,
        merge=merge.id,
        day=merge.on_day.isoformat(),
    )


def cancel(code: str, actor: Actor) -> None:
    """Cancel the merge planned for an office; raises Forbidden, NotFound, Conflict when there is none (any more)."""
    with transaction() as session:
        office = tree.office_to_change(session, code, actor)
        merge = queries.open_merge_of(session, office)
        if merge is None:
            done = "đã được hợp nhất" if office.successor_id else "không có kế hoạch hợp nhất nào, hoặc kế hoạch đã hủy"
            raise Conflict(f"{office.name} {done}. Chưa có gì thay đổi.", code="no_plan")
        merge.cancelled_at = clock.now()
        record(session, TrailEvent.OFFICE_MERGE_CANCELLED, actor, office=office.id, merge=merge.id)


def do_due() -> int:
    """Do the merges whose day has come, in the order of their days, and let worklists follow; return how many.

    May run at any time and several times at once: each is done once. What cannot be done now is tried again.
    """
    with transaction() as session:
        due = select(OfficeMerge.id).where(
            OfficeMerge.on_day <= clock.today(), OfficeMerge.done_at.is_(None), OfficeMerge.cancelled_at.is_(None)
        )
        numbers = session.scalars(due.order_by(OfficeMerge.on_day, OfficeMerge.id)).all()
    done = [_try(number) for number in numbers]
    with transaction() as session:
        follow_merges(session)
    return sum(one is True for one in done)


def _try(merge_id: int) -> bool | None:
    """Do the merge; True when it is done now, None when it must be tried again: a lock was not to be had in time."""
    try:
        return True if carry_out(merge_id) else None
    except OperationalError as error:
        log.warning("merge of an office put off", merge=merge_id, error=type(error.orig).__name__)
        return None


def carry_out(merge_id: int) -> bool:
    """Do the planned merge whole; tell whether this call did it.

    Into the successor's successor when that was merged meanwhile. It stays planned, and is shown so, when the one it
    leads to is closed.
    """
    with transaction() as session:
        session.execute(select(func.set_config("lock_timeout", PATIENCE, True)))
        tree.lock_tree(session)
        merge = session.get_one(OfficeMerge, merge_id, populate_existing=True)
        if merge.done_at is not None or merge.cancelled_at is not None:
            return False
        heir = serving(session, session.get_one(Office, merge.successor_id, populate_existing=True))
        former, heir = ending.hold_all(session, merge, heir.id)
        if former.closed_at is not None or heir.closed_at is not None or heir.id == former.id:
            log.warning("merge of an office cannot be done: an office is closed", merge=merge_id)
            return False
        _do(session, merge, former, heir)
        return True


def _do(session: Session, merge: OfficeMerge, former: Office, heir: Office) -> None:
    """Move everything that is open."""
    merge.moved_officers = moving.move_officers(session, former, heir, merge.id)
    merge.moved_declarations = moving.move_declarations(session, former, heir, merge.id)
    moving.move_lists(session, former, heir)
    ending.end(session, merge, former, heir)
    follow_merges(session)
    merge.done_at = clock.now()
    record(
        session,
        TrailEvent.OFFICE_MERGE,
        SYSTEM,
        office=former.id,
        successor=heir.id,
        merge=merge.id,
        declarations=merge.moved_declarations,
        officers=merge.moved_officers,
    )


def _require_mergeable(session: Session, office: Office) -> None:
    if office.kind is OfficeKind.ROOT:
        raise Conflict("BHXH Việt Nam là gốc của cây cơ quan nên không hợp nhất được. Chưa có gì thay đổi.")
    if office.closed_at is not None:
        raise Conflict(f"{office.name} đã đóng. Chưa có gì thay đổi.", code="closed")
    if queries.open_merge_of(session, office) is not None:
        raise Conflict(
            f"{office.name} đã có kế hoạch hợp nhất. Chưa có gì thay đổi; xem trang cơ quan.", code="planned"
        )


def _successor(session: Session, office: Office, actor: Actor, code: str, reader: Reader) -> Office | None:
    """Return the office that takes over, one in work that `actor` may change; faults go to `reader`."""
    try:
        found = tree.find_office(session, code.split(" ", maxsplit=1)[0]) if visible(code[:100]) else None
    except NotFound:
        found = None
    if found is None or not tree.may_change(actor, found):
        reader.add("successor", "Chưa chọn cơ quan nhận, hoặc cơ quan đó không thuộc phạm vi của bạn. Xin chọn lại.")
        return None
    if sentence := _unfit(session, office, found):
        reader.add("successor", sentence)
    return found


def _unfit(session: Session, office: Office, successor: Office) -> str:
    """Return why `successor` cannot take over, "" when it can."""
    if successor.id == office.id:
        return "Không thể hợp nhất một cơ quan vào chính nó. Xin chọn cơ quan khác."
    if successor.successor_id is not None:
        heir = serving(session, successor)
        return f"{successor.name} đã hợp nhất vào {heir.name} ({heir.code}). Xin chọn {heir.name}."
    if successor.closed_at is not None:
        return f"{successor.name} đã đóng. Xin chọn cơ quan đang hoạt động."
    if successor.kind is OfficeKind.ROOT:
        return f"{successor.name} không trực tiếp tiếp nhận hồ sơ. Xin chọn cơ quan khác."
    if successor.path.startswith(office.path):
        return f"{successor.name} là cấp dưới của {office.name}. Xin chọn cơ quan khác."
    if office.kind is OfficeKind.PROVINCE and successor.kind is not OfficeKind.PROVINCE:
        return "Cơ quan cấp tỉnh chỉ hợp nhất được vào cơ quan cấp tỉnh. Xin chọn cơ quan khác."
    return _circle(session, office, successor)


def _circle(session: Session, office: Office, successor: Office) -> str:
    """Return why not, when what is planned for `successor` leads back to `office`."""
    seen, at = {office.id}, successor
    while (planned := queries.open_merge_of(session, at)) is not None and at.id not in seen:
        seen.add(at.id)
        at = serving(session, session.get_one(Office, planned.successor_id))
        if at.id == office.id:
            return (
                f"{successor.name} đang có kế hoạch hợp nhất vào {office.name}. Xin hủy kế hoạch đó trước, "
                "hoặc chọn cơ quan khác."
            )
    return ""


def _day(text: str) -> date:
    clean = visible(text[:50])
    try:
        day, month, year = (int(part) for part in clean.split("/")) if "/" in clean else (0, 0, 0)
        found = date(year, month, day) if year else date.fromisoformat(clean)
    except (ValueError, OverflowError):
        raise Malformed("Chưa có ngày hợp nhất, hoặc ngày chưa đúng. Xin ghi ngày, ví dụ 01/12/2026.") from None
    if not _FIRST_YEAR <= found.year <= clock.today().year + _YEARS_AHEAD:
        raise Malformed(f"Ngày hợp nhất phải từ năm {_FIRST_YEAR} và không quá {_YEARS_AHEAD} năm tới. Xin xem lại.")
    return found


def _decision(text: str) -> str:
    number = normalize_text(text, limit=LONGEST_DECISION)
    if not number:
        raise Malformed("Chưa có số quyết định. Xin ghi số quyết định hợp nhất, ví dụ 391/QĐ-BTC.", code="missing")
    return number
