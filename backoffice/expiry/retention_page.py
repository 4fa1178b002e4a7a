"""What /retention shows: how long each kind of data is kept and why, what is due, what was deleted when. Names nobody.

Nothing is counted beyond 10,000 (retention_shelves.stock), so that the page costs the same with millions of rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Date, String, bindparam, cast, column, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.expiry.retention_shelves import SHELVES, Shelf, Stock, stock
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, KeptData, RetentionRun, Tombstone
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from backoffice.rules.retention import RULES, STAYS, Rule, term, told

Values = dict[str, Any]
RUNS = 30
DAYS = 7
LATE = timedelta(days=1)
"""The sweep runs every hour: what has been due for so long shows that it does not."""

_UNDECIDED = literal_column("status = 'submitted' AND expires_at IS NOT NULL", Boolean())
_EXPIRING = Shelf(KeptData.EXPIRED, Declaration, "expires_at", _UNDECIDED)
_FOR_LONG = {KeptData.EXPIRED, KeptData.TRAIL, *SHELVES}


def show_retention(officer: Actor) -> Values:
    """Return the values of expiry/retention.html. Raises Forbidden."""
    require(officer, Do.SEE_RETENTION)
    with transaction() as session:
        last = _last_runs(session)
        kinds = [_kind(session, rule, last.get(rule.data)) for rule in RULES.values() if rule.data in _FOR_LONG]
        return {
            "kinds": kinds,
            "late": [kind["name"] for kind in kinds if kind["late"]],
            "short": [
                {"name": rule.name, "term": told(rule), "since": rule.since}
                for rule in RULES.values()
                if rule.data not in _FOR_LONG
            ],
            "stays": [{"name": one.name, "why": one.why} for one in STAYS],
            "days": _expired_by_day(session),
            "runs": _runs(session),
        }


def _kind(session: Session, rule: Rule, last: tuple[datetime, int] | None) -> Values:
    shelf = _EXPIRING if rule.data is KeptData.EXPIRED else SHELVES.get(rule.data)
    there = stock(session, shelf) if shelf else None
    return {
        "name": rule.name,
        "what": rule.what,
        "term": told(rule),
        "since": rule.since,
        "why": rule.why,
        "last": {"at": _moment(last[0]), "count": _number(last[1])} if last else None,
        **_standing(rule, there),
    }


def _standing(rule: Rule, there: Stock | None) -> Values:
    """Return how many there are and are due, when the next is, and whether the sweep is late."""
    if there is None:
        return {"count": "", "due": "", "next": "", "late": ""}
    due_at = there.oldest + term(rule.data) if there.oldest else None
    late = clock.now() - due_at if due_at and there.due else timedelta()
    return {
        "count": _number(there.count, is_more=there.is_more),
        "due": _number(there.due, is_more=there.due == there.count and there.is_more) if there.due else "",
        "next": f"{clock.local(due_at):%d/%m/%Y}" if due_at and not there.due else "",
        "late": f"{late.days} ngày" if late > LATE else "",
    }


def _last_runs(session: Session) -> dict[KeptData, tuple[datetime, int]]:
    """Return when each kind was last deleted, and how many."""
    names = bindparam("names", [data.value for data in SHELVES], type_=ARRAY(String))
    kinds = func.unnest(names).table_valued(column("name", String)).render_derived()
    newest = (
        select(RetentionRun.data, RetentionRun.at, RetentionRun.count)
        .where(RetentionRun.data == kinds.c.name)
        .order_by(RetentionRun.id.desc())
        .limit(1)
        .lateral()
    )
    rows = session.execute(select(newest.c.data, newest.c.at, newest.c.count).select_from(kinds).join(newest, true()))
    return {data: (at, count) for data, at, count in rows}


def _expired_by_day(session: Session) -> list[Values]:
    """Return how many declarations were deleted on each of the last days because nobody handed them in (K4)."""
    first = clock.today() - timedelta(days=DAYS - 1)
    day = cast(func.timezone(clock.VIETNAM.key, Tombstone.deleted_at), Date)
    since = clock.end_of_day(first - timedelta(days=1))
    counted = select(day.label("day"), func.count().label("number")).where(Tombstone.deleted_at > since).group_by(day)
    found = {row.day: row.number for row in session.execute(counted)}
    days = [clock.today() - timedelta(days=back) for back in range(DAYS)]
    return [{"day": f"{one:%d/%m/%Y}", "count": _number(found.get(one, 0))} for one in days]


def _runs(session: Session) -> list[Values]:
    runs = session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(RUNS)).all()
    return [
        {
            "at": _moment(run.at),
            "name": RULES[run.data].name,
            "count": _number(run.count),
            "oldest": f"{clock.local(run.oldest):%d/%m/%Y}",
            "seconds": f"{run.seconds:.1f}".replace(".", ","),
        }
        for run in runs
    ]


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%H:%M %d/%m/%Y}"


def _number(number: int, *, is_more: bool = False) -> str:
    """Return the number as it is written in Vietnam; of what was counted no further: "hơn 10.000"."""
    return f"hơn {number - 1:,}".replace(",", ".") if is_more else f"{number:,}".replace(",", ".")
