"""Rows of a list with one another: the same person twice, two who want the same phone (D6).

A list is looked through whole once it was read. When a few rows were corrected afterwards only those are looked at that
share something with them, as they were or as they are, together with all that share something with those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.batches.comparing import OPEN, STANDS, Compared, compare, write
from backoffice.batches.faults import OF_OTHER_ROWS, fault, is_sound
from backoffice.models import BatchRow, Declaration, RowState

NAMED = 5
"""Other rows that a fault names."""
FEW = 500
"""Beyond so many corrected rows the list is looked through whole."""
_WANTED = func.coalesce(Declaration.phone, BatchRow.phone)
_ROWS = (
    select(
        BatchRow.number,
        BatchRow.bhxh_code,
        BatchRow.phone,
        BatchRow.declaration_id,
        BatchRow.faults,
        _WANTED.label("wanted"),
        Declaration.guardian_bhxh_code,
    )
    .outerjoin(Declaration, Declaration.id == BatchRow.declaration_id)
    .order_by(BatchRow.number)
)


def compare_again(session: Session, batch_id: int, branch: str, numbers: Collection[int]) -> set[int]:
    """Compare these rows anew, for they were corrected, taken out or put back; and others with them.

    Returns which rows say something else now than before: these, and those of the same person or phone.
    """
    session.flush()
    these = BatchRow.batch_id == batch_id, _is_one(BatchRow.number, numbers, BigInteger())
    before = session.execute(_ROWS.where(*these)).all() if len(numbers) <= FEW else None
    mine = select(*STANDS).where(*these, BatchRow.state.in_(OPEN)).order_by(BatchRow.number)
    compare(session, batch_id, branch, session.execute(mine).all())
    if before is None:
        changed = among_themselves(session, batch_id)
    else:
        near = _sharing(session, batch_id, [*before, *session.execute(_ROWS.where(*these))])
        changed = _note(session, batch_id, near, _sharing(session, batch_id, near))
    session.expire_all()
    return changed | set(numbers)


def among_themselves(session: Session, batch_id: int) -> set[int]:
    """Note in each row which others are of the same person, or want the same phone (D6); what is no more is taken back.

    A child under a guardian uses the guardian's phone (D11). The phone that counts is the one that was declared.
    Returns the numbers of the rows that say something else than before.
    """
    rows = session.execute(_ROWS.where(BatchRow.batch_id == batch_id, BatchRow.state.in_(OPEN))).all()
    return _note(session, batch_id, rows, rows)


def _sharing(session: Session, batch_id: int, rows: Iterable[Any]) -> Sequence[Any]:
    """Return the open rows that share a code, a declaration or a phone with one of these."""
    codes, declarations, phones = set(), set(), set()
    for row in rows:
        codes |= {row.bhxh_code} - {None}
        declarations |= {row.declaration_id} - {None}
        phones |= {row.wanted} - {None}
    shares = or_(
        _is_one(BatchRow.bhxh_code, codes, Text()),
        _is_one(BatchRow.declaration_id, declarations, BigInteger()),
        _is_one(_WANTED, phones, Text()),
    )
    return session.execute(_ROWS.where(BatchRow.batch_id == batch_id, BatchRow.state.in_(OPEN), shares)).all()


def _is_one(column: Any, values: Collection[Any], kind: Any) -> ColumnElement[bool]:
    return column == any_(literal(sorted(values), ARRAY(kind)))  # type: ignore[no-any-return]


def _note(session: Session, batch_id: int, rows: Iterable[Any], others: Iterable[Any]) -> set[int]:
    """Write into `rows` which of `others` they share something with; return which say something else than before."""
    persons, phones = _groups(others)
    changed = []
    for row in rows:
        found = [one for one in row.faults if one["code"] not in OF_OTHER_ROWS]
        same = sorted({n for key in _persons_of(row) for n in persons[key]} - {row.number})
        if same:
            found.append(fault("person_twice", rows=_named(same)))
        twins = sorted(set(phones[row.wanted]) - {row.number, *same}) if _wants_phone(row) else []
        if twins:
            found.append(fault("phone_twice", rows=_named(twins)))
        if found != row.faults:
            state = RowState.OK if is_sound(found) else RowState.FAULT
            changed.append(Compared(row.number, row.bhxh_code, row.phone, row.declaration_id, found, state))
    if changed:
        write(session, batch_id, changed)
    return {one.number for one in changed}


def _groups(rows: Iterable[Any]) -> tuple[Mapping[Any, list[int]], Mapping[str, list[int]]]:
    persons: dict[Any, list[int]] = defaultdict(list)
    phones: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for key in _persons_of(row):
            persons[key].append(row.number)
        if _wants_phone(row):
            phones[row.wanted].append(row.number)
    return persons, phones


def _persons_of(row: Any) -> list[Any]:
    return [key for key in (row.bhxh_code, row.declaration_id) if key is not None]


def _wants_phone(row: Any) -> bool:
    return row.wanted is not None and row.guardian_bhxh_code is None


def _named(numbers: Sequence[int]) -> str:
    more = f" và {len(numbers) - NAMED} dòng khác" if len(numbers) > NAMED else ""
    return ", ".join(map(str, numbers[:NAMED])) + more
