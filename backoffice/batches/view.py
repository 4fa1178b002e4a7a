"""What the pages of lists and units show, in words."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.batches import queries
from backoffice.batches.queries import Changed, Listed
from backoffice.batches.unit_forms import KINDS as UNIT_KINDS
from backoffice.batches.unit_forms import LABELS as UNIT_LABELS
from backoffice.batches.work import UNDER_WAY
from backoffice.desk.labels import BATCH_STAGES
from backoffice.models import Batch, BatchKind, BatchStage, RowState, Unit, UnitKind
from backoffice.rules.actors import Actor

STATES: dict[RowState, tuple[str, str]] = {
    RowState.PENDING: ("Chưa đối chiếu", "none"),
    RowState.OK: ("Khớp", "good"),
    RowState.FAULT: ("Có lỗi", "bad"),
    RowState.TAKEN_OUT: ("Đã bỏ ra", "none"),
    RowState.TO_APPLY: ("Chờ duyệt", "info"),
    RowState.APPLIED: ("Đã duyệt", "good"),
    RowState.REFUSED: ("Không duyệt", "bad"),
    RowState.SKIPPED: ("Đã giải quyết ở nơi khác", "warn"),
}
_MADE_STAGES = {
    BatchStage.APPLYING: ("Đang lập tờ khai", "info"),
    BatchStage.APPLIED: ("Đã lập tờ khai", "good"),
}
_MADE = {
    RowState.TO_APPLY: ("Chờ lập tờ khai", "info"),
    RowState.APPLIED: ("Đã lập tờ khai", "good"),
    RowState.REFUSED: ("Không lập tờ khai", "bad"),
}
"""What is said otherwise of a list of people to be declared."""
WAITS_FOR_SECOND = "Chờ người thứ hai xem"


def listed(session: Session, actor: Actor) -> dict[str, Any]:
    """Return the lists of the actor's scope, and whether any is under way."""
    lists = [list_line(one) for one in queries.newest(session, actor)]
    state = ".".join(f"{one['token'][:8]}{one['stage']}{one['progress']}" for one in lists if one["open"])
    return {"lists": lists, "under_way": sum(one["open"] for one in lists), "state": state}


def list_line(one: Listed) -> dict[str, Any]:
    """Return a list as a line."""
    batch = one.batch
    return progress(batch) | {
        "officer": one.officer,
        "created_at": batch.created_at,
        "unit": unit_line(batch.unit) if batch.unit else None,
        "office": f"{batch.office.code} {batch.office.name}",
    }


def progress(batch: Batch) -> dict[str, Any]:
    """Return how far a list is."""
    label, tone = (WAITS_FOR_SECOND, "warn") if batch.needs_second else _stage(batch)
    is_open = batch.stage in (*UNDER_WAY, BatchStage.APPLYING)
    return {
        "token": batch.token,
        "file_name": batch.file_name,
        "stage": batch.stage.value,
        "label": label,
        "tone": tone,
        "open": is_open,
        "may_cancel": batch.stage in (*UNDER_WAY, BatchStage.IN_REVIEW) and not batch.applied,
        "progress": _per_cent(batch),
        "rows": batch.rows,
        "faults": batch.faults,
        "applied": batch.applied,
        "refused": batch.refused,
        "applied_word": state_words(RowState.APPLIED, batch.kind)[0].lower(),
        "refused_word": state_words(RowState.REFUSED, batch.kind)[0].lower(),
        "left": batch.rows - batch.applied - batch.refused,
        "why": batch.file_sentence,
        "waits": batch.needs_second,
        "state": f"{batch.stage.value}{_per_cent(batch)}",
    }


def state_words(state: RowState, kind: BatchKind) -> tuple[str, str]:
    """Return what is said of a row in this state of a list of this kind, and its tone."""
    return _MADE.get(state, STATES[state]) if kind is BatchKind.TO_DECLARE else STATES[state]


def _stage(batch: Batch) -> tuple[str, str]:
    words = BATCH_STAGES[batch.stage]
    return _MADE_STAGES.get(batch.stage, words) if batch.kind is BatchKind.TO_DECLARE else words


def _per_cent(batch: Batch) -> int:
    """Return how far the reading is: the first half reads the rows, the second compares them."""
    share = batch.done / batch.total if batch.total else 0.0
    if batch.stage is BatchStage.RECEIVED:
        return int(5 + 45 * share)
    if batch.stage is BatchStage.CHECKED:
        return int(50 + 45 * share)
    return int(100 * share) if batch.stage is BatchStage.APPLYING else 95 if batch.stage is BatchStage.COMPARED else 100


def unit_line(unit: Unit) -> dict[str, Any]:
    """Return a unit as a line."""
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": UNIT_KINDS[unit.kind],
        "contact": unit.contact,
        "phone": unit.phone,
        "email": unit.email,
        "office_code": unit.office.code,
        "office": unit.office.name,
        "closed": unit.closed_at is not None,
    }


def change_line(one: Changed) -> dict[str, Any]:
    """Return a change of a unit in words."""
    return {
        "at": one.at,
        "who": one.who or "",
        "label": UNIT_LABELS.get(one.field, one.field),
        "old": _value(one.field, one.old),
        "new": _value(one.field, one.new),
    }


def _value(field: str, value: str | None) -> str:
    if field == "closed":
        return "có" if value else "không"
    if field == "kind" and value:
        return UNIT_KINDS[UnitKind(value)]
    return value or ""
