"""Issue 9, point 1: how things stand is compared with the same morning a week ago; where it cannot be, it is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from backoffice.dashboards import boards, folding, jobs, lists, mornings, standing
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import Listed
from backoffice.dashboards.tallies import Figures
from backoffice.desk.labels import BATCH_STAGES
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import BatchStage, FigureMorning, Role, Stood
from backoffice.models.batch import OPEN_STAGES
from backoffice.rules import figure_branches, lifecycle
from backoffice.rules.actors import Actor
from tests.batches.files import make_batch, make_unit
from tests.dashboards.counting import assert_right, count_all
from tests.dashboards.scene import AFTERNOON, played
from tests.factories import make_actor, make_declaration, make_office
from tests.house.askers import signed_in

pytestmark = pytest.mark.usefixtures("database")
MIDNIGHT = datetime(2026, 11, 25, 0, 0, 30, tzinfo=clock.VIETNAM)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def night() -> Iterator[None]:
    with clock.at(MIDNIGHT):
        yield


def lead(code: str = "000") -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, code))


def waiting(number: int, code: str = "00114", **values: Any) -> None:
    """So many declarations of an office that wait, counted."""
    with transaction() as session:
        for _ in range(number):
            make_declaration(session, office=make_office(session, code), **values)
    count_all()


def noted(code: str) -> dict[Stood, int]:
    with transaction() as session:
        office = make_office(session, code)
        return {one.figure: one.number for one in session.query(FigureMorning).filter_by(office_id=office.id)}


def mornings_of(officer: Actor, code: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = boards.show_dashboard(officer, code)["figures"]["mornings"]
    return shown


def test_what_is_noted_is_what_the_dashboard_says_at_that_moment():
    with clock.at(AFTERNOON):
        scene = played()
    with clock.at(MIDNIGHT + timedelta(days=1)):
        assert mornings.note()
        for code in ("000", "001", "00114", "079"):
            tiles = boards.show_dashboard(scene.supervisors[code], "")["figures"]["tiles"]
            stood = noted(code)
            named = {standing._STOOD[what]: standing.NAMES[what] for what in standing._STOOD}
            assert {named[one]: number for one, number in stood.items()} == {
                tile["label"]: tile["number"] for tile in tiles if tile["label"] in named.values()
            }
        assert noted("000")[Stood.LISTS] == 3


def test_it_is_noted_once_by_the_job_that_adds_up_and_not_after_the_desks_have_opened():
    waiting(1)
    with clock.at(MIDNIGHT.replace(hour=7)):
        jobs.fold()
    assert noted("00114") == {}
    jobs.fold()
    waiting(2)
    with clock.at(MIDNIGHT.replace(hour=5)):
        jobs.fold()
    assert noted("00114")[Stood.WAITING] == noted("000")[Stood.WAITING] == 1
    assert_right()


def test_it_waits_for_whoever_writes_sums_and_for_steps_that_are_many(monkeypatch: pytest.MonkeyPatch):
    waiting(1)
    with transaction() as session:
        session.query(FigureMorning).delete()
    monkeypatch.setattr(figure_branches, "held", lambda _session: False)
    assert not mornings.note()
    monkeypatch.undo()
    monkeypatch.setattr(mornings, "fold_some", lambda _session, most: most)
    assert not mornings.note()
    assert noted("00114") == {}


def test_steps_not_added_up_yet_are_in_it():
    waiting(1)
    with transaction() as session:
        lifecycle.begin(session, make_declaration(session, office=make_office(session, "00114")))
    assert mornings.note()
    assert noted("00114")[Stood.WAITING] == 2
    assert folding.fold() == 0


def test_before_the_first_week_it_says_so_and_from_then_on_it_compares():
    officer = lead()
    assert mornings_of(officer)["lines"] == []
    assert "sau một tuần" in mornings_of(officer)["said"]
    waiting(2)
    mornings.note()
    young = mornings_of(officer)
    assert young["said"] == "Chưa đủ một tuần để so sánh: số đầu ngày được ghi từ T4 25/11."
    assert [(one["cells"], one["change"]) for one in young["lines"] if one["label"] == "Chưa đến nộp"] == [
        (["2", "–"], "–")
    ]
    with clock.at(MIDNIGHT + WEEK):
        waiting(3)
        mornings.note()
        grown = mornings_of(officer)
    assert grown["heads"] == ["Đầu ngày hôm nay", "Đầu ngày T4 25/11"]
    (line,) = [one for one in grown["lines"] if one["label"] == "Chưa đến nộp"]
    assert (line["cells"], line["change"]) == (["5", "2"], "tăng 3")
    assert line["name"].endswith("14 ngày qua: –, –, –, –, –, –, 2, –, –, –, –, –, –, 5")
    assert "cùng thứ" in grown["said"]
    with clock.at(MIDNIGHT + WEEK + timedelta(days=1)):
        assert "không chạy" in mornings_of(officer)["said"]


def test_mornings_go_when_they_have_had_their_time():
    waiting(1)
    mornings.note()
    with clock.at(MIDNIGHT + timedelta(days=31)):
        mornings.note()
        assert len(noted("00114")) == len(Stood)
        with transaction() as session:
            assert session.query(FigureMorning.day).distinct().all() == [(clock.today(),)]


def test_an_office_without_mornings_shows_nothing_of_others():
    waiting(1)
    mornings.note()
    with transaction() as session:
        make_office(session, "00199")
    assert mornings_of(lead(), "00199")["lines"] == []
    assert Figures(clock.today(), clock.today(), clock.today()).stood(clock.today(), Stood.LISTS) is None


def test_lists_in_work_are_listed_in_the_words_of_their_own_page(app: Flask):
    officer = lead("001")
    with transaction() as session:
        unit = make_unit(session, office=make_office(session, "00114"), name="Trường <b>Mẫu</b>")
        for stage in BatchStage:
            ended = None if stage in OPEN_STAGES else clock.now()
            make_batch(session, unit=unit, stage=stage, ended_at=ended)
        make_batch(session, unit=make_unit(session, office=make_office(session, "07901")))
    today = clock.today()
    rows = lists.show_list(Asked(Listed.LISTS, today, today), "", officer)["rows"]
    assert [row["state"] for row in rows] == [BATCH_STAGES[stage][0] for stage in OPEN_STAGES]
    desk = signed_in(app, officer.id or 0)
    page = desk.get("/dashboard/list/lists").text
    assert "Trường &lt;b&gt;Mẫu&lt;/b&gt;" in page
    assert all(desk.get(row["href"]).status_code == 200 for row in rows)
