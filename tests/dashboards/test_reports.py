"""Asking for a report, and making it: once however often one clicks, whatever dies meanwhile (issue 9, point 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from psycopg.errors import QueryCanceled
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from backoffice.dashboards import figures, report_actions, report_jobs, report_making
from backoffice.dashboards.report_making import NoLongerOurs, Work
from backoffice.dashboards.report_queries import STRAY
from backoffice.gateways.sheets.book import Book
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests
from backoffice.models import Figure, ReportFault, ReportState, Role, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.figures import count
from backoffice.scheduler import JOBS
from tests.dashboards.reports import ask, made, report, table
from tests.desk.browser import trail
from tests.factories import make_actor, make_office

NOW = datetime(2026, 11, 11, 15, 0, tzinfo=clock.VIETNAM)
TODAY = NOW.date()
LATER = STRAY + timedelta(seconds=1)


@pytest.fixture
def now(database: None) -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def supervisor(now: None) -> Actor:
    return an_officer("001")


def an_officer(office: str, role: Role = Role.SUPERVISOR) -> Actor:
    with transaction() as session:
        return make_actor(session, role, office=make_office(session, office))


def hindered(monkeypatch: pytest.MonkeyPatch, hinder: Callable[[], Any]) -> None:
    """Let something happen when the second sheet is to be written."""
    add, written = Book.add, []

    def hindered_add(book: Book, sheet: Any) -> None:
        written.append(sheet)
        if len(written) == 2:
            hinder()
        add(book, sheet)

    monkeypatch.setattr(Book, "add", hindered_add)


def raising(error: BaseException) -> Callable[[], Any]:
    def hinder() -> None:
        raise error

    return hinder


def jobs() -> list[str]:
    return [job.func_name for job in Queue(queue.BULK, connection=queue.connection()).jobs]


# ---- Asking ----


def test_whoever_asks_has_a_report_that_waits_and_the_worker_is_told(supervisor: Actor):
    token = ask(supervisor, "quarter", TODAY)
    kept = report(token)
    assert (kept.state, kept.first_day, kept.last_day) == (ReportState.ASKED, date(2026, 10, 1), date(2026, 12, 31))
    assert jobs() == [report_making.JOB]
    assert {periodic.job for periodic in JOBS} >= {report_making.JOB, "backoffice.dashboards.report_jobs.tidy"}


def test_with_the_queue_away_it_waits_for_the_scheduler(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as away:
        away.setattr(queue, "connection", raising(RedisError("away")))
        token = ask(supervisor, "day", TODAY)
    report_jobs.make()
    assert report(token).state is ReportState.DONE


def test_two_clicks_at_once_are_one_report(database: None):
    supervisor = an_officer("001")
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: ask(supervisor, "week", date(2026, 11, 11)), range(4)))
    assert len(set(tokens)) == 1


def test_a_second_click_after_it_was_made_is_the_same_and_a_minute_later_another(supervisor: Actor):
    first = ask(supervisor, "week", TODAY)
    assert report_making.make_one()
    assert ask(supervisor, "week", TODAY - timedelta(days=1)) == first  # the same week
    assert ask(supervisor, "month", TODAY) != first
    with clock.at(NOW + LATER):
        assert ask(supervisor, "week", TODAY) != first


def test_more_than_three_unfinished_are_refused_until_one_ends(supervisor: Actor):
    tokens = [ask(supervisor, "day", TODAY - timedelta(days=number)) for number in range(3)]
    with pytest.raises(Conflict, match="đang có 3 báo cáo") as refused:
        ask(supervisor, "week", TODAY)
    assert refused.value.code == "too_many"
    assert ask(supervisor, "day", TODAY) == tokens[0]  # no new one
    ask(an_officer("001"), "week", TODAY)  # another officer's wish is another's
    report_actions.cancel(supervisor, tokens[1])
    ask(supervisor, "week", TODAY)


def test_a_day_has_so_many_reports(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report_actions, "MOST_A_DAY", 2)
    for span in ("day", "week"):
        ask(supervisor, span, TODAY)
    with pytest.raises(TooManyRequests, match="trong 24 giờ"):
        ask(supervisor, "month", TODAY)
    with clock.at(NOW + timedelta(days=1, seconds=1)):
        ask(supervisor, "month", TODAY)


def test_days_that_are_none_are_refused_with_a_sentence(supervisor: Actor):
    wrong = {
        "": "chọn một ngày",
        "2026-02-31": "không có trong lịch",
        "31/02/2026": "không có trong lịch",
        "hôm nay": "không có trong lịch",
        "2026-11-12": "chưa đến",
        "9999-12-31": "chưa đến",
        "2016-11-11": "từ ngày 01/01/2021",
        "2020-12-31": "từ ngày 01/01/2021",
        "0001-01-01": "từ ngày 01/01/2021",
        "1" * 5000: "không có trong lịch",
    }
    for typed, sentence in wrong.items():
        form = {"span": "day", "day": typed, "office": ""}
        with pytest.raises(InvalidInput) as refused:
            report_actions.ask(supervisor, form)
        (fault,) = refused.value.faults
        assert fault.field == "day", typed
        assert sentence in fault.message, typed
    ask(supervisor, "quarter", date(2021, 1, 1))


def test_every_fault_is_told_at_once_and_an_office_out_of_scope_is_one_that_is_not(supervisor: Actor):
    an_officer("07901")
    said = []
    for office in ("079", "07901", "98765", "000", "x\x00"):
        with pytest.raises(InvalidInput) as refused:
            report_actions.ask(supervisor, {"span": "year", "day": "", "office": office})
        assert [fault.field for fault in refused.value.faults] == ["span", "day", "office"]
        said.append(refused.value.faults[2].message)
    assert len(set(said)) == 1


def test_officers_are_told_apart_only_at_an_office_with_none_under_it(supervisor: Actor):
    an_officer("00114")
    with pytest.raises(InvalidInput) as refused:
        ask(supervisor, "day", TODAY, officers=True)
    assert [fault.field for fault in refused.value.faults] == ["officers"]
    assert report(ask(supervisor, "day", TODAY, "00114", officers=True)).with_officers
    with transaction() as session:
        merged = make_office(session, "00115", parent=make_office(session, "00114"))
        merged.closed_at, merged.successor_id = NOW, merged.parent_id
    assert report(ask(supervisor, "week", TODAY, "00114", officers=True)).with_officers


def test_whoever_is_no_supervisor_may_ask_for_none(now: None):
    for role in set(Role) - {Role.SUPERVISOR}:
        officer = an_officer("001", role)
        for act in (lambda a: ask(a, "day", TODAY), report_actions.show, lambda a: report_actions.cancel(a, "x")):
            with pytest.raises(Forbidden):
                act(officer)


# ---- Making ----


def test_it_says_how_far_it_is(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    seen: list[int] = []
    hindered(monkeypatch, lambda: seen.append(report_actions.show(supervisor)["reports"][0]["progress"]))
    token = ask(supervisor, "day", TODAY)
    assert report_actions.show(supervisor)["reports"][0]["progress"] == 0
    assert report_making.make_one()
    assert 0 < seen[0] < 100
    kept = report(token)
    assert kept.file is not None
    assert (kept.state, kept.done, kept.size) == (ReportState.DONE, kept.total, len(kept.file))
    assert report_making.make_one() is False


def test_one_whose_worker_was_killed_is_made_by_another(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    token = ask(supervisor, "day", TODAY)
    with monkeypatch.context() as killed:
        hindered(killed, raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            report_making.make_one()
    left = report(token)
    assert (left.state, left.tries) == (ReportState.WORKING, 1)
    assert report_making.make_one() is False  # as if somebody were at it

    def come_back() -> None:
        with pytest.raises(NoLongerOurs):
            Work(left.id, 1).note(state=ReportState.DONE, file=b"late")

    hindered(monkeypatch, come_back)
    with clock.at(NOW + LATER):
        assert report_making.make_one() is True
    kept = report(token)
    assert (kept.state, kept.tries, kept.file == b"late") == (ReportState.DONE, 2, False)


def test_one_that_kills_three_workers_is_given_up_with_what_to_do(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    token = ask(supervisor, "day", TODAY)
    hindered(monkeypatch, lambda: None)
    monkeypatch.setattr(report_making, "sheets", raising_of(KeyboardInterrupt()))
    for number in range(3):
        with clock.at(NOW + number * LATER), pytest.raises(KeyboardInterrupt):
            report_making.make_one()
    with clock.at(NOW + 3 * LATER):
        assert report_making.make_one() is False
        assert "Lập lại" in report_actions.show(supervisor)["reports"][0]["why"]
    assert (report(token).state, report(token).fault) == (ReportState.FAILED, ReportFault.LOST)


def raising_of(error: BaseException) -> Callable[[Any], Any]:
    def act(_of: Any) -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "fault", "passed_on"),
    [
        (ValueError("x"), ReportFault.BROKEN, False),
        (queue.OutOfTime("120 s"), ReportFault.SLOW, True),
        (OperationalError("", None, QueryCanceled()), ReportFault.SLOW, False),
    ],
    ids=["a fault", "out of time", "a slow statement"],
)
def test_one_that_failed_says_why_and_is_offered_again(
    supervisor: Actor, monkeypatch: pytest.MonkeyPatch, error: Exception, fault: ReportFault, passed_on: bool
):
    token = ask(supervisor, "day", TODAY)
    with monkeypatch.context() as broken:
        hindered(broken, raising(error))
        if passed_on:
            with pytest.raises(queue.OutOfTime):
                report_making.make_one()
        else:
            assert report_making.make_one()
    assert (report(token).state, report(token).fault, report(token).file) == (ReportState.FAILED, fault, None)
    (line,) = report_actions.show(supervisor)["reports"]
    assert (line["may_again"], line["is_done"]) == (True, False)
    anew = report_actions.again(supervisor, token)
    assert anew != token
    assert report_making.make_one()
    assert report(anew).state is ReportState.DONE


def test_what_the_database_refuses_for_now_is_tried_again(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    token = ask(supervisor, "day", TODAY)
    with monkeypatch.context() as broken:
        hindered(broken, raising(OperationalError("", None, Exception())))
        assert report_making.make_one()
    assert report(token).state is ReportState.WORKING
    with clock.at(NOW + LATER):
        assert report_making.make_one()
    assert report(token).state is ReportState.DONE


def test_a_cancelled_one_is_dropped_at_the_next_step(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    token = ask(supervisor, "day", TODAY)
    hindered(monkeypatch, lambda: report_actions.cancel(supervisor, token))
    assert report_making.make_one()
    kept = report(token)
    assert (kept.state, kept.file) == (ReportState.CANCELLED, None)
    with pytest.raises(Conflict, match="chưa lập xong"):
        report_actions.download(supervisor, token)


def test_cancelling_a_finished_one_changes_nothing(supervisor: Actor):
    token = ask(supervisor, "day", TODAY)
    report_making.make_one()
    report_actions.cancel(supervisor, token)
    assert report_actions.download(supervisor, token).name == "bao-cao-001-ngay-20261111.xlsx"


def test_several_workers_make_each_report_once(database: None):
    with transaction() as session:
        actors = [make_actor(session, Role.SUPERVISOR, office=make_office(session, "001")) for _ in range(4)]
    tokens = [ask(actor, "day", date(2026, 11, 11)) for actor in actors]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: report_making.make_one(), range(4))).count(True) == 4
    assert [(report(token).state, report(token).tries) for token in tokens] == [(ReportState.DONE, 1)] * 4


def test_the_job_asks_for_the_next_while_there_are_any(supervisor: Actor):
    for span in ("day", "week"):
        ask(supervisor, span, TODAY)
    rounds = 0
    while jobs():
        queue.connection().flushdb()
        report_jobs.make()
        rounds += 1
    assert rounds == 3
    assert {line["label"] for line in report_actions.show(supervisor)["reports"]} == {"Đã lập xong"}


def test_what_happens_while_it_is_read_makes_no_two_sheets_differ(supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    read = figures.by_office

    def late(*args: Any) -> Any:
        with ThreadPoolExecutor(1) as other:
            other.submit(declare).result()
        return read(*args)

    def declare() -> None:
        with transaction() as session:
            count(session, Figure.DECLARED, supervisor.office_id or 0, NOW, key="app")

    declare()
    monkeypatch.setattr(figures, "by_office", late)
    book = made(supervisor, "day", TODAY)
    assert table(book, "Theo cơ quan")["001"]["Tờ khai mới"] == 1
    assert table(book, "Tổng hợp")["Tờ khai mới"]["Kỳ này"] == 1
    with transaction() as session:
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"


# ---- Taking the file ----


def test_a_file_is_whoever_asked_for_its_and_its_taking_is_noted(supervisor: Actor):
    token = ask(supervisor, "week", TODAY)
    report_making.make_one()
    for act in (report_actions.download, report_actions.cancel, report_actions.again):
        for stranger in (an_officer("001"), an_officer("000"), an_officer("079")):
            with pytest.raises(NotFound) as theirs:
                act(stranger, token)
            with pytest.raises(NotFound) as nothing:
                act(stranger, "x\x00'")
            assert theirs.value.message == nothing.value.message
    assert trail(TrailEvent.EXPORT) == []
    assert report_actions.download(supervisor, token).data[:2] == b"PK"
    (row,) = trail(TrailEvent.EXPORT)
    assert (row.actor_id, row.facts["what"], row.facts["since"]) == (supervisor.id, "report", "2026-11-09")
    assert row.facts["count"] == report(token).lines


def test_whoever_no_longer_has_the_office_finds_the_report_no_more(supervisor: Actor):
    token = ask(supervisor, "week", TODAY)
    report_making.make_one()
    moved = replace(supervisor, office_path="000.079.", office_code="079")
    assert report_actions.show(moved)["reports"] == []
    with pytest.raises(NotFound):
        report_actions.download(moved, token)
    with pytest.raises(Forbidden):
        report_actions.download(replace(supervisor, role=Role.RECEPTION), token)
    assert report_actions.download(supervisor, token)


def test_a_file_is_kept_for_seven_days_then_deleted(supervisor: Actor):
    token = ask(supervisor, "week", TODAY)
    report_making.make_one()
    with clock.at(NOW + timedelta(days=7)):
        waits = ask(supervisor, "day", TODAY)
        assert report_actions.tidy() == 0
        assert report_actions.download(supervisor, token)
    with clock.at(NOW + timedelta(days=7, seconds=1)):
        assert [line["token"] for line in report_actions.show(supervisor)["reports"]] == [waits]
        with pytest.raises(NotFound, match="7 ngày"):
            report_actions.download(supervisor, token)
        assert report_actions.tidy() == 1
    with clock.at(NOW + timedelta(days=70)):
        assert report_actions.tidy() == 0  # what is not made yet is not forgotten
