"""Names: NFC, no prescribed alphabet, compared without case, searched without diacritics (domain 3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.malformed import Malformed
from backoffice.identity.names import alike_name, fold, normalize_name, same_name

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
VIETNAMESE_NAMES = st.lists(
    st.text(alphabet=VIETNAMESE + VIETNAMESE.upper(), min_size=1, max_size=7), min_size=1, max_size=5
).map(" ".join)


@given(VIETNAMESE_NAMES)
def test_a_nfd_name_equals_its_nfc_twin(name):
    nfd, nfc = unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)
    assert normalize_name(nfd) == normalize_name(nfc) == nfc
    assert fold(nfd) == fold(nfc)
    assert same_name(nfd, nfc)


@given(VIETNAMESE_NAMES)
def test_a_vietnamese_name_folds_to_plain_lower_case_letters_and_blanks(name):
    folded = fold(name)
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz ")
    assert len(folded) == len(name)


@given(st.text(max_size=60))
def test_folding_and_cleaning_once_is_enough(text):
    assert fold(fold(text)) == fold(text)
    try:
        name = normalize_name(text)
    except Malformed:
        return
    assert normalize_name(name) == name
    assert same_name(name, text)
    assert alike_name(name, text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_same_names_are_alike_and_both_are_symmetrical(a, b):
    assert same_name(a, b) == same_name(b, a)
    assert alike_name(a, b) == alike_name(b, a)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Nguyễn \t Thử\u00a0 Mẫu\r\n", "Nguyễn Thử Mẫu"),
        ("Nguyễn\u200b Thử\u202e", "Nguyễn Thử"),
        ("Ngu\u0079e\u0302\u0303n", "Nguyễn"),
        ("Trần\x00 Văn\x07 A", "Trần Văn A"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("Ksor H’Bơ", "Ksor H’Bơ"),
        ("Y-Nhăm Ê Ban", "Y-Nhăm Ê Ban"),
        ("O", "O"),
        ("Nguyễn Văn A (tức Bình) 2", "Nguyễn Văn A (tức Bình) 2"),
        ("李小龍", "李小龍"),
        ("Łukasz Ó Súilleabháin-d'Arc", "Łukasz Ó Súilleabháin-d'Arc"),
        ("محمد", "محمد"),
    ],
)
def test_names_of_every_people_are_kept_as_written_in_nfc(text, name):
    assert normalize_name(text) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "name_missing"),
        (" \t\u200b\u00a0", "name_missing"),
        ("123", "name_without_letters"),
        ("-.'", "name_without_letters"),
        ("a" * 201, "name_too_long"),
        ("Nguyễn Thử 😀", "name_with_symbols"),
        ("♥ Mẫu \ue000", "name_with_symbols"),
    ],
)
def test_what_is_no_name_is_refused_by_name_with_a_sentence(text, code):
    with pytest.raises(Malformed) as refusal:
        normalize_name(text)
    assert refusal.value.code == code
    assert "Xin " in refusal.value.message


def test_200_characters_are_a_name_even_when_they_come_as_more_in_nfd():
    assert normalize_name(unicodedata.normalize("NFD", "ế" * 200)) == "ế" * 200


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng Thị Ưng", "dang thi ung"),
        ("ĐỖ  ĐÌNH\u00a0Đức", "do dinh duc"),
        ("NGUYỄN thử Mẫu", "nguyen thu mau"),
        ("Ｎｇｕｙễｎ", "nguyen"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_folding_leaves_lower_case_letters_without_marks(text, folded):
    assert fold(text) == folded


def test_names_are_the_same_without_regard_to_case_and_white_space_but_not_to_diacritics():
    assert same_name("NGUYỄN  THỬ MẪU", "Nguyễn Thử Mẫu ")
    assert not same_name("Nguyễn Thu Mẫu", "Nguyễn Thử Mẫu")
    assert alike_name("NGUYEN THU MAU", "Nguyễn Thử Mẫu")
    assert alike_name("DO DINH", "Đỗ Đình")
    assert not alike_name("Nguyễn Thử", "Nguyễn Thử Mẫu")
