"""The keys of a machine client: made and told once, kept as hashes, replaced with an overlap, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock, hashing
from backoffice.models import ClientKey, MachineClient, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

_SHOWN = 4


class Overlap(StrEnum):
    """For how long the keys before a new one still open."""

    NONE = "now"
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def span(self) -> timedelta:
        """Return how long that is."""
        return _SPANS[self]


_SPANS = {
    Overlap.NONE: timedelta(0),
    Overlap.HOUR: timedelta(hours=1),
    Overlap.DAY: timedelta(hours=24),
    Overlap.WEEK: timedelta(days=7),
    Overlap.MONTH: timedelta(days=30),
}


def make(session: Session, client: MachineClient, by: Actor) -> str:
    """Add a key and return it: it is told this once and kept as a hash."""
    key = f"vk_{hashing.new_token()}"
    row = ClientKey(
        client_id=client.id,
        key_hash=hashing.token_hash(key),
        ending=key[-_SHOWN:],
        created_at=clock.now(),
        made_by_id=by.id,
    )
    session.add(row)
    session.flush()
    record(session, TrailEvent.CLIENT_KEY, by, client=client.id, key=row.id)
    return key


def replace(session: Session, client: MachineClient, by: Actor, overlap: Overlap) -> str:
    """Add a key and let those before it end after `overlap`, if they do not end sooner; return the new one."""
    until = clock.now() + overlap.span
    for key in in_force(session, client.id):
        end(session, key, by, until)
    return make(session, client, by)


def end(session: Session, key: ClientKey, by: Actor, at: datetime) -> None:
    """Let a key open nothing from the instant `at` on; one that ends sooner is left alone."""
    if key.ends_at is None or key.ends_at > at:
        key.ends_at = at
        record(
            session,
            TrailEvent.CLIENT_KEY_ENDED,
            by,
            client=key.client_id,
            key=key.id,
            at=at.isoformat(timespec="seconds"),
        )


def in_force(session: Session, client_id: int) -> Sequence[ClientKey]:
    """Return the client's keys that still open, the newest first."""
    return session.scalars(
        select(ClientKey).where(ClientKey.client_id == client_id, is_in_force()).order_by(ClientKey.id.desc())
    ).all()


def is_in_force() -> ColumnElement[bool]:
    """Return the condition that a key opens now."""
    return or_(ClientKey.ends_at.is_(None), ClientKey.ends_at > clock.now())
