"""The one search box takes anything (issue 2, item 6; screens: queue and search)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import format_receipt_code, new_receipt_code, normalize_receipt_code
from backoffice.identity.search import Sought, understand

CITIZEN = "001085012345|012345678|Nguyễn Thử Mẫu|20011985|Nam|Hà Nội|25042021"
HEALTH = "DN4010123456789|4e677579e1bb856e|20/01/1985|1|-|01 - 061|01/01/2020|-|15/12/2019|01|-|4|01/01/2025|15cb-71|$"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0123456789", {"bhxh_code": "0123456789"}),
        ("012 345 6789", {"bhxh_code": "0123456789"}),
        ("7912345678", {"bhxh_code": "7912345678"}),
        ("0981234567", {"bhxh_code": "0981234567", "phone": "0981234567"}),
        ("098.123.4567", {"bhxh_code": "0981234567", "phone": "0981234567"}),
        ("001085012345", {"bhxh_code": "001085012345", "citizen_id": "001085012345"}),
        ("012345678", {"old_id": "012345678"}),
        ("+84 98 123 4567", {"phone": "0981234567"}),
        ("84981234567", {"phone": "0981234567"}),
        ("0084981234567", {"phone": "0981234567"}),
        ("0120 123 4567", {"phone": "0701234567"}),
        ("DN4010123456789", {"bhxh_code": "0123456789"}),
        ("dn 4 01 012 345 6789", {"bhxh_code": "0123456789"}),
        ("B1234567", {"passport": "B1234567"}),
        ("b 1234567", {"passport": "B1234567"}),
        ("AB123456", {"passport": "AB123456"}),
        ("0123456789\r\n", {"bhxh_code": "0123456789"}),
        ("]Q10123456789\t", {"bhxh_code": "0123456789"}),
        ("01234567890123456789", {"bhxh_code": "0123456789"}),
        ("0123456789\r0123456789\r", {"bhxh_code": "0123456789"}),
        ("001085001085", {"bhxh_code": "001085001085", "citizen_id": "001085001085"}),
        (
            CITIZEN,
            {
                "citizen_card": "001085012345",
                "citizen_id": "001085012345",
                "bhxh_code": "001085012345",
                "old_id": "012345678",
            },
        ),
        (
            CITIZEN.replace("012345678", "", 1),
            {"citizen_card": "001085012345", "citizen_id": "001085012345", "bhxh_code": "001085012345"},
        ),
        (HEALTH, {"health_card": "0123456789", "bhxh_code": "0123456789"}),
        (
            HEALTH.replace("DN4010123456789", "001085012345"),
            {"health_card": "001085012345", "bhxh_code": "001085012345", "citizen_id": "001085012345"},
        ),
    ],
)
def test_a_number_or_card_is_sought_as_everything_it_may_be(text, values):
    query = understand(text)
    assert query.values == values
    assert query.kinds == tuple(values)
    assert query.words == ()


def test_a_scanned_card_comes_with_what_it_says():
    assert understand(CITIZEN).card.full_name == "Nguyễn Thử Mẫu"
    assert understand(HEALTH).card.full_name == "Nguyễn"
    assert understand("0123456789").card is None


def test_half_a_card_is_sought_by_the_number_it_still_has():
    assert understand(CITIZEN[:16]).values == {
        "citizen_card": "001085012345",
        "citizen_id": "001085012345",
        "bhxh_code": "001085012345",
    }


def test_a_card_without_readable_numbers_is_sought_by_its_name():
    query = understand(CITIZEN.replace("001085012345|012345678", "2345|"))
    assert query.kinds == (Sought.name,)
    assert query.words == ("nguyen", "thu", "mau")
    assert query.card.unread == ("số Căn cước/CCCD",)


@given(st.builds(new_receipt_code))
def test_a_receipt_code_is_found_with_and_without_hyphens(code):
    for text in (code, format_receipt_code(code), format_receipt_code(code).lower(), f"{code}\r\n", code + code):
        query = understand(text)
        assert query.kinds[0] is Sought.receipt_code
        assert query.values[Sought.receipt_code] == code


def test_a_receipt_code_of_letters_only_may_be_a_name_too():
    code = next(code for end in "ABCDEFGHJKMNPQRSTVWXYZ" if (code := _valid("TRANTHANHA" + end)))
    query = understand(code)
    assert query.kinds == (Sought.receipt_code, Sought.name)
    assert query.words == (code.lower(),)


def _valid(code: str) -> str | None:
    try:
        return normalize_receipt_code(code)
    except Malformed:
        return None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nguyễn Thử", ("nguyen", "thu")),
        ("  NGUYEN   thu ", ("nguyen", "thu")),
        (unicodedata.normalize("NFD", "Đặng Thị Ưng"), ("dang", "thi", "ung")),
        ("H'Hen Niê", ("h", "hen", "nie")),
        ("Y-Nhăm", ("y", "nham")),
        ("ng th & | !".replace("|", ""), ("ng", "th")),
        ("Trần Văn A 2", ("tran", "van", "a", "2")),
    ],
)
def test_words_are_a_name_sought_without_diacritics(text, words):
    query = understand(text)
    assert query.kinds == (Sought.name,)
    assert query.words == words


def test_a_nfd_name_is_sought_like_its_nfc_twin():
    nfc = understand("Nguyễn Thử Mẫu")
    assert understand(unicodedata.normalize("NFD", "Nguyễn Thử Mẫu")) == nfc
    assert nfc.values[Sought.name] == "Nguyễn Thử Mẫu"


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "query_empty", "Chưa nhập gì"),
        ("\u200b \t", "query_empty", "Chưa nhập gì"),
        ("a" * 1001, "query_long", "quá dài"),
        ("1234567", "query_number_length", "có 7 chữ số; mã số BHXH có 10 hoặc 12 chữ số"),
        ("12345678901234", "query_number_length", "có 14 chữ số"),
        ("+1 415 555 0123", "query_number_length", "có 11 chữ số"),
        ("!!!", "query_not_understood", "Không nhận ra"),
        ("thu@example.vn", "query_not_understood", "Không nhận ra"),
        ("||||", "card_unreadable", "Xin quét lại"),
        ("001085012345|x1|y|2", "card_unreadable", "Xin quét lại"),
        ("https://example.vn/a|b", "card_unreadable", "trang web"),
        ("00020101021138540010A00000072701240006970403", "card_unreadable", "chuyển tiền"),
        ("DN6010123456789", "bhxh_code_invalid", "số thẻ BHYT"),
        ("7K4M-92QX-3AB", "receipt_code_check", "ký tự sai"),
        ("7K4M-92QX-3A", "receipt_code_length", "có 11 ký tự, ở đây có 10"),
        ("ĐK4M-92QX-3A", "receipt_code_diacritics", "bộ gõ tiếng Việt"),
    ],
)
def test_what_cannot_be_sought_is_refused_with_a_sentence_that_helps(text, code, sentence):
    with pytest.raises(Malformed, match=sentence) as refusal:
        understand(text)
    assert refusal.value.code == code
    assert "Xin " in refusal.value.message


@given(st.text(max_size=60) | st.from_regex(r"[0-9A-Z|. -]{1,40}", fullmatch=True))
def test_any_text_is_understood_with_a_value_for_each_kind_or_refused(text):
    try:
        query = understand(text)
    except Malformed:
        return
    assert query.kinds
    assert set(query.kinds) == set(query.values)
    assert all(query.values.values())
    assert bool(query.words) == (Sought.name in query.kinds)
    assert all(word.isalnum() and word == word.lower() for word in query.words)
