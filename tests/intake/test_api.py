"""The doors for machines: who may come in, what is told of a declaration, the list of offices, form 01."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Channel,
    Declaration,
    MachineClient,
    Photo,
    Purpose,
    Scope,
    Status,
    Tombstone,
    TrailEvent,
    TrailRow,
)
from tests.factories import make_client, make_declaration, make_office
from tests.intake.sending import PORTRAIT, URL, quick, send

CODE = "7K4M92QX3A0"


def ask(client: FlaskClient, key: str, path: str) -> TestResponse:
    return client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic abc", "wrong"])
def test_without_a_right_key_nothing_is_answered(client: FlaskClient, key: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for response in (
        client.post(URL, headers=headers),
        client.get(f"{URL}/7K4M92QX3A0", headers=headers),
        client.get("/api/v1/offices", headers=headers),
    ):
        assert response.status_code == 401
        assert response.content_type == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_withdrawn_key_is_refused(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        session.scalars(select(MachineClient)).one().disabled_at = clock.now()
    assert send(client, key, quick(), PORTRAIT).status_code == 401


def test_a_machine_of_another_scope_may_see_offices_but_neither_send_nor_ask(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        _, hotline = make_client(session, Scope.HOTLINE)
    assert send(client, hotline, quick(), PORTRAIT).status_code == 403
    assert ask(client, hotline, "declarations/7K4M92QX3A0").status_code == 403
    assert ask(client, hotline, "offices").status_code == 200


def test_another_method_is_told_which_ones_are_taken(client: FlaskClient, key: str) -> None:
    response = client.put(URL, headers={"Authorization": f"Bearer {key}"})
    assert (response.status_code, response.content_type) == (405, "application/problem+json")
    assert "POST" in response.headers["Allow"]


def test_a_declaration_is_found_by_its_receipt_code_in_any_spelling(client: FlaskClient, key: str) -> None:
    receipt = send(client, key, quick(), PORTRAIT).get_json()
    for spelling in (receipt["receipt_code"], receipt["receipt_code"].replace("-", "").lower()):
        told = ask(client, key, f"declarations/{spelling}").get_json()
        assert told["receipt_code"] == receipt["receipt_code"]
        assert (told["status"], told["status_text"], told["purpose"]) == ("submitted", "Đã khai, chưa nộp", "register")
        assert told["expires_at"] == receipt["expires_at"]
        assert told["office"] == receipt["office"]
        assert told["form01_url"] == receipt["form01_url"]


def test_the_status_tells_what_was_noticed_on_the_photos(client: FlaskClient, key: str) -> None:
    receipt = send(client, key, quick(), PORTRAIT).get_json()["receipt_code"]
    (portrait,) = ask(client, key, f"declarations/{receipt}").get_json()["photos"]
    assert portrait["kind"] == "portrait"
    assert {"code": "too_small", "text": "ảnh nhỏ, phóng to sẽ vỡ nét"} in portrait["notes"]


def test_the_status_says_which_photo_cannot_be_used_under_the_same_code(client: FlaskClient, key: str) -> None:
    """Machines know twelve codes; which photo is in the words."""
    with transaction() as session:
        told = make_declaration(session, status=Status.REJECTED, reasons=["photo_unusable:portrait,id_back"])
    answer = ask(client, key, f"declarations/{told.receipt_code}").get_json()
    assert answer["reasons"] == [
        {"code": "photo_unusable", "text": "Ảnh chân dung, mặt sau mờ, lóa hoặc mất góc"},
    ]


def test_the_status_names_nobody(client: FlaskClient, key: str) -> None:
    receipt = send(client, key, quick(email="mau@example.vn"), PORTRAIT).get_json()["receipt_code"]
    text = ask(client, key, f"declarations/{receipt}").get_data(as_text=True)
    assert not [secret for secret in ("Nguy", "0123456789", "001085012345", "0981234567", "mau@") if secret in text]


def test_a_rejection_is_told_with_its_reasons_and_note(client: FlaskClient, key: str) -> None:
    """K3."""
    with transaction() as session:
        code = make_declaration(
            session, status=Status.REJECTED, reasons=["form01_unsigned", "other"], rejected_note="Thiếu trang 2"
        ).receipt_code
    told = ask(client, key, f"declarations/{code}").get_json()
    assert (told["status"], told["status_text"], told["note"]) == ("rejected", "Không chấp nhận", "Thiếu trang 2")
    assert told["reasons"] == [
        {"code": "form01_unsigned", "text": "Chưa có mẫu số 01 hoặc chưa ký"},
        {"code": "other", "text": "Lý do khác"},
    ]
    assert (told["expires_at"], told["decided_at"] is None) == (None, False)


def test_d6_where_the_phone_may_be_a_strangers_the_note_is_not_told(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        made = make_declaration(
            session, status=Status.REJECTED, reasons=["phone_not_own", "other"], rejected_note="Số của bà Trần Thị Mẫu"
        )
    told = ask(client, key, f"declarations/{made.receipt_code}").get_json()
    assert (told["note"], [one["code"] for one in told["reasons"]]) == (None, ["phone_not_own", "other"])


def test_what_is_still_missing_is_told_but_not_that_a_supervisor_was_asked(client: FlaskClient, key: str) -> None:
    """K7, K11."""
    with transaction() as session:
        code = make_declaration(
            session, supplement_at=clock.now(), supplement_note="Thiếu chữ ký", escalated_at=clock.now()
        ).receipt_code
    response = ask(client, key, f"declarations/{code}")
    told = response.get_json()
    assert (told["status_text"], told["supplement_note"]) == ("Chờ bổ sung", "Thiếu chữ ký")
    assert "lãnh đạo" not in response.get_data(as_text=True)


def test_once_handed_in_no_deadline_is_told(client: FlaskClient, key: str) -> None:
    """K4: handing in stops the clock."""
    with transaction() as session:
        code = make_declaration(session, presented_at=clock.now()).receipt_code
    told = ask(client, key, f"declarations/{code}").get_json()
    assert (told["status_text"], told["expires_at"]) == ("Đã nộp, đang giải quyết", None)


def test_past_its_deadline_a_declaration_is_told_as_expired_before_the_sweep_comes(
    client: FlaskClient, key: str
) -> None:
    with transaction() as session:
        code = make_declaration(session, declared_at=clock.now() - timedelta(days=30)).receipt_code
    told = ask(client, key, f"declarations/{code}").get_json()
    assert (told["status"], told["form01_url"], told["deleted_at"]) == ("expired", None, None)


def test_of_an_expired_declaration_its_dates_are_left(client: FlaskClient, key: str) -> None:
    """K4: declared on X, deleted on Y."""
    declared = clock.now() - timedelta(days=12)
    with transaction() as session:
        _tombstone(session, declared)
    told = ask(client, key, "declarations/7K4M-92QX-3A0").get_json()
    assert told["status"] == "expired"
    assert told["declared_at"] == clock.local(declared).isoformat(timespec="seconds")
    assert told["deleted_at"] is not None
    assert (told["form01_url"], told["photos"]) == (None, [])
    with transaction() as session:
        row = session.scalars(select(TrailRow)).one()
    assert (row.event, row.subject_hash) == (TrailEvent.STATUS_READ, lookup_hash("bhxh_code", "0123456789"))


@pytest.mark.parametrize("code", ["7K4M-92QX-3A0", "7K4M-92QX-3AB", "x", "%00", "a" * 500])
def test_an_unknown_receipt_code_and_what_is_none_answer_alike(client: FlaskClient, key: str, code: str) -> None:
    response = ask(client, key, f"declarations/{code}")
    assert (response.status_code, response.get_json()["code"]) == (404, "not_found")


def test_who_asked_for_a_status_is_in_the_trail(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        declaration = make_declaration(session)
    ask(client, key, f"declarations/{declaration.receipt_code}")
    with transaction() as session:
        row = session.scalars(select(TrailRow)).one()
        machine = session.scalars(select(MachineClient)).one()
    assert (row.event, row.declaration_id, row.actor_id) == (TrailEvent.STATUS_READ, declaration.id, machine.id)


def test_offices_are_found_with_and_without_diacritics_and_by_code(client: FlaskClient, key: str) -> None:
    """D8."""
    with transaction() as session:
        make_office(session, "00119", name="BHXH huyện Thanh Trì", email="tt@example.vn")
    for q in ("thanh trì", "THANH TRI", "tri 00119", "00119", "[00119] BHXH huyện Thanh Trì"):
        (found,) = ask(client, key, f"offices?q={q}").get_json()["offices"]
        assert found == {
            "code": "00119", "name": "BHXH huyện Thanh Trì", "address": "Số 1 phố Mẫu", "phone": "02400000000",
            "email": "tt@example.vn", "parent_code": "001", "wards": [], "merged_from": [], "nearness": None,
        }  # fmt: skip


def test_closed_offices_and_the_root_are_not_offered(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        make_office(session, "00119", closed_at=clock.now())
    assert [one["code"] for one in ask(client, key, "offices").get_json()["offices"]] == ["001", "00114"]


def test_signs_that_mean_something_to_the_database_mean_nothing_here(client: FlaskClient, key: str) -> None:
    for q in ("%25", "_", "%25%25", "a%00b", "'; drop", "\\"):
        assert ask(client, key, f"offices?q={q}").status_code == 200
    assert ask(client, key, "offices?q=z%25").get_json()["offices"] == []


def test_pages_of_offices_join_without_gap_or_overlap(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        for number in range(20, 27):
            make_office(session, f"001{number}")
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(client, key, f"offices?limit=4&cursor={cursor}").get_json()
        seen += [one["code"] for one in page["offices"]]
        cursor = page["next_cursor"]
    assert seen == ["001", "00114", *(f"001{number}" for number in range(20, 27))]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=%00", "cursor"),
        (f"q={'x' * 201}", "q"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, key: str, query: str, field: str) -> None:
    response = ask(client, key, f"offices?{query}")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]


def test_form01_is_shown_to_whoever_has_its_address_and_that_is_in_the_trail(client: FlaskClient, key: str) -> None:
    """D10."""
    address = send(client, key, quick(), PORTRAIT).get_json()["form01_url"]
    response = client.get(address)
    assert (response.status_code, response.content_type, response.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert response.headers["Content-Disposition"] == 'inline; filename="mau-so-01.pdf"'
    assert response.headers["Cache-Control"] == "no-store"
    with transaction() as session:
        rows = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.FORM01)).all()
    assert [row.actor_kind for row in rows] == ["citizen"]


def test_form01_is_gone_with_the_declaration(client: FlaskClient, key: str) -> None:
    address = send(client, key, quick(), PORTRAIT).get_json()["form01_url"]
    with transaction() as session:
        session.delete(session.scalars(select(Declaration)).one())
        assert session.scalars(select(Photo)).all() == []
    gone = client.get(address)
    assert gone.status_code == 404
    assert "khai lại" in gone.get_data(as_text=True)


@pytest.mark.parametrize("token", ["x", "%00", "..", "a" * 43])
def test_a_guessed_address_of_a_form_finds_nothing(client: FlaskClient, database: None, token: str) -> None:
    assert client.get(f"/form01/{token}.pdf").status_code == 404


def _tombstone(session: Session, declared: datetime) -> None:
    session.add(
        Tombstone(
            declaration_id=1,
            office_id=make_office(session).id,
            purpose=Purpose.REGISTER,
            channel=Channel.APP,
            bhxh_code_hash=lookup_hash("bhxh_code", "0123456789"),
            id_number_hash=lookup_hash("id_number", "001085012345"),
            receipt_code_hash=lookup_hash("receipt_code", CODE),
            declared_at=declared,
            expired_at=declared + timedelta(days=10),
            deleted_at=declared + timedelta(days=11),
        )
    )
