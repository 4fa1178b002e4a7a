"""What officers do with the result of a list: take it away, have it sent to the unit; and stop an apply."""

from __future__ import annotations

from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import applying, queries, result, review
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.models import Batch, BatchRow, BatchStage, Declaration, TrailEvent
from backoffice.notices import batch_results
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.journal import record, record_each
from backoffice.rules.permissions import Do

log = structlog.get_logger()

_NOTHING_YET = "Danh sách này chưa có kết quả. Xin đợi đọc và đối chiếu xong."
_NO_ADDRESS = (
    "Đơn vị chưa có địa chỉ e-mail nên chưa gửi được kết quả. Xin ghi e-mail trong trang đơn vị, hoặc tải tệp kết quả "
    "về để trao cho đơn vị."
)


_NOT_MADE = (
    "Không lập được tệp kết quả từ tệp của đơn vị. Xin xem từng dòng ngay trên trang này; nếu vẫn cần tệp, xin báo "
    "quản trị."
)


class Workbook(NamedTuple):
    """A file, and its name, ASCII."""

    name: str
    data: bytes


def download(actor: Actor, token: str) -> Workbook:
    """Return the workbook with what became of each row; whose rows are in it is written down.

    Raises Forbidden, NotFound, Conflict: no_result before there is anything to tell, no_file.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.SEE_BATCH, token)
        _require_result(batch)
        asked = result.ask(session, batch)
        _note(session, actor, batch, asked, "result")
    return Workbook(asked.name, asked.make())


def send(actor: Actor, token: str) -> None:
    """Have the result made and sent to the unit's address.

    Raises Forbidden, NotFound, Conflict: no_result, no_address.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
        _require_result(batch)
        if batch.unit is None or not batch.unit.email:
            raise Conflict(_NO_ADDRESS, code="no_address")
        review.want_result(session, batch)
        record(session, TrailEvent.BATCH_EXPORT, actor, batch=batch.id, what="sent")


def stop(actor: Actor, token: str) -> None:
    """Apply no more of a list; what is approved by then stays so. One that is not being applied stays as it is.

    Raises Forbidden, NotFound.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.APPLY_BATCH, token, locked=True)
        if batch.stage is BatchStage.APPLYING:
            applying.stop(session, actor, batch)


def send_wanted() -> bool:
    """Make and send the result that was wanted longest; tell whether there was one.

    What is wanted is a column of the list: killed anywhere, it is made again; sent once, with the transaction that
    takes it back. What cannot be made is not tried on and on: why stands on the page of the list.
    """
    with transaction() as session:
        batch = _wanted(session)
        if batch is None:
            return False
        number, seen = batch.id, batch.result_wanted_at
        asked = _asked(session, batch)
    made = asked if isinstance(asked, str) else _made(asked)
    with transaction() as session:
        batch = session.get(Batch, number, with_for_update={"of": Batch}, populate_existing=True)
        if batch is None or batch.result_wanted_at != seen:
            return True
        batch.result_wanted_at, batch.result_fault = None, _sent(session, batch, asked, made)
    return True


def _sent(session: Session, batch: Batch, asked: result.Asked | str, made: bytes | str) -> str | None:
    """Send the result to the unit; return why that cannot be: what was asked for or made may be the reason."""
    if isinstance(asked, str) or isinstance(made, str):
        fault = str(made)
    elif batch.unit is None or not batch.unit.email:
        fault = _NO_ADDRESS
    else:
        told = result.told_of(session, batch)
        batch_results.post(session, batch, told, batch.unit.email, made, asked.name)
        _note(session, SYSTEM, batch, asked, "mailed")
        return None
    log.warning("result of a list not sent", batch=batch.id)
    return fault


def _note(session: Session, actor: Actor, batch: Batch, asked: result.Asked, what: str) -> None:
    """Write down that the workbook goes out, and whose rows are in it."""
    record(session, TrailEvent.BATCH_EXPORT, actor, batch=batch.id, what=what, count=len(asked.answers.rows))
    those = select(Declaration.id, Declaration.bhxh_code).join(BatchRow, BatchRow.declaration_id == Declaration.id)
    people = session.execute(those.where(BatchRow.batch_id == batch.id)).all()
    record_each(session, TrailEvent.BATCH_EXPORT, actor, people, batch=batch.id)


def _require_result(batch: Batch) -> None:
    if batch.stage not in result.STAGES:
        raise Conflict(_NOTHING_YET, code="no_result")


def _wanted(session: Session) -> Batch | None:
    query = select(Batch).where(Batch.result_wanted_at.is_not(None)).order_by(Batch.result_wanted_at).limit(1)
    return session.scalars(query).first()


def _asked(session: Session, batch: Batch) -> result.Asked | str:
    """Return what makes the result, or why it cannot be made."""
    try:
        return result.ask(session, batch)
    except Conflict as refusal:
        return refusal.message


def _made(asked: result.Asked) -> bytes | str:
    """Return the result, or why it cannot be made."""
    try:
        return asked.make()
    except InvalidInput as refusal:
        log.error("result of a list not made", fault=refusal.faults[0].code)
        return _NOT_MADE
