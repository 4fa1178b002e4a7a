"""Issue 8, point 3: a page says what is kept how long and why, what is due, and what was deleted when."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.config import ROOT
from backoffice.expiry import actions, retention, retention_page
from backoffice.expiry.retention_page import show_retention
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Forbidden
from backoffice.models import KeptData, Role, Status
from backoffice.rules.retention import RULES, STAYS
from tests.expiry.helpers import NOON, declared
from tests.expiry.kept import put
from tests.factories import make_actor, make_declaration, make_officer
from tests.house.askers import signed_in

pytestmark = pytest.mark.usefixtures("database")

SEE = (Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR)


def shown(role: Role = Role.ADMINISTRATOR) -> dict:
    with transaction() as session:
        officer = make_actor(session, role)
    return show_retention(officer)


def browser(app: Flask, role: Role) -> FlaskClient:
    with transaction() as session:
        officer_id = make_officer(session, role=role).id
    return signed_in(app, officer_id)


def kind(data: KeptData) -> dict:
    return next(one for one in shown()["kinds"] if one["name"] == RULES[data].name)


@pytest.mark.parametrize("role", Role)
def test_who_may_see_it(role: Role):
    if role in SEE:
        assert shown(role)["kinds"]
    else:
        with pytest.raises(Forbidden):
            shown(role)


def test_every_rule_of_the_table_is_on_the_page_once():
    values = shown()
    named = [one["name"] for one in values["kinds"] + values["short"]]
    assert sorted(named) == sorted(rule.name for rule in RULES.values())
    assert [one["name"] for one in values["stays"]] == [one.name for one in STAYS]


def test_what_is_due_and_what_comes_next():
    put(KeptData.REJECTED, NOON)
    put(KeptData.REJECTED, NOON + timedelta(days=1))
    with clock.at(NOON):
        line = kind(KeptData.REJECTED)
        assert (line["count"], line["due"], line["next"], line["late"]) == ("2", "", "09/03/2027", "")
    with clock.at(NOON + timedelta(days=120, hours=1)):
        line = kind(KeptData.REJECTED)
        assert (line["count"], line["due"], line["next"], line["late"]) == ("2", "1", "", "")


def test_a_sweep_that_does_not_come_is_said_to_be_late():
    put(KeptData.NOTICES, NOON)
    with clock.at(NOON + timedelta(days=120, hours=23)):
        assert shown()["late"] == []
    with clock.at(NOON + timedelta(days=123, hours=1)):
        assert shown()["late"] == [RULES[KeptData.NOTICES].name]
        assert kind(KeptData.NOTICES)["late"] == "3 ngày"


def test_k4_what_waits_for_its_deadline_is_among_them():
    declared()
    with clock.at(NOON):
        line = kind(KeptData.EXPIRED)
        assert (line["count"], line["due"], line["next"]) == ("1", "", "19/11/2026")
    with clock.at(NOON + timedelta(days=12)):
        assert kind(KeptData.EXPIRED)["due"] == "1"


def test_k4_deletions_are_told_by_day_of_vietnam():
    for _ in range(3):
        declared()
    evening = NOON + timedelta(days=10, hours=12, minutes=30)
    with clock.at(evening):
        assert actions.sweep() == 3
        assert shown()["days"][0] == {"day": "20/11/2026", "count": "3"}
    with clock.at(evening + timedelta(days=1)):
        assert [one["count"] for one in shown()["days"]] == ["0", "3", "0", "0", "0", "0", "0"]
    with clock.at(evening + timedelta(days=7)):
        assert {one["count"] for one in shown()["days"]} == {"0"}


def test_what_was_deleted_when_is_told_newest_first():
    put(KeptData.NOTICES, NOON - timedelta(days=300))
    put(KeptData.HOTLINE_CALLS, NOON - timedelta(days=400))
    with clock.at(NOON):
        retention.sweep()
        runs, line = shown()["runs"], kind(KeptData.NOTICES)
    assert [(run["name"], run["count"], run["at"]) for run in runs] == [
        (RULES[KeptData.HOTLINE_CALLS].name, "1", "12:00 09/11/2026"),
        (RULES[KeptData.NOTICES].name, "1", "12:00 09/11/2026"),
    ]
    assert line["last"] == {"at": "12:00 09/11/2026", "count": "1"}


def test_no_more_than_thirty_runs_are_shown():
    for days in range(35):
        with clock.at(NOON + timedelta(days=days)):
            put(KeptData.NOTICES, clock.now() - timedelta(days=300))
            retention.sweep()
    assert len(shown()["runs"]) == retention_page.RUNS


def test_large_numbers_are_written_as_in_vietnam():
    number = retention_page._number
    assert (number(1234567), number(10_001, is_more=True), number(0)) == ("1.234.567", "hơn 10.000", "0")


def test_the_page_names_nobody(app: Flask):
    with transaction() as session:
        make_declaration(session, status=Status.REJECTED, full_name="Lục Thị Không Nêu", phone="0981239876")
    page = browser(app, Role.AUDITOR).get("/retention")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Tờ khai không chấp nhận, đã rút" in text
    assert "120 ngày" in text
    assert "Không Nêu" not in text
    assert "0981239876" not in text


def test_the_page_is_in_the_menu_of_who_may_see_it(app: Flask):
    with_it = browser(app, Role.SUPERVISOR).get("/retention").get_data(as_text=True)
    assert re.search(r'href="/retention"[^>]*>\s*Lưu trữ, xóa dữ liệu', with_it)
    assert browser(app, Role.RECEPTION).get("/retention").status_code == 403


def test_the_readme_says_where_the_terms_are_seen():
    assert "`/retention`" in (ROOT / "README.md").read_text()
