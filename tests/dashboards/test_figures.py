"""What is counted, at every door of a declaration's life."""

from __future__ import annotations

from datetime import timedelta

from backoffice.dashboards import figures
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from tests.factories import make_office


def test_an_empty_office_reads_as_nothing(database: None) -> None:
    with transaction() as session:
        office = make_office(session)
        today = clock.today()
        board = figures.board(
            session, "000.", today - timedelta(days=13), today, officers=True, below=True, hotline=True
        )
        assert board.figures.waiting == board.figures.decided == 0
        assert board.figures.approval_rate is None
        assert [one.code for one in board.below] == ["001"]
        assert [one.code for one in figures.by_office(session, "000.", today, today)] == ["000", "001", "00114"]
        assert figures.by_officer(session, office.id, today, today) == []
        assert figures.own(session, 1, today, today).decided == 0
        assert figures.hotline(session, today, today).agents == []
