"""Rows compared with declarations and accounts, a thousand by a handful of statements, and with one another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from backoffice.batches.checking import Checked, check
from backoffice.batches.faults import Found, fault, is_sound
from backoffice.batches.known import Declared, Known, known_of
from backoffice.batches.persons import Judged, Row, judge
from backoffice.identity.legacy import old_encoding
from backoffice.identity.likeness import Likeness, likeness
from backoffice.kernel import clock
from backoffice.models import Batch, BatchKind, BatchRow, RowState

CHUNK = 1000
_WRITE = text(
    "UPDATE batch_rows SET bhxh_code = new.bhxh_code, phone = new.phone, declaration_id = new.declaration_id, "
    "faults = new.faults, state = new.state FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(number bigint, "
    "bhxh_code text, phone text, declaration_id bigint, faults jsonb, state text) "
    "WHERE batch_rows.batch_id = :batch AND batch_rows.number = new.number AND batch_rows.state = ANY(:states)"
)
OPEN = (RowState.PENDING, RowState.OK, RowState.FAULT)
"""States that comparing decides between; what was taken out or decided stays as it is."""


class Stands(Row, Protocol):
    """What stands in a row of the file, and which declaration it was found to mean."""

    @property
    def declaration_id(self) -> int | None:
        """Return the declaration's id."""


STANDS = BatchRow.number, BatchRow.values, BatchRow.marks, BatchRow.declaration_id
"""The columns of it: a row of these takes a third of the time of an object."""


class Compared(NamedTuple):
    """What a row came to."""

    number: int
    bhxh_code: str | None
    phone: str | None
    declaration_id: int | None
    faults: list[Found]
    state: RowState


def pending(session: Session, batch_id: int, most: int = CHUNK) -> Sequence[Stands]:
    """Return the first rows that were not compared yet."""
    mine = BatchRow.batch_id == batch_id, BatchRow.state == RowState.PENDING
    return session.execute(select(*STANDS).where(*mine).order_by(BatchRow.number).limit(most)).all()


def compare(session: Session, batch_id: int, branch: str, rows: Iterable[Stands]) -> int:
    """Compare these rows with what is known within `branch` (an office's path), and write it; return how many."""
    batch = session.get_one(Batch, batch_id)
    is_plain = batch.kind is BatchKind.DECLARED
    found = look_up(session, branch, rows) if is_plain else [_to_declare(one) for one in judge(session, batch, rows)]
    write(session, batch_id, found)
    return len(found)


def look_up(session: Session, branch: str, rows: Iterable[Stands]) -> list[Compared]:
    """Return what these rows come to by what is known now within `branch`, without what other rows say of them."""
    read = [(row.number, check(row.values, row.marks)) for row in rows]
    known = known_of(session, (checked.bhxh_code for _, checked in read if checked.bhxh_code))
    return [_one(number, checked, known, branch) for number, checked in read]


def write(session: Session, batch_id: int, found: Iterable[Compared]) -> None:
    """Write what rows came to, in one statement; those that are decided or taken out stay as they are."""
    rows = json.dumps([one._asdict() for one in found], ensure_ascii=False)
    session.execute(_WRITE, {"rows": rows, "batch": batch_id, "states": [state.value for state in OPEN]})


def _one(number: int, checked: Checked, known: Known, branch: str) -> Compared:
    found = list(checked.faults)
    one = _declaration(checked, known, branch, found) if checked.bhxh_code else None
    if one is not None:
        _compare_values(checked, one, known, found)
    if (one is None or any(f["code"] == "name_differs" for f in found)) and (old := old_encoding(checked.full_name)):
        found = [f for f in found if f["code"] != "name_differs"]
        found.append(fault("name_old_font", encoding=old))
    state = RowState.OK if one is not None and is_sound(found) else RowState.FAULT
    return Compared(number, checked.bhxh_code, checked.phone, one.id if one else None, found, state)


def _to_declare(one: Judged) -> Compared:
    state = RowState.OK if one.is_sound else RowState.FAULT
    return Compared(one.number, one.bhxh_code, one.phone, None, one.faults, state)


def _declaration(checked: Checked, known: Known, branch: str, found: list[Found]) -> Declared | None:
    """Return the declaration that the row means; None, with the fault noted, when there is none or more than one."""
    code = checked.bhxh_code or ""
    if opened := known.opened.get(code):
        found.append(fault("has_account", opened=_day(opened)))
        return None
    those = known.declared.get(code, [])
    here = [one for one in those if one.path.startswith(branch)]
    live = [one for one in here if one.expires_at is None or one.expires_at > known.now]
    if len(live) > 1:
        live = [one for one in live if _is_meant(one, checked)] or live
    if len(live) == 1:
        return live[0]
    if live:
        found.append(fault("many_declared", count=len(live)))
    elif here:
        late = here[-1]
        found.append(fault("expired", declared_on=_day(late.declared_at), expired=_day(late.expires_at or clock.now())))
    elif those:
        found.append(fault("other_office", office=those[0].office))
    elif gone := known.gone.get(code):
        found.append(fault("expired", declared_on=_day(gone.declared_at), expired=_day(gone.expired_at)))
    else:
        found.append(fault("not_declared"))
    return None


def _is_meant(one: Declared, checked: Checked) -> bool:
    is_named = likeness(one.full_name, checked.full_name) is not Likeness.DIFFERENT
    return is_named and checked.phone in (None, one.phone)


def _compare_values(checked: Checked, one: Declared, known: Known, found: list[Found]) -> None:
    if checked.full_name:
        said = likeness(one.full_name, checked.full_name)
        if said in (Likeness.DIFFERENT, Likeness.LOST_LETTERS):
            found.append(fault("name_differs"))
        elif said not in (Likeness.SAME, Likeness.CASE):
            found.append(fault("name_form"))
    born = one.date_of_birth
    if born and ((checked.birth or born) != born or (checked.birth_year or born.year) != born.year):
        found.append(fault("birth_differs"))
    if checked.phone and checked.phone != one.phone:
        found.append(fault("phone_differs"))
    if one.guardian_bhxh_code is None and one.phone in known.phones:
        found.append(fault("phone_held"))
    if one.supplement_at:
        found.append(fault("supplement"))
    if one.escalated_at:
        found.append(fault("escalated"))


def _day(instant: datetime) -> str:
    return f"{clock.local(instant):%d/%m/%Y}"
