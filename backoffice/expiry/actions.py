"""Deleting what was not handed in by its deadline, and reminding of it before (K4, K5; design 4, Expiry).

What counts is handing in: `expires_at` is None from that moment on, so a declaration that was presented is never here.
A claim alone stops nothing: whoever examines a declaration at midnight of its last day without its having been handed
in loses it, and is told so by NotFound. Handing in and the sweep both lock the row, so one of them is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, DateTime, LargeBinary, bindparam, select
from sqlalchemy.orm import Session

from backoffice.dossier.photos import delete_files
from backoffice.expiry import queries
from backoffice.expiry.queries import Overdue
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct, numbered, part_of
from backoffice.kernel.errors import DomainError
from backoffice.kernel.hashing import HASH_BYTES, lookup_hash
from backoffice.models import Declaration, Tombstone, columns_of, table_of
from backoffice.notices import actions as notices
from backoffice.notices import doors
from backoffice.rules import lifecycle
from backoffice.rules.actors import SYSTEM
from backoffice.rules.deadlines import is_night

log = structlog.get_logger()

CHUNK = 2500
"""Rows a transaction: locks last half a second, and a fault costs one chunk."""
MOST = 10_000
"""Rows a call: a job stays well below its time."""

_D = columns_of(Declaration)
_THESE = numbered("ids")


def _hash(name: str) -> ColumnElement[bytes]:
    return part_of(bindparam(name, type_=LargeBinary), _THESE.c.number, HASH_BYTES)


_KEPT = ["declaration_id", "office_id", "purpose", "channel", "declared_at", "expired_at"]
_HASHES = ["bhxh_code_hash", "id_number_hash", "receipt_code_hash"]
_BURY = Direct(
    table_of(Tombstone)
    .insert()
    .inline()
    .from_select(
        [*_KEPT, *_HASHES, "deleted_at"],
        select(_D.id, _D.office_id, _D.purpose, _D.channel, _D.declared_at, _D.expires_at)
        .add_columns(_hash("codes"), _hash("numbers"), _hash("receipts"))
        .add_columns(bindparam("now", type_=DateTime(timezone=True)))
        .join_from(_THESE, table_of(Declaration), _D.id == _THESE.c.id),
    )
)
"""What may be kept: dates, office, and keyed hashes under which the desk can find it (desk.finding)."""


@dataclass(frozen=True)
class Remains:
    """What deleted declarations leave outside the database, to be removed once their deletion is committed."""

    count: int
    photo_ids: list[UUID]
    notice_ids: list[int]

    def and_also(self, more: Remains) -> Remains:
        """Return what both leave."""
        return Remains(self.count + more.count, self.photo_ids + more.photo_ids, self.notice_ids + more.notice_ids)


def sweep(limit: int = MOST) -> int:
    """Delete up to `limit` declarations whose deadline has passed; return how many.

    Rows, photos, claims, notices and idempotency keys go in one transaction, which leaves a tombstone and a trail row;
    then the photo files and the sandbox's messages. Run twice or by several at once, each is deleted once.
    """
    remains = Remains(0, [], [])
    try:
        while remains.count < limit:
            with transaction() as session:
                more = expire(session, queries.overdue(session, min(CHUNK, limit - remains.count)))
            if not more.count:
                break
            remains = remains.and_also(more)
    finally:
        # Once for all: files removed between two transactions would be written to the disk with each of them.
        clear_away(remains)
    if remains.count:
        log.info("declarations expired", declaration_count=remains.count)
    return remains.count


def expire(session: Session, declarations: Sequence[Overdue]) -> Remains:
    """Delete the locked, overdue `declarations` whole, each leaving a tombstone; return what is left to remove.

    Joins the caller's transaction; give the result to `clear_away` once that is committed.
    """
    ids = [declaration.id for declaration in declarations]
    if not ids:
        return Remains(0, [], [])
    remains = Remains(len(ids), queries.photo_ids(session, ids), queries.notice_ids(session, ids))
    now = clock.now()
    _bury(session, declarations, now)
    lifecycle.expire(session, declarations, SYSTEM, now)
    return remains


def clear_away(remains: Remains) -> None:
    """Remove photo files and sandbox messages of deleted declarations.

    A photo store that is out stops nothing: without its row a file opens for nobody (design 4).
    """
    try:
        delete_files(remains.photo_ids)
    except DomainError as error:
        log.warning("photo files left in the store", error=type(error).__name__, photo_count=len(remains.photo_ids))
    if remains.notice_ids:
        doors.forget(set(remains.notice_ids))


def remind(limit: int = MOST) -> int:
    """Order the reminder of up to `limit` declarations, 3 days before the deadline day, each once; return how many.

    Nothing between 20:00 and 08:00; a new deadline (K7) has a reminder of its own.
    """
    reminded = 0
    while reminded < limit and not is_night(clock.now()):
        with transaction() as session:
            due = queries.to_remind(session, min(CHUNK, limit - reminded))
            for declaration in due:
                declaration.reminded_at = clock.now()
                notices.reminder(session, declaration)
        if not due:
            break
        reminded += len(due)
    return reminded


def _bury(session: Session, declarations: Sequence[Overdue], now: datetime) -> None:
    """Leave a tombstone for each."""
    known = {
        "ids": [one.id for one in declarations],
        "codes": b"".join(lookup_hash("bhxh_code", one.bhxh_code) for one in declarations),
        "numbers": b"".join(lookup_hash("id_number", one.id_number) for one in declarations),
        "receipts": b"".join(lookup_hash("receipt_code", one.receipt_code) for one in declarations),
        "now": now,
    }
    _BURY.rows(session, known)
