"""What goes with an office that is merged: open declarations, messages, officers, wards, offices under it.

Each joins the caller's transaction, which holds the tree and both offices (offices.merging). Locks are taken in one
order: officers, declarations, claims, messages, each in the order of their ids; nothing is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, case, delete, exists, insert, literal, literal_column, null, select, update
from sqlalchemy.orm import Session, aliased

from backoffice.kernel import clock
from backoffice.models import (
    OPEN_STAGES,
    Batch,
    Claim,
    Declaration,
    Office,
    Officer,
    OfficerSession,
    OfficeWard,
    TrailEvent,
    Unit,
    UnitChange,
)
from backoffice.notices.moving import moved_each
from backoffice.rules import lifecycle
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import officer_subject, record, record_each

CHUNK = 500
"""Declarations read and told of at once: memory stays small, whatever the office had."""
_QUIET = {"synchronize_session": False}


class Open(NamedTuple):
    """An undecided declaration, locked."""

    id: int
    bhxh_code: str


def move_officers(session: Session, former: Office, heir: Office, merge_id: int) -> int:
    """Make the officers of `former`, disabled ones too, and those who stand in there, officers of `heir`.

    They stay signed in: the scope is read anew at every request, so from the commit on they see the successor's work
    and nothing else, and whoever serves somebody at the counter loses neither the page nor what is typed there.
    """
    here = (Officer.office_id == former.id) | (Officer.second_office_id == former.id)
    ids = session.scalars(select(Officer.id).where(here).order_by(Officer.id).with_for_update(key_share=True)).all()
    moved = session.scalars(
        update(Officer).where(Officer.office_id == former.id).values(office_id=heir.id).returning(Officer.id),
        execution_options=_QUIET,
    ).all()
    standing_in = session.scalars(
        update(Officer)
        .where(Officer.second_office_id == former.id)
        .values(second_office_id=heir.id)
        .returning(Officer.id),
        execution_options=_QUIET,
    ).all()
    at_home = Officer.id.in_(ids), Officer.second_office_id == Officer.office_id
    nowhere_else = update(Officer).where(*at_home).values(second_office_id=None, second_until=None)
    ended = set(session.scalars(nowhere_else.returning(Officer.id), execution_options=_QUIET))
    _move_sessions(session, former, heir)
    for field, those, gone in (("office", moved, set()), ("second_office", standing_in, ended)):
        for number in sorted(those):
            now = None if number in gone else heir.code
            facts: dict[str, Any] = {"officer": number, "fields": [field], field: now, "merge": merge_id}
            record(session, TrailEvent.OFFICER_EDIT, SYSTEM, subject_hash=officer_subject(number), **facts)
    return len(moved)


def _move_sessions(session: Session, former: Office, heir: Office) -> None:
    """Let who stands in at `former` right now stand in at `heir`; whose own office that is works there as such."""
    own = select(Officer.office_id).where(Officer.id == OfficerSession.officer_id).scalar_subquery()
    session.execute(
        update(OfficerSession)
        .where(OfficerSession.office_id == former.id)
        .values(office_id=case((own == heir.id, null()), else_=heir.id)),
        execution_options=_QUIET,
    )


def move_declarations(session: Session, former: Office, heir: Office, merge_id: int) -> int:
    """Give `heir` all undecided declarations of `former`, tell each person, put what is in hand back to the queue.

    Deadlines, what is escalated, waited for or verified stay as they are. Who decides one of them in this very instant
    was first, and it stays; or comes after, and meets it at the successor. Return how many were moved.
    """
    locked = session.execute(
        select(Declaration.id, Declaration.bhxh_code)
        .where(Declaration.office_id == former.id, Declaration.status == literal_column("'submitted'"))
        .order_by(Declaration.id)
        .with_for_update()
    )
    those = [Open(*row) for row in locked]
    for start in range(0, len(those), CHUNK):
        some = those[start : start + CHUNK]
        _release(session, some, merge_id)
        ids = [one.id for one in some]
        lifecycle.entrust(session, ids, heir.id)
        found = session.scalars(select(Declaration).where(Declaration.id.in_(ids)).order_by(Declaration.id)).all()
        moved_each(session, found, heir)
        _record_transfer(session, some, former, heir, merge_id)
        for declaration in found:
            session.expunge(declaration)
    return len(those)


def _record_transfer(session: Session, some: Sequence[Open], former: Office, heir: Office, merge_id: int) -> None:
    record_each(session, TrailEvent.TRANSFER, SYSTEM, some, from_office=former.id, to_office=heir.id, merge=merge_id)


def _release(session: Session, some: Sequence[Open], merge_id: int) -> None:
    """End all claims on these; whoever had one in hand learns it by the watch of the open page."""
    known = {one.id: one for one in some}
    of_them = Claim.declaration_id.in_(known)
    held = session.execute(
        select(Claim.declaration_id, Claim.officer_id, Claim.until)
        .where(of_them)
        .order_by(Claim.declaration_id)
        .with_for_update()
    ).all()
    session.execute(delete(Claim).where(of_them), execution_options=_QUIET)
    live: dict[int, list[Open]] = defaultdict(list)
    for one in held:
        if one.until >= clock.now():
            live[one.officer_id].append(known[one.declaration_id])
    for officer_id, theirs in live.items():
        record_each(session, TrailEvent.RELEASE, SYSTEM, theirs, held_by=officer_id, merge=merge_id)


def move_lists(session: Session, former: Office, heir: Office) -> None:
    """Make the units of `former` (schools, employers), and their lists that are in work, those of `heir`.

    A list that both offices have in work stays where it is, in sight of the heir: it is the same file.
    """
    ids = session.scalars(
        update(Unit)
        .where(Unit.office_id == former.id)
        .values(office_id=heir.id, version=Unit.version + 1)
        .returning(Unit.id),
        execution_options=_QUIET,
    ).all()
    known = {"officer_id": None, "at": clock.now(), "field": "office", "old_value": former.code, "new_value": heir.code}
    if ids:
        session.execute(insert(UnitChange), [known | {"unit_id": number} for number in sorted(ids)])
    twin = aliased(Batch)
    same = (twin.office_id == heir.id, twin.kind == Batch.kind, twin.file_hash == Batch.file_hash)
    there = exists().where(*same, twin.stage.in_(OPEN_STAGES))
    session.execute(
        update(Batch)
        .where(Batch.office_id == former.id, Batch.stage.in_(OPEN_STAGES), ~there)
        .values(office_id=heir.id),
        execution_options=_QUIET,
    )


def move_wards(session: Session, former: Office, heir: Office) -> None:
    """Let `heir` serve the wards that `former` served."""
    known = select(OfficeWard.ward_code).where(OfficeWard.office_id == heir.id)
    served = select(literal(heir.id, BigInteger), OfficeWard.ward_code).where(
        OfficeWard.office_id == former.id, OfficeWard.ward_code.not_in(known)
    )
    session.execute(insert(OfficeWard).from_select(["office_id", "ward_code"], served))
    session.execute(delete(OfficeWard).where(OfficeWard.office_id == former.id), execution_options=_QUIET)
