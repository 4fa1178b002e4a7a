"""What a scan proves of a declaration: the ledger's items (issue 4, item 3; design 4). Everybody here is invented."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from backoffice.identity.proof import Proof, is_of, proves
from backoffice.identity.scan import UnreadableScan, read_scan
from tests.identity.test_scans import BARE, CITIZEN, CODE, HEALTH, HEALTH_NEW, NEW, NUMBER, OLD

EQUAL, FORM_ONLY, DIFFERENT = Proof.EQUAL, Proof.FORM_ONLY, Proof.DIFFERENT


@dataclass(frozen=True)
class Declared:
    """What Nguyễn Thử Mẫu declared."""

    id_type: str = "citizen_id"
    id_number: str = NUMBER
    full_name: str = "Nguyễn Thử Mẫu"
    date_of_birth: date | None = date(1985, 1, 20)
    bhxh_code: str = "0123456789"
    guardian_bhxh_code: str | None = None


def proven(text, **declared):
    return proves(read_scan(text), Declared(**declared))


def test_the_id_presented_proves_number_name_and_date_of_birth_in_one_gesture():
    assert proven(CITIZEN) == {"id_number": EQUAL, "name": EQUAL, "date_of_birth": EQUAL}


def test_a_scanner_without_diacritics_proves_by_digits_and_the_name_as_to_its_letters():
    assert proven(BARE) == {"id_number": EQUAL, "name": FORM_ONLY, "date_of_birth": EQUAL}


@pytest.mark.parametrize(
    ("name", "proof"),
    [
        ("NGUYỄN THỬ MẪU", EQUAL),
        ("Nguyễn Thử-Mẫu", EQUAL),
        ("Nguyen Thu Mau", FORM_ONLY),
        ("Nguyễn Thử Màn", DIFFERENT),
        ("Trần Thị Mẫu", DIFFERENT),
    ],
)
def test_a_name_is_proven_but_for_case_blanks_and_diacritics(name, proof):
    assert proven(CITIZEN, full_name=name)["name"] is proof


@pytest.mark.parametrize("name", ["Nguyễn Thứ Mẫu", "Nguyên Thử Mẫu"])
def test_other_diacritics_where_both_have_them_are_left_to_the_officers_eye(name):
    assert "name" not in proven(CITIZEN, full_name=name)


def test_a_name_whose_letters_were_lost_or_not_read_proves_nothing():
    assert "name" not in proven(CITIZEN.replace("ễ", "?").replace("ử", "?").replace("ẫ", "?"))
    assert "name" not in proven(CITIZEN[:33])


def test_what_differs_never_fills():
    """The scan of another person."""
    found = proven(NEW)
    assert found == {"id_number": DIFFERENT, "name": DIFFERENT, "date_of_birth": DIFFERENT}
    assert not any(proof.fills for proof in found.values())
    assert EQUAL.fills
    assert FORM_ONLY.fills


def test_an_undeclared_date_of_birth_is_no_item_to_prove():
    assert "date_of_birth" not in proven(CITIZEN, date_of_birth=None)


@pytest.mark.parametrize(("birth", "proof"), [("1985", FORM_ONLY), ("1986", DIFFERENT)])
def test_a_card_with_the_year_alone_proves_the_year(birth, proof):
    assert proven(CITIZEN.replace("20011985", birth))["date_of_birth"] is proof


def test_a_declared_cmnd_is_proven_by_the_old_number_in_the_cccds_qr():
    assert proven(CITIZEN, id_type="old_id", id_number=OLD)["id_number"] is EQUAL
    assert proven(CITIZEN, id_type="old_id", id_number="112345678")["id_number"] is DIFFERENT
    assert "id_number" not in proven(CITIZEN.replace(OLD, ""), id_type="old_id", id_number=OLD)


def test_a_cccd_says_nothing_of_a_passports_number():
    assert "id_number" not in proven(CITIZEN, id_type="passport", id_number="B1234567")


def test_the_12_digit_code_is_proven_by_being_the_number_itself():
    assert proven(CITIZEN, bhxh_code=NUMBER)["bhxh_code"] is EQUAL
    assert proven(CITIZEN, bhxh_code="001085099999")["bhxh_code"] is DIFFERENT
    assert "bhxh_code" not in proven(CITIZEN)


def test_the_health_card_proves_the_code_alone():
    assert proven(HEALTH) == {"bhxh_code": EQUAL}
    assert proven(HEALTH_NEW) == {"bhxh_code": EQUAL}
    assert proven(HEALTH, bhxh_code="9876543210") == {"bhxh_code": DIFFERENT}


def test_a_health_card_of_another_name_or_birth_does_not_prove_the_code_its_own():
    assert proven(HEALTH, full_name="Trần Thị Mẫu") == {"bhxh_code": DIFFERENT}
    assert proven(HEALTH, date_of_birth=date(1990, 1, 20)) == {"bhxh_code": DIFFERENT}
    assert proven(HEALTH, full_name="Nguyen Thu Mau", date_of_birth=None) == {"bhxh_code": EQUAL}


def test_a_10_digit_and_a_12_digit_code_say_nothing_of_each_other():
    """K9: they may be one person's."""
    assert proven(HEALTH, bhxh_code=NUMBER) == {}
    assert proven(HEALTH_NEW.replace("0123456789|", f"{NUMBER}|", 1)) == {}


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        (NUMBER, {}, {"id_number": EQUAL}),
        (NUMBER, {"bhxh_code": NUMBER}, {"id_number": EQUAL, "bhxh_code": EQUAL}),
        ("001085099999", {}, {"id_number": DIFFERENT}),
        (OLD, {}, {}),
        (OLD, {"id_type": "old_id", "id_number": OLD}, {"id_number": EQUAL}),
        ("B1234567", {"id_type": "passport", "id_number": "B1234567"}, {"id_number": EQUAL}),
        ("B7654321", {"id_type": "passport", "id_number": "B1234567"}, {"id_number": DIFFERENT}),
        ("0123456789", {}, {}),
        (CODE, {}, {}),
        ("https://example.vn", {}, {}),
    ],
)
def test_a_number_proves_itself_alone_and_10_digits_typed_prove_nothing(text, declared, found):
    assert proven(text, **declared) == found


def test_a_half_scan_proves_what_it_brought():
    assert proven(CITIZEN[:50]) == proven(CITIZEN)
    assert proven(CITIZEN[:16]) == {"id_number": EQUAL}


class TestChild:
    """D11: registered through a guardian, whose ID is presented."""

    child = {"full_name": "Nguyễn Bé Mẫu", "date_of_birth": date(2019, 5, 4), "guardian_bhxh_code": "0201020304"}

    def test_the_guardians_id_proves_nothing_of_the_child(self):
        assert proven(CITIZEN, **self.child) == {}
        assert proven(CITIZEN[:33], **self.child) == {}

    def test_the_childs_own_card_proves_name_and_birth_but_no_id_number(self):
        card = "001219000123||Nguyễn Bé Mẫu|04052019|Nam|Hà Nội|05072024"
        assert proven(card, **self.child) == {"name": EQUAL, "date_of_birth": EQUAL}

    def test_the_childs_health_card_proves_its_code(self):
        card = HEALTH.replace("4e677579e1bb856e205468e1bbad204de1baab75", "Nguyễn Bé Mẫu")
        assert proven(card.replace("20/01/1985", "04/05/2019"), **self.child) == {"bhxh_code": EQUAL}


@pytest.mark.parametrize(
    ("text", "declared", "is_theirs"),
    [
        (CITIZEN, {}, True),
        (BARE, {"full_name": "Somebody Else"}, True),
        (NEW, {}, False),
        (CITIZEN, {"id_type": "old_id", "id_number": OLD}, True),
        (NEW, {"id_type": "old_id", "id_number": OLD}, None),
        (CITIZEN, {"id_type": "passport", "id_number": "B1234567"}, None),
        (CITIZEN, {"id_type": "passport", "id_number": "B1234567", "bhxh_code": NUMBER}, True),
        (HEALTH, {}, True),
        (HEALTH, {"bhxh_code": "9876543210"}, False),
        (HEALTH, {"bhxh_code": NUMBER}, None),
        (HEALTH_NEW.replace("0123456789|", f"{NUMBER}|", 1), {}, True),
        ("0123456789", {}, True),
        (NUMBER, {}, True),
        (CODE, {}, None),
        ("https://example.vn", {}, None),
    ],
)
def test_whose_card_it_is_is_told_by_its_digits(text, declared, is_theirs):
    """K6: presence needs the card of this declaration."""
    assert is_of(read_scan(text), Declared(**declared)) is is_theirs


def test_an_unreadable_scan_proves_nothing():
    scan = read_scan("???")
    assert isinstance(scan, UnreadableScan)
    assert proves(scan, replace(Declared(), bhxh_code=NUMBER)) == {}
