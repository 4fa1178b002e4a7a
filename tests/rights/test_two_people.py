"""Two people are never mixed: a shared phone, a stranger's claim, a child and its guardian, a wrong approval."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backoffice.identity.scan import read_scan, scan_to_dict
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import (
    AccountNote,
    AccountStatus,
    Asker,
    Correction,
    Declaration,
    DeskScan,
    IdType,
    LockReason,
    Officer,
    Photo,
    PhotoKind,
    Role,
    Status,
)
from backoffice.rights.belongings import belongings_of
from backoffice.rights.document import PersonData
from backoffice.rights.finding import find_whom, read_paper
from backoffice.rights.paper import photos_of
from backoffice.rights.telling import told_to
from backoffice.rights.whom import Whom
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_declaration, make_office, make_officer
from tests.followup.undelivered import make_notice
from tests.rights.people import make_request

CODE, NUMBER = "0123456789", "001085000077"
STRANGER = {"full_name": "Kẻ Lạ Mặt", "id_number": "079090123456", "phone": "0977665544", "address_line": "Ngõ Lạ"}
TRACES = ("Kẻ Lạ Mặt", "079090123456", "0977665544", "Ngõ Lạ")
BORN = date(1985, 1, 2)


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        made = make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_office(session, "00114")
        return officer_actor(made)


def whom(officer: Actor, q: str = CODE, paper: str = NUMBER, asker: Asker = Asker.SELF) -> Whom | None:
    with transaction() as session:
        return find_whom(session, q, read_paper(paper), asker, officer)


def told(of: Whom | None, officer: Actor) -> PersonData:
    assert of is not None
    with transaction() as session:
        request = make_request(
            session, make_account(session), session.get_one(Officer, officer.id), subject_hash=of.subject
        )
        return told_to(session, request, of)[0]


def text(of: Whom | None, officer: Actor) -> str:
    return told(of, officer).model_dump_json()


def declare(**values: Any) -> int:
    with transaction() as session:
        defaults: dict[str, Any] = {"bhxh_code": CODE, "id_number": NUMBER}
        return make_declaration(session, office=make_office(session, "00114"), **defaults | values).id


def open_account(**values: Any) -> int:
    with transaction() as session:
        defaults: dict[str, Any] = {"bhxh_code": CODE, "id_number": NUMBER, "full_name": "Trần Thị Mẫu"}
        return make_account(session, office=make_office(session, "00114"), **defaults | values).id


def test_who_shares_the_phone_is_not_told_of(officer: Actor):
    with transaction() as session:
        phone = make_account(session, bhxh_code=CODE, id_number=NUMBER).phone
        make_declaration(session, **STRANGER | {"phone": phone})
    said = text(whom(officer), officer)
    assert phone in said
    assert not [one for one in TRACES if one != "0977665544" and one in said]


def test_a_strangers_claim_to_the_code_is_told_without_a_word_of_it(officer: Actor):
    declare(full_name="Người Thật")
    declare(**STRANGER)
    data = told(whom(officer), officer)
    assert [one.full_name for one in data.declarations] == ["Người Thật"]
    assert [one.what for one in data.unproven] == ["Tờ khai"]
    assert not [one for one in TRACES if one in data.model_dump_json()]


def test_a_stranger_who_declared_the_code_gets_nothing_of_its_owner(officer: Actor):
    open_account()
    declare(**STRANGER)
    with pytest.raises(InvalidInput) as refused:
        whom(officer, paper=STRANGER["id_number"])
    assert [fault.field for fault in refused.value.faults] == ["paper"]


def test_while_nobody_verified_the_code_each_gets_their_own_declaration(officer: Actor):
    declare(full_name="Người Thật")
    declare(**STRANGER)
    said = text(whom(officer, paper=STRANGER["id_number"]), officer)
    assert "Kẻ Lạ Mặt" in said
    assert "Người Thật" not in said
    assert NUMBER not in said


def test_a_strangers_declaration_with_the_number_is_not_the_persons(officer: Actor):
    """A mistyped ID number leads to nobody's data: the code is another."""
    open_account()
    declare(**STRANGER | {"bhxh_code": "0199999999", "id_number": NUMBER})
    data = told(whom(officer), officer)
    assert data.bhxh_codes == sorted([NUMBER, CODE])
    assert data.declarations == []


def test_ten_and_twelve_digits_are_one_person(officer: Actor):
    open_account()
    declare(bhxh_code=NUMBER, full_name="Khai Mười Hai Số", status=Status.REJECTED)
    for asked in (CODE, NUMBER):
        data = told(whom(officer, q=asked), officer)
        assert data.bhxh_codes == sorted([NUMBER, CODE])
        assert (len(data.accounts), len(data.declarations)) == (1, 1)


def test_an_old_paper_leads_to_what_the_new_one_verified(officer: Actor):
    """CMND then CCCD: name and day of birth are the same, both were verified."""
    declare(
        status=Status.APPROVED,
        id_type=IdType.OLD_ID,
        id_number="012345678",
        full_name="Trần Thị Mẫu",
        date_of_birth=BORN,
    )
    open_account(date_of_birth=BORN)
    data = told(whom(officer), officer)
    assert (len(data.accounts), len(data.declarations), data.unproven) == (1, 1, [])


def test_what_was_approved_by_mistake_is_the_strangers_not_the_owners(officer: Actor):
    wrong = declare(**STRANGER, status=Status.APPROVED)
    with transaction() as session:
        make_account(
            session,
            office=make_office(session, "00114"),
            bhxh_code=CODE,
            **STRANGER,
            declaration_id=wrong,
            status=AccountStatus.LOCKED,
            lock_reason=LockReason.WRONG_APPROVAL,
        )
    declare(full_name="Người Thật")
    data = told(whom(officer), officer)
    assert [one.full_name for one in data.declarations] == ["Người Thật"]
    assert data.accounts == []
    assert not [one for one in TRACES if one in data.model_dump_json()]


def test_a_bhxh_code_is_no_paper(officer: Actor):
    open_account()
    with pytest.raises(InvalidInput):
        whom(officer, paper=CODE)


def test_a_card_of_another_that_was_scanned_is_not_told(officer: Actor):
    declaration_id = declare(presented_at=clock.now())
    card = f"{STRANGER['id_number']}||Kẻ Lạ Mặt|01021990|Nam|Ngõ Lạ|01012021"
    with transaction() as session:
        clerk = officer.id
        read = scan_to_dict(read_scan(card))
        assert read["full_name"]
        session.add(DeskScan(declaration_id=declaration_id, officer_id=clerk, at=clock.now(), read=read))
    data = told(whom(officer), officer)
    assert len(data.declarations[0].scanned) == 1
    assert not [one for one in TRACES if one in data.model_dump_json()]


def test_numbers_in_notes_and_old_values_are_hidden(officer: Actor):
    declaration_id, account_id = declare(), open_account()
    with transaction() as session:
        session.add_all(
            [
                AccountNote(
                    account_id=account_id, officer_id=officer.id, at=clock.now(), note="SIM cũ của 0977665544."
                ),
                Correction(
                    declaration_id=declaration_id,
                    field="phone",
                    old_value="0977665544",
                    new_value="0981112223",
                    note="Gõ nhầm 0977665544",
                    officer_id=officer.id,
                    at=clock.now(),
                ),
            ]
        )
    data = told(whom(officer), officer)
    assert "0977665544" not in data.model_dump_json()
    assert data.accounts[0].notes[0].note == "SIM cũ của […]."
    assert data.declarations[0].corrected[0].new_value == "0981112223"


def child(**values: Any) -> tuple[int, str]:
    """A child's account and declaration under a guardian's, with the guardian's paper and phone (D11)."""
    with transaction() as session:
        office = make_office(session, "00114")
        guardian = make_account(session, office=office, bhxh_code=CODE, id_number=NUMBER, full_name="Mẹ Giám Hộ")
        theirs: dict[str, Any] = {
            "bhxh_code": "0155555555",
            "full_name": "Bé Con Trẻ",
            "id_number": NUMBER,
            "phone": guardian.phone,
            "date_of_birth": clock.today() - timedelta(days=3000),
        }
        made = make_declaration(session, office=office, **theirs | values, guardian_bhxh_code=CODE)
        return made.id, guardian.phone


def test_a_guardian_is_not_told_of_the_child_in_their_own_answer(officer: Actor):
    child()
    data = told(whom(officer), officer)
    assert data.full_name == "Mẹ Giám Hộ"
    assert "Bé Con Trẻ" not in data.model_dump_json()
    assert data.declarations == []


def test_a_childs_data_goes_to_the_guardian_who_shows_their_paper(officer: Actor):
    child()
    data = told(whom(officer, q="0155555555", asker=Asker.GUARDIAN), officer)
    assert [one.full_name for one in data.declarations] == ["Bé Con Trẻ"]
    assert data.accounts == []
    assert data.bhxh_codes == ["0155555555"]


@pytest.mark.parametrize(
    ("q", "paper", "asker", "field"),
    [
        ("0155555555", NUMBER, Asker.SELF, "asker"),
        ("0155555555", STRANGER["id_number"], Asker.GUARDIAN, "paper"),
        (CODE, NUMBER, Asker.GUARDIAN, "asker"),
    ],
)
def test_nobody_else_gets_a_childs_data_nor_an_adults(officer: Actor, q: str, paper: str, asker: Asker, field: str):
    child()
    with pytest.raises(InvalidInput) as refused:
        whom(officer, q=q, paper=paper, asker=asker)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_an_impostor_guardian_gets_only_what_they_declared(officer: Actor):
    child()
    lie = STRANGER | {"full_name": "Bé Giả Danh", "date_of_birth": clock.today() - timedelta(days=2000)}
    declare(**lie, bhxh_code="0155555555", guardian_bhxh_code="0166666666")
    found = whom(officer, q="0155555555", paper=STRANGER["id_number"], asker=Asker.GUARDIAN)
    assert found is not None
    with transaction() as session:
        assert [one.full_name for one in belongings_of(session, found).declarations] == ["Bé Giả Danh"]


def test_who_has_come_of_age_asks_alone_and_is_not_told_the_guardians_numbers(officer: Actor):
    own = "001208000123"
    declaration_id, phone = child(
        bhxh_code=own, date_of_birth=clock.today() - timedelta(days=7000), status=Status.APPROVED
    )
    with transaction() as session:
        declaration = session.get_one(Declaration, declaration_id)
        make_notice(session, about=declaration)
    add_photos(declaration, PhotoKind.PORTRAIT, PhotoKind.ID_FRONT)
    found = whom(officer, q=own, paper=own)
    data = told(found, officer)
    assert [one.full_name for one in data.declarations] == ["Bé Con Trẻ"]
    assert not [one for one in (phone, NUMBER, CODE) if one in data.model_dump_json()]
    with transaction() as session:
        held = belongings_of(session, found)  # type: ignore[arg-type]
        assert session.query(Photo).count() == 2
        assert [one.caption for one in photos_of(held.declarations[0], Asker.SELF)] == ["Chân dung"]
    with pytest.raises(InvalidInput):
        whom(officer, q=own, asker=Asker.GUARDIAN)


def test_a_lie_about_the_childs_age_does_not_keep_the_guardian_out(officer: Actor):
    child()
    declare(**STRANGER, bhxh_code="0155555555")
    data = told(whom(officer, q="0155555555", asker=Asker.GUARDIAN), officer)
    assert [one.full_name for one in data.declarations] == ["Bé Con Trẻ"]
