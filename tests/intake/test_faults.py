"""What is not taken, and that everything wrong is told at once, by field, in Vietnamese (D3, D4, D6, D8, D13)."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from backoffice.intake.checks import Checker, check_person
from backoffice.intake.fields import read_fields
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Photo
from tests.factories import make_account, make_office
from tests.intake.sending import PORTRAIT, URL, adult, faults, jpeg, quick, send, three_photos

CLEAN_CATEGORIES = {"Cc", "Cf", "Cs"}


def test_an_empty_declaration_is_told_everything_it_lacks_at_once(client: FlaskClient, key: str) -> None:
    assert set(faults(send(client, key, {}, {}))) == {
        "purpose", "bhxh_code", "full_name", "id_type", "id_number", "address.province", "address.ward",
        "address.line", "phone", "office_code", "consent", "undertaking", "portrait", "id_front",
    }  # fmt: skip


def test_wrong_shapes_wrong_values_and_bad_photos_are_told_together(client: FlaskClient, key: str) -> None:
    sent = adult(bhxh_code=123, phone="12", address={"province": "99", "ward": "00004", "line": ""}, nickname="x")
    told = faults(send(client, key, sent, three_photos(id_front=b"no photo", id_back=...)))
    assert set(told) == {
        "bhxh_code", "phone", "address.province", "address.line", "nickname", "id_front", "id_back",
    }  # fmt: skip
    assert all(message.endswith(".") and " " in message for message in told.values())


def test_nothing_is_kept_of_a_declaration_that_is_refused(client: FlaskClient, key: str) -> None:
    send(client, key, quick(phone="12"), PORTRAIT)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Declaration)) == 0
        assert session.scalar(select(func.count()).select_from(Photo)) == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("bhxh_code", {"bhxh_code": "12345"}),
        ("full_name", {"full_name": "12345"}),
        ("full_name", {"full_name": "M" * 201}),
        ("full_name", {"full_name": "Nguy\ufffdn"}),
        ("id_type", {"id_type": "driving_licence"}),
        ("id_number", {"id_number": "012345678"}),
        ("date_of_birth", {"date_of_birth": "1899-12-31"}),
        ("date_of_birth", {"date_of_birth": "20/01/1985"}),
        ("date_of_birth", {"date_of_birth": "1985-02-30"}),
        ("date_of_birth", {"date_of_birth": "1985-01-20T00:00:00"}),
        ("phone", {"phone": "024 3942 1234"}),
        ("email", {"email": "mau@localhost"}),
        ("email", {"email": "mau@example.vn\nBcc: khac@example.vn"}),
        ("email", {"email": "mẫu@example.vn"}),
        ("email", {"send_form01_by_email": True}),
        ("address", {"address": "Số 2 phố Mẫu"}),
        ("address.ward", {"address": {"province": "01", "ward": "26734", "line": "Số 2"}}),
        ("address.line", {"address": {"province": "01", "ward": "00004", "line": "x" * 201}}),
        ("contact_person", {"contact_person": "x" * 201}),
        ("start_date", {"start_date": "1999-01-01"}),
        ("registered_at", {"registered_at": "post"}),
        ("office_code", {"office_code": "99999"}),
        ("office_code", {"office_code": "000"}),
        ("consent", {"consent": False}),
        ("consent", {"consent": "true"}),
        ("undertaking", {"undertaking": ...}),
    ],
)
def test_one_thing_wrong_is_told_of_that_field_alone(
    client: FlaskClient, key: str, field: str, changes: dict[str, Any]
) -> None:
    assert list(faults(send(client, key, quick(**changes), PORTRAIT))) == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"id_number": "001985012345", "date_of_birth": None},
        {"id_number": "001485012345"},
        {"date_of_birth": "1986-01-20"},
    ],
    ids=["unknown century", "born in 2085", "another year"],
)
def test_a_number_that_disagrees_with_itself_or_the_birth_date_is_taken_for_the_officer_to_see(
    client: FlaskClient, key: str, changes: dict[str, Any]
) -> None:
    assert send(client, key, quick(**changes), PORTRAIT).status_code == 201


def test_a_date_of_birth_in_the_future_is_refused(client: FlaskClient, key: str) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    sent = quick(id_type="passport", id_number="C1234567", date_of_birth=tomorrow.isoformat())
    assert list(faults(send(client, key, sent, PORTRAIT))) == ["date_of_birth"]


def test_an_office_that_has_closed_is_named_and_refused(client: FlaskClient, key: str) -> None:
    """D8."""
    with transaction() as session:
        make_office(session, "00115", closed_at=clock.now())
    told = faults(send(client, key, quick(office_code="00115"), PORTRAIT))
    assert "BHXH Mẫu 00115 đã ngừng hoạt động" in told["office_code"]


def test_the_phone_of_an_open_account_of_somebody_else_is_refused_without_saying_whose(
    client: FlaskClient, key: str
) -> None:
    """D6."""
    with transaction() as session:
        make_account(session, bhxh_code="0987654321", full_name="Trần Thị Mẫu", phone="0981234567")
    told = faults(send(client, key, quick(), PORTRAIT))
    assert list(told) == ["phone"]
    assert "0987654321" not in told["phone"]
    assert "Trần" not in told["phone"]


def test_each_mandatory_photo_that_is_missing_is_named(client: FlaskClient, key: str) -> None:
    """D4."""
    assert list(faults(send(client, key, photos={}))) == ["portrait", "id_front", "id_back"]
    verified = adult(population_db_verified=True)
    assert list(faults(send(client, key, verified, photos={}))) == ["portrait"]


def test_a_file_box_that_was_left_empty_counts_as_missing_and_a_file_of_no_bytes_as_empty(
    client: FlaskClient, key: str
) -> None:
    empty = {"declaration": json.dumps(quick()), "portrait": (BytesIO(b""), "")}
    left = client.post(URL, data=empty, headers={"Authorization": f"Bearer {key}"})
    assert "Thiếu ảnh chân dung" in faults(left)["portrait"]
    assert "Tệp ảnh trống" in faults(send(client, key, quick(), {"portrait": b""}))["portrait"]


def test_a_part_of_an_unknown_name_is_told_so(client: FlaskClient, key: str) -> None:
    assert list(faults(send(client, key, quick(), PORTRAIT | {"selfie": jpeg()}))) == ["selfie"]


def test_a_declaration_that_is_no_object_is_told_so_together_with_its_photos(client: FlaskClient, key: str) -> None:
    assert list(faults(send(client, key, [1, 2], {}))) == ["declaration", "portrait", "id_front"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["full_name", "contact_person", "submission_method", "email"]))
def test_a_naughty_string_is_either_told_of_or_kept_without_control_and_direction_characters(
    text: str, field: str
) -> None:
    columns, told = _check(adult(**{field: text}))
    assert {fault.field for fault in told} <= {field}
    kept = columns[field]
    if kept is not None:
        assert not {unicodedata.category(char) for char in kept} & CLEAN_CATEGORIES
        assert "\n" not in kept


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*adult(), "extra"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)))  # fmt: skip
def test_no_value_of_any_type_in_any_field_does_more_than_being_told_of(changes: dict[str, Any]) -> None:
    columns, told = _check({**adult(), **changes})
    wrong = {fault.field.partition(".")[0] for fault in told}
    assert wrong <= {*changes, "id_number", "id_type", "date_of_birth", "full_name"}
    assert all(fault.message for fault in told)


def _check(sent: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    fields, shape = read_fields(sent)
    checker = Checker(list(shape))
    return check_person(fields, checker), checker.faults
