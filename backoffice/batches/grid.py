"""What the page of one list shows, in words: its rows, what is wrong with them, what may be done with it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import correcting, lines, queries, result_view, review
from backoffice.batches.columns import LABELS, cells_of
from backoffice.batches.faults import KINDS, said_in, sentence
from backoffice.batches.letter import lacking
from backoffice.batches.lines import EDITED, PAGE, Line
from backoffice.batches.view import progress, state_words, unit_line
from backoffice.batches.work import UNDER_WAY
from backoffice.identity.text import compact, is_digits
from backoffice.models import Batch, BatchKind, BatchStage, Officer, RowState
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may

SAMPLE = "sample"
"""The filter that shows what the second pair of eyes is to look at."""
MAIN = ("bhxh_code", "full_name", "date_of_birth", "phone")
"""Columns of the grid; what is wrong with others of a list stands beside its fault."""
_REMARKS = {
    "external_links": "Tệp có liên kết sang tệp khác. Hệ thống không mở liên kết nào.",
    "hidden_sheet": "Trang tính bị ẩn “{sheet}” cũng có danh sách; hệ thống không đọc trang bị ẩn.",
    "hidden_rows": "Có {count} dòng bị ẩn trong tệp, vẫn được đọc: {named}.",
    "nobody": "Có {count} dòng không có mã số, họ tên, số điện thoại nên không tính là người: {named}.",
}
_NO_PHONE = (
    " Trong đó {number} dòng đơn vị không ghi số điện thoại: mật khẩu gửi đến số trên tờ khai mà chưa đối chiếu được."
)
_MANY = " Danh sách đông người: lãnh đạo khác xem lại trước khi hệ thống duyệt."


def batch_page(
    session: Session, actor: Actor, batch: Batch, which: str, after: int
) -> tuple[dict[str, Any], list[Line]]:
    """Return the page of a list, and the rows it shows."""
    which = known(which)
    is_read = batch.stage not in UNDER_WAY
    found = _found(session, batch, which, after) if is_read else []
    shown = found[:PAGE]
    states = queries.states_of(session, batch) if found or which else {}
    edits = may_edit(actor, batch)
    page = {
        "batch": progress(batch) | about(batch),
        "may_work": may(actor, Do.WORK_BATCH, batch),
        "may_letter": not batch.applied and (edits or (not is_read and may(actor, Do.WORK_BATCH, batch))),
        "edits": edits,
        "which": which,
        "lines": [row_line(one, batch.kind, edits=edits) for one in shown],
        "next": shown[-1].row.number if len(found) > PAGE else None,
        "after": after,
        "remarks": [_remark(one) for one in batch.remarks],
        "result": result_view.of_batch(session, actor, batch),
        "second": _second(session, actor, batch),
    }
    return page | counts(session, actor, batch, which, states), shown


def known(which: str) -> str:
    """Return `which` when it is a filter of rows, "" (all) else."""
    return which if which in KINDS or which in set(RowState) or which in (SAMPLE, EDITED) else ""


def _found(session: Session, batch: Batch, which: str, after: int) -> list[Line]:
    if which == SAMPLE:
        return lines.rows_named(session, batch, review.sample(session, batch))
    return lines.rows_of(session, batch, which, after)


def may_edit(actor: Actor, batch: Batch) -> bool:
    """Tell whether rows of the list may be corrected by `actor` now."""
    return batch.stage is BatchStage.IN_REVIEW and not batch.needs_second and may(actor, Do.WORK_BATCH, batch)


def counts(session: Session, actor: Actor, batch: Batch, which: str, states: dict[RowState, int]) -> dict[str, Any]:
    """Return how many rows are in which state and have which fault, and what may be done with those of `which`."""
    asks = _asks(session, actor, batch, states)
    is_fault = asks is not None and which in KINDS
    return {
        "states": [
            {"key": state.value, "label": label, "tone": tone, "count": states[state]}
            for state in RowState
            if states.get(state)
            for label, tone in [state_words(state, batch.kind)]
        ],
        "kinds": [
            {"key": code, "label": KINDS[code].label, "blocks": KINDS[code].blocks, "count": number}
            for code, number in (queries.faults_of(session, batch) if states else [])
        ],
        "asks": asks,
        "mends": which in correcting.MENDED,
        "lacks": lacking(batch) if may_edit(actor, batch) else "",
        "to_make": _to_make(actor, batch, states) if batch.kind is BatchKind.TO_DECLARE else None,
        "out": len(correcting.with_fault(session, batch, which)) if is_fault else 0,
    }


def _asks(session: Session, actor: Actor, batch: Batch, states: dict[RowState, int]) -> dict[str, Any] | None:
    """Return what is asked before rows are let through; None where they cannot be now."""
    if not may_edit(actor, batch) or not may(actor, Do.APPLY_BATCH, batch):
        return None
    sound = states.get(RowState.OK, 0)
    if batch.kind is BatchKind.TO_DECLARE:  # made into declarations by its own act, which waits for photos
        return {"sound": 0, "left": sound + states.get(RowState.FAULT, 0), "close": bool(batch.applied)}
    unit = batch.unit.name if batch.unit else "đơn vị chưa ghi"
    letter, office = batch.letter_number or "chưa ghi số", f"{batch.office.code} {batch.office.name}"
    by = f"theo danh sách số {batch.id}, công văn {letter} của {unit}, tại {office}?"
    many = _MANY if sound and review.let_through(session, batch) + sound > review.ALONE else ""
    gets = f"Mỗi người được cấp tài khoản và nhận mật khẩu qua tin nhắn.{many}"
    return {
        "sound": sound,
        "left": sound + states.get(RowState.FAULT, 0),
        "all": f"Duyệt {sound} dòng khớp {by} {gets}{_unsaid_phones(session, batch) if sound else ''}",
        "chosen": f"Duyệt {{n}} dòng đã chọn {by} {gets}",
        "close": bool(batch.applied),
    }


def _to_make(actor: Actor, batch: Batch, states: Mapping[RowState, int]) -> int:
    return states.get(RowState.OK, 0) if may_edit(actor, batch) else 0


def _unsaid_phones(session: Session, batch: Batch) -> str:
    number = queries.without_phone(session, batch, RowState.OK)
    return _NO_PHONE.format(number=number) if number else ""


def _second(session: Session, actor: Actor, batch: Batch) -> dict[str, Any] | None:
    """Return how it stands with the second pair of eyes: who asks or who sent it back; None when there is nothing."""
    if not batch.needs_second and not batch.second_note:
        return None
    who = batch.asked_by_id if batch.needs_second else batch.second_by_id
    return {
        "waits": batch.needs_second,
        "who": session.scalar(select(Officer.full_name).where(Officer.id == who)),
        "at": batch.asked_at if batch.needs_second else batch.second_at,
        "note": batch.second_note,
        "count": review.waiting(session, batch) if batch.needs_second else 0,
        "sample": review.SAMPLE,
        "edited": review.edited(session, batch) if batch.needs_second else 0,
        "phoneless": queries.without_phone(session, batch, RowState.TO_APPLY) if batch.needs_second else 0,
        "may_confirm": may(actor, Do.CONFIRM_BATCH, batch) and review.is_second(actor, batch),
        "may_take_back": may(actor, Do.APPLY_BATCH, batch) and not review.is_second(actor, batch),
    }


def about(batch: Batch) -> dict[str, Any]:
    """Return where a list is from: office, unit, sheet, letter."""
    return {
        "number": batch.id,
        "created_at": batch.created_at,
        "office": f"{batch.office.code} {batch.office.name}",
        "unit": unit_line(batch.unit) if batch.unit else None,
        "sheet": batch.sheet,
        "letter_line": _letter_line(batch),
        "letter": {
            "unit": batch.unit.code if batch.unit else "",
            "letter_number": batch.letter_number or "",
            "letter_date": batch.letter_date.isoformat() if batch.letter_date else "",
            "signatory": batch.signatory or "",
        },
    }


def _letter_line(batch: Batch) -> str:
    day = f" ngày {batch.letter_date:%d/%m/%Y}" if batch.letter_date else ""
    signed = f", {batch.signatory} ký" if batch.signatory else ""
    return f"công văn {batch.letter_number}{day}{signed}" if batch.letter_number else ""


def row_line(line: Line, kind: BatchKind, *, edits: bool) -> dict[str, Any]:
    """Return a row as the grid of a list of this kind shows it; `edits`: its wrong cells can be corrected there."""
    row, said = line.row, said_in(line.declaration) if line.declaration else None
    label, tone = state_words(row.state, kind)
    is_open = edits and row.state in review.LEFT
    cells = cells_in(line, kind, is_open=is_open)
    return {
        "number": row.number,
        "state": row.state.value,
        "label": label,
        "tone": tone,
        "cells": [one for one in cells if one["key"] in MAIN],
        "more": [one for one in cells if one["key"] not in MAIN and one["fault"]],
        "receipt_code": line.declaration.receipt_code if line.declaration else None,
        "faults": _told(line, said, is_open),
        "reason": row.reason,
        "may_choose": edits and row.state is RowState.OK and kind is BatchKind.DECLARED,
        "may_take_out": is_open,
        "may_put_back": edits and row.state is RowState.TAKEN_OUT,
    }


def _told(line: Line, said: Mapping[str, str] | None, is_open: bool) -> list[dict[str, Any]]:
    """Return what is wrong with the row, each sentence once: two cells may have the same fault."""
    told: dict[str, dict[str, Any]] = {}
    for one in line.row.faults:
        words = sentence(one, said)
        told.setdefault(
            words,
            {"code": one["code"], "blocks": one["blocks"], "sentence": words, "mend": _mend(line, one, is_open)},
        )
    return list(told.values())


def _mend(line: Line, found: Mapping[str, Any], is_open: bool) -> dict[str, str] | None:
    """Return what a press can write where the spreadsheet lost a zero and only one number can be meant."""
    meant, key = str(found.get("meant", "")), found["field"]
    if not is_open or not is_digits(compact(meant)):
        return None
    return {"field": key, "old": line.row.values.get(key, ""), "value": compact(meant), "shown": meant}


def cells_in(line: Line, kind: BatchKind, *, is_open: bool) -> list[dict[str, Any]]:
    """Return the row's cells that can be corrected: what stands there, whether it is at fault and can be edited now."""
    at_fault = {one["field"]: one["blocks"] for one in sorted(line.row.faults, key=lambda one: bool(one["blocks"]))}
    return [
        {
            "key": key,
            "label": LABELS[key],
            "text": line.row.values.get(key, ""),
            "fault": key in at_fault,
            "blocks": at_fault.get(key),
            "edit": is_open and bool(at_fault.get(key)),
        }
        for key in cells_of(kind)
    ]


def _remark(remark: dict[str, Any]) -> str:
    named: Sequence[int] = remark.get("rows", [])
    more = ", …" if remark.get("count", 0) > len(named) else ""
    return _REMARKS[remark["code"]].format_map(remark | {"named": "dòng " + ", ".join(map(str, named)) + more})
