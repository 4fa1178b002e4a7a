"""Figures are compared with what they count, and put right; while decisions go on, and never where nothing is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from backoffice.cli import common
from backoffice.cli.stats import stats
from backoffice.dashboards import figures, folding, jobs, verify
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Declaration,
    Figure,
    FigureBranch,
    FigureCheck,
    FigureDay,
    FigureDelta,
    KeptData,
    Status,
)
from backoffice.rules import lifecycle, retention
from backoffice.rules.actors import SYSTEM
from tests.dashboards.counting import assert_right, count_all
from tests.factories import make_declaration

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def declaration() -> Declaration:
    """One that waits, counted and added up."""
    with transaction() as session:
        made = make_declaration(session)
        lifecycle.begin(session, made)
    folding.fold()
    return made


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line, connected already."""
    monkeypatch.setattr(common, "connected", lambda: None)
    return CliRunner()


def waiting() -> int:
    with transaction() as session:
        return figures.read(session, "000.", clock.today(), clock.today()).waiting


def spoil(number: int = 7) -> None:
    """Let a sum be wrong, as no door leaves it."""
    with transaction() as session:
        session.execute(update(FigureDay).where(FigureDay.figure == Figure.WAITING).values(number=number))


def test_what_came_past_the_doors_is_counted_once(declaration: Declaration):
    with transaction() as session:
        make_declaration(session)
        make_declaration(session, status=Status.APPROVED, presented_at=clock.now())
    count_all()
    count_all()
    assert waiting() == 2
    assert_right()


def test_a_wrong_sum_is_named_and_put_right(declaration: Declaration):
    spoil()
    found = verify.verify()
    (own, *branches) = sorted(found.differences, key=lambda one: one.officer_id is None)
    assert (own.office_id, own.figure, own.kept, own.true) == (declaration.office_id, Figure.WAITING, 7, 1)
    assert len(branches) == 3  # the office, its province, the country: not what their offices say
    assert not found.healed
    assert verify.verify(heal=True).healed
    assert waiting() == 1
    assert_right()


def test_a_wrong_sum_of_a_branch_is_put_right(declaration: Declaration):
    with transaction() as session:
        session.execute(update(FigureBranch).values(number=99))
    verify.verify(heal=True)
    assert waiting() == 1
    assert_right()


def test_what_happens_between_counting_and_writing_is_neither_lost_nor_counted_twice(
    declaration: Declaration, monkeypatch: pytest.MonkeyPatch
):
    """Who decides while it heals: the difference was of one snapshot, the step of the decision comes on top."""
    spoil()
    compare = verify._compare_branches

    def decided_meanwhile(*args: object) -> object:
        _in_another_thread(lambda: _withdraw(declaration.id))
        return compare(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(verify, "_compare_branches", decided_meanwhile)
    verify.verify(heal=True)
    monkeypatch.undo()
    assert waiting() == 0
    folding.fold()
    assert waiting() == 0
    assert_right()


def test_days_of_which_something_was_deleted_by_its_term_are_not_compared(declaration: Declaration):
    first = verify.whole_since()
    oldest = clock.local(retention.cutoff(KeptData.REJECTED)).date()
    assert first > oldest
    with transaction() as session:
        for day, number in ((oldest, 5), (first, 3)):
            session.add(
                FigureDelta(
                    day=day, office_id=1, officer_id=0, figure=Figure.REJECTED, key="1", number=number, seconds=0
                )
            )
    found = verify.verify(3650, heal=True)
    assert [(one.day, one.kept, one.true) for one in found.differences if one.officer_id is not None] == [(first, 3, 0)]


def test_made_anew_they_keep_what_was_deleted_by_its_term_and_gain_what_was_never_counted(declaration: Declaration):
    long_ago = clock.now() - timedelta(days=400)
    with transaction() as session:
        make_declaration(session, declared_at=long_ago)
        day = clock.local(long_ago).date()
        row = {"day": day, "office_id": declaration.office_id, "officer_id": 0, "seconds": 0}
        session.add(FigureDelta(figure=Figure.REJECTED, key="5", number=7, **row))
    verify.make_all()
    with transaction() as session:
        past = figures.read(session, "000.", day, day)
    assert (past.rejected, past.declared) == (7, 1)


def test_once_a_night_they_are_compared_put_right_and_the_result_is_kept(declaration: Declaration):
    with clock.at(datetime(2026, 11, 21, 2, 0, tzinfo=clock.VIETNAM)):
        assert verify.is_due()
    spoil()
    night = datetime.combine(clock.today() + timedelta(days=1), verify.NIGHT, tzinfo=clock.VIETNAM)
    with clock.at(night):
        jobs.check()
        jobs.check()
    with clock.at(night + timedelta(hours=23)):
        assert not verify.is_due()
    with transaction() as session:
        (kept,) = session.query(FigureCheck).all()
        assert (kept.healed, kept.differences > 0) == (True, True)
    assert waiting() == 1


def test_the_command_names_what_differs_ends_with_1_and_heals_on_request(declaration: Declaration, command: CliRunner):
    assert command.invoke(stats, ["verify"]).exit_code == 0
    spoil()
    said = command.invoke(stats, ["verify"])
    assert said.exit_code == 1
    assert "office 00114 waiting (officer -): kept 7, true 1" in said.output
    assert command.invoke(stats, ["verify", "--heal", "--everything"]).exit_code == 0
    assert command.invoke(stats, ["verify"]).exit_code == 0
    assert command.invoke(stats, ["verify", "--everything"]).exit_code == 2
    assert "0" in command.invoke(stats, ["fold"]).output


def _withdraw(number: int) -> None:
    with transaction() as session:
        lifecycle.move(session, lifecycle.lock(session, number), Status.WITHDRAWN, SYSTEM)


def _in_another_thread(act: object) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(act).result()  # type: ignore[arg-type]
