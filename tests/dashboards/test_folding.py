"""Steps are added up while decisions go on, by several at once, killed in the midst: the counts stay what they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backoffice.dashboards import figures, folding, jobs
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Figure, FigureBranch, FigureDay, FigureDelta, Status
from backoffice.rules import figures as counting
from backoffice.rules import lifecycle
from backoffice.rules.actors import SYSTEM
from tests.dashboards.counting import assert_right, count_all, steps
from tests.factories import make_declaration, make_office
from tests.faults.dying import Instant, dies_at

pytestmark = pytest.mark.usefixtures("database")


def declare(count: int = 1) -> list[int]:
    """Let so many come in; return their ids."""
    with transaction() as session:
        made = [make_declaration(session) for _ in range(count)]
        for one in made:
            lifecycle.begin(session, one)
        return [one.id for one in made]


def waiting() -> int:
    with transaction() as session:
        return figures.read(session, "000.", clock.today(), clock.today()).waiting


def withdraw(number: int) -> None:
    with transaction() as session:
        lifecycle.move(session, lifecycle.lock(session, number), Status.WITHDRAWN, SYSTEM)


def test_a_step_is_added_up_once_and_only_once():
    declare(3)
    number = len(steps())
    assert folding.fold() == number > 0
    assert steps() == []
    assert waiting() == 3
    assert folding.fold() == 0
    assert waiting() == 3
    assert_right()


def test_what_comes_to_nothing_leaves_no_row_behind():
    ids = declare(2)
    folding.fold()
    for number in ids:
        withdraw(number)
    folding.fold()
    with transaction() as session:
        assert {row.figure for row in session.query(FigureDay)} == {Figure.DECLARED, Figure.WITHDRAWN}
        assert {row.figure for row in session.query(FigureBranch)} == {Figure.DECLARED, Figure.WITHDRAWN}


@pytest.mark.parametrize("event", ["call", "return"])
def test_killed_in_the_midst_nothing_is_lost_or_counted_twice(event: str):
    declare(5)
    assert dies_at(Instant("dashboards/folding.py", "fold_some", event, 2), lambda: folding.fold(most=2))
    assert waiting() == 5
    folding.fold()
    assert (steps(), waiting()) == ([], 5)
    assert_right()


def test_two_at_once_and_decisions_meanwhile():
    """Two fold, two withdraw, one reads: each reading is a number there was at some instant, the end is right."""
    ids = declare(24)

    def read() -> list[int]:
        return [waiting() for _ in range(20)]

    with ThreadPoolExecutor(5) as threads:
        folded = [threads.submit(lambda: [folding.fold(most=3) for _ in range(10)]) for _ in range(2)]
        seen = threads.submit(read)
        acts = [threads.submit(withdraw, number) for number in ids[:16]]
        for one in (*folded, *acts):
            one.result()
    counts = seen.result()
    assert counts == sorted(counts, reverse=True)
    assert counts[0] <= 24
    assert waiting() == 8
    folding.fold()
    assert (steps(), waiting()) == ([], 8)
    assert_right()


def test_the_job_counts_what_was_there_before_it_first_ran_and_asks_for_the_next_while_there_is_more(
    monkeypatch: pytest.MonkeyPatch,
):
    with transaction() as session:
        make_declaration(session)
    jobs.fold()
    assert waiting() == 1
    monkeypatch.setattr(folding, "ROUNDS", 1)
    monkeypatch.setattr(folding, "MOST", 2)
    asked: list[str] = []
    monkeypatch.setattr(queue, "enqueue", lambda job: asked.append(job))
    with transaction() as session:
        office = make_office(session)
        for day in range(3):
            counting.count(session, Figure.EXPIRED, office.id, clock.now() - timedelta(days=day))
    jobs.fold()
    assert asked == ["backoffice.dashboards.jobs.fold"]
    with transaction() as session:
        assert session.query(FigureDelta).count() <= 1


def test_factories_rows_are_counted_by_making_all_anew():
    with transaction() as session:
        make_declaration(session, status=Status.APPROVED)
        made = make_declaration(session)
    assert waiting() == 0
    count_all()
    assert waiting() == 1
    withdraw(made.id)
    assert waiting() == 0
    with transaction() as session:
        assert session.get_one(Declaration, made.id).status is Status.WITHDRAWN
