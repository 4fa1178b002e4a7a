"""Scans on an open declaration: form 01 takes it in hand, a card fills what it proves (issue 4; K6, D11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.decision import actions as decide
from backoffice.decision import claims, ledger
from backoffice.decision.scan import OtherDeclaration, receive, refill, scan
from backoffice.decision.scanned import newest_scans
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Account, Declaration, DeskScan, How, IdType, Item, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.decision.test_ledger import card_of, entries, trail
from tests.factories import make_actor, make_declaration, make_office

pytestmark = pytest.mark.usefixtures("database")
GUARDIANS = "001180000001||Trần Thị Mẹ|02031980|Nữ|Số 2 phố Mẫu|25042021"


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def colleague() -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session)


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def holder(declaration: Declaration) -> int | None:
    with transaction() as session:
        held = claims.live(session, declaration.id)
    return held.officer_id if held else None


def scanned_items(declaration: Declaration) -> set[Item]:
    return {item for item, entry in entries(declaration).items() if entry.how is How.SCANNED}


def health_card(declaration: Declaration, code: str = "") -> str:
    born = declaration.date_of_birth
    return (
        f"{code or declaration.bhxh_code}|{declaration.full_name}|{born:%d/%m/%Y}|1|-|01 - 061|01/01/2025|-|15/12/2024"
        "|01|-|4|01/01/2030|15cb-71|$"
    )


class TestForm01:
    def test_k6_its_form_01_claims_and_marks_as_handed_in_in_one_gesture(
        self, declaration: Declaration, officer: Actor
    ):
        scan(declaration.receipt_code, officer, f"{declaration.receipt_code}\r")
        assert holder(declaration) == officer.id
        assert (kept(declaration).presented_to_id, kept(declaration).expires_at) == (officer.id, None)
        assert [len(trail(event)) for event in (TrailEvent.CLAIM, TrailEvent.PRESENT)] == [1, 1]

    def test_scanned_again_it_changes_nothing(self, declaration: Declaration, officer: Actor):
        scan(declaration.receipt_code, officer, declaration.receipt_code)
        first = kept(declaration).presented_at
        with clock.at(clock.now() + timedelta(minutes=1)):
            scan(declaration.receipt_code, officer, declaration.receipt_code)
        assert kept(declaration).presented_at == first
        assert [len(trail(event)) for event in (TrailEvent.CLAIM, TrailEvent.PRESENT)] == [1, 1]

    def test_that_of_another_declaration_is_told_and_changes_nothing(self, declaration: Declaration, officer: Actor):
        other = new_receipt_code()
        with pytest.raises(OtherDeclaration) as refusal:
            scan(declaration.receipt_code, officer, other)
        assert (refusal.value.receipt_code, refusal.value.status) == (other, 409)
        assert holder(declaration) is None
        assert kept(declaration).presented_at is None

    def test_received_from_anywhere_it_only_opens_while_a_colleague_holds_it(
        self, declaration: Declaration, officer: Actor, colleague: Actor
    ):
        decide.claim(declaration.receipt_code, colleague)
        assert not receive(declaration.receipt_code, officer, declaration.receipt_code)
        assert holder(declaration) == colleague.id
        assert kept(declaration).presented_at is None

    def test_received_from_anywhere_only_form_01_does_anything(self, declaration: Declaration, officer: Actor):
        for text in (declaration.bhxh_code, card_of(declaration), declaration.phone, new_receipt_code()):
            assert not receive(declaration.receipt_code, officer, text)
        assert holder(declaration) is None
        assert receive(declaration.receipt_code, officer, declaration.receipt_code)
        assert holder(declaration) == officer.id


class TestCards:
    def test_the_presented_id_fills_what_it_proves_and_proves_presence(self, declaration: Declaration, officer: Actor):
        reading = scan(declaration.receipt_code, officer, card_of(declaration))
        assert reading.filled == (Item.NAME, Item.ID_NUMBER, Item.DATE_OF_BIRTH)
        assert scanned_items(declaration) == set(reading.filled)
        assert holder(declaration) == officer.id
        assert kept(declaration).presented_at is not None

    def test_a_scanner_without_diacritics_fills_the_name_all_the_same(self, declaration: Declaration, officer: Actor):
        scan(declaration.receipt_code, officer, card_of(declaration, name="NGUYEN THU MAU"))
        assert Item.NAME in scanned_items(declaration)

    def test_what_differs_is_never_filled(self, declaration: Declaration, officer: Actor):
        reading = scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985"))
        assert reading.differing == (Item.DATE_OF_BIRTH,)
        assert scanned_items(declaration) == {Item.NAME, Item.ID_NUMBER}

    def test_what_was_seen_or_scanned_lapses_when_the_next_card_says_otherwise(
        self, declaration: Declaration, officer: Actor
    ):
        decide.claim(declaration.receipt_code, officer)
        ledger.verify(declaration.receipt_code, officer, "date_of_birth", "seen")
        ledger.verify(declaration.receipt_code, officer, "name", "overridden", "Đã đổi tên, có quyết định")
        scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985", name="Trần Khác Tên"))
        found = entries(declaration)
        assert Item.DATE_OF_BIRTH not in found
        assert found[Item.NAME].how is How.OVERRIDDEN

    def test_somebody_elses_card_fills_nothing_and_proves_no_presence(self, declaration: Declaration, officer: Actor):
        reading = scan(declaration.receipt_code, officer, "079195000123||Lê Thị Khác|02031995|Nữ|Số 9|05072024")
        assert reading.is_own is False
        assert entries(declaration) == {}
        assert kept(declaration).presented_at is None

    def test_the_right_card_after_a_wrong_one_fills_again(self, declaration: Declaration, officer: Actor):
        for text in (card_of(declaration), card_of(declaration, birth="20011985"), card_of(declaration)):
            scan(declaration.receipt_code, officer, text)
        assert scanned_items(declaration) == {Item.NAME, Item.ID_NUMBER, Item.DATE_OF_BIRTH}

    def test_a_health_card_proves_the_bhxh_code(self, declaration: Declaration, officer: Actor):
        scan(declaration.receipt_code, officer, health_card(declaration))
        assert scanned_items(declaration) == {Item.BHXH_CODE}

    def test_a_health_card_of_another_code_proves_nothing(self, declaration: Declaration, officer: Actor):
        reading = scan(declaration.receipt_code, officer, health_card(declaration, "0199999999"))
        assert reading.differing == (Item.BHXH_CODE,)
        assert entries(declaration) == {}

    def test_a_code_of_twelve_digits_is_proven_by_being_the_id_number(self, officer: Actor):
        with transaction() as session:
            twelve = make_declaration(session, bhxh_code="001085777777", id_number="001085777777")
        scan(twelve.receipt_code, officer, card_of(twelve))
        assert Item.BHXH_CODE in scanned_items(twelve)

    def test_scanning_needs_the_declaration_free_or_mine(
        self, declaration: Declaration, officer: Actor, colleague: Actor
    ):
        decide.claim(declaration.receipt_code, colleague)
        with pytest.raises(Conflict, match="Trần Thị Lan") as refusal:
            scan(declaration.receipt_code, officer, card_of(declaration))
        assert refusal.value.code == "claimed"
        with transaction() as session:
            assert session.query(DeskScan).count() == 0

    def test_what_cannot_be_read_is_refused_with_a_sentence_and_not_kept(
        self, declaration: Declaration, officer: Actor
    ):
        for text in ("", "https://example.vn", "x" * 5000, "001085"):
            with pytest.raises(InvalidInput) as refusal:
                scan(declaration.receipt_code, officer, text)
            assert [fault.field for fault in refusal.value.faults] == ["text"]
        with transaction() as session:
            assert session.query(DeskScan).count() == 0

    def test_out_of_scope_answers_as_if_there_were_none_whatever_was_scanned(self, officer: Actor):
        with transaction() as session:
            foreign = make_declaration(session, office=make_office(session, "00131"))
        for text in (card_of(foreign), foreign.receipt_code, "?"):
            with pytest.raises(NotFound):
                scan(foreign.receipt_code, officer, text)

    def test_the_trail_of_a_scan_names_no_person(self, declaration: Declaration, officer: Actor):
        scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985"))
        with transaction() as session:
            told = " ".join(str(row.facts) for row in session.query(TrailRow))
        for personal in (declaration.id_number, declaration.full_name, "20011985", "1985-01-20"):
            assert personal not in told
        [row] = trail(TrailEvent.SCAN)
        assert row.facts == {
            "kind": "citizen_card",
            "filled": ["name", "id_number"],
            "differing": ["date_of_birth"],
        }


class TestNumbers:
    def test_with_a_broken_scanner_the_number_is_typed_and_compared(self, declaration: Declaration, officer: Actor):
        number = declaration.id_number
        reading = scan(declaration.receipt_code, officer, f" {number[:3]} {number[3:6]} {number[6:]} ")
        assert reading.filled == (Item.ID_NUMBER,)
        assert scanned_items(declaration) == {Item.ID_NUMBER}

    def test_a_number_typed_wrongly_no_longer_counts_once_the_card_is_read(
        self, declaration: Declaration, officer: Actor
    ):
        scan(declaration.receipt_code, officer, "001085999999")
        assert entries(declaration) == {}
        scan(declaration.receipt_code, officer, card_of(declaration))
        assert Item.ID_NUMBER in scanned_items(declaration)
        with transaction() as session:
            assert len(newest_scans(session, declaration.id)) == 1

    def test_a_number_typed_after_the_card_does_not_hide_what_the_card_says(
        self, declaration: Declaration, officer: Actor
    ):
        scan(declaration.receipt_code, officer, card_of(declaration, number="001085999999"))
        scan(declaration.receipt_code, officer, declaration.id_number)
        assert Item.ID_NUMBER not in entries(declaration)

    def test_a_passport_is_compared_by_its_number(self, officer: Actor):
        with transaction() as session:
            made = make_declaration(session, id_type=IdType.PASSPORT, id_number="B1234567")
        scan(made.receipt_code, officer, "b1234567")
        assert scanned_items(made) == {Item.ID_NUMBER}


class TestBirthAndAge:
    def test_a_birth_that_was_not_declared_comes_to_the_account_from_the_scanned_id(self, officer: Actor):
        with transaction() as session:
            made = make_declaration(session, date_of_birth=None)
        reading = scan(made.receipt_code, officer, card_of(made, birth="02011985"))
        assert reading.born == date(1985, 1, 2)
        assert Item.DATE_OF_BIRTH not in entries(made)
        with transaction() as session:
            ledger.enter(session, made, officer, ledger.missing(session, made), How.SEEN)
        decide.approve(made.receipt_code, officer)
        with transaction() as session:
            assert session.query(Account).one().date_of_birth == date(1985, 1, 2)
        assert kept(made).date_of_birth is None

    def test_somebody_elses_birth_does_not(self, officer: Actor):
        with transaction() as session:
            made = make_declaration(session, date_of_birth=None)
        scan(made.receipt_code, officer, card_of(made, number="001085999999", birth="02011985"))
        with transaction() as session:
            ledger.enter(session, made, officer, ledger.missing(session, made), How.SEEN)
        decide.approve(made.receipt_code, officer)
        with transaction() as session:
            assert session.query(Account).one().date_of_birth is None

    def test_d11_the_guardians_card_proves_nothing_of_the_child(self, officer: Actor):
        with transaction() as session:
            child = make_declaration(session, guardian_bhxh_code="0123456789", date_of_birth=date(2015, 3, 4))
        reading = scan(child.receipt_code, officer, GUARDIANS)
        assert reading.is_guardians
        assert (reading.filled, reading.differing) == ((), ())
        assert entries(child) == {}

    def test_d11_a_child_that_its_card_shows_to_be_of_age_is_served_like_an_adult(self, officer: Actor):
        with transaction() as session:
            grown = make_declaration(session, guardian_bhxh_code="0123456789", date_of_birth=None)
            assert Item.GUARDIAN in ledger.items_for(session, grown)
        reading = scan(grown.receipt_code, officer, card_of(grown, birth="02011985"))
        assert reading.items_changed
        with transaction() as session:
            assert Item.GUARDIAN not in ledger.items_for(session, grown)
            assert Item.ID_DOCUMENT in ledger.missing(session, grown)


def test_after_a_correction_the_card_already_scanned_fills_the_item(declaration: Declaration, officer: Actor):
    scan(declaration.receipt_code, officer, card_of(declaration, birth="20011985"))
    with transaction() as session:
        corrected = session.get_one(Declaration, declaration.id)
        corrected.date_of_birth = date(1985, 1, 20)
        assert refill(session, corrected, officer) == [Item.DATE_OF_BIRTH]
        assert refill(session, corrected, officer) == []
    assert Item.DATE_OF_BIRTH in scanned_items(declaration)
