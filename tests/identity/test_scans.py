"""Scan anything (issue 4, item 1): what arrives at the desk, and what it is read as. Everybody here is invented."""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.names import fold
from backoffice.identity.receipt_code import format_receipt_code, new_receipt_code
from backoffice.identity.scan import (
    CitizenScan,
    Fault,
    HealthScan,
    Letters,
    NumberKind,
    NumberScan,
    ReceiptScan,
    UnreadableScan,
    looks_like_scan,
    read_scan,
    scan_from_dict,
    scan_to_dict,
)
from tests.identity.test_input_method import TELEX, VNI, typed_through

CODE = "7K4M92QX3A0"
NUMBER, OLD = "001085012345", "012345678"
CITIZEN = f"{NUMBER}|{OLD}|Nguyễn Thử Mẫu|20011985|Nam|Số 1, ngõ 2, phường Mẫu, Hà Nội|25042021"
SIX = CITIZEN.replace(f"{OLD}|", "")
NEW = "079195000123||Trần Thị Mẫu|02031995|Nữ|12 Lê Mẫu, Phường Mẫu, TP. Hồ Chí Minh|05072024|||Trần Văn Cha|Lê Thị Mẹ|"
BARE = f"{NUMBER}|{OLD}|NGUYEN THU MAU|20011985|NAM|SO 1, NGO 2, PHUONG MAU, HA NOI|25042021"


def hexed(text: str) -> str:
    return text.encode().hex()


HEALTH = "|".join(
    [
        *("DN4010123456789", hexed("Nguyễn Thử Mẫu"), "20/01/1985", "1", hexed("Phường Mẫu, Hà Nội"), "01 - 061"),
        *("01/01/2020", "31/12/2020", "15/12/2019", "01001234567", "-", "4", "01/01/2025", "15cb1e9a1e2d3c4b-7102|$"),
    ]
)
HEALTH_NEW = HEALTH.replace("DN4010123456789", "0123456789").replace("31/12/2020", "-")

CARD = CitizenScan(
    number=NUMBER,
    old_number=OLD,
    full_name="Nguyễn Thử Mẫu",
    date_of_birth=date(1985, 1, 20),
    birth_year=1985,
    sex="male",
    address="Số 1, ngõ 2, phường Mẫu, Hà Nội",
    issued=date(2021, 4, 25),
)
NEW_CARD = CitizenScan(
    number="079195000123",
    old_number=None,
    full_name="Trần Thị Mẫu",
    date_of_birth=date(1995, 3, 2),
    birth_year=1995,
    sex="female",
    address="12 Lê Mẫu, Phường Mẫu, TP. Hồ Chí Minh",
    issued=date(2024, 7, 5),
)
HEALTH_CARD = HealthScan(
    code="0123456789",
    card_number="DN4010123456789",
    full_name="Nguyễn Thử Mẫu",
    date_of_birth=date(1985, 1, 20),
    birth_year=1985,
    sex="male",
    address="Phường Mẫu, Hà Nội",
    valid_from=date(2020, 1, 1),
    valid_to=date(2020, 12, 31),
)
NEW_HEALTH_CARD = replace(HEALTH_CARD, card_number=None, valid_to=None)
BARE_CARD = replace(CARD, full_name="NGUYEN THU MAU", address="SO 1, NGO 2, PHUONG MAU, HA NOI", letters=Letters.BARE)
BARE_WORDS = replace(CARD, full_name="Nguyen Thu Mau", address="So 1, ngo 2, phuong Mau, Ha Noi", letters=Letters.BARE)
NOTHING = CitizenScan(None, None, None, None, None, None, None, None)
RECEIPT = ReceiptScan(CODE)

NAME, BIRTH, SEX, ADDRESS, ISSUED = "họ tên", "ngày sinh", "giới tính", "địa chỉ", "ngày cấp"
ID, OLD_ID, BHXH = "số Căn cước/CCCD", "số CMND cũ", "mã số BHXH"
VIETNAMESE_KEYS = str.maketrans("1234567890", "ăâêô\u0300\u0309\u0303\u0301\u0323đ")
FRENCH_KEYS = str.maketrans("1234567890aqwzAQWZmM,./:|", "&é\"'(-è_çàqazwQAZW,?;:!Mµ")


def bare(text: str) -> str:
    """What a scanner sends that has ASCII alone: each letter without its diacritics."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in text if not unicodedata.combining(char))


def unread(card, *parts, **values):
    return replace(card, unread=parts, **values)


READ = [
    # form 01
    ("form 01", CODE, RECEIPT),
    ("form 01 with hyphens", "7K4M-92QX-3A0", RECEIPT),
    ("form 01, CR LF", CODE + "\r\n", RECEIPT),
    ("form 01, small letters", CODE.lower(), RECEIPT),
    ("form 01 twice", CODE + CODE, RECEIPT),
    ("form 01 twice in lines", f"{CODE}\r{CODE}\r", RECEIPT),
    ("form 01, symbology prefix", "]Q1" + CODE, RECEIPT),
    ("form 01 pasted with words", "Mã hồ sơ: 7K4M-92QX-3A0", RECEIPT),
    # CCCD, old and new layout
    ("CCCD", CITIZEN, CARD),
    ("CCCD without the field of the CMND", SIX, replace(CARD, old_number=None)),
    ("CCCD with the field of the CMND empty", CITIZEN.replace(OLD, ""), replace(CARD, old_number=None)),
    ("căn cước 2024 with further fields", NEW, NEW_CARD),
    ("CCCD, old number of 12 digits", CITIZEN.replace(OLD, "001085000001"), replace(CARD, old_number="001085000001")),
    ("CCCD in capitals", CITIZEN.upper(), replace(CARD, full_name="NGUYỄN THỬ MẪU", address=CARD.address.upper())),
    ("CCCD in NFD", unicodedata.normalize("NFD", CITIZEN), CARD),
    ("CCCD, dd/mm/yyyy", CITIZEN.replace("20011985", "20/01/1985").replace("25042021", "25/04/2021"), CARD),
    ("CCCD, year of birth alone", CITIZEN.replace("20011985", "1985"), replace(CARD, date_of_birth=None)),
    ("CCCD, month of birth", CITIZEN.replace("20011985", "011985"), replace(CARD, date_of_birth=None)),
    ("CCCD, day and month of birth 00", CITIZEN.replace("20011985", "00001985"), replace(CARD, date_of_birth=None)),
    # what scanners do to it
    ("CCCD, CR LF", CITIZEN + "\r\n", CARD),
    ("CCCD, LF CR", CITIZEN + "\n\r", CARD),
    ("CCCD, Tab", CITIZEN + "\t", CARD),
    ("CCCD, symbology prefix", "]Q3" + CITIZEN, CARD),
    ("CCCD, prefix of its own", "QR:" + CITIZEN, CARD),
    ("CCCD, byte order mark", "\ufeff" + CITIZEN, CARD),
    ("CCCD twice", CITIZEN + CITIZEN, CARD),
    ("CCCD three times", CITIZEN * 3, CARD),
    ("CCCD twice in lines", f"{CITIZEN}\r\n{CITIZEN}\r\n", CARD),
    ("CCCD twice, Tab between", f"{CITIZEN}\t{CITIZEN}\t", CARD),
    ("CCCD twice, each with a prefix", f"]Q1{CITIZEN}]Q1{CITIZEN}", CARD),
    ("half a CCCD, then the whole", CITIZEN[:31] + CITIZEN, CARD),
    ("half a CCCD in a line, then the whole", CITIZEN[:31] + "\r\n" + CITIZEN, CARD),
    ("CCCD in lines", CITIZEN.replace("|", "\r\n"), CARD),
    # the bar on other layouts
    ("CCCD, tilde for the bar", CITIZEN.replace("|", "~"), CARD),
    ("CCCD, brace for the bar", CITIZEN.replace("|", "}"), CARD),
    ("CCCD, full-width bar", CITIZEN.replace("|", "\uff5c"), CARD),
    ("CCCD, µ for the bar", CITIZEN.replace("|", "µ"), CARD),
    ("CCCD, Ç for the bar", CITIZEN.replace("|", "Ç"), CARD),
    ("CCCD, Tab for the bar", CITIZEN.replace("|", "\t"), CARD),
    ("CCCD, comma for the bar", CITIZEN.replace("|", ","), CARD),
    (
        "CCCD, apostrophe for the bar and in the name",
        CITIZEN.replace("|", "'").replace("Nguyễn", "H'Nguyễn"),
        replace(CARD, full_name="H'Nguyễn Thử Mẫu"),
    ),
    ("CCCD, bars lost", CITIZEN.replace("|", ""), CARD),
    ("CCCD, blanks for the bars", CITIZEN.replace("|", " "), CARD),
    ("CCCD through the Vietnamese layout", bare(CITIZEN).translate(VIETNAMESE_KEYS), BARE_WORDS),
    ("CCCD through the French layout", BARE.translate(FRENCH_KEYS), BARE_CARD),
    # diacritics
    ("CCCD without diacritics", bare(CITIZEN), BARE_WORDS),
    ("CCCD without diacritics in capitals", BARE, BARE_CARD),
    ("CCCD in a wrong code page", CITIZEN.encode().decode("latin-1"), CARD),
    ("CCCD in the console's code page", CITIZEN.encode().decode("cp437"), CARD),
    (
        "CCCD, a question mark for each letter with diacritics",
        "".join(char if char.isascii() else "?" for char in NEW),
        replace(
            NEW_CARD,
            full_name="Tr?n Th? M?u",
            address="12 L? M?u, Ph??ng M?u, TP. H? Ch? Minh",
            letters=Letters.LOST,
        ),
    ),
    (
        "CCCD, letters with diacritics lost",
        "".join(char for char in NEW if char.isascii()),
        replace(NEW_CARD, full_name="Trn Th Mu", address="12 L Mu, Phng Mu, TP. H Ch Minh", letters=Letters.LOST),
    ),
    # damaged and half
    ("CCCD, a digit of the number lost", CITIZEN[1:], unread(CARD, ID, number=None)),
    ("CCCD, beginning lost", CITIZEN[8:], unread(CARD, ID, number=None)),
    (
        "CCCD, a digit of the old number lost",
        CITIZEN.replace(OLD, OLD[1:]),
        unread(CARD, OLD_ID, old_number=None),
    ),
    ("CCCD, no name", CITIZEN.replace("Nguyễn Thử Mẫu", ""), unread(CARD, NAME, full_name=None)),
    (
        "CCCD, date of birth lost",
        CITIZEN.replace("20011985", ""),
        unread(CARD, BIRTH, date_of_birth=None, birth_year=None),
    ),
    ("CCCD, a day that is none", CITIZEN.replace("20011985", "31021985"), unread(CARD, BIRTH, date_of_birth=None)),
    ("CCCD, sex lost", CITIZEN.replace("|Nam|", "||"), unread(CARD, SEX, sex=None)),
    ("CCCD, address lost", CITIZEN.replace(CARD.address, ""), unread(CARD, ADDRESS, address=None)),
    ("CCCD, no day of issue on it", CITIZEN.replace("25042021", ""), replace(CARD, issued=None)),
    ("CCCD, day of issue damaged", CITIZEN.replace("25042021", "2504"), unread(CARD, ISSUED, issued=None)),
    ("half a CCCD, to the sex", CITIZEN[:50], unread(CARD, ADDRESS, ISSUED, address=None, issued=None)),
    (
        "half a CCCD, within the date of birth",
        CITIZEN[:42],
        unread(
            replace(NOTHING, number=NUMBER, old_number=OLD, full_name="Nguyễn Thử Mẫu"),
            *(BIRTH, SEX, ADDRESS, ISSUED),
        ),
    ),
    (
        "half a CCCD, within the name",
        CITIZEN[:33],
        unread(replace(NOTHING, number=NUMBER, old_number=OLD), NAME, BIRTH, SEX, ADDRESS, ISSUED),
    ),
    (
        "half a CCCD, within the old number",
        CITIZEN[:18],
        unread(replace(NOTHING, number=NUMBER), OLD_ID, NAME, BIRTH, SEX, ADDRESS, ISSUED),
    ),
    # BHYT
    ("BHYT", HEALTH, HEALTH_CARD),
    ("BHYT since 2021", HEALTH_NEW, NEW_HEALTH_CARD),
    (
        "BHYT with a personal number",
        HEALTH_NEW.replace("0123456789|", NUMBER + "|", 1),
        replace(NEW_HEALTH_CARD, code=NUMBER),
    ),
    ("BHYT in capitals", HEALTH.upper(), HEALTH_CARD),
    ("BHYT, CR LF", HEALTH + "\r\n", HEALTH_CARD),
    ("BHYT twice", HEALTH + HEALTH, HEALTH_CARD),
    ("BHYT, tilde for the bar", HEALTH.replace("|", "~"), HEALTH_CARD),
    ("BHYT, name in plain text", HEALTH.replace(hexed("Nguyễn Thử Mẫu"), "Nguyễn Thử Mẫu"), HEALTH_CARD),
    ("BHYT, small letters", HEALTH.replace("DN4", "dn4"), HEALTH_CARD),
    ("BHYT of a child through VNI", HEALTH.replace("DN4", "TÉ"), replace(HEALTH_CARD, card_number=None)),
    (
        "BHYT, name altered by VNI",
        HEALTH.replace(hexed("Nguyễn Thử Mẫu"), hexed("Nguyễn Thử Mẫu").replace("e1", "é")),
        unread(HEALTH_CARD, NAME, full_name=None),
    ),
    (
        "BHYT, a digit of the card number lost",
        HEALTH.replace("DN4010123456789", "DN401012345678"),
        unread(HEALTH_CARD, BHXH, code=None, card_number=None),
    ),
    (
        "half a BHYT, within the name",
        HEALTH[:24],
        HealthScan(
            *("0123456789", "DN4010123456789", None, None, None, None, None, None, None),
            unread=(NAME, BIRTH, SEX, ADDRESS, "thời hạn thẻ"),
        ),
    ),
    # numbers
    ("12 digits", NUMBER, NumberScan(NUMBER, NumberKind.CITIZEN_ID)),
    ("12 digits in groups", "001 085 012 345", NumberScan(NUMBER, NumberKind.CITIZEN_ID)),
    ("12 digits through the French layout", NUMBER.translate(FRENCH_KEYS), NumberScan(NUMBER, NumberKind.CITIZEN_ID)),
    ("12 digits pasted with words", "Số CCCD: 001085012345.", NumberScan(NUMBER, NumberKind.CITIZEN_ID)),
    ("12 digits between asterisks", f"*{NUMBER}*", NumberScan(NUMBER, NumberKind.CITIZEN_ID)),
    ("9 digits", "012.345.678", NumberScan(OLD, NumberKind.OLD_ID)),
    ("10 digits", "0123456789\r\n", NumberScan("0123456789", NumberKind.BHXH_CODE)),
    ("10 digits twice", "01234567890123456789", NumberScan("0123456789", NumberKind.BHXH_CODE)),
    ("number of a BHYT card", "DN 4 01 012 345 6789", NumberScan("0123456789", NumberKind.BHXH_CODE)),
    ("number of a child's BHYT card through VNI", "TÉ010123456789", NumberScan("0123456789", NumberKind.BHXH_CODE)),
    ("passport", "b 1234567", NumberScan("B1234567", NumberKind.PASSPORT)),
]

UNREAD = [
    ("nothing", "", Fault.EMPTY),
    ("an end of line alone", "\r\n", Fault.EMPTY),
    ("a prefix alone", "]Q1", Fault.EMPTY),
    ("address of the web", "https://example.vn/tra-cuu?id=001085012345", Fault.WEB),
    ("address of the web without its scheme", "qr.example.vn/a/b|c", Fault.WEB),
    (
        "payment",
        "00020101021138540010A00000072701240006970403011300110123456780208QRIBFTTA6304ABCD",
        Fault.PAYMENT,
    ),
    ("wireless network", "WIFI:T:WPA;S:Mau;P:khong-co;;", Fault.OTHER_QR),
    ("visiting card", "BEGIN:VCARD\nVERSION:3.0\nN:Mẫu;Thử\nEND:VCARD", Fault.OTHER_QR),
    ("electronic invoice", "0101234567|1|C24TAA|123|20/01/2024|5000000", Fault.PARTIAL),
    ("only bars", "||||||", Fault.PARTIAL),
    ("CCCD of which the number and the name's beginning are lost", CITIZEN[24:], Fault.PARTIAL),
    ("goods, EAN-13", "4006381333931", Fault.BARCODE),
    ("goods, EAN-8", "73513537", Fault.BARCODE),
    ("11 digits", NUMBER[1:], Fault.NUMBER_LENGTH),
    ("13 digits", NUMBER + "6", Fault.NUMBER_LENGTH),
    ("number of a BHYT card without a digit", "DN401012345678", Fault.NUMBER_LENGTH),
    ("form 01 with a wrong character", "7K4M92QX3A1", Fault.RECEIPT_CODE),
    ("half of form 01", "7K4M92QX", Fault.RECEIPT_CODE),
    ("two different codes", f"{CITIZEN}\r\n{NEW}", Fault.TWO_CODES),
    ("a card and form 01", f"{CITIZEN}\r\n{CODE}", Fault.TWO_CODES),
    ("a name typed", "Nguyễn Thử Mẫu", Fault.UNKNOWN),
    ("a note typed", "gọi lại sau 2 ngày", Fault.UNKNOWN),
    ("too much", "1" * 2001, Fault.TOO_LONG),
]


def test_the_codes_used_here_are_good_ones():
    assert read_scan(CODE) == RECEIPT
    assert len(READ) + len(UNREAD) >= 60


@pytest.mark.parametrize(("text", "scan"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_what_scanners_send_is_read(text, scan):
    assert read_scan(text) == scan


@pytest.mark.parametrize(("text", "fault"), [row[1:] for row in UNREAD], ids=[row[0] for row in UNREAD])
def test_what_is_not_ours_is_told_so_with_what_to_do(text, fault):
    scan = read_scan(text)
    assert isinstance(scan, UnreadableScan)
    assert scan.fault is fault
    assert "Xin " in scan.sentence
    assert not re.search(r"\d{5}", scan.sentence)


@pytest.mark.parametrize("scheme", [TELEX, VNI], ids=["Telex", "VNI"])
def test_digits_and_names_without_diacritics_survive_an_input_method(scheme):
    assert read_scan(typed_through(BARE, scheme)) == BARE_CARD


@pytest.mark.parametrize("scheme", [TELEX, VNI], ids=["Telex", "VNI"])
def test_form_01_scanned_with_an_input_method_on_is_read_rightly_or_the_officer_is_told_of_it(scheme):
    seen = set()
    for _ in range(200):
        code = new_receipt_code()
        typed = typed_through(code, scheme)
        scan = read_scan(typed)
        if typed != code and isinstance(scan, UnreadableScan):
            assert "bộ gõ" in scan.sentence or not re.search("[0-9]", typed)
        else:
            assert scan == ReceiptScan(code)
        seen.add(type(scan))
    assert ReceiptScan in seen


@pytest.mark.parametrize("text", [CITIZEN, SIX, NEW, BARE, CITIZEN.replace("|", "~"), HEALTH, HEALTH_NEW])
def test_a_scan_that_breaks_off_says_nothing_that_the_whole_does_not_say(text):
    whole = scan_to_dict(read_scan(text))
    for end in range(17, len(text)):
        part = scan_to_dict(read_scan(text[:end]))
        said = {name: part[name] for name in part if part[name] is not None} if part["kind"] != "unreadable" else {}
        for name in said.keys() - {"unread", "letters", "address"}:
            assert said[name] == whole[name]
        assert (whole["address"] or "").startswith(said.get("address", ""))


@pytest.mark.parametrize("text", [CITIZEN, SIX, NEW])
def test_a_scan_whose_beginning_is_lost_says_nothing_that_the_whole_does_not_say(text):
    whole = read_scan(text)
    for start in range(1, text.index("Nam" if "Nam" in text else "Nữ")):
        part = read_scan(text[start:])
        if isinstance(part, CitizenScan):
            assert part.number is None
            assert part.full_name in (whole.full_name, None)
            assert part.date_of_birth in (whole.date_of_birth, None)


def test_an_officer_is_told_what_could_not_be_read_and_that_diacritics_are_missing():
    assert read_scan(CITIZEN).notes == ()
    assert read_scan(BARE[: BARE.index("|SO")]).notes == (
        "Không đọc được địa chỉ, ngày cấp. Xin xem trên giấy tờ hoặc quét lại.",
        "Máy quét không gửi dấu.",
    )
    assert read_scan(CITIZEN.replace("Thử", "Th?")).notes == (
        "Máy quét làm mất chữ có dấu. Xin xem họ tên trên giấy tờ.",
    )


_TORN = st.builds(
    lambda text, at, length, put: text[:at] + put + text[at + length :],
    st.sampled_from([CITIZEN, NEW, BARE, HEALTH, HEALTH_NEW, CODE, SIX.replace("|", "µ")]),
    st.integers(0, 120),
    st.integers(0, 60),
    st.text(max_size=12),
)


@given(st.text(max_size=300) | st.from_regex(r"[0-9A-Zđ|$?.\- ]{1,60}", fullmatch=True) | _TORN)
def test_any_text_is_read_as_one_of_five_and_survives_json(text):
    scan = read_scan(text)
    assert isinstance(scan, ReceiptScan | CitizenScan | HealthScan | NumberScan | UnreadableScan)
    assert scan_from_dict(json.loads(json.dumps(scan_to_dict(scan)))) == scan
    if isinstance(scan, CitizenScan):
        assert scan.number or scan.old_number or scan.full_name
        assert set(scan.unread) >= {name for name, value in ((ID, scan.number), (SEX, scan.sex)) if value is None}


@given(_TORN, st.sampled_from(["\r", "\n", "\r\n", "\t", ""]), st.sampled_from(["", "]Q1", "]C0"]))
def test_line_ends_prefix_and_sending_it_twice_in_lines_change_nothing(text, end, prefix):
    assert read_scan(prefix + text.strip() + end) == read_scan(text.strip())
    line = text.strip()
    once, twice = read_scan(line), read_scan(f"{line}\r\n{line}\r\n")
    # What nobody can read may be refused in other words when it comes twice.
    assert once == twice or (isinstance(once, UnreadableScan) and isinstance(twice, UnreadableScan))


NOT_FROM_A_SCANNER = (
    "pasted",
    "groups",
    "asterisks",
    "layout",
    "without its scheme",
    "passport",
    "number of",
    "012.345",
)
FOREIGN = (Fault.WEB, Fault.PAYMENT, Fault.OTHER_QR, Fault.BARCODE)


@pytest.mark.parametrize(
    "text",
    [
        text
        for name, text, read in [*READ, *UNREAD]
        if (read in FOREIGN or not isinstance(read, Fault))
        and not any(words in name or words in text for words in NOT_FROM_A_SCANNER)
    ],
)
def test_what_a_scanner_sent_in_one_burst_looks_like_it(text):
    assert looks_like_scan(text)


@given(st.builds(new_receipt_code))
def test_every_form_01_looks_like_a_scan(code):
    assert looks_like_scan(code)
    assert looks_like_scan(format_receipt_code(code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nguyễn Thử Mẫu",
        "NGUYENTHANH",
        "gọi lại sau 2 ngày",
        "ảnh mặt sau mờ, mất góc",
        "số 0981234567, gọi sau 17h",
        "20/01/1985",
        "30.000",
        "nguoi.thu@example.vn",
        "001085",
        "a|b",
    ],
)
def test_what_people_type_does_not_look_like_a_scan(text):
    assert not looks_like_scan(text)


def test_the_folded_name_of_a_bare_card_is_the_declared_ones():
    assert fold(read_scan(bare(CITIZEN)).full_name) == fold(CARD.full_name)
