"""Anybody finds the office to go to: by name, code, place, the nearest to a ward; old names lead to the new (D8)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.demo.offices import DEMO_OFFICES, add_offices, read_offices
from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeWard
from backoffice.offices import public, public_routes
from backoffice.rules.office_search import receiving
from backoffice.rules.place_names import bare
from backoffice.rules.places import provinces, ward_now, wards
from tests.factories import make_office

BA_DINH, HOAN_KIEM = "00004", "00070"


@pytest.fixture(autouse=True)
def offices(database: None) -> None:
    with transaction() as session:
        make_office(session, "001", name="BHXH TP Hà Nội", province_code="01")
        for code, name in (
            ("00101", "BHXH cơ sở Ba Đình"),
            ("00102", "BHXH quận Hoàn Kiếm"),
            ("00114", "BHXH huyện Thanh Trì"),
        ):
            make_office(session, code, name=name, province_code="01", email="cq@example.vn")
        make_office(session, "042", name="BHXH tỉnh Hà Tĩnh", province_code="42")
        make_office(session, "07901", name="BHXH quận 1", province_code="79")
        session.add(OfficeWard(office_id=make_office(session, "00101").id, ward_code=BA_DINH))


def codes(**asked: str) -> list[str]:
    return [office.code for office in public.find(**asked).offices]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("thanh tri", "00114"),
        ("Thanh Tri\u0300", "00114"),
        ("00114", "00114"),
        ("BHXH huyện Thanh Trì", "00114"),
        ("bảo hiểm xã hội quận Hoàn Kiếm, thành phố Hà Nội", "00102"),
        ("hoàn kiếm hà nội", "00102"),
        ("hà tĩnh", "042"),
        ("quận 1", "07901"),
        ("phường ba đình, hà nội", "00101"),
    ],
)
def test_an_office_is_found_by_what_people_call_it(q: str, first: str):
    assert codes(q=q)[0] == first


def test_of_a_ward_whoever_serves_it_comes_first_then_others_of_the_province():
    found = public.find(ward=BA_DINH)
    assert [office.code for office in found.offices] == ["00101", "00102", "00114", "001"]
    assert found.home == "Phường Ba Đình, Thành phố Hà Nội"
    assert found.offices[0].nearness == "Phục vụ xã, phường này"


def test_where_no_office_is_known_to_serve_the_ward_that_of_its_former_district_is_first():
    (first, *_) = public.find(ward=HOAN_KIEM).offices
    assert (first.code, first.nearness) == ("00102", "Cùng quận, huyện trước đây")


def test_wards_of_one_name_are_offered_to_choose_from():
    found = public.find(q="Ba Đình")
    assert {name for _, name in found.wards} >= {"Phường Ba Đình, Thành phố Hà Nội", "Xã Ba Đình, Tỉnh Thanh Hoá"}


def test_of_very_many_wards_of_one_name_it_is_said_that_the_list_is_cut_and_a_province_narrows_it(client: FlaskClient):
    name, number = Counter(bare(ward.name) for one in provinces() for ward in wards(one.code)).most_common(1)[0]
    found = public.find(q=name)
    assert len(found.wards) == public.MOST_WARDS
    assert found.more_wards == number - public.MOST_WARDS > 0
    page = client.get("/declare/offices", query_string={"q": name}).text
    assert f"Còn {found.more_wards} nơi khác cùng tên" in page
    there = ward_now(found.wards[0][0]).parent
    narrowed = client.get("/declare/offices", query_string={"q": name, "province": there}).text
    assert "nơi khác cùng tên" not in narrowed


@pytest.mark.parametrize("q", ["!!!", "…", "- , .", "\u202e%_", "🙂"])
def test_signs_alone_find_nothing_wherever(q: str):
    for province in ("", "01"):
        assert public.find(q=q, province=province) == public.Answer([], False, "", [])
    assert codes(q=q, ward=BA_DINH)[0] == "00101"


def test_every_office_is_found_first_by_its_full_name_or_among_its_namesakes():
    with transaction() as session:
        add_offices(session, read_offices(DEMO_OFFICES))
        everywhere = session.scalars(select(Office).where(receiving())).all()
    late = []
    for office in everywhere:
        found = [(one.code, fold(one.name)) for one in public.find(q=office.name).offices]
        namesakes = takewhile(lambda one: one[1] == office.folded_name, found)
        if office.code not in [code for code, _ in namesakes]:
            late.append((office.name, found[:3]))
    assert len(everywhere) > 700
    assert late == []


def test_of_names_that_differ_in_diacritics_alone_the_one_that_was_written_is_first():
    with transaction() as session:
        make_office(session, "00201", name="BHXH huyện Quang Bình", province_code="02")
        make_office(session, "04401", name="BHXH huyện Quảng Bình", province_code="44")
    assert codes(q="BHXH huyện Quảng Bình")[0] == "04401"
    assert codes(q="BHXH huyện Quang Bình")[0] == "00201"


def test_a_ward_named_like_an_office_elsewhere_is_still_found_as_a_ward():
    with transaction() as session:
        make_office(session, "04005", name="BHXH huyện Kỳ Sơn", province_code="40")
    assert public.find(q="Kỳ Sơn, Phú Thọ").home == "Phường Kỳ Sơn, Tỉnh Phú Thọ"
    assert codes(q="BHXH huyện Kỳ Sơn")[0] == "04005"


def test_a_province_holds_those_of_the_provinces_that_joined_it():
    assert codes(province="79") == ["07901"]
    assert codes(province="01", q="thanh") == ["00114"]


@pytest.mark.parametrize("q", ["00102", "hoan kiem", "BHXH quận Hoàn Kiếm"])
def test_an_office_that_was_merged_leads_to_its_successor_and_that_is_said(q: str):
    with transaction() as session:
        heir = make_office(session, "00114").id
        session.query(Office).filter_by(code="00102").update({"closed_at": clock.now(), "successor_id": heir})
    found = {office.code: office for office in public.find(q=q).offices}
    assert "00102" not in found
    assert found["00114"].formerly == ["BHXH quận Hoàn Kiếm (mã 00102)"]


def test_closed_offices_and_the_root_are_not_shown():
    with transaction() as session:
        session.query(Office).filter_by(code="00114").update({"closed_at": clock.now()})
    assert codes(q="bhxh") == ["001", "00101", "00102", "042", "079", "07901"]


def test_with_nothing_asked_nothing_is_found():
    assert public.find() == public.Answer([], False, "", [])


@pytest.mark.parametrize(
    "text", ["%", "_", "\x00", "x" * 10_000, "\u202e", "'; drop", "a" * 199 + "\u0300" * 50, "1" * 60]
)
def test_whatever_is_asked_gets_a_page(client: FlaskClient, text: str):
    for name in ("q", "province", "ward"):
        assert client.get("/declare/offices", query_string={name: text}).status_code == 200


def test_the_page_shows_how_to_reach_the_office_and_asks_nothing_of_others(client: FlaskClient):
    with transaction() as session:
        session.query(Office).filter_by(code="00114").update({"latitude": 20.95, "longitude": 105.84})
    page = client.get("/declare/offices?q=00114").text
    for shown in ("BHXH huyện Thanh Trì", "00114", "tel:02400000000", "mailto:cq@example.vn", "Số 1 phố Mẫu"):
        assert shown in page
    assert re.findall(r'(?:src|href)="(https?://[^"]+)"', page) == [
        "https://www.openstreetmap.org/?mlat=20.95000&amp;mlon=105.84000#map=17/20.95000/105.84000"
    ]


def test_a_chosen_province_offers_its_wards_and_another_one_forgets_the_ward(client: FlaskClient):
    page = client.get(f"/declare/offices?province=01&ward={BA_DINH}").text
    assert f'<option value="{BA_DINH}" selected>Phường Ba Đình</option>' in page
    page = client.get(f"/declare/offices?province=79&ward={BA_DINH}").text
    assert "Gần Phường Ba Đình" not in page
    assert "BHXH quận 1" in page


def test_how_to_declare_leads_to_the_search_and_needs_nobody_signed_in(client: FlaskClient):
    page = client.get("/declare")
    assert page.status_code == 200
    assert 'href="/declare/offices"' in page.text


def test_who_asks_too_often_is_told_to_wait(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(public_routes, "SEARCHES_A_MINUTE", 2)
    statuses = [client.get("/declare/offices?q=a").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.get("/declare/offices?q=a")
    assert "Retry-After" in refused.headers
    assert "Tìm cơ quan BHXH" in refused.text
