"""One row of a list with the person's photos beside it, stepped through by keys (/batches/<token>/rows/<number>)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.batches import bundle_view, lines, review
from backoffice.batches.columns import LABELS
from backoffice.batches.correcting import LONGEST, corrections, find_row
from backoffice.batches.faults import said_in
from backoffice.batches.grid import SAMPLE, cells_in, known, may_edit, row_line
from backoffice.batches.lines import Line
from backoffice.batches.review import LEFT
from backoffice.desk.photo_facts import photos_of, shown_photos
from backoffice.identity.bhxh_code import group_code
from backoffice.kernel import clock
from backoffice.models import Batch, BatchEdit, BatchKind, Declaration, RowState, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do, may

_NO_PHOTOS = {
    "not_declared": "Dòng này chưa ứng với tờ khai nào nên chưa có ảnh.",
    "not_open": "Dòng này không còn chờ duyệt. Cần xem ảnh, xin mở hồ sơ.",
    "elsewhere": "Tờ khai do {office} giữ: ảnh do cơ quan đó và lãnh đạo xem.",
    "none": "Tờ khai này không có ảnh. Xin mở hồ sơ để xem vì sao.",
}


def row_pane(session: Session, actor: Actor, batch: Batch, number: int, which: str) -> tuple[dict[str, Any], Line]:
    """Return what is shown of the row, and the row; raises NotFound. `which` is the filter that is stepped through."""
    find_row(session, batch, number)
    (line,) = lines.rows_named(session, batch, {number})
    before, behind = _beside(session, batch, known(which), number)
    shown = {
        "line": row_line(line, batch.kind, edits=may_edit(actor, batch)),
        "compared": _compared(line, batch.kind),
        "longest": LONGEST,
        "before": before,
        "behind": behind,
        "which": known(which),
        "office": line.declaration.office.name if line.declaration else "",
        "corrected": [_edit(*one) for one in corrections(session, batch, number)],
    }
    if batch.kind is BatchKind.TO_DECLARE and line.declaration is None:
        return shown | bundle_view.beside(session, batch, number), line
    return shown | _photos(session, actor, line), line


def _edit(edit: BatchEdit, who: str) -> str:
    what = f"{LABELS.get(edit.field, edit.field)}: “{edit.old_value}” thành “{edit.new_value}”"
    return f"{who} đã sửa {what}, {clock.local(edit.at):%H:%M %d/%m/%Y}."


def _beside(session: Session, batch: Batch, which: str, number: int) -> tuple[int | None, int | None]:
    if which != SAMPLE:
        return lines.beside(session, batch, which, number)
    drawn = review.sample(session, batch)
    before, behind = [one for one in drawn if one < number], [one for one in drawn if one > number]
    return (before[-1] if before else None), (behind[0] if behind else None)


def sees_photos(actor: Actor, line: Line) -> bool:
    """Tell whether the photos are shown beside the row: of a row and a declaration that wait to be decided.

    The list is the reason why another office's file of the branch is opened; whatever is decided says why at the desk.
    """
    one = line.declaration
    return one is not None and _is_open(line, one) and may(actor, Do.SEE_PHOTO, one)


def _is_open(line: Line, one: Declaration) -> bool:
    waits = line.row.state in (*LEFT, RowState.TO_APPLY)
    return waits and one.status is Status.SUBMITTED and not is_overdue(one)


def _photos(session: Session, actor: Actor, line: Line) -> dict[str, Any]:
    if line.declaration is None:
        return {"photos": [], "no_photos": _NO_PHOTOS["not_declared"]}
    if not sees_photos(actor, line):
        why = _NO_PHOTOS["elsewhere" if _is_open(line, line.declaration) else "not_open"]
        return {"photos": [], "no_photos": why.format(office=line.declaration.office.name)}
    photos = shown_photos(line.declaration, photos_of(session, [line.declaration.id]), actor)
    return {"photos": photos, "no_photos": "" if photos else _NO_PHOTOS["none"]}


def _compared(line: Line, kind: BatchKind) -> list[dict[str, Any]]:
    """Return what list and declaration say, side by side, with a verdict where both say something."""
    one = line.declaration
    said = {"bhxh_code": group_code(one.bhxh_code), **said_in(one)} if one else {}
    return [
        {
            "key": cell["key"],
            "label": cell["label"],
            "listed": cell["text"],
            "declared": said.get(cell["key"], ""),
            "verdict": _verdict(cell["blocks"]) if cell["text"] and said.get(cell["key"]) else None,
        }
        for cell in cells_in(line, kind, is_open=False)
    ]


def _verdict(blocks: bool | None) -> tuple[str, str]:
    return {True: ("bad", "cần xem"), False: ("near", "khác cách viết"), None: ("good", "trùng")}[blocks]
