"""Offices by how near they are to a ward, and old codes that lead to the successor (D8)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeWard
from tests.factories import make_office

BA_DINH, OLD_PHUC_XA, THU_DUC_CITY = "00004", "00001", "769"


@pytest.fixture
def offices(database: None) -> None:
    """Of Hà Nội 001 with Hoàn Kiếm, Ba Đình, one that serves a ward of Ba Đình; of Bình Dương, now in 79, and of 79."""
    with transaction() as session:
        make_office(session, "001").province_code = "01"
        for code, name in (("00102", "BHXH quận Hoàn Kiếm"), ("00103", "BHXH quận Ba Đình"), ("00150", "BHXH Mới")):
            make_office(session, code, name=name, province_code="01")
        session.add(OfficeWard(office_id=make_office(session, "00150").id, ward_code=BA_DINH))
        make_office(session, "074", name="BHXH tỉnh Bình Dương", province_code="74")
        make_office(session, "07401", name="BHXH thành phố Dĩ An", province_code="74")
        make_office(session, "079", name="BHXH TP Hồ Chí Minh", province_code="79")
        make_office(session, "07901", name="BHXH thành phố Thủ Đức", province_code="79")


def asked(client: FlaskClient, key: str, query: str) -> Any:
    return client.get(f"/api/v1/offices?{query}", headers={"Authorization": f"Bearer {key}"})


def near(client: FlaskClient, key: str, query: str) -> list[tuple[str, str]]:
    return [(one["code"], one["nearness"]) for one in asked(client, key, query).get_json()["offices"]]


def test_who_serves_the_ward_comes_first_then_its_former_district(client: FlaskClient, key: str, offices: None):
    assert near(client, key, f"ward={BA_DINH}") == [
        ("00150", "serves_ward"),
        ("00103", "same_former_district"),
        ("00102", "same_former_province"),
        ("001", "same_former_province"),
    ]


def test_a_ward_of_before_2025_leads_to_its_former_district(client: FlaskClient, key: str, offices: None):
    assert near(client, key, f"ward={OLD_PHUC_XA}")[:2] == [
        ("00103", "same_former_district"),
        ("00150", "same_former_district"),
    ]


def test_a_former_district_alone_will_do(client: FlaskClient, key: str, offices: None):
    assert near(client, key, f"district={THU_DUC_CITY}") == [
        ("07901", "same_former_district"),
        ("079", "same_former_province"),
        ("07401", "same_province"),
        ("074", "same_province"),
    ]


def test_the_nearest_come_in_pages_that_join(client: FlaskClient, key: str, offices: None):
    seen, cursor = [], ""
    while cursor is not None:
        page = asked(client, key, f"ward={BA_DINH}&limit=1&cursor={cursor}").get_json()
        seen += [one["code"] for one in page["offices"]]
        cursor = page["next_cursor"]
    assert seen == ["00150", "00103", "00102", "001"]


def test_words_and_a_ward_may_be_asked_together(client: FlaskClient, key: str, offices: None):
    assert near(client, key, f"ward={BA_DINH}&q=hoan kiem") == [("00102", "same_former_province")]


@pytest.mark.parametrize(
    "query", ["ward=99999", "district=999", "ward=99999&district=999", f"ward={BA_DINH}&cursor=55555"]
)
def test_a_place_that_is_not_known_is_not_found(client: FlaskClient, key: str, offices: None, query: str):
    answer = asked(client, key, query)
    assert (answer.status_code, answer.get_json()["status"]) == (404, 404)


@pytest.mark.parametrize(
    ("query", "field"),
    [("ward=1", "ward"), ("ward=", "ward"), ("district=0x1", "district")],
)
def test_what_is_no_code_of_a_place_is_named(client: FlaskClient, key: str, offices: None, query: str, field: str):
    answer = asked(client, key, query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


@pytest.mark.parametrize("q", ["00102", "hoan kiem"])
def test_an_office_that_was_merged_leads_to_its_successor(client: FlaskClient, key: str, offices: None, q: str):
    with transaction() as session:
        successor = make_office(session, "00103").id
        session.query(Office).filter_by(code="00102").update({"closed_at": clock.now(), "successor_id": successor})
    (found,) = asked(client, key, f"q={q}").get_json()["offices"]
    assert (found["code"], found["merged_from"]) == ("00103", ["00102"])


def test_the_wards_an_office_serves_are_told(client: FlaskClient, key: str, offices: None):
    (found,) = asked(client, key, "q=00150").get_json()["offices"]
    assert found["wards"] == [BA_DINH]
