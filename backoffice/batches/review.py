"""Which rows of a list are let through: who asks for it, who else looks first, what is left when they were applied.

A list in review → rows asked for are TO_APPLY (`start`) → with many of them somebody else looks (`confirm`,
`send_back`, `take_back`) → the list is APPLYING, its rows are decided by the job APPLY → `settle` → in review while
rows are left, else applied; an officer may end it earlier (`close`). Each of these joins a transaction that holds the
list's row, so of two at once the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import BigInteger, any_, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from backoffice.batches.letter import require_letter
from backoffice.batches.work import count
from backoffice.kernel import clock, queue
from backoffice.kernel.errors import Conflict, Forbidden
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Batch,
    BatchEdit,
    BatchKind,
    BatchRow,
    BatchStage,
    Channel,
    Declaration,
    Officer,
    RowState,
    TrailEvent,
)
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may
from backoffice.rules.scopes import in_scope, scope_values

APPLY = "backoffice.batches.jobs.apply_off"
RESULTS = "backoffice.batches.jobs.send_results"
ALONE = 200
"""So many rows of a list one officer lets through; before more of them somebody else looks."""
SAMPLE = 20
LEFT = (RowState.OK, RowState.FAULT)
"""States of rows that may still be let through."""
_NOT_OPEN = "Danh sách này không còn chờ xem xét nên không làm được việc này. Chưa thay đổi gì; xin tải lại trang."
_WAITS = (
    "Danh sách đang chờ người thứ hai xem nên chưa sửa được. Chưa thay đổi gì; nếu cần sửa, xin rút lại đề nghị duyệt."
)
_NOBODY_ASKS = "Danh sách không còn chờ người thứ hai xem. Chưa thay đổi gì; xin tải lại trang."
_OWN = "Danh sách đông người cần người khác xem: bạn là người gửi lên hoặc đề nghị duyệt. Chưa thay đổi gì."
_CHANGED = (
    "Danh sách vừa thay đổi: {now} dòng khớp, khác với {then} dòng bạn định duyệt. "
    "Chưa duyệt ai; xin xem lại rồi bấm duyệt lại."
)
ASKER_GONE = "Người đề nghị không còn được duyệt danh sách. Chưa duyệt."
_NONE = "Không có dòng nào khớp để duyệt. Chưa thay đổi gì; xin sửa các dòng có lỗi trước."
_UNDONE = "Chưa giải quyết khi kết thúc danh sách"


def asker_may(session: Session, batch: Batch) -> bool:
    """Tell whether who asked for rows may still let them through: let in, in a role that may.

    Where they stood in for somebody is not asked again: they were there when they asked.
    """
    officer = session.get_one(Officer, batch.asked_by_id, populate_existing=True)
    return officer.disabled_at is None and may(officer_actor(officer), Do.APPLY_BATCH)


def require_open(batch: Batch) -> None:
    """Raise Conflict unless rows of the list may be corrected, taken out and asked for now."""
    if batch.stage is not BatchStage.IN_REVIEW:
        raise Conflict(_NOT_OPEN, code="not_in_review")
    if batch.needs_second:
        raise Conflict(_WAITS, code="waits_for_second")


def start(
    session: Session, actor: Actor, batch: Batch, numbers: Sequence[int] | None, expected: int | None = None
) -> int:
    """Ask for the sound rows among `numbers` (None: all that are sound) in the name of `actor`; return how many.

    They are applied at once, or wait for somebody else to look: when ALONE rows of this list, or of the unit's lists
    today, were let through without, or there are declarations among them that `actor` may not approve at the desk (of
    an office below), or that were made of a list by `actor`: else one officer alone would make accounts of two files.
    `expected` is how many the officer was told. Raises Conflict when the list is not open, nothing is sound or other
    rows are than were meant; InvalidInput while unit or letter are not noted.
    """
    require_open(batch)
    require_letter(batch)
    meant = len(set(numbers)) if numbers is not None else expected
    those = [BatchRow.batch_id == batch.id, BatchRow.state == RowState.OK]
    if numbers is not None:
        those.append(BatchRow.number == any_(literal(sorted(set(numbers)), ARRAY(BigInteger))))
    asked = session.scalars(
        update(BatchRow).where(*those).values(state=RowState.TO_APPLY, reason=None).returning(BatchRow.number)
    ).all()
    if meant is not None and meant != len(asked):
        raise Conflict(_CHANGED.format(now=len(asked), then=meant), code="changed")
    if not asked:
        raise Conflict(_NONE, code="nothing_sound")
    now = clock.now()
    batch.asked_by_id, batch.asked_at, batch.touched_at = actor.id, now, now
    batch.second_by_id, batch.second_at, batch.second_note = None, None, None
    many = let_through(session, batch) + len(asked) > ALONE
    if batch.kind is BatchKind.DECLARED and (many or _has_others(session, actor, batch)):
        batch.needs_second = True
        record(session, TrailEvent.BATCH_SECOND, actor, batch=batch.id, what="asked", count=len(asked))
    else:
        batch.alone += len(asked)
        _begin(session, actor, batch, len(asked))
    return len(asked)


def let_through(session: Session, batch: Batch) -> int:
    """Return how many rows nobody else looked at: of this list, and of others of its unit today (one list cut up)."""
    midnight = clock.end_of_day(clock.today() - timedelta(days=1))
    same = Batch.unit_id == batch.unit_id, Batch.id != batch.id, Batch.kind == batch.kind
    others = select(func.coalesce(func.sum(Batch.alone), 0)).where(*same, Batch.touched_at > midnight)
    return batch.alone + (session.scalar(others.where(Batch.asked_at > midnight)) or 0)


def _has_others(session: Session, actor: Actor, batch: Batch) -> bool:
    mine = in_scope(actor.role, Do.APPROVE, Declaration.office_id)
    its, made = aliased(BatchRow), aliased(Batch)
    own = exists().where(
        its.declaration_id == Declaration.id,
        made.id == its.batch_id,
        made.kind == BatchKind.TO_DECLARE,
        or_(made.officer_id == actor.id, made.asked_by_id == actor.id),
    )
    others = (
        select(BatchRow.number)
        .join(Declaration, Declaration.id == BatchRow.declaration_id)
        .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY)
        .where(or_(~mine, (Declaration.channel == Channel.LIST) & own))
        .limit(1)
    )
    return session.scalar(others, scope_values(actor)) is not None


def _begin(session: Session, actor: Actor, batch: Batch, number: int) -> None:
    now = clock.now()
    batch.stage, batch.done, batch.total, batch.tries, batch.worked_at = BatchStage.APPLYING, 0, number, 0, None
    batch.needs_second, batch.touched_at = False, now
    record(session, TrailEvent.BATCH_APPLY, actor, batch=batch.id, unit=batch.unit_id, count=number)
    queue.ask_after_commit(session, APPLY, lane=queue.BULK)


def confirm(session: Session, actor: Actor, batch: Batch) -> int:
    """Agree, as the second pair of eyes, to what was asked for; it is applied now. Return how many rows.

    Raises Conflict when nobody asks, or who asked may no longer (asker_gone); Forbidden for whoever sent the file in
    or asked.
    """
    _require_second(actor, batch)
    if not asker_may(session, batch):
        raise Conflict(f"{ASKER_GONE} Xin trả lại danh sách để người khác đề nghị.", code="asker_gone")
    asked = waiting(session, batch)
    batch.second_by_id, batch.second_at, batch.alone = actor.id, clock.now(), 0
    record(session, TrailEvent.BATCH_SECOND, actor, batch=batch.id, what="agreed", count=asked)
    _begin(session, actor, batch, asked)
    return asked


def send_back(session: Session, actor: Actor, batch: Batch, note: str) -> None:
    """Do not agree: the rows are as before they were asked for, `note` says why. Raises as `confirm`."""
    _require_second(actor, batch)
    batch.second_by_id, batch.second_at, batch.second_note = actor.id, clock.now(), note
    _as_before(session, actor, batch, "sent_back")


def take_back(session: Session, actor: Actor, batch: Batch) -> None:
    """Ask no more: the rows are as before. Raises Conflict when nobody asks."""
    if not batch.needs_second or batch.stage is not BatchStage.IN_REVIEW:
        raise Conflict(_NOBODY_ASKS, code="nobody_asks")
    _as_before(session, actor, batch, "taken_back")


def is_second(actor: Actor, batch: Batch) -> bool:
    """Tell whether `actor` is somebody else than who sent the file in and who asked."""
    return actor.id not in (batch.officer_id, batch.asked_by_id)


def _require_second(actor: Actor, batch: Batch) -> None:
    if not batch.needs_second or batch.stage is not BatchStage.IN_REVIEW:
        raise Conflict(_NOBODY_ASKS, code="nobody_asks")
    if not is_second(actor, batch):
        raise Forbidden(_OWN, code="own_list")


def _as_before(session: Session, actor: Actor, batch: Batch, what: str) -> None:
    asked = BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY
    session.execute(update(BatchRow).where(*asked).values(state=RowState.OK))
    batch.needs_second, batch.touched_at = False, clock.now()
    record(session, TrailEvent.BATCH_SECOND, actor, batch=batch.id, what=what)


def waiting(session: Session, batch: Batch) -> int:
    """Return how many rows were asked for and are not decided."""
    asked = BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY
    return session.scalar(select(func.count()).where(*asked)) or 0


def edited(session: Session, batch: Batch) -> int:
    """Return of how many rows that were asked for an officer has corrected a cell."""
    asked = BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY
    touched = BatchEdit.batch_id == batch.id, BatchEdit.number == BatchRow.number
    return session.scalar(select(func.count()).where(*asked, exists().where(*touched))) or 0


def sample(session: Session, batch: Batch) -> list[int]:
    """Return which of the rows asked for the second pair of eyes is shown; the same for as long as it is asked for.

    Drawn by a keyed hash, so nobody knows before which they will be.
    """
    asked = select(BatchRow.number).where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY)
    drawn = f"{batch.id} {batch.asked_at}"
    return sorted(sorted(session.scalars(asked), key=lambda number: lookup_hash(drawn, str(number)))[:SAMPLE])


def settle(session: Session, batch: Batch) -> None:
    """Write where the list stands once none of its rows is TO_APPLY: in review while some are left, else applied."""
    count(session, batch)
    left = session.scalar(select(func.count()).where(BatchRow.batch_id == batch.id, BatchRow.state.in_(LEFT)))
    now = clock.now()
    batch.touched_at, batch.worked_at = now, None
    if left:
        batch.stage = BatchStage.IN_REVIEW
    else:
        batch.stage, batch.ended_at = BatchStage.APPLIED, now
        if batch.unit is not None and batch.unit.email:
            want_result(session, batch)


def want_result(session: Session, batch: Batch) -> None:
    """Have the result of the list made and sent to its unit, by the job RESULTS."""
    batch.result_wanted_at, batch.result_fault = clock.now(), None
    queue.ask_after_commit(session, RESULTS, lane=queue.BULK)


def close(session: Session, actor: Actor, batch: Batch) -> int:
    """End a list of which something was let through: rows that are left are refused as not approved; return how many.

    Raises Conflict when the list is not open, or nothing of it was decided yet: then it is cancelled instead.
    """
    require_open(batch)
    if not batch.applied:
        raise Conflict("Chưa duyệt dòng nào của danh sách. Nếu không dùng nữa, xin hủy danh sách.", code="nothing_yet")
    left = BatchRow.batch_id == batch.id, BatchRow.state.in_(LEFT)
    ended = update(BatchRow).where(*left).values(state=RowState.REFUSED, reason=_UNDONE).returning(BatchRow.number)
    number = len(session.scalars(ended).all())
    settle(session, batch)
    record(session, TrailEvent.BATCH_CLOSED, actor, batch=batch.id, count=number)
    return number
