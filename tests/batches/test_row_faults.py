"""What is found wrong with rows (D12 a): what the spreadsheet did, and what declarations and other rows say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.batches.checking import check
from backoffice.batches.faults import KINDS, said_in, sentence
from backoffice.batches.person_fields import read_person
from backoffice.identity.legacy import old_encoding
from backoffice.identity.phone import group_phone
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import BatchRow, BatchStage, Channel, Declaration, Purpose, RowState, Status, Tombstone
from backoffice.rules.actors import Actor
from tests.batches.files import batch_of, faults_of, rows_of, send, work_off, workbook
from tests.bench.recording import recording
from tests.factories import make_account, make_actor, make_declaration, make_office

FACTS = ("digits", "meant", "why", "what", "declared_on", "opened", "expired", "office", "count", "rows", "encoding")
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


def declared(**values: object) -> Declaration:
    with transaction() as session:
        if "office_code" in values:
            values["office"] = make_office(session, str(values.pop("office_code")))
        return make_declaration(session, **values)


def row(one: Declaration, **other: object) -> tuple[object, ...]:
    said = {"code": one.bhxh_code, "name": one.full_name, "born": "02/01/1985", "phone": one.phone} | other
    return tuple(said.values())


def checked(officer: Actor, *rows: tuple[object, ...]) -> dict[int, BatchRow]:
    """Send a list of these rows and return what they came to, by number: the first is 2."""
    token = send(officer, workbook(*rows))
    work_off()
    batch = batch_of(token)
    assert (batch.stage, batch.rows) == (BatchStage.IN_REVIEW, len(rows))
    found = rows_of(token)
    assert batch.faults == sum(one.state is RowState.FAULT for one in found.values())
    assert sorted(found) == list(range(2, 2 + len(rows)))
    return found


def test_a_row_that_agrees_is_sound_however_it_is_written(officer: Actor):
    one = declared(full_name="Trần Thị Hòa")
    spaced = f"{one.bhxh_code[:4]} {one.bhxh_code[4:]}"
    nfd = "TRẦN  THỊ HÒA"
    found = checked(officer, row(one, code=spaced, name=nfd, born="1985", phone="+84" + one.phone[1:]))[2]
    assert (found.state, found.declaration_id, found.faults) == (RowState.OK, one.id, [])


def test_a_name_that_differs_in_diacritics_alone_is_marked_and_does_not_block(officer: Actor):
    one = declared(full_name="Trần Thị Hòa")
    found = checked(officer, row(one, name="Tran Thi Hoa"))[2]
    assert (found.state, faults_of(found)) == (RowState.OK, {"name_form"})


def test_what_a_spreadsheet_did_to_a_cell_is_named_with_what_to_do(officer: Actor):
    found = checked(
        officer,
        (123456789, "Lê Một", None, 981234567),
        ("1.23457E+11", "Lê Hai", None, None),
        ("01234567", "Lê Ba", "31/02/1990", "024 3733 9934"),
        (12345678, "Lê Ba Hai", None, None),
        ("=1+1", "Lê Bốn", None, None),
        (None, "Lê Năm", None, None),
        ("0123456780", None, None, None),
        ("0123456781", "Lê Sáu", None, "036000066"),
    )
    assert [faults_of(one) - {"not_declared"} for _, one in sorted(found.items())] == [
        {"code_zero_lost", "phone_zero_lost"},
        {"code_scientific"},
        {"code_invalid", "birth_invalid", "phone_invalid"},
        {"code_zero_lost"},
        {"formula"},
        {"code_missing"},
        {"name_missing"},
        {"phone_invalid"},
    ]
    assert "ở đây có 9" in sentence(next(one for one in found[9].faults if one["code"] == "phone_invalid"))
    assert "012 345 6789" in sentence(found[2].faults[0])
    assert "001 234 5678" in sentence(found[5].faults[0])


@pytest.mark.parametrize(
    ("left", "meant"),
    [
        ("79085123451", "079085123451"),
        ("1085012345", "001085012345"),
        ("12345678", "012345678"),
        ("01085012345", None),
        ("01234567", None),
    ],
)
def test_an_id_number_that_lost_zeros_is_offered_whole_and_one_that_lost_its_end_is_not(left: str, meant: str | None):
    values = {"id_number": left}
    found = [one for one in read_person(values, {}, check(values, {})).faults if one["code"] == "id_zero_lost"]
    assert [one["meant"] for one in found] == ([meant] if meant else [])


def test_what_differs_from_the_declaration_is_shown_with_what_was_declared(officer: Actor):
    one = declared(full_name="Nguyễn Thử Mẫu", date_of_birth=date(1985, 1, 2))
    found = checked(officer, row(one, name="Lê Văn Khác", born="03/01/1985", phone="0977777777"))[2]
    assert faults_of(found) == {"name_differs", "birth_differs", "phone_differs"}
    told = " ".join(sentence(each, said_in(one)) for each in found.faults)
    said = ("Nguyễn Thử Mẫu", "02/01/1985", group_phone(one.phone))
    assert all(value in told for value in said)
    assert not any(value in str(found.faults) for value in (*said, one.phone)), "K4: it goes with the declaration"
    assert "đã xóa" in sentence(found.faults[0])


def test_codes_without_a_declaration_to_approve_say_why(officer: Actor):
    with transaction() as session:
        account = make_account(session)
        gone = Tombstone(
            declaration_id=10**9,
            office_id=account.office_id,
            purpose=Purpose.REGISTER,
            channel=Channel.APP,
            bhxh_code_hash=lookup_hash("bhxh_code", "0999999999"),
            id_number_hash=b"1",
            receipt_code_hash=b"2",
            declared_at=clock.now() - timedelta(days=20),
            expired_at=clock.now() - timedelta(days=9),
            deleted_at=clock.now(),
        )
        session.add(gone)
    elsewhere, late = declared(office_code="02701"), declared(expires_at=clock.now() - timedelta(minutes=1))
    refused = declared(status=Status.REJECTED)
    waits, left = declared(supplement_at=clock.now()), declared(escalated_at=clock.now())
    found = checked(
        officer,
        (account.bhxh_code, account.full_name),
        ("0999999999", "Lê Thử"),
        row(elsewhere),
        row(late),
        row(refused),
        row(waits),
        row(left),
    )
    assert [faults_of(one) for _, one in sorted(found.items())] == [
        {"has_account"},
        {"expired"},
        {"other_office"},
        {"expired"},
        {"not_declared"},
        {"supplement"},
        {"escalated"},
    ]
    assert found[4].declaration_id is None


def test_d6_one_phone_for_two_people_and_one_person_twice_name_both_rows(officer: Actor):
    one = declared()
    other, twin = declared(phone=one.phone), declared()
    child = declared(phone=one.phone, guardian_bhxh_code="0111111111")
    found = checked(officer, row(one), row(other), row(twin), row(twin), row(child))
    assert [faults_of(each) for _, each in sorted(found.items())] == [
        {"phone_twice"},
        {"phone_twice"},
        {"person_twice"},
        {"person_twice"},
        set(),
    ]
    assert [found[2].faults[0]["rows"], found[3].faults[0]["rows"]] == ["3", "2"]


def test_d6_a_phone_that_another_account_holds_is_found(officer: Actor):
    with transaction() as session:
        account = make_account(session, phone="0981234567")
    assert faults_of(checked(officer, row(declared(phone=account.phone)))[2]) == {"phone_held"}


def test_of_several_declarations_of_a_code_the_one_that_is_meant_is_taken_or_none(officer: Actor):
    one = declared()
    declared(bhxh_code=one.bhxh_code, full_name="Phạm Người Lạ")
    third = declared()
    declared(bhxh_code=third.bhxh_code)
    found = checked(officer, row(one), row(third, phone=None))
    assert (found[2].declaration_id, found[2].faults) == (one.id, [])
    assert (found[3].declaration_id, faults_of(found[3])) == (None, {"many_declared"})


def test_a_province_takes_a_list_for_its_district_offices_and_no_others():
    with transaction() as session:
        officer = make_actor(session, office=make_office(session, "001"))
    below, beside = declared(office_code="00114"), declared(office_code="02701")
    found = checked(officer, row(below), row(beside))
    assert [faults_of(found[2]), faults_of(found[3])] == [set(), {"other_office"}]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("NguyÔn V¨n Hïng", "TCVN3"),
        ("TrÇn ThÞ Hoa", "TCVN3"),
        ("Nguyeãn Vaên Huøng", "VNI"),
        ("Traàn Thò Hoaø", "VNI"),
        ("Nguyễn Văn Hùng", None),
        ("Hoàng Thị Thúy Quỳnh", None),
        ("Lò Văn Quý", None),
        ("José Muñoz", None),
        ("", None),
    ],
)
def test_names_typed_for_old_fonts_are_known_and_others_are_not(name: str, encoding: str | None):
    assert old_encoding(name) == encoding


def test_a_name_in_an_old_font_is_told_as_such(officer: Actor):
    assert faults_of(checked(officer, row(declared(), name="NguyÔn V¨n Hïng"))[2]) == {"name_old_font"}


def test_a_thousand_rows_are_compared_by_a_handful_of_statements(officer: Actor):
    those = [declared() for _ in range(12)]
    few, many = ([row(one) for one in part] for part in (those[:2], those[2:]))
    counts = []
    for rows in (few, many):
        send(officer, workbook(*rows))
        with recording(db.engine()) as kept:
            work_off()
        counts.append(len(kept.steps))
    assert counts[0] == counts[1]


def test_every_fault_has_a_sentence_that_says_what_to_do():
    facts = dict.fromkeys(FACTS, "x")
    for code, kind in KINDS.items():
        assert sentence(facts | {"code": code, "field": kind.field}).endswith((".", "x")), code
        assert kind.label
