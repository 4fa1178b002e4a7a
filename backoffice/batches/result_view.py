"""What the pages of lists and units show of results: the letter to the unit, and whose message did not arrive."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import result
from backoffice.models import (
    Batch,
    BatchRow,
    BatchStage,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    RowState,
    Unit,
)
from backoffice.notices.queries import label
from backoffice.notices.undelivered import still_wanted
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may
from backoffice.rules.scopes import in_scope, scope_values

MOST = 50
"""So many people whose message did not arrive are shown."""


def of_batch(session: Session, actor: Actor, batch: Batch) -> dict[str, Any] | None:
    """Return what the page of a list shows of its result; None before there is one."""
    if batch.stage is BatchStage.APPLYING:
        return {"may_stop": may(actor, Do.APPLY_BATCH, batch)}
    if batch.stage is not BatchStage.APPLIED and not (batch.stage is BatchStage.IN_REVIEW and batch.applied):
        return None
    letter = result.newest_letter(session, batch.id)
    return {
        "may_stop": False,
        "may_send": may(actor, Do.WORK_BATCH, batch),
        "email": batch.unit.email if batch.unit else None,
        "unit": batch.unit.code if batch.unit else None,
        "wanted": batch.result_wanted_at is not None,
        "fault": batch.result_fault,
        "letter": _letter(letter) if letter else None,
        "lost": len(result.not_arrived(session, batch.id)) if batch.applied else 0,
    }


def lost_of_unit(session: Session, actor: Actor, unit: Unit) -> tuple[list[dict[str, Any]], list[Declaration]]:
    """Return whose message did not arrive of the unit's lists that the actor may see, the newest MOST; and who."""
    query = (
        select(Declaration, Notice, BatchRow.number, Batch.token, Batch.file_name)
        .join(BatchRow, BatchRow.declaration_id == Declaration.id)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .join(Notice, Notice.declaration_id == Declaration.id)
        .where(Batch.unit_id == unit.id, BatchRow.state == RowState.APPLIED)
        .where(in_scope(actor.role, Do.SEE_BATCH, Batch.office_id))
        .where(Notice.channel == NoticeChannel.SMS, Notice.kind.in_((NoticeKind.APPROVED, NoticeKind.RECEIVED)))
        .where(still_wanted())
        .order_by(Notice.id.desc())
        .limit(MOST)
    )
    found = session.execute(query, scope_values(actor)).all()
    lines = [
        {
            "name": declaration.full_name,
            "receipt_code": declaration.receipt_code,
            "number": number,
            "token": token,
            "file_name": file_name,
            "status": label(NoticeChannel.SMS, notice.status),
            "why": notice.failure or "",
            "at": notice.finished_at or notice.created_at,
        }
        for declaration, notice, number, token, file_name in found
    ]
    return lines, [row[0] for row in found]


def _letter(notice: Notice) -> dict[str, Any]:
    tones = {NoticeStatus.FAILED: "bad", NoticeStatus.SENT: "good", NoticeStatus.DELIVERED: "good"}
    return {
        "to": notice.recipient,
        "at": notice.sent_at or notice.created_at,
        "label": label(NoticeChannel.EMAIL, notice.status),
        "tone": tones.get(notice.status, "info"),
        "why": notice.failure or "",
    }
