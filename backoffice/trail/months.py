"""The months of the trail: made ahead, and dropped when TRAIL_MONTHS have passed. As the owner of the tables.

The drop of a month is a link of the chain itself, in the transaction that drops it: whoever removes a month by hand
cannot make it look like the retention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial

import structlog
from sqlalchemy import Connection, NullPool, create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from backoffice import config
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import SealKind, TrailSeal
from backoffice.trail import chain, checks
from backoffice.trail.calendar import month_after, this_month, written
from backoffice.trail.checks import State
from backoffice.trail.rows import drawn
from backoffice.trail.sealing import MONTHS, ONE_SEALER, Head, append, head_of, taken, tell

log = structlog.get_logger()

AHEAD = 3
LOCK_MS = 2000
"""Longer than that nobody's page waits for a month: the next run tries again."""

_STRAY = text(
    "SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM trail_default "
    "WHERE at BETWEEN '2000-01-01' AND '2200-01-01' ORDER BY 1"
)
_THERE = text(
    "SELECT to_date(substr(relid::text, 7), 'YYYY_MM') FROM pg_partition_tree('trail') "
    "WHERE isleaf AND relid <> 'trail_default'::regclass ORDER BY 1"
)


def keep() -> None:
    """Make the months to come and those of rows that found no month; drop what is past the retention.

    What somebody is using at this moment is left to the next run.
    """
    for month in _wanted():
        _in_peace(month, _made)
    past, state = _past()
    for month in past:
        head = _in_peace(month, partial(_dropped, is_known=state is State.KNOWN))
        if head is not None:
            tell(head, 0)


def _wanted() -> list[date]:
    with _owner() as connection:
        stray = set(connection.execute(_STRAY).scalars())
        there = set(connection.execute(_THERE).scalars())
    return sorted({month_after(this_month(), ahead) for ahead in range(AHEAD + 1)} | stray - there)


def _past() -> tuple[list[date], State]:
    """Return the months to drop, and how the trail stands.

    None while it is unverified, or broken by what nobody has looked into: they may be evidence.
    """
    first_kept = month_after(this_month(), -config.current().trail_months)
    with _owner() as connection:
        past = [month for month in connection.execute(_THERE).scalars() if month < first_kept]
    with transaction() as session:
        state = checks.state(session)
    if past and state is State.UNPROVEN:
        log.warning("months of the trail stay until it is verified", months=len(past))
        return [], state
    return past, state


def _made(connection: Connection, month: date) -> Head | None:
    if connection.execute(select(func.trail_make_month(month))).scalar_one():
        log.info("month of the trail made", month=written(month))
    return None


def _dropped(connection: Connection, month: date, *, is_known: bool) -> Head | None:
    """Drop the month and say so in the chain, if each of its rows is sealed; return the new head.

    Where what was found is known, rows may lack or be too many: then none must wait for a seal.
    """
    if not taken(connection, ONE_SEALER):
        return None
    part = connection.dialect.identifier_preparer.quote(f"trail_{month:%Y_%m}")
    connection.execute(text(f"LOCK TABLE {part} IN SHARE MODE"))
    count = connection.execute(text(f"SELECT count(*) FROM {part}")).scalar_one()  # noqa: S608 (quoted)
    head = head_of(connection)
    waiting = f"SELECT count(*) FROM {part} WHERE id > :sealed AND id <= :drawn"  # noqa: S608 (quoted)
    given = {"sealed": head.to_id, "drawn": drawn(connection)}
    is_whole = count == _sealed(connection, month)
    if not is_whole and not (is_known and not connection.execute(text(waiting), given).scalar_one()):
        log.warning("month of the trail stays: not all of its rows are sealed", month=written(month))
        return None
    connection.execute(text(f"DROP TABLE {part}"))
    log.info("month of the trail is being dropped", month=written(month), rows=count)
    return append(connection, head, [_drop(month, count, head.to_id)])


def _sealed(connection: Connection, month: date) -> int:
    """Return how many rows of the month the seals since its last drop hold."""
    of_month = (TrailSeal.month == month, TrailSeal.kind == SealKind.DROP)
    last_drop = select(func.coalesce(func.max(TrailSeal.id), 0)).where(*of_month).scalar_subquery()
    of_rows = (TrailSeal.month == month, TrailSeal.kind == SealKind.ROWS)
    held = select(func.coalesce(func.sum(TrailSeal.count), 0)).where(*of_rows, TrailSeal.id > last_drop)
    return int(connection.execute(held).scalar_one())


def _drop(month: date, count: int, to_id: int) -> chain.Link:
    return chain.Link(
        id=0, kind=SealKind.DROP, month=month, from_id=to_id, to_id=to_id, count=count, row_marks=b"",
        marked_at=None, key_id="", previous=b"", sealed_at=clock.now(),
    )  # fmt: skip


def _in_peace(month: date, act: Callable[[Connection, date], Head | None]) -> Head | None:
    """Do it alone among those who read by ids or move months, without letting anybody wait for long."""
    try:
        with _owner() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MS}"))
            if taken(connection, MONTHS):
                return act(connection, month)
    except OperationalError as error:
        reason = type(error.orig).__name__
        log.info("month of the trail in use, left to the next run", month=written(month), reason=reason)
    return None


@contextmanager
def _owner() -> Iterator[Connection]:
    """Open a transaction of the role that owns the tables."""
    engine = create_engine(config.current().database_owner_url, poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        yield connection
