"""How often something may be tried: counted under keyed hashes in the queue's server, or in a table when that is away.

Unlike `rates`, these guard something: so they hold with the queue's server out. What it had counted until then is not
known to the table, nor the other way round, so a limit is at most twice as wide in the span in which it went or came.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import Connection, DateTime, LargeBinary, column, delete, func, insert, select, table

from backoffice.kernel import clock, db
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.queue import connection

log = structlog.get_logger()

_ATTEMPTS = table("attempts", column("key_hash", LargeBinary()), column("at", DateTime(timezone=True)))
KEPT = timedelta(days=2)
"""So long a counted attempt stays in the table: no limit may span more than half of it."""


@dataclass(frozen=True)
class Limit:
    """At most `most` times in `span`, from the first of them on; `what` names it, and never changes."""

    what: str
    most: int
    span: timedelta


@dataclass(frozen=True)
class Count:
    """How often by now, and how many seconds until it counts from 0 again."""

    number: int
    left: int

    def is_full(self, limit: Limit) -> bool:
        """Tell whether no more is allowed."""
        return self.number >= limit.most


def count(limit: Limit, value: str) -> Count:
    """Count one attempt under `value` (a code, a number, an id) and return how many there are, this one included."""
    key, seconds = _key(limit, value), int(limit.span.total_seconds())
    try:
        pipe = connection().pipeline()
        pipe.set(key, 0, ex=seconds, nx=True)
        pipe.incr(key)
        pipe.ttl(key)
        _, number, left = pipe.execute()
    except (RedisError, OSError) as error:
        _told(limit, error)
        return _count_in_table(limit, value)
    return Count(number, max(1, left))


def standing(limit: Limit, value: str) -> Count:
    """Return how often it was by now, without counting."""
    key = _key(limit, value)
    try:
        pipe = connection().pipeline()
        pipe.get(key)
        pipe.ttl(key)
        number, left = pipe.execute()
    except (RedisError, OSError) as error:
        _told(limit, error)
        with db.engine().begin() as mine:
            return _in_table(mine, limit, _hash(limit, value))
    return Count(int(number or 0), max(1, left))


def spend(limit: Limit, value: str, sentence: str) -> None:
    """Count one attempt; raises TooManyRequests with `sentence` beyond the limit ("{wait}" in it: "5 phút")."""
    counted = count(limit, value)
    if counted.number > limit.most:
        raise too_many(sentence, counted)


def too_many(sentence: str, counted: Count) -> TooManyRequests:
    """Return the refusal, with how long to wait in the place of "{wait}"."""
    return TooManyRequests(
        sentence.format(wait=f"{math.ceil(counted.left / 60)} phút"),
        retry_after=counted.left,
    )


def forget(limit: Limit, value: str) -> None:
    """Count from 0 again: somebody has looked into it."""
    try:
        connection().delete(_key(limit, value))
    except (RedisError, OSError) as error:
        _told(limit, error)
    with db.engine().begin() as mine:
        mine.execute(delete(_ATTEMPTS).where(_ATTEMPTS.c.key_hash == _hash(limit, value)))


def tidy() -> None:
    """Delete what no limit counts any more."""
    with db.engine().begin() as mine:
        mine.execute(delete(_ATTEMPTS).where(_ATTEMPTS.c.at < clock.now() - KEPT))


def _count_in_table(limit: Limit, value: str) -> Count:
    """Count in a transaction apart, so that it stays whatever becomes of the caller's; of two at once one waits."""
    kept = _hash(limit, value)
    with db.engine().begin() as mine:
        mine.execute(select(func.pg_advisory_xact_lock(int.from_bytes(kept[:8], "big", signed=True))))
        mine.execute(insert(_ATTEMPTS).values(key_hash=kept, at=clock.now()))
        return _in_table(mine, limit, kept)


def _in_table(mine: Connection, limit: Limit, kept: bytes) -> Count:
    now = clock.now()
    since = now - limit.span
    found = mine.execute(
        select(func.count(), func.min(_ATTEMPTS.c.at)).where(_ATTEMPTS.c.key_hash == kept, _ATTEMPTS.c.at > since)
    ).one()
    left = (found[1] - since).total_seconds() if found[1] else 0
    return Count(found[0], max(1, math.ceil(left)))


def _key(limit: Limit, value: str) -> str:
    return f"limit:{limit.what}:{_hash(limit, value).hex()}"


def _hash(limit: Limit, value: str) -> bytes:
    return lookup_hash(f"limit {limit.what}", value)


def _told(limit: Limit, error: Exception) -> None:
    log.warning("limit counted in the table, queue out", what=limit.what, error=type(error).__name__)
