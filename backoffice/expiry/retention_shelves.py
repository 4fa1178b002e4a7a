"""Where each kind of data lies that the sweep deletes: its table, from when its term counts, what comes first.

Whatever the order, it costs no more than the rows that are due: either an index begins with that instant, or the rows
come by their ids, which are drawn as they are written. Without an index a row written long before others with smaller
ids (its clock ahead by hours) goes with them, later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Select, Subquery, and_, func, literal_column, select, true
from sqlalchemy.orm import Session, aliased

from backoffice.models import (
    Account,
    AccountNote,
    AccountSession,
    Alarm,
    Base,
    Correction,
    CredentialAttempt,
    Declaration,
    HotlineCall,
    IdempotencyKey,
    KeptData,
    Notice,
    OfficerSession,
    OneTimeCode,
    OpenedFile,
    Tombstone,
    TrailAlarm,
    columns_of,
    table_of,
)
from backoffice.models.declaration import CLEARED, REFUSED, UNCLEARED
from backoffice.rules.retention import cutoff

_MANY = 10_000


@dataclass(frozen=True)
class Shelf:
    """Rows of `model` of which `among` holds; each is due once its `at` is older than its term."""

    data: KeptData
    model: type[Base]
    at: str
    among: ColumnElement[bool]
    first: str = ""
    """By which column the oldest come first, where no index begins with `at`."""
    locks: bool = True
    """Whether the application may lock its rows; else whoever deletes them passes over what is locked."""

    @property
    def since(self) -> Column[datetime]:
        """Return the column from which the term counts."""
        return columns_of(self.model)[self.at]

    @property
    def key(self) -> list[Column[Any]]:
        """Return the columns of the primary key."""
        return list(table_of(self.model).primary_key)

    def oldest(self, most: int) -> Subquery:
        """Return the first `most` rows, oldest first: their key and `since`."""
        order = columns_of(self.model)[self.first or self.at]
        return select(*self.key, self.since.label("since")).where(self.among).order_by(order).limit(most).subquery()

    def due(self, most: int) -> Select[Any]:
        """Return the question for key and `since` of up to `most` rows that are due, to be locked.

        What somebody else holds is passed over; the condition holds for the very version that was locked.
        """
        oldest, table = self.oldest(most), table_of(self.model)
        same = and_(*(one == oldest.c[one.name] for one in self.key))
        before = cutoff(self.data)
        found = select(*self.key, self.since).join_from(table, oldest, same)
        found = found.where(oldest.c.since < before, self.since < before, self.among)
        return found.with_for_update(of=table, skip_locked=True) if self.locks else found


@dataclass(frozen=True)
class Stock:
    """What lies on a shelf: how many there are and how many are due, each no more than _MANY + 1; the oldest."""

    count: int
    due: int
    oldest: datetime | None

    @property
    def is_more(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count > _MANY


def stock(session: Session, shelf: Shelf) -> Stock:
    """Count what lies on the shelf, looking at no more than _MANY + 1 rows however many there are."""
    oldest = shelf.oldest(_MANY + 1)
    is_due = oldest.c.since < cutoff(shelf.data)
    count, due, first = session.execute(
        select(func.count(), func.count().filter(is_due), func.min(oldest.c.since)).select_from(oldest)
    ).one()
    return Stock(count, due, first)


def _childless() -> ColumnElement[bool]:
    """Hold for accounts on whose phone no child's account relies (D11): those go with their own term, first."""
    child = aliased(Account)
    return ~select(child.id).where(child.guardian_id == Account.id).exists()


def _where(condition: str) -> ColumnElement[bool]:
    """Return the condition in the very words of an index, which the planner looks for."""
    return literal_column(condition, Boolean())


SHELVES: dict[KeptData, Shelf] = {
    shelf.data: shelf
    for shelf in (
        Shelf(KeptData.REJECTED, Declaration, "decided_at", _where(REFUSED)),
        Shelf(KeptData.APPROVED_PHOTOS, Declaration, "decided_at", _where(UNCLEARED)),
        Shelf(KeptData.CORRECTIONS, Correction, "at", Correction.blanked_at.is_(None)),
        Shelf(KeptData.APPROVED, Declaration, "decided_at", _where(CLEARED)),
        Shelf(KeptData.CLOSED_ACCOUNTS, Account, "closed_at", Account.closed_at.is_not(None) & _childless()),
        Shelf(KeptData.TOMBSTONES, Tombstone, "deleted_at", true(), locks=False),
        Shelf(KeptData.NOTICES, Notice, "created_at", true(), "id"),
        Shelf(KeptData.ONE_TIME_CODES, OneTimeCode, "ordered_at", true(), "id"),
        Shelf(KeptData.TEMPORARY_PASSWORDS, CredentialAttempt, "made_at", true(), "id"),
        Shelf(KeptData.ACCOUNT_SESSIONS, AccountSession, "ended_at", AccountSession.ended_at.is_not(None)),
        Shelf(KeptData.ACCOUNT_NOTES, AccountNote, "at", true(), "id"),
        Shelf(KeptData.HOTLINE_CALLS, HotlineCall, "at", true()),
        Shelf(KeptData.ALARMS, Alarm, "handled_at", Alarm.handled_at.is_not(None), "id"),
        Shelf(KeptData.TRAIL_ALARMS, TrailAlarm, "handled_at", TrailAlarm.handled_at.is_not(None), "id"),
        Shelf(KeptData.OPENED_FILES, OpenedFile, "at", true(), "id"),
        Shelf(KeptData.OFFICER_SESSIONS, OfficerSession, "ended_at", OfficerSession.ended_at.is_not(None), "active_at"),
        Shelf(KeptData.IDEMPOTENCY_KEYS, IdempotencyKey, "created_at", true()),
    )
}
"""In the order in which they are swept."""
