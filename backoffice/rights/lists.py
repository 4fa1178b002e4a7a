"""What units' lists hold on a person (D12): rows matched with a declaration of theirs, or that bear their code."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backoffice.batches.columns import LABELS
from backoffice.batches.faults import said_in, sentence
from backoffice.batches.view import STATES
from backoffice.identity.phone import group_phone
from backoffice.intake.photo_parts import LABELS as PHOTOS
from backoffice.kernel import clock
from backoffice.models import Batch, BatchEdit, BatchPhoto, BatchRow, Declaration
from backoffice.rights.belongings import Belongings
from backoffice.rights.document import OnList
from backoffice.rights.names import Names

_Key = tuple[int, int]


def on_lists(session: Session, names: Names, held: Belongings) -> list[OnList]:
    """Return the rows, the oldest list first; of one that bears a code of theirs alone nothing that stands in it.

    For a unit may have mistyped the code of somebody else.
    """
    own = {one.id: one for one in held.declarations}
    query = (
        select(BatchRow, Batch)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(or_(BatchRow.bhxh_code.in_(held.codes), BatchRow.declaration_id.in_(own)))
        .order_by(BatchRow.batch_id, BatchRow.number)
    )
    found = [(row, batch) for row, batch in session.execute(query)]
    edits = _edits(session, names, {row.batch_id for row, _ in found})
    photos = _photos(session, held)
    told = [
        _on_list(names, row, batch, edits, own.get(row.declaration_id or 0)).model_copy(
            update={"photos": "; ".join(photos.pop((batch.id, row.bhxh_code or ""), ())) or None}
        )
        for row, batch in found
    ]
    return told + [_photos_alone(session, names, batch_id, sent) for (batch_id, _), sent in sorted(photos.items())]


def _photos_alone(session: Session, names: Names, batch_id: int, sent: list[str]) -> OnList:
    """Return photos under a code of theirs in a list of which no row bears it."""
    batch = session.get_one(Batch, batch_id)
    return OnList(
        unit=batch.unit.name if batch.unit else "chưa ghi đơn vị",
        office=names.office(batch.office_id),
        received_at=batch.created_at,
        said=None,
        corrected=None,
        photos="; ".join(sent),
        outcome="Không có dòng nào mang mã số này",
        applied_at=None,
    )


def _on_list(
    names: Names, row: BatchRow, batch: Batch, edits: dict[_Key, list[str]], own: Declaration | None
) -> OnList:
    is_own, said_by = own is not None, said_in(own) if own else None
    said = [f"{LABELS.get(key, key)}: {value}" for key, value in row.values.items() if value]
    said += [f"Số điện thoại đã đọc: {group_phone(row.phone)}"] if row.phone else []
    outcome = [
        STATES[row.state][0],
        *([row.reason] if row.reason else []),
        *(sentence(one, said_by) for one in row.faults),
    ]
    return OnList(
        unit=batch.unit.name if batch.unit else "chưa ghi đơn vị",
        office=names.office(batch.office_id),
        received_at=batch.created_at,
        row=row.number,
        said="; ".join(said) if is_own else None,
        corrected="; ".join(edits[row.batch_id, row.number]) or None if is_own else None,
        outcome=". ".join(outcome) if is_own else STATES[row.state][0],
        applied_at=row.applied_at,
    )


def _photos(session: Session, held: Belongings) -> dict[tuple[int, str], list[str]]:
    """Return which photos under a code of theirs wait to become those of a declaration, by list and code."""
    found = defaultdict(list)
    query = select(BatchPhoto).where(BatchPhoto.bhxh_code.in_(held.codes)).order_by(BatchPhoto.kind)
    for one in session.scalars(query):
        what = f"{PHOTOS[one.kind]} theo mã số {one.bhxh_code}, nhận lúc {clock.local(one.created_at):%H:%M %d/%m/%Y}"
        found[one.batch_id, one.bhxh_code].append(what)
    return found


def _edits(session: Session, names: Names, batches: set[int]) -> dict[_Key, list[str]]:
    found: dict[_Key, list[str]] = defaultdict(list)
    query = select(BatchEdit).where(BatchEdit.batch_id.in_(batches)).order_by(BatchEdit.id)
    for edit in session.scalars(query) if batches else ():
        changed = f"{LABELS.get(edit.field, edit.field)}: {edit.old_value} → {edit.new_value}"
        when = f"{clock.local(edit.at):%H:%M %d/%m/%Y}"
        found[edit.batch_id, edit.number].append(f"{changed} ({names.officer(edit.officer_id)}, {when})")
    return found
