"""The table "Đối chiếu" and what is said beside it (issue 4, item 2; D5, D11). Everybody here is invented."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.desk.compare import LABELS, Field, Verdict, notes, three_way, undeclared
from backoffice.desk.compare import table as shown
from backoffice.identity.qr import read_citizen_card
from backoffice.identity.scan import read_scan
from backoffice.models import Declaration, IdType

NUMBER, OLD = "001085012345", "012345678"
CITIZEN = f"{NUMBER}|{OLD}|Nguyễn Thử Mẫu|20011985|Nam|Số 1, ngõ 2, phường Mẫu, Hà Nội|25042021"
BARE = f"{NUMBER}|{OLD}|NGUYEN THU MAU|20011985|NAM|SO 1, NGO 2, PHUONG MAU, HA NOI|25042021"
OTHERS = "079195000123||Trần Thị Mẫu|02031995|Nữ|Số 9, Phường Mẫu|05072024"
HEALTH = "0123456789|Nguyễn Thử Mẫu|20/01/1985|1|-|01 - 061|01/01/2025|-|15/12/2024|01|-|4|01/01/2030|15cb-71|$"
TODAY = date(2026, 11, 20)


def declared(**values) -> Declaration:
    """A declaration that is in no database."""
    defaults = {
        "id_type": IdType.CITIZEN_ID,
        "id_number": NUMBER,
        "full_name": "Nguyễn Thử Mẫu",
        "date_of_birth": date(1985, 1, 20),
        "bhxh_code": "0123456789",
        "guardian_bhxh_code": None,
        "province_code": "01",
        "ward_code": "00004",
        "address_line": "Số 2 phố Mẫu",
    }
    return Declaration(**defaults | values)


def table(*scans, photo=None, **values):
    """field → line."""
    card = read_citizen_card(photo) if photo else None
    return {line.field: line for line in three_way(declared(**values), card, [read_scan(scan) for scan in scans])}


def said(*scans, photo=None, **values):
    card = read_citizen_card(photo) if photo else None
    return notes(declared(**values), card, [read_scan(scan) for scan in scans], TODAY)


def test_declared_photo_and_scan_stand_side_by_side():
    lines = table(BARE, photo=CITIZEN)
    assert list(lines) == [*(Field.NUMBER, Field.OLD_NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.ADDRESS)]
    name = lines[Field.NAME]
    assert [cell.text for cell in (name.declared, name.photo, name.scanned)] == [
        *("Nguyễn Thử Mẫu", "Nguyễn Thử Mẫu", "NGUYEN THU MAU")
    ]
    assert (name.verdict, name.why) == (Verdict.SAME_BUT_FORM, "máy quét không gửi dấu")
    assert [lines[field].verdict for field in (Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.SEX)] == (
        [Verdict.SAME] * 4
    )
    assert lines[Field.ADDRESS].verdict is Verdict.INFORMATION


def test_every_field_has_a_label_and_an_undeclared_birth_reads_khong_khai():
    assert set(LABELS) == set(Field)
    assert undeclared(Field.DATE_OF_BIRTH) == "không khai"
    assert undeclared(Field.SEX) == "–"
    born = table(CITIZEN, date_of_birth=None)[Field.DATE_OF_BIRTH]
    assert (born.declared.text, born.scanned.text, born.verdict) == ("", "20/01/1985", Verdict.UNKNOWN)


def test_nothing_scanned_and_no_qr_on_the_photo_leaves_all_unknown():
    lines = table()
    assert {line.verdict for line in lines.values()} == {Verdict.UNKNOWN}
    assert Field.OLD_NUMBER not in lines


def test_a_declared_cmnd_is_compared_with_the_cards_old_number():
    """Domain 3: a declared CMND equal to the old number in the CCCD's QR is a match."""
    lines = table(CITIZEN, id_type=IdType.OLD_ID, id_number=OLD)
    assert lines[Field.OLD_NUMBER].verdict is Verdict.SAME
    assert (lines[Field.NUMBER].declared.text, lines[Field.NUMBER].verdict) == ("", Verdict.UNKNOWN)


def test_a_12_digit_bhxh_code_is_the_number_of_the_cccd():
    lines = table(CITIZEN, id_type=IdType.OLD_ID, id_number=OLD, bhxh_code="001085099999")
    assert lines[Field.NUMBER].verdict is Verdict.DIFFERENT


def test_a_passport_has_its_line_and_a_typed_number_is_compared():
    lines = table("B1234567", id_type=IdType.PASSPORT, id_number="B1234567")
    assert lines[Field.PASSPORT].verdict is Verdict.SAME
    assert Field.PASSPORT not in table(CITIZEN)


def test_a_health_card_shows_the_code_and_leaves_the_ids_column_standing():
    lines = table(HEALTH, BARE)
    assert lines[Field.BHXH_CODE].verdict is Verdict.SAME
    assert lines[Field.NUMBER].scanned.text == "001 085 012 345"
    assert lines[Field.NAME].scanned.text == "NGUYEN THU MAU"
    assert Field.BHXH_CODE not in table(BARE)


def test_of_several_scans_the_one_that_differs_is_shown():
    lines = table(CITIZEN, HEALTH.replace("Nguyễn Thử Mẫu", "Trần Thị Mẫu"))
    name = lines[Field.NAME]
    assert (name.scanned.text, name.verdict, name.why) == ("Trần Thị Mẫu", Verdict.DIFFERENT, "khác thẻ BHYT vừa quét")


def test_form_01_and_what_could_not_be_read_add_nothing():
    assert table("???", "7K4M92QX3A0", CITIZEN) == table(CITIZEN)


class TestNotes:
    def test_a_number_that_fits_birth_and_sex_needs_none(self):
        assert said(CITIZEN, photo=CITIZEN) == []

    def test_the_numbers_year_and_sex_are_held_against_what_was_declared_and_scanned(self):
        scan = CITIZEN.replace("20011985", "20011986").replace("Nam", "Nữ")
        assert said(scan, date_of_birth=date(1984, 1, 20)) == [
            "Số căn cước/CCCD cho biết năm sinh 1985, ngày sinh khai là 20/01/1984.",
            "Số căn cước/CCCD cho biết giới tính Nam, giới tính trên thẻ là Nữ.",
            "Số căn cước/CCCD cho biết năm sinh 1985, ngày sinh trên thẻ là 20/01/1986.",
        ]

    def test_the_sex_on_another_persons_card_is_not_held_against_the_declared_number(self):
        assert said(OTHERS) == []

    def test_a_12_digit_code_that_is_not_the_number_is_told(self):
        assert said(bhxh_code="001085099999") == [
            "Mã số BHXH 12 chữ số là số CCCD của người đó, ở đây hai số khác nhau."
        ]
        assert said(bhxh_code=NUMBER) == []

    def test_what_could_not_be_read_is_named(self):
        assert said(BARE[: BARE.index("|SO")]) == [
            "Không đọc được địa chỉ, ngày cấp. Xin xem trên giấy tờ hoặc quét lại.",
            "Máy quét không gửi dấu.",
        ]

    @pytest.mark.parametrize(
        ("born", "words"),
        [
            (date(2012, 11, 21), "13 tuổi: đăng ký cho con"),
            (date(2012, 11, 20), "14 tuổi: nếu chưa có giấy tờ"),
            (date(2008, 11, 21), "17 tuổi: nếu chưa có giấy tờ"),
            (date(2008, 11, 20), None),
        ],
    )
    def test_age_drives_the_childs_path(self, born, words):
        """D11: under 14 through a guardian; until 18 where there is no ID or phone of one's own."""
        number = f"0012{born:%y}012345"
        found = said(
            f"{number}||Nguyễn Thử Mẫu|{born:%d%m%Y}|Nam|Hà Nội|05072024", id_number=number, date_of_birth=None
        )
        assert [note for note in found if "tuổi" in note and words and words in note] == found
        assert bool(found) == bool(words)


class TestChild:
    """D11."""

    child = {"full_name": "Nguyễn Bé Mẫu", "date_of_birth": date(2019, 5, 4), "guardian_bhxh_code": "0201020304"}

    def test_what_differs_on_the_guardians_card_is_information(self):
        lines = table(CITIZEN, **self.child)
        assert lines[Field.NUMBER].verdict is Verdict.SAME
        assert (lines[Field.NAME].verdict, lines[Field.NAME].why) == (
            *(Verdict.INFORMATION, "giấy tờ của người giám hộ"),
        )
        assert lines[Field.DATE_OF_BIRTH].verdict is Verdict.INFORMATION

    def test_the_childs_own_card_can_differ(self):
        card = "001219000123||Nguyễn Bé Mẫu|05052019|Nam|Hà Nội|05072024"
        assert table(card, **self.child)[Field.DATE_OF_BIRTH].verdict is Verdict.DIFFERENT

    def test_the_guardians_age_is_not_the_childs_and_a_grown_child_is_told(self):
        assert said(CITIZEN, **self.child) == []
        grown = self.child | {"date_of_birth": date(2007, 5, 4), "id_type": IdType.PASSPORT, "id_number": "B1234567"}
        assert said(**grown) == ["Người này đã 19 tuổi: tự đăng ký bằng giấy tờ của mình, không qua người giám hộ."]


def test_the_screen_gets_a_line_a_field_with_its_pieces_and_a_word():
    card, scans = read_citizen_card(CITIZEN), [read_scan(CITIZEN.replace("20011985", "20011986"))]
    lines = {line["label"]: line for line in shown(declared(), card, scans)}
    assert [(name, line["kind"], line["word"]) for name, line in lines.items()] == [
        ("Số CCCD", "good", "trùng"),
        ("Số CMND", "good", "trùng"),
        ("Họ tên", "good", "trùng"),
        ("Ngày sinh", "bad", "khác"),
        ("Giới tính", "good", "trùng"),
        ("Địa chỉ", "none", "để biết"),
    ]
    assert lines["Ngày sinh"]["scanned"] == (("20/01/198", False), ("6", True))
    assert lines["Số CMND"]["declared"] == (("–", False),)
    assert [name for name, line in lines.items() if line["is_wide"]] == ["Địa chỉ"]


def test_without_a_scan_the_screens_third_column_is_empty():
    lines = shown(declared(date_of_birth=None), read_citizen_card(CITIZEN))
    assert {line["scanned"] for line in lines} == {()}
    [birth] = [line for line in lines if line["label"] == "Ngày sinh"]
    assert birth["declared"] == (("không khai", False),)
