"""What the pages of lists and units show, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.batches import queries
from backoffice.batches.columns import LABELS
from backoffice.batches.faults import KINDS, said_in, sentence
from backoffice.batches.queries import PAGE, Changed, Line, Listed
from backoffice.batches.unit_forms import KINDS as UNIT_KINDS
from backoffice.batches.unit_forms import LABELS as UNIT_LABELS
from backoffice.batches.work import UNDER_WAY
from backoffice.models import Batch, BatchStage, Declaration, RowState, Unit, UnitKind
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may

STAGES: dict[BatchStage, tuple[str, str]] = {
    BatchStage.RECEIVED: ("Đang đọc tệp", "info"),
    BatchStage.CHECKED: ("Đang đối chiếu", "info"),
    BatchStage.COMPARED: ("Đang đối chiếu", "info"),
    BatchStage.IN_REVIEW: ("Chờ xem xét", "warn"),
    BatchStage.APPLYING: ("Đang duyệt", "info"),
    BatchStage.APPLIED: ("Đã duyệt", "good"),
    BatchStage.REFUSED: ("Không nhận được tệp", "bad"),
    BatchStage.CANCELLED: ("Đã hủy", "none"),
}
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
_REMARKS = {
    "external_links": "Tệp có liên kết sang tệp khác. Hệ thống không mở liên kết nào.",
    "hidden_sheet": "Trang tính bị ẩn “{sheet}” cũng có danh sách; hệ thống không đọc trang bị ẩn.",
    "hidden_rows": "Có {count} dòng bị ẩn trong tệp, vẫn được đọc: {named}.",
    "nobody": "Có {count} dòng không có mã số, họ tên, số điện thoại nên không tính là người: {named}.",
}


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
    label, tone = STAGES[batch.stage]
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
        "why": batch.file_sentence,
        "state": f"{batch.stage.value}{_per_cent(batch)}",
    }


def _per_cent(batch: Batch) -> int:
    """Return how far the reading is: the first half reads the rows, the second compares them."""
    share = batch.done / batch.total if batch.total else 0.0
    if batch.stage is BatchStage.RECEIVED:
        return int(5 + 45 * share)
    if batch.stage is BatchStage.CHECKED:
        return int(50 + 45 * share)
    return int(100 * share) if batch.stage is BatchStage.APPLYING else 95 if batch.stage is BatchStage.COMPARED else 100


def batch_page(
    session: Session, actor: Actor, batch: Batch, which: str, after: int
) -> tuple[dict[str, Any], list[Declaration]]:
    """Return the page of a list, and the people whose declarations it shows something of."""
    which = which if which in KINDS or which in set(RowState) else ""
    lines = queries.rows_of(session, batch, which, after) if batch.stage not in UNDER_WAY else []
    shown = lines[:PAGE]
    states = queries.states_of(session, batch) if lines or which else {}
    page = {
        "batch": progress(batch) | _about(batch),
        "may_work": may(actor, Do.WORK_BATCH, batch),
        "states": [
            {"key": state.value, "label": STATES[state][0], "tone": STATES[state][1], "count": states[state]}
            for state in RowState
            if states.get(state)
        ],
        "kinds": [
            {"key": code, "label": KINDS[code].label, "blocks": KINDS[code].blocks, "count": number}
            for code, number in (queries.faults_of(session, batch) if states else [])
        ],
        "which": which,
        "lines": [_row(one) for one in shown],
        "next": shown[-1].row.number if len(lines) > PAGE else None,
        "after": after,
        "remarks": [_remark(one) for one in batch.remarks],
    }
    people = {one.declaration.id: one.declaration for one in shown if one.declaration is not None}
    return page, list(people.values())


def _about(batch: Batch) -> dict[str, Any]:
    return {
        "created_at": batch.created_at,
        "office": f"{batch.office.code} {batch.office.name}",
        "unit": unit_line(batch.unit) if batch.unit else None,
        "sheet": batch.sheet,
        "letter": {
            "unit": batch.unit.code if batch.unit else "",
            "letter_number": batch.letter_number or "",
            "letter_date": batch.letter_date.isoformat() if batch.letter_date else "",
            "signatory": batch.signatory or "",
        },
    }


def _row(line: Line) -> dict[str, Any]:
    row, said = line.row, said_in(line.declaration) if line.declaration else None
    label, tone = STATES[row.state]
    at_fault = {one["field"]: one["blocks"] for one in sorted(row.faults, key=lambda one: bool(one["blocks"]))}
    cells = [
        {
            "key": key,
            "label": LABELS[key],
            "text": row.values.get(key, ""),
            "fault": key in at_fault,
            "blocks": at_fault.get(key),
        }
        for key in ("bhxh_code", "full_name", "date_of_birth", "phone")
    ]
    return {
        "number": row.number,
        "state": row.state.value,
        "label": label,
        "tone": tone,
        "cells": cells,
        "receipt_code": line.declaration.receipt_code if line.declaration else None,
        "faults": [
            {
                "code": one["code"],
                "label": KINDS[one["code"]].label,
                "blocks": one["blocks"],
                "sentence": sentence(one, said),
            }
            for one in row.faults
        ],
        "reason": row.reason,
    }


def _remark(remark: dict[str, Any]) -> str:
    named: Sequence[int] = remark.get("rows", [])
    more = ", …" if remark.get("count", 0) > len(named) else ""
    return _REMARKS[remark["code"]].format_map(remark | {"named": "dòng " + ", ".join(map(str, named)) + more})


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
