"""No page an officer waits for, and no decision, reads a big table from end to end (issue: the desk is fast)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.config import Settings
from backoffice.dashboards import calls, figures, lists, verify
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import Listed, Took
from backoffice.decision import actions as decide
from backoffice.desk.tabs import Tab
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Office, Officer, Role, Status
from backoffice.rules.actors import officer_actor
from backoffice.rules.reasons import Reason
from tests.bench.data import BRANCH, DESK, PASSWORD, Plan, fill
from tests.bench.engines import plain
from tests.bench.explain import plan_of, read_whole
from tests.bench.facts import verify_all
from tests.bench.recording import Step, recording
from tests.conftest import _empty
from tests.factories import make_actor
from tests.signin.browser import come_in, form_token

OFFICERS = ["quay", "lanhdao"]
"""A reception officer, and a supervisor of a branch."""


@pytest.fixture(scope="module")
def filled(started: Settings, addresses: dict[str, str]) -> Iterator[psycopg.Connection]:
    """A desk with 50,000 declarations, analysed; a connection of the application's role to it."""
    with psycopg.connect(plain(addresses["super"]), autocommit=True) as connection:
        fill(connection, Plan(50_000))
        [(officer,)] = connection.execute("SELECT id FROM officers WHERE username = 'quay'").fetchall()
        verify_all(connection, officer)
    with psycopg.connect(plain(addresses["app"]), autocommit=True) as connection:
        yield connection
    _empty(addresses["super"])


@pytest.fixture(scope="module")
def known(filled: psycopg.Connection) -> Declaration:
    """An undecided declaration of DESK."""
    with transaction() as session:
        return (
            session.query(Declaration)
            .join(Declaration.office)
            .filter_by(code=DESK)
            .filter(Declaration.status == Status.SUBMITTED, Declaration.presented_at.is_(None))
            .order_by(Declaration.id)
            .limit(1)
            .one()
        )


@pytest.fixture(params=OFFICERS)
def desk(app: Flask, filled: psycopg.Connection, request: pytest.FixtureRequest) -> FlaskClient:
    """A browser in which an officer has signed in."""
    return come_in(app.test_client(), request.param, PASSWORD)


def assert_by_index(connection: psycopg.Connection, act: Callable[[], object]) -> None:
    """Run `act` and look at the plan of everything it sent."""
    with recording(db.engine()) as kept:
        act()
    assert kept.statements()
    reads = {_short(step): read_whole(plan_of(connection, step)) for step in kept.statements()}
    assert not {sql: tables for sql, tables in reads.items() if tables}


def _short(step: Step) -> str:
    return " ".join(step.sql.split())[:160]


@pytest.mark.parametrize("column", ["receipt_code", "bhxh_code", "id_number", "phone"])
def test_an_exact_search_and_the_review_page_read_by_index(
    desk: FlaskClient, filled: psycopg.Connection, known: Declaration, column: str
):
    token = form_token(desk)

    def look() -> None:
        form = {"csrf_token": token, "q": getattr(known, column)}
        assert desk.post("/desk/search", data=form, follow_redirects=True).status_code == 200

    assert_by_index(filled, look)


@pytest.mark.parametrize("text", ["nguyen van", "le th", "Hoàng Thị H"])
def test_a_name_search_reads_by_index(desk: FlaskClient, filled: psycopg.Connection, text: str):
    token = form_token(desk)
    assert_by_index(filled, lambda: desk.post("/desk/search", data={"csrf_token": token, "q": text}))


@pytest.mark.parametrize("tab", list(Tab))
def test_every_tab_of_the_queue_reads_by_index(desk: FlaskClient, filled: psycopg.Connection, tab: Tab):
    assert_by_index(filled, lambda: desk.get(f"/desk?list={tab.value}"))


def test_the_counts_read_by_index(desk: FlaskClient, filled: psycopg.Connection):
    assert_by_index(filled, lambda: desk.get("/desk/counts", headers={"HX-Request": "true"}))


def test_what_did_not_arrive_reads_by_index(desk: FlaskClient, filled: psycopg.Connection):
    page = desk.get("/notices").get_data(as_text=True)
    assert 'id="notice-' in page
    assert_by_index(filled, lambda: desk.get("/notices"))
    assert_by_index(filled, lambda: desk.get("/notices?after=1_1"))


@pytest.mark.parametrize("column", ["receipt_code", "bhxh_code", "id_number", "phone"])
def test_a_search_for_messages_reads_by_index(
    desk: FlaskClient, filled: psycopg.Connection, known: Declaration, column: str
):
    token = form_token(desk)

    def look() -> None:
        form = {"csrf_token": token, "q": getattr(known, column)}
        assert 'id="notice-' in desk.post("/notices/search", data=form).get_data(as_text=True)

    assert_by_index(filled, look)


@pytest.mark.parametrize("day", ["", "2026-10-01"])
def test_the_days_list_reads_by_index(desk: FlaskClient, filled: psycopg.Connection, day: str):
    look = f"/desk/day?office={DESK}&date={day}"

    def listed() -> None:
        assert desk.get(look).status_code == 200

    assert_by_index(filled, listed)


@pytest.fixture(scope="module")
def counted(filled: psycopg.Connection, addresses: dict[str, str]) -> psycopg.Connection:
    """The same, its figures made and analysed."""
    verify.make_all()
    with psycopg.connect(plain(addresses["super"]), autocommit=True) as connection:
        connection.execute("ANALYZE figure_days, figure_branches, figure_deltas")
    return filled


@pytest.mark.parametrize("office", ["000", BRANCH, DESK])
def test_figures_are_read_by_the_index_of_their_sums(counted: psycopg.Connection, office: str):
    today = clock.today()
    with transaction() as session:
        lead = make_actor(session, Role.SUPERVISOR, office=session.query(Office).filter_by(code="000").one())

    def look() -> None:
        with transaction() as session:
            figures.board(session, lead, office, today - timedelta(days=13), today, hotline=True)
            figures.own(session, 1, today - timedelta(days=13), today)

    assert_by_index(counted, look)


@pytest.mark.parametrize("office", ["000", BRANCH, DESK])
def test_the_lists_that_figures_open_read_by_index(filled: psycopg.Connection, office: str):
    today = clock.today()
    with transaction() as session:
        lead = make_actor(session, Role.SUPERVISOR, office=session.query(Office).filter_by(code="000").one())
    narrowed = {
        Listed.REJECTED: {"reason": Reason.NAME_DIFFERS},
        Listed.DECIDED: {"took": Took.TEN},
        Listed.DECLARED: {"key": "app"},
        Listed.FAILED: {"key": "sms"},
    }

    def look() -> None:
        for what in Listed:
            for part in ({}, narrowed.get(what, {})):
                wanted = Asked(what, today - timedelta(days=6), today, **part)
                if after := lists.show_list(wanted, office, lead)["after"]:
                    lists.show_list(wanted, office, lead, after)
        lists.show_own_list(Asked(Listed.APPROVED, today - timedelta(days=6), today), lead)
        for kind in calls.KINDS:
            calls.show_calls(lead, calls.Calls(today - timedelta(days=6), today, kind))

    assert_by_index(filled, look)


@pytest.mark.parametrize("column", ["bhxh_code", "receipt_code"])
def test_who_looked_at_a_person_or_listed_them_reads_by_index(
    app: Flask, filled: psycopg.Connection, known: Declaration, column: str
):
    lead = come_in(app.test_client(), "lanhdao", PASSWORD)
    token = form_token(lead)

    def look() -> None:
        form = {"csrf_token": token, "q": getattr(known, column), "period": "year"}
        page = lead.post("/trail/person", data=form, follow_redirects=True)
        assert 'id="people_title"' in page.get_data(as_text=True)

    assert_by_index(filled, look)


def test_claiming_and_approving_read_by_index(filled: psycopg.Connection, known: Declaration):
    with transaction() as session:
        officer = officer_actor(session.query(Officer).filter_by(username="quay").one())

    def decided() -> None:
        decide.claim(known.receipt_code, officer)
        decide.approve(known.receipt_code, officer)

    assert_by_index(filled, decided)
