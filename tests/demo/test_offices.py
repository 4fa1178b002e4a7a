"""The demo's offices: one root, paths as scopes need them, names that fit an SMS (D8; wording.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from backoffice.demo.offices import DEMO_OFFICES, add_offices, read_offices
from backoffice.identity.names import fold
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeKind
from backoffice.rules.office_names import office_name, short_name


@pytest.fixture(scope="module")
def rows():
    return read_offices(DEMO_OFFICES)


def test_the_file_lists_every_province_and_district_of_before_july_2025(rows):
    assert sum(row.kind is OfficeKind.PROVINCE for row in rows) == 63
    assert sum(row.kind is OfficeKind.DISTRICT for row in rows) == 696


def test_invented_codes_are_marked(rows):
    marks = {row.code: row.provenance for row in rows}
    assert marks["00114"] == "seed"
    assert set(marks.values()) == {"seed", "public_code", "derived_rule", "synthetic_code"}


def test_every_name_fits_an_sms(rows):
    for row in rows:
        short = short_name(office_name(row.name))
        assert short.isascii()
        assert short.startswith("BHXH ")
        assert 8 < len(short) <= 24


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("BHXH Huyện Thanh Trì", "BHXH huyen Thanh Tri"),
        ("BHXH TP Hà Nội", "BHXH TP Ha Noi"),
        ("BHXH Thị xã Sơn Tây", "BHXH TX Son Tay"),
        ("BHXH Thành phố Vinh", "BHXH TP Vinh"),
        ("BHXH Quận 1", "BHXH quan 1"),
        ("BHXH tỉnh Bà Rịa - Vũng Tàu", "BHXH Ba Ria-Vung Tau"),
        ("BHXH Thành phố Phan Rang-Tháp Chàm", "BHXH Phan Rang-Thap Cham"),
    ],
)
def test_short_names_read_as_people_say_them(name: str, short: str):
    assert short_name(name) == short


def test_names_are_written_as_in_a_sentence():
    assert office_name("BHXH Huyện Thanh Trì") == "BHXH huyện Thanh Trì"
    assert office_name("BHXH TP Hà Nội") == "BHXH TP Hà Nội"


def test_they_hang_under_one_root_and_are_added_once(database: None, rows):
    for _ in range(2):
        with transaction() as session:
            ids = add_offices(session, rows)
    assert len(ids) == 760
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Office)) == 760
        office = session.scalars(select(Office).where(Office.code == "00114")).one()
        parent = session.get_one(Office, office.parent_id)
        root = session.get_one(Office, parent.parent_id)
    assert (office.path, parent.path, root.path) == ("000.001.00114.", "000.001.", "000.")
    assert (root.name, root.kind, root.parent_id) == ("BHXH Việt Nam", OfficeKind.ROOT, None)
    assert office.name == "BHXH huyện Thanh Trì"
    assert office.folded_name == fold(office.name)
    assert office.phone == "02438612458"
    assert office.id == ids["00114"]


def test_the_file_says_where_it_comes_from():
    lines = (Path(DEMO_OFFICES).parent / "README.md").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("| bhxh_offices_demo.csv |")]
    assert "synthetic_code" in line
    assert line.endswith("| yes |")
