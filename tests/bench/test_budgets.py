"""How many statements a page or use case may send: a budget each, and none grows with the rows it shows (no N+1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.intake.actions import declare
from backoffice.kernel import db
from backoffice.kernel.db import transaction
from backoffice.models import Declaration
from backoffice.rules.actors import Actor, client_actor, officer_actor
from tests.bench.recording import recording
from tests.decision.test_ledger import card_of
from tests.factories import make_client, make_declaration, make_officer, verify_all
from tests.followup.undelivered import make_notice
from tests.intake.sending import PORTRAIT, adult, quick, three_photos
from tests.signin.browser import come_in, form_token

Search = Callable[[str], Callable[[], None]]

BUDGETS = {
    "exact search": 3,
    "search with notes": 8,
    "name search": 7,
    "review": 11,
    "queue": 7,
    "counts": 3,
    "notices": 7,
    "message search": 8,
    "claim": 4,
    "first scan": 25,
    "scan": 17,
    "verify": 17,
    "approve": 17,
    "reject": 14,
    "intake": 14,
}


@pytest.fixture
def officer(database: None) -> Actor:
    """A reception officer."""
    with transaction() as session:
        return officer_actor(make_officer(session, "lan"))


@pytest.fixture
def desk(client: FlaskClient, officer: Actor) -> FlaskClient:
    """A browser in which the officer has signed in."""
    return come_in(client, "lan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """A declaration of the officer's office, verified."""
    with transaction() as session:
        made = make_declaration(session)
        verify_all(session, made, officer)
        return made


def sent(act: Callable[[], object]) -> int:
    """Return how many statements `act` sends."""
    with recording(db.engine()) as kept:
        act()
    return len(kept.statements())


def twenty_more() -> None:
    with transaction() as session:
        for _ in range(20):
            make_declaration(session)


@pytest.fixture
def search(desk: FlaskClient) -> Search:
    """What looks for a text, to be counted."""
    token = form_token(desk)

    def made(text: str) -> Callable[[], None]:
        def look() -> None:
            assert desk.post("/desk/search", data={"csrf_token": token, "q": text}).status_code in (200, 303)

        return look

    return made


def test_an_exact_search_keeps_its_budget(search: Search, declaration: Declaration):
    assert sent(search(declaration.bhxh_code)) <= BUDGETS["exact search"]


def test_a_search_that_finds_nothing_keeps_its_budget(search: Search):
    assert sent(search("0199999999")) <= BUDGETS["search with notes"]


def test_a_name_search_sends_as_much_for_one_row_as_for_many(search: Search, declaration: Declaration):
    with transaction() as session:
        make_declaration(session)
    few = sent(search("nguyen thu"))
    twenty_more()
    assert sent(search("nguyen thu")) == few <= BUDGETS["name search"]


def test_the_review_page_keeps_its_budget(desk: FlaskClient, declaration: Declaration):
    assert sent(lambda: desk.get(f"/desk/{declaration.receipt_code}")) <= BUDGETS["review"]


def test_the_queue_sends_as_much_for_one_row_as_for_many(desk: FlaskClient, declaration: Declaration):
    few = sent(lambda: desk.get("/desk"))
    twenty_more()
    assert sent(lambda: desk.get("/desk")) == few <= BUDGETS["queue"]


def test_the_counts_keep_their_budget(desk: FlaskClient, declaration: Declaration):
    assert sent(lambda: desk.get("/desk/counts", headers={"HX-Request": "true"})) <= BUDGETS["counts"]


def test_the_messages_page_and_its_search_keep_their_budgets(desk: FlaskClient, declaration: Declaration):
    with transaction() as session:
        make_notice(session, about=declaration)
    form = {"csrf_token": form_token(desk), "q": declaration.phone}
    assert sent(lambda: desk.get("/notices")) <= BUDGETS["notices"]
    assert sent(lambda: desk.post("/notices/search", data=form)) <= BUDGETS["message search"]


def test_scanning_and_verifying_keep_their_budgets(desk: FlaskClient, officer: Actor):
    """The act and the fragment it answers with."""
    with transaction() as session:
        declared = make_declaration(session)
    desk.get(f"/desk/{declared.receipt_code}")
    token = form_token(desk)

    def act(name: str, **form: str) -> Callable[[], None]:
        def send() -> None:
            path, data = f"/desk/{declared.receipt_code}/{name}", {"csrf_token": token, **form}
            assert desk.post(path, data=data, headers={"HX-Request": "true"}).status_code == 200

        return send

    assert sent(act("scan", text=card_of(declared))) <= BUDGETS["first scan"]
    assert sent(act("scan", text=card_of(declared))) <= BUDGETS["scan"]
    assert sent(act("verify", item="portrait", how="seen")) <= BUDGETS["verify"]


def test_claiming_approving_and_rejecting_keep_their_budgets(officer: Actor, declaration: Declaration):
    with transaction() as session:
        other = make_declaration(session)
    assert sent(lambda: decide.claim(declaration.receipt_code, officer)) <= BUDGETS["claim"]
    assert sent(lambda: decide.approve(declaration.receipt_code, officer)) <= BUDGETS["approve"]
    decide.claim(other.receipt_code, officer)
    assert sent(lambda: decide.reject(other.receipt_code, officer, ["form01_unsigned"], "")) <= BUDGETS["reject"]


def test_intake_sends_as_much_for_one_photo_as_for_three(officer: Actor):
    with transaction() as session:
        client = client_actor(make_client(session)[0])
    one = sent(lambda: declare(quick(), PORTRAIT, client, "first"))
    assert sent(lambda: declare(adult(), three_photos(), client, "second")) == one <= BUDGETS["intake"]
