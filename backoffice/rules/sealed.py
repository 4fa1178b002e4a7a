"""Whether the sealing of the trail keeps up: for the desk's own page and for whoever watches /readyz (design 5)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import TrailRow, TrailSeal

SOON = timedelta(hours=1)
"""Rows are sealed every minute; one that waits longer than this waits for somebody who does not come."""
OUTLYING = 2**62
"""No seal has such a number by itself."""


def is_late(where: Session | Connection) -> bool:
    """Tell whether the first row behind the last seal was written more than an hour ago."""
    last = select(TrailSeal.to_id).where(TrailSeal.id < OUTLYING).order_by(TrailSeal.id.desc()).limit(1)
    first = (
        select(TrailRow.at < clock.now() - SOON)
        .where(TrailRow.id > func.coalesce(last.scalar_subquery(), 0))
        .order_by(TrailRow.id)
        .limit(1)
    )
    return bool(where.execute(first).scalar_one_or_none())
