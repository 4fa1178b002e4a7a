"""A typing error put right before deciding, with the citizen's consent (issue 4, item 6; D3, D4, D6)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.decision.correct import Field, correct
from backoffice.decision.scan import scan
from backoffice.dossier.form01 import form01_pdf
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Correction, Declaration, How, IdType, Item, Role, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.decision.test_races import together
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")
NOTE = "Gõ nhầm trên điện thoại, người khai xem lại và đồng ý"

Correct = Callable[[Declaration, str, str], list[str]]


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """In the officer's hands."""
    with transaction() as session:
        made = make_declaration(session, email="mau@example.vn", contact_person="Lê Văn Mẫu")
    decide.claim(made.receipt_code, officer)
    return made


@pytest.fixture
def put_right(officer: Actor) -> Correct:
    """Correct as the officer, with note and consent."""

    def made(declaration: Declaration, field: str, value: str) -> list[str]:
        return correct(declaration.receipt_code, officer, field, value, NOTE, consented=True)

    return made


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).order_by(model.id).all()


def verified(declaration: Declaration) -> dict[Item, How]:
    with transaction() as session:
        return {entry.item: entry.how for entry in ledger.entries(session, declaration.id)}


def faults_of(refusal: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [fault.field for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("field", "typed", "columns"),
    [
        ("full_name", " nguyễn  thử MẪU ", {"full_name": "nguyễn thử MẪU", "folded_name": "nguyen thu mau"}),
        ("id_number", "001 085 999 999", {"id_number": "001085999999", "id_type": IdType.CITIZEN_ID}),
        ("id_number", "c1234567", {"id_number": "C1234567", "id_type": IdType.PASSPORT}),
        ("date_of_birth", "20/1/1985", {"date_of_birth": date(1985, 1, 20)}),
        ("date_of_birth", "1985-01-20", {"date_of_birth": date(1985, 1, 20)}),
        ("date_of_birth", "20011985", {"date_of_birth": date(1985, 1, 20)}),
        ("date_of_birth", "", {"date_of_birth": None}),
        ("bhxh_code", "GD4 01 0123456789", {"bhxh_code": "0123456789"}),
        ("phone", "+84 98 123 45 67", {"phone": "0981234567"}),
        ("email", "khac@Example.VN", {"email": "khac@example.vn"}),
        ("email", "", {"email": None}),
        ("address_line", "Số 9 ngõ Mẫu", {"address_line": "Số 9 ngõ Mẫu"}),
        ("ward", "Hòa Bình, Phú Thọ", {"province_code": "25", "district_code": None, "ward_code": "04795"}),
        ("contact_person", "", {"contact_person": None}),
    ],
)
def test_a_field_is_read_as_intake_reads_it(
    declaration: Declaration, put_right: Correct, field: str, typed: str, columns: dict[str, object]
):
    put_right(declaration, field, typed)
    after = kept(declaration)
    assert {name: getattr(after, name) for name in columns} == columns


def test_the_kind_of_paper_is_corrected_alone_where_the_number_fits_it(officer: Actor, put_right: Correct):
    with transaction() as session:
        made = make_declaration(session, id_type=IdType.PASSPORT, id_number="123456789")
    decide.claim(made.receipt_code, officer)
    put_right(made, "id_type", "CMND")
    assert (kept(made).id_type, kept(made).id_number) == (IdType.OLD_ID, "123456789")


def test_the_first_day_is_read_as_intake_reads_it(declaration: Declaration, put_right: Correct):
    first = clock.today() + timedelta(days=30)
    put_right(declaration, "start_date", f"{first:%d/%m/%Y}")
    assert kept(declaration).start_date == first


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("full_name", "12345"),
        ("full_name", ""),
        ("id_number", "0010850"),
        ("id_number", "123456789"),
        ("id_type", "old_id"),
        ("id_type", "bằng lái"),
        ("date_of_birth", "31/02/1985"),
        ("date_of_birth", "1985"),
        ("date_of_birth", "01/01/1899"),
        ("bhxh_code", "12345"),
        ("phone", "02438252525"),
        ("email", "a@b"),
        ("address_line", "  "),
        ("ward", "Không Có, Hà Nội"),
        ("start_date", "01/01/2010"),
        ("contact_person", "x" * 201),
    ],
)
def test_what_intake_would_refuse_is_refused_and_nothing_changes(
    declaration: Declaration, put_right: Correct, field: str, typed: str
):
    with pytest.raises(InvalidInput) as refusal:
        put_right(declaration, field, typed)
    assert faults_of(refusal) == ["value"]
    assert rows(Correction) == []
    assert rows(TrailRow, event=TrailEvent.CORRECT) == []


@pytest.mark.parametrize(
    ("field", "note", "consented", "faults"),
    [
        ("purpose", NOTE, True, ["field"]),
        ("office_id", NOTE, True, ["field"]),
        ("", NOTE, True, ["field"]),
        ("full_name", "  ", True, ["note"]),
        ("full_name", "x" * 501, True, ["note"]),
        ("full_name", NOTE, False, ["consent"]),
        ("x", "", False, ["field", "consent", "note"]),
    ],
)
def test_without_a_field_a_note_or_consent_nothing_is_corrected(
    declaration: Declaration, officer: Actor, field: str, note: str, consented: bool, faults: list[str]
):
    with pytest.raises(InvalidInput) as refusal:
        correct(declaration.receipt_code, officer, field, "Nguyễn Văn Khác", note, consented=consented)
    assert faults_of(refusal) == faults
    assert kept(declaration).full_name == declaration.full_name


def test_what_is_the_same_already_is_no_correction(declaration: Declaration, put_right: Correct):
    with pytest.raises(InvalidInput) as refusal:
        put_right(declaration, "full_name", f"  {declaration.full_name} ")
    assert faults_of(refusal) == ["value"]


def test_old_and_new_are_kept_and_the_trail_has_their_hashes_alone(
    declaration: Declaration, officer: Actor, put_right: Correct
):
    assert put_right(declaration, "phone", "0981234567") == ["phone"]
    (correction,) = rows(Correction)
    assert (correction.field, correction.old_value, correction.new_value, correction.note, correction.officer_id) == (
        "phone",
        declaration.phone,
        "0981234567",
        NOTE,
        officer.id,
    )
    (row,) = rows(TrailRow, event=TrailEvent.CORRECT)
    assert (row.facts["field"], row.facts["correction"], row.actor_id) == ("phone", correction.id, officer.id)
    assert row.facts["old"] != row.facts["new"]
    for personal in (declaration.phone, "0981234567", NOTE):
        assert personal not in str(row.facts)


def test_an_address_is_kept_as_it_read_in_one_line(declaration: Declaration, put_right: Correct):
    put_right(declaration, "ward", "Hoàn Kiếm, Hà Nội")
    (correction,) = rows(Correction)
    assert (correction.field, correction.old_value, correction.new_value) == (
        "address",
        "Số 2 phố Mẫu, Phường Ba Đình, Thành phố Hà Nội",
        "Số 2 phố Mẫu, Phường Hoàn Kiếm, Thành phố Hà Nội",
    )


def test_a_number_of_another_paper_corrects_the_kind_too_and_both_are_kept(
    declaration: Declaration, put_right: Correct
):
    assert put_right(declaration, "id_number", "C1234567") == ["id_type", "id_number"]
    assert [(one.field, one.new_value) for one in rows(Correction)] == [
        ("id_type", "passport"),
        ("id_number", "C1234567"),
    ]


@pytest.mark.parametrize(
    ("field", "typed", "lapsed"),
    [
        ("full_name", "Nguyễn Thử Khác", {Item.NAME}),
        ("id_number", "001085999999", {Item.ID_NUMBER, Item.BHXH_CODE}),
        ("date_of_birth", "03/01/1985", {Item.DATE_OF_BIRTH}),
        ("bhxh_code", "0123456789", {Item.BHXH_CODE}),
        ("phone", "0981234567", {Item.PHONE}),
        ("email", "khac@example.vn", set()),
    ],
)
def test_what_the_ledger_rests_on_the_field_lapses_and_so_does_the_signature(
    declaration: Declaration, officer: Actor, put_right: Correct, field: str, typed: str, lapsed: set[Item]
):
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    before = verified(declaration)
    put_right(declaration, field, typed)
    assert before.keys() - verified(declaration).keys() == lapsed | {Item.FORM01_SIGNED}
    with pytest.raises(Conflict) as refusal:
        decide.approve(declaration.receipt_code, officer)
    assert refusal.value.code == "ledger_incomplete"


def test_a_scan_that_differed_fills_what_was_corrected_to_it(
    declaration: Declaration, officer: Actor, put_right: Correct
):
    card = f"{declaration.id_number}||Nguyễn Thử Mão|02011985|Nam|Số 2 phố Mẫu|25042021"
    scan(declaration.receipt_code, officer, card)
    assert Item.NAME not in verified(declaration)
    put_right(declaration, "full_name", "Nguyễn Thử Mão")
    assert verified(declaration)[Item.NAME] is How.SCANNED


def test_d4_the_population_databases_mark_goes_with_what_it_had_verified(officer: Actor, put_right: Correct):
    with transaction() as session:
        made = make_declaration(session, population_db_verified=True)
    decide.claim(made.receipt_code, officer)
    put_right(made, "phone", "0981234567")
    assert kept(made).population_db_verified
    put_right(made, "full_name", "Nguyễn Thử Khác")
    assert not kept(made).population_db_verified
    assert [one.field for one in rows(Correction)] == ["phone", "full_name", "population_db_verified"]


def test_form_01_shows_what_is_right_now_and_when_it_was_put_right(declaration: Declaration, put_right: Correct):
    with clock.at(clock.now() + timedelta(minutes=1)):
        at = clock.local(clock.now())
        put_right(declaration, "full_name", "Nguyễn Thử Đúng")
    with transaction() as session:
        pdf = PdfReader(io.BytesIO(form01_pdf(session, declaration.id)))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert len(pdf.pages) == 1
    assert "Nguyễn Thử Đúng" in text
    assert f"sửa tại quầy lúc {at:%H:%M ngày %d/%m/%Y} (họ tên)" in text


def test_a_phone_that_another_account_holds_is_taken_over_and_stops_the_approval_alone(
    declaration: Declaration, officer: Actor, put_right: Correct
):
    """D6: the flag says what to do; a supervisor may free the number for who has it now."""
    with transaction() as session:
        make_account(session, phone="0981234567")
    put_right(declaration, "phone", "0981234567")
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    with pytest.raises(Conflict) as refusal:
        decide.approve(declaration.receipt_code, officer)
    assert refusal.value.code == "phone_taken"


def test_d6_a_corrected_code_is_the_one_that_is_held_and_whose_others_are_withdrawn(
    declaration: Declaration, officer: Actor, put_right: Correct
):
    with transaction() as session:
        twin = make_declaration(session, bhxh_code="0123456789")
    put_right(declaration, "bhxh_code", "0123456789")
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.approve(declaration.receipt_code, officer)
    assert kept(twin).status.value == "withdrawn"


def test_two_codes_corrected_crosswise_at_once_wait_for_each_other_and_never_lock_up(officer: Actor):
    """The advisory locks of both codes, the old and the new, are taken in one order by everybody."""
    with transaction() as session:
        colleague = make_actor(session)
        pairs = [(make_declaration(session), make_declaration(session)) for _ in range(10)]
    for mine, theirs in pairs:
        decide.claim(mine.receipt_code, officer)
        decide.claim(theirs.receipt_code, colleague)
        outcomes = together(
            lambda: correct(mine.receipt_code, officer, "bhxh_code", theirs.bhxh_code, NOTE, consented=True),
            lambda: correct(theirs.receipt_code, colleague, "bhxh_code", mine.bhxh_code, NOTE, consented=True),
        )
        assert outcomes == [["bhxh_code"], ["bhxh_code"]]
        assert (kept(mine).bhxh_code, kept(theirs).bhxh_code) == (theirs.bhxh_code, mine.bhxh_code)


def test_correcting_needs_my_live_claim(declaration: Declaration, officer: Actor):
    with transaction() as session:
        colleague = make_actor(session)
    with pytest.raises(Conflict) as refusal:
        correct(declaration.receipt_code, colleague, "phone", "0981234567", NOTE, consented=True)
    assert refusal.value.code == "claim_lost"


def test_a_decided_declaration_never_changes(declaration: Declaration, officer: Actor, put_right: Correct):
    decide.reject(declaration.receipt_code, officer, ["id_invalid"], "")
    with pytest.raises(Conflict) as refusal:
        put_right(declaration, "phone", "0981234567")
    assert refusal.value.code == "already_decided"


def test_an_escalated_declaration_is_corrected_by_a_supervisor_alone(declaration: Declaration, officer: Actor):
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    decide.escalate(declaration.receipt_code, officer, "Nghi mạo danh")
    decide.claim(declaration.receipt_code, supervisor)
    correct(declaration.receipt_code, supervisor, "phone", "0981234567", NOTE, consented=True)
    assert kept(declaration).phone == "0981234567"


def test_another_offices_declaration_is_not_there_to_be_corrected(declaration: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound):
        correct(declaration.receipt_code, stranger, "phone", "0981234567", NOTE, consented=True)


def test_every_field_can_be_read():
    from backoffice.decision import correct as module

    assert set(module._READERS) == set(Field)
