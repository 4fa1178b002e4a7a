"""Rows of the trail as they are sealed: read in the order of their ids, each as one canonical text.

The text is PostgreSQL's own of a row (quoted, so that no two rows have the same one): the instant in seconds since
1970 with microseconds, the hash in hexadecimal, the facts as jsonb writes them. It is made where the row is, for that
costs a quarter of making it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, DateTime, Text, TypeEngine

from backoffice.models import TrailRow
from backoffice.trail.calendar import first_instant, month_after

Where = Session | Connection

PAGE = 10_000
LEAST = -(2**63)
"""The least id there can be; sequences begin at 1."""
MOST = 2**63 - 1
_INSTANT = DateTime(timezone=True)


class Read(NamedTuple):
    """One row; `at` is text, for a row that was tampered with may hold an instant no calendar here knows."""

    id: int
    at: str
    month: str
    """"YYYY-MM" in Vietnam."""
    text: str
    is_old: bool
    """Whether `at` is before what was asked as `since`."""


_MONTH = "to_char(least(greatest(at, '0002-01-01'), '9999-01-01') AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM')"
_ROW = (
    "ROW(id, extract(epoch FROM at), event, actor_kind, actor_id, office_id, declaration_id, account_id, "
    "encode(subject_hash, 'hex'), facts)::text"
)
_READ = f"SELECT id, at::text, {_MONTH}, {_ROW}, coalesce(at < :since, false) FROM trail WHERE "  # noqa: S608 (constants)
_BETWEEN = (
    "(id, at) > (:after, CAST(:after_at AS timestamptz)) AND id <= :to AND at >= CAST(:starts AS timestamptz) "
    "AND at <= CAST(:ends AS timestamptz) ORDER BY id, trail.at LIMIT :limit"
)


def _statement(condition: str) -> TextClause:
    known: dict[str, TypeEngine[Any]] = {
        **dict.fromkeys(("after", "to", "limit"), BigInteger()),
        **dict.fromkeys(("after_at", "starts", "ends"), Text()),
        "since": _INSTANT,
        "ids": ARRAY(BigInteger()),
    }
    statement = text(_READ + condition)
    return statement.bindparams(*(bindparam(name, type_=known[name]) for name in statement._bindparams))


_DRAWN = select(func.coalesce(func.pg_sequence_last_value(text("pg_get_serial_sequence('trail', 'id')::regclass")), 0))
_PAGE = _statement(_BETWEEN)
_NAMED = _statement("id = ANY(:ids) ORDER BY id, trail.at")


def page(
    where: Where,
    after: tuple[int, str],
    to: int,
    *,
    month: date | None = None,
    since: datetime | None = None,
    limit: int,
) -> list[Read]:
    """Return up to `limit` rows behind `after` (id and `at`) with ids up to `to`, of `month` alone if one is given."""
    known: dict[str, Any] = {"after": after[0], "after_at": after[1], "to": to, "since": since, "limit": limit}
    bounds = ("-infinity", "infinity") if month is None else _bounds(month)
    known |= dict(zip(("starts", "ends"), bounds, strict=True))
    return list(map(Read._make, where.execute(_PAGE, known).all()))


def behind(row_id: int) -> tuple[int, str]:
    """Return the place behind every row of that id."""
    return row_id, "infinity"


def between(
    where: Where, after: int, to: int, *, month: date | None = None, since: datetime | None = None
) -> Iterator[Read]:
    """Yield the rows with ids above `after` up to `to`, a page at a time: memory stays flat whatever was inserted."""
    place = behind(after)
    while found := page(where, place, to, month=month, since=since, limit=PAGE):
        yield from found
        place = found[-1].id, found[-1].at


def named(where: Where, ids: Sequence[int], *, since: datetime | None = None) -> list[Read]:
    """Return the rows of these ids."""
    return list(map(Read._make, where.execute(_NAMED, {"ids": list(ids), "since": since}).all()))


def drawn(where: Where) -> int:
    """Return the last id the sequence gave, 0 when it gave none: every row there is now has no greater one."""
    return int(where.execute(_DRAWN).scalar_one())


def beyond(where: Where, *, month: date | None = None) -> Iterator[Read]:
    """Yield the rows with ids that the sequence has not given: nobody wrote them by the desk.

    Rows are read first and the sequence after them, so that one written meanwhile is none of these.
    """
    place = behind(drawn(where))
    while found := page(where, place, MOST, month=month, limit=PAGE):
        given = drawn(where)
        yield from (row for row in found if row.id > given)
        place = found[-1].id, found[-1].at


def unsealed(where: Where, after: int) -> tuple[int, datetime | None]:
    """Return how many rows have ids above `after`, and the instant of the oldest (within the years 2 to 9999)."""
    oldest = func.least(func.greatest(func.min(TrailRow.at), text("'0002-01-01'")), text("'9999-01-01'"))
    count, at = where.execute(select(func.count(), oldest).where(TrailRow.id > after)).one()
    return count, at if count else None


def _bounds(month: date) -> tuple[str, str]:
    last = first_instant(month_after(month)) - timedelta(microseconds=1)
    return first_instant(month).isoformat(), last.isoformat()
