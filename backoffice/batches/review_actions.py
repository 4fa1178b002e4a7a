"""What officers do with a list in review: correct rows, take them out, look at each, let them through, look as second.

Each act holds the list's row, so of two at once the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.batches import correcting, grid, lines, queries, review
from backoffice.batches.looks import note_photos, note_rows
from backoffice.batches.pane import row_pane, sees_photos
from backoffice.batches.view import progress
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Batch
from backoffice.rules.actors import Actor
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do

Change = Callable[[Session, Actor, Batch], Collection[int]]


def show_row(actor: Actor, token: str, number: int, which: str) -> dict[str, Any]:
    """Return one row with the person's photos; that they are shown is written down. Raises Forbidden, NotFound."""
    with transaction() as session:
        batch = queries.find(session, actor, Do.SEE_BATCH, token)
        pane, line = row_pane(session, actor, batch, number, which)
        if line.declaration is not None and sees_photos(actor, line):
            note_photos(session, actor, batch, line.declaration)
        note_rows(session, actor, batch, [line])
        return pane | {"batch": progress(batch) | grid.about(batch)}


def show_rows(actor: Actor, token: str, numbers: Collection[int], which: str) -> dict[str, Any]:
    """Return some rows as the grid shows them, with the counts of `which`. Raises Forbidden, NotFound."""
    with transaction() as session:
        return _rows(session, actor, queries.find(session, actor, Do.SEE_BATCH, token), numbers, which)


def correct(actor: Actor, token: str, number: int, key: str, old: str, new: str, which: str = "") -> dict[str, Any]:
    """Write `new` into a cell that held `old`, and return the rows that changed by it, with the counts of `which`.

    Raises Forbidden, NotFound, InvalidInput, Conflict; CellChanged when somebody else was quicker.
    """

    def change(session: Session, actor: Actor, batch: Batch) -> Collection[int]:
        return correcting.correct(session, actor, batch, number, key, old, new)

    return _changed(actor, token, change, [number], which)


def take_out(actor: Actor, token: str, numbers: Sequence[int], which: str = "") -> dict[str, Any]:
    """Take rows out, as far as they are open; return the rows that changed by it. Raises as `correct`."""
    return _changed(actor, token, lambda s, by, batch: correcting.take_out(s, by, batch, numbers), numbers, which)


def put_back(actor: Actor, token: str, numbers: Sequence[int], which: str = "") -> dict[str, Any]:
    """Put rows back that were taken out, looked up anew; return the rows that changed by it. Raises as `correct`."""
    return _changed(actor, token, lambda s, by, batch: correcting.put_back(s, by, batch, numbers), numbers, which)


def look_again(actor: Actor, token: str) -> None:
    """Have the list compared anew with what is declared now. Raises Forbidden, NotFound; Conflict when not open."""
    with transaction() as session:
        correcting.look_again(session, actor, queries.find(session, actor, Do.WORK_BATCH, token, locked=True))


def take_out_all(actor: Actor, token: str, code: str, expected: int | None) -> int:
    """Take all rows with this fault out; return how many.

    Raises Forbidden, NotFound, Conflict when the list is not open or has other than `expected` such rows.
    """
    with transaction() as session:
        batch, numbers = _with_fault(session, actor, token, code, expected)
        correcting.take_out(session, actor, batch, numbers)
        return len(numbers)


def mend_all(actor: Actor, token: str, code: str, expected: int | None) -> int:
    """Put the zeros back that the spreadsheet took from all rows with this fault; return how many. Raises as above."""
    with transaction() as session:
        batch, _ = _with_fault(session, actor, token, code, expected)
        return correcting.mend_all(session, actor, batch, code)


def _with_fault(
    session: Session, actor: Actor, token: str, code: str, expected: int | None
) -> tuple[Batch, Sequence[int]]:
    batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
    numbers = correcting.with_fault(session, batch, code)
    if expected is not None and expected != len(numbers):
        raise Conflict(
            f"Danh sách vừa thay đổi: nay có {len(numbers)} dòng như vậy. Chưa thay đổi dòng nào; xin xem lại.",
            code="changed",
        )
    return batch, numbers


def apply(actor: Actor, token: str, numbers: Sequence[int] | None, expected: int | None) -> tuple[int, bool]:
    """Let rows through (`review.start`); return how many, and whether somebody else is to look first.

    Raises Forbidden, NotFound, Conflict, InvalidInput while unit or letter are not noted.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.APPLY_BATCH, token, locked=True)
        return review.start(session, actor, batch, numbers, expected), batch.needs_second


def confirm(actor: Actor, token: str) -> int:
    """Agree as the second pair of eyes; return how many rows are applied now. Raises Forbidden, NotFound, Conflict."""
    with transaction() as session:
        return review.confirm(session, actor, queries.find(session, actor, Do.CONFIRM_BATCH, token, locked=True))


def send_back(actor: Actor, token: str, note: str) -> None:
    """Do not agree, and say why in `note`. Raises Forbidden, NotFound, Conflict, InvalidInput (note)."""
    word = read_note(note, "Xin ghi cần xem lại điều gì, để người đề nghị biết.")
    with transaction() as session:
        batch = queries.find(session, actor, Do.CONFIRM_BATCH, token, locked=True)
        review.send_back(session, actor, batch, word)


def take_back(actor: Actor, token: str) -> None:
    """Ask no more for what waits for the second pair of eyes. Raises Forbidden, NotFound, Conflict."""
    with transaction() as session:
        review.take_back(session, actor, queries.find(session, actor, Do.APPLY_BATCH, token, locked=True))


def close(actor: Actor, token: str) -> int:
    """End the list: what is left is not approved; return how many rows are. Raises Forbidden, NotFound, Conflict."""
    with transaction() as session:
        return review.close(session, actor, queries.find(session, actor, Do.APPLY_BATCH, token, locked=True))


def _changed(actor: Actor, token: str, change: Change, numbers: Sequence[int], which: str) -> dict[str, Any]:
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
        return _rows(session, actor, batch, {*change(session, actor, batch), *numbers}, which)


def _rows(session: Session, actor: Actor, batch: Batch, numbers: Collection[int], which: str) -> dict[str, Any]:
    session.flush()
    session.expire_all()
    shown = lines.rows_named(session, batch, numbers)
    note_rows(session, actor, batch, shown)
    edits = grid.may_edit(actor, batch)
    return {
        "batch": progress(batch) | grid.about(batch),
        "edits": edits,
        "which": grid.known(which),
        "lines": [grid.row_line(one, batch.kind, edits=edits) for one in shown],
        **grid.counts(session, actor, batch, which, queries.states_of(session, batch)),
    }
