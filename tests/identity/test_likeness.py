"""How two spellings of a name agree (domain 3, Names; screens: scanner truths). Everybody here is invented."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.likeness import Likeness, likeness
from backoffice.identity.names import fold

NAMES = ["Nguyễn Thử Mẫu", "Trần Thị Phương Hòa", "Đặng Đức Đăng", "H'Hen Niê Mẫu", "Lê Quý Ươm"]


@pytest.mark.parametrize(
    ("declared", "read", "what"),
    [
        ("Nguyễn Thử Mẫu", "Nguyễn Thử Mẫu", Likeness.SAME),
        ("Nguyễn Thử Mẫu", "Nguyễn  Thử Mẫu ", Likeness.SAME),
        ("Nguyễn Thử Mẫu", "NGUYỄN THỬ MẪU", Likeness.CASE),
        ("Nguyễn Thử Mẫu", "Nguyễn ThửMẫu", Likeness.SPACING),
        ("H'Hen Niê", "H’Hen Niê", Likeness.SPACING),
        ("Y-Nhăm Mẫu", "Y Nhăm Mẫu", Likeness.SPACING),
        ("Trần Thị Hòa", "Trần Thị Hoà", Likeness.TONE_PLACE),
        ("Lê Thúy", "LÊ THUÝ", Likeness.TONE_PLACE),
        ("Nguyễn Thử Mẫu", "NGUYEN THU MAU", Likeness.READ_BARE),
        ("Nguyen Thu Mau", "Nguyễn Thử Mẫu", Likeness.DECLARED_BARE),
        ("Trần Thị Hòa", "Trần Thị Hoa", Likeness.MARKS),
        ("Nguyễn Thử Mẫu", "Nguyễn Thứ Mẫu", Likeness.MARKS),
        ("Nay Her", "NAY HẺ", Likeness.INPUT_METHOD),
        ("Krông Ana", "KRÔNG ÂN", Likeness.INPUT_METHOD),
        ("Nguyễn Thử Mẫu", "Nguyeenx Thuwr Maaux", Likeness.INPUT_METHOD),
        ("Trần Phương Đông", "Traanf Phuowng Ddoong", Likeness.INPUT_METHOD),
        ("Nguyễn Thử Mẫu", "Nguye64n Thu73 Ma64u", Likeness.INPUT_METHOD),
        ("Nguyễn Thử Mẫu", "Nguy?n Th? M?u", Likeness.LOST_LETTERS),
        ("Nguyễn Thử Mẫu", "Nguy???n Th\ufffd M??u", Likeness.LOST_LETTERS),
        ("Nguyễn Thử Mẫu", "NGUYN TH MU", Likeness.LOST_LETTERS),
        ("Nguyễn Thử Mẫu", "Nguyễn Thử Màn", Likeness.DIFFERENT),
        ("Nguyễn Thử Mẫu", "Nguyễn Mẫu Thử", Likeness.DIFFERENT),
        ("Nguyễn Thử Mẫu", "Nguyễn Thử", Likeness.DIFFERENT),
        ("Nguyễn Thử Mẫu", "Nguyễn Văn Thử Mẫu", Likeness.DIFFERENT),
        ("Lê Ha", "Lê Hao", Likeness.DIFFERENT),
        ("Lê An", "Lê Ann", Likeness.DIFFERENT),
        ("Nguyen Thu Mau", "???", Likeness.DIFFERENT),
        ("Nguyễn Thử Mẫu", "", Likeness.DIFFERENT),
    ],
)
def test_what_alone_makes_two_spellings_differ(declared, read, what):
    assert likeness(declared, read) is what


@pytest.mark.parametrize("name", NAMES)
def test_a_nfd_name_equals_its_nfc_twin_and_a_bare_one_is_told(name):
    assert likeness(name, unicodedata.normalize("NFD", name)) is Likeness.SAME
    assert likeness(name, fold(name).upper()) is Likeness.READ_BARE


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_two_people_are_never_the_same_for_their_form(a, b):
    assert (likeness(a, b) is Likeness.DIFFERENT) == (a != b)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_are_compared_and_the_same_text_is_the_same(a, b):
    assert likeness(a, a) is Likeness.SAME
    assert isinstance(likeness(a, b), Likeness)
