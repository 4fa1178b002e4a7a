"""Figures in tests: rows made past the doors are counted, and all is compared with what it counts."""

from __future__ import annotations

from sqlalchemy import select

from backoffice.dashboards import verify
from backoffice.kernel.db import transaction
from backoffice.models import Figure, FigureDelta


def count_all() -> None:
    """Count what factories made, who go by no door."""
    verify.make_all()


def assert_right() -> None:
    """Compare every figure with what it counts."""
    differing = [tuple(one) for one in verify.verify().differences]
    assert not differing, differing


def steps() -> list[tuple[Figure, str, int]]:
    """Return the steps not added up yet: what, which, how many; in the order they were written."""
    with transaction() as session:
        rows = session.execute(select(FigureDelta.figure, FigureDelta.key, FigureDelta.number).order_by(FigureDelta.id))
        return [(row.figure, row.key, row.number) for row in rows]
