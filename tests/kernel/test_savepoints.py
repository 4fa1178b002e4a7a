"""A savepoint that is rolled back takes back all that was asked for in it, not only what was written."""

from __future__ import annotations

from contextlib import suppress

import pytest

from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import savepoint, transaction
from backoffice.models import Figure, FigureDelta
from backoffice.rules import figures
from tests.dashboards.counting import steps

pytestmark = pytest.mark.usefixtures("database")
OFFICE = 1


class Broken(Exception):
    """What goes wrong."""


def test_what_was_counted_in_it_goes_with_it_and_the_rest_stays():
    now = clock.now()
    with transaction() as session:
        figures.count(session, Figure.ARRIVED, OFFICE, now)
        with suppress(Broken), savepoint(session):
            figures.count(session, Figure.ARRIVED, OFFICE, now, number=7)
            figures.count(session, Figure.APPROVED, OFFICE, now, key="1", seconds=60)
            raise Broken
        with savepoint(session):
            figures.count(session, Figure.ASKED, OFFICE, now)
    assert sorted(steps()) == [(Figure.ARRIVED, "", 1), (Figure.ASKED, "", 1)]


def test_what_is_counted_for_the_first_time_in_one_that_fails_is_counted_again_later():
    with transaction() as session:
        with suppress(Broken), savepoint(session):
            figures.count(session, Figure.ARRIVED, OFFICE, clock.now())
            raise Broken
        figures.count(session, Figure.ASKED, OFFICE, clock.now())
    assert steps() == [(Figure.ASKED, "", 1)]


def test_jobs_and_acts_asked_for_in_it_are_forgotten_and_may_be_asked_for_anew(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr(queue, "ask", lambda job, lane: asked.append(job))
    with transaction() as session:
        db.after_commit(session, lambda: asked.append("first"))
        with suppress(Broken), savepoint(session):
            db.after_commit(session, lambda: asked.append("never"))
            db.before_commit(session, lambda: session.add(FigureDelta()))
            queue.ask_after_commit(session, "a.job")
            raise Broken
        assert asked == []
        queue.ask_after_commit(session, "a.job")
    assert asked == ["first", "a.job"]
