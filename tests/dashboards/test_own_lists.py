"""Issue 9, points 2 and 5: an officer's own figures and the lists they open agree, wherever the officer decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from backoffice.dashboards import asked, lists
from backoffice.dashboards.listed import Listed, Took
from backoffice.dashboards.mine import show_own
from backoffice.decision import steps
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Office, Officer, TrailEvent, TrailRow
from backoffice.rules import lifecycle
from backoffice.rules.actors import Actor, officer_actor
from tests.dashboards.counting import assert_right
from tests.dashboards.scene import AFTERNOON
from tests.factories import make_declaration, make_office, make_officer
from tests.house.askers import signed_in

pytestmark = pytest.mark.usefixtures("database", "afternoon")
OWN, OTHER = "00114", "00115"


@pytest.fixture
def afternoon() -> Iterator[None]:
    with clock.at(AFTERNOON):
        yield


def officer_at(code: str, username: str = "lan") -> Actor:
    """Officer `username`, who belongs to OWN, at the office with this code."""
    with transaction() as session:
        office = make_office(session, code)
        found = session.query(Officer).filter_by(username=username).one_or_none()
        officer = found or make_officer(session, username, office=make_office(session, OWN))
        return officer_actor(officer, office if code != OWN else None)


def reject(officer: Actor, number: int, *, days_ago: int = 0) -> None:
    """Let the officer reject so many declarations of the office where they work."""
    with clock.at(clock.now() - timedelta(days=days_ago)), transaction() as session:
        office = session.get_one(Office, officer.office_id)
        for _ in range(number):
            made = make_declaration(session, office=office, declared_at=clock.now() - timedelta(days=1))
            lifecycle.begin(session, made)
            steps.present(session, made, officer)
            steps.reject(session, made, officer, ["name_differs"], "")


def assert_agreed(officer: Actor) -> list[list[dict[str, object]]]:
    """Compare each own figure with the list behind it; return the rows of the last seven days' lists."""
    rows = []
    for flow in show_own(officer)["flows"]:
        for cell in flow["cells"]:
            address = urlsplit(cell["href"])
            if not cell["number"]:
                assert cell["href"] == ""
                continue
            given = {name: value for name, (value,) in parse_qs(address.query).items()}
            wanted = asked.read(Listed(address.path.split("/")[-1]), given)
            listed = lists.show_own_list(wanted, officer)["rows"]
            assert len(listed) == cell["number"]
            if cell["label"] == "7 ngày qua":
                rows.append(listed)
    return rows


def test_who_stands_in_elsewhere_finds_those_decisions_but_not_whose_they_are():
    here, there = officer_at(OWN), officer_at(OTHER)
    reject(here, 2)
    reject(there, 3)
    reject(there, 1, days_ago=8)
    assert_right()
    for officer, own in ((here, OWN), (there, OTHER)):
        (rows,) = assert_agreed(officer)
        assert len(rows) == 5
        for row in rows:
            is_own = str(row["office"]).startswith(own)
            assert bool(row["name"]) is bool(row["href"]) is bool(row["receipt"]) is bool(row["code_tail"]) is is_own
            assert row["is_elsewhere"] is not is_own


def test_who_moved_to_another_office_keeps_the_figures_and_sees_no_names_of_the_former():
    reject(officer_at(OWN), 3)
    with transaction() as session:
        officer = session.query(Officer).filter_by(username="lan").one()
        officer.office = make_office(session, OTHER)
        session.flush()
        moved = officer_actor(officer)
    reject(moved, 1)
    (rows,) = assert_agreed(moved)
    assert [bool(row["name"]) for row in rows].count(True) == 1
    with transaction() as session:
        looks = session.query(TrailRow).filter_by(event=TrailEvent.SEARCH, actor_id=moved.id).all()
    assert {len(look.facts["listed"]) for look in looks} == {1}, "who is not named was not looked at"


def test_what_a_merged_office_decided_is_the_successors_to_see():
    reject(officer_at(OWN), 2)
    with transaction() as session:
        officer = session.query(Officer).filter_by(username="lan").one()
        heir = make_office(session, OTHER)
        officer.office.successor_id, officer.office = heir.id, heir
        session.flush()
        moved = officer_actor(officer)
    (rows,) = assert_agreed(moved)
    assert all(row["name"] for row in rows)


def test_what_others_decided_is_not_in_it_and_a_part_asked_for_is_the_part_listed():
    lan, other = officer_at(OWN), officer_at(OWN, "manh")
    reject(lan, 1)
    reject(other, 2)
    today = clock.today()
    wanted = asked.Asked(Listed.REJECTED, today, today, officer_id=other.id)
    assert len(lists.show_own_list(wanted, lan)["rows"]) == 1, "whoever an address names"
    for took, number in ((Took.UNKNOWN, 1), (Took.DAY, 0)):
        assert len(lists.show_own_list(replace(wanted, took=took), lan)["rows"]) == number


def test_the_page_says_so_without_a_name(app: Flask):
    there = officer_at(OTHER)
    reject(there, 1)
    with transaction() as session:
        (name,) = {one.full_name for one in session.query(Declaration)}
    page = signed_in(app, there.id or 0).get("/dashboard/me/rejected").text
    assert "Hồ sơ của cơ quan khác" in page
    assert name not in page
    assert "<a data-row" not in page
