"""The three-way difference (issue 4, item 2): verdicts, why, and which characters are marked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.difference import Field, Said, Verdict, as_information, differences
from backoffice.identity.marking import differing, segments

SAME, FORM, OTHER, INFO, UNKNOWN = (
    Verdict.SAME,
    Verdict.SAME_BUT_FORM,
    Verdict.DIFFERENT,
    Verdict.INFORMATION,
    Verdict.UNKNOWN,
)
BORN = (date(1985, 1, 2), 1985)


def line(field, declared=None, photo=None, scanned=None):
    """The one line of `field`."""
    said = [Said(**{field: value}) for value in (declared, photo, scanned)]
    return next(one for one in differences(*said) if one.field == field)


def marked(cell):
    """The text of a cell, what differs in brackets."""
    return "".join(f"[{text}]" if differs else text for text, differs in cell.segments)


def test_the_fields_stand_in_the_tables_order():
    assert [one.field for one in differences(Said(), Said(), Said())] == list(Field)


@pytest.mark.parametrize(
    ("field", "values", "verdict", "why"),
    [
        ("number", ("001085012345", "001085012345", "001085012345"), SAME, ""),
        ("number", ("001085012345", None, "001085012354"), OTHER, "khác giấy tờ vừa quét"),
        ("number", ("001085012345", "001085012354", None), OTHER, "khác mã QR trên ảnh"),
        ("number", ("1", "2", "3"), OTHER, "khác mã QR trên ảnh, khác giấy tờ vừa quét"),
        ("number", ("001085012345", None, None), UNKNOWN, ""),
        ("number", (None, None, "001085012345"), UNKNOWN, ""),
        ("old_number", (None, "012345678", "012345678"), SAME, ""),
        ("old_number", (None, "012345678", "012345679"), OTHER, "giấy tờ vừa quét khác mã QR trên ảnh"),
        ("bhxh_code", ("0123456789", None, "0123456789"), SAME, ""),
        ("bhxh_code", ("0123456789", None, "001085012345"), UNKNOWN, ""),
        ("name", ("Nguyễn Thử Mẫu", "Nguyễn Thử Mẫu", "NGUYEN THU MAU"), FORM, "máy quét không gửi dấu"),
        ("name", ("Nguyễn Thử Mẫu", "NGUYEN THU MAU", None), FORM, "mã QR trên ảnh không có dấu"),
        ("name", ("Nguyễn Thử Mẫu", None, "NGUYỄN THỬ MẪU"), FORM, "chỉ khác chữ hoa, chữ thường"),
        ("name", ("Nguyen Thu Mau", None, "Nguyễn Thử Mẫu"), FORM, "khai không dấu"),
        ("name", ("Trần Hoà", None, "Trần Hòa"), FORM, "chỉ khác chỗ đặt dấu"),
        ("name", ("Trần Hoa", None, "Trần Hòa"), FORM, "khác dấu, xin xem kỹ"),
        ("name", ("Trần Hoa", "Trần Hoa", "Trần Lan"), OTHER, "khác giấy tờ vừa quét"),
        ("date_of_birth", (BORN, BORN, BORN), SAME, ""),
        ("date_of_birth", (None, BORN, BORN), SAME, ""),
        ("date_of_birth", (BORN, None, (None, 1985)), FORM, "giấy tờ chỉ ghi năm sinh"),
        ("date_of_birth", (BORN, None, (None, 1986)), OTHER, "khác giấy tờ vừa quét"),
        ("date_of_birth", (BORN, None, (date(1985, 2, 1), 1985)), OTHER, "khác giấy tờ vừa quét"),
        ("sex", (None, "male", "male"), SAME, ""),
        ("sex", (None, "male", "female"), OTHER, "giấy tờ vừa quét khác mã QR trên ảnh"),
        ("address", ("Số 1, Hà Nội", "Số 1, Hà Nội", None), SAME, ""),
        ("address", ("Số 1, Hà Nội", None, "SO 1, HA NOI"), FORM, "máy quét không gửi dấu"),
        ("address", ("Số 1, Hà Nội", None, "Số 9, Hà Nội"), INFO, "địa chỉ khác, chỉ để biết"),
        ("address", ("Số 1, Hà Nội", "Thôn Mẫu, xã Mẫu, tỉnh Mẫu", None), INFO, "địa chỉ khác, chỉ để biết"),
    ],
)
def test_each_field_has_a_verdict_and_says_why(field, values, verdict, why):
    found = line(field, *values)
    assert (found.verdict, found.why) == (verdict, why)


@given(*[st.none() | st.text(min_size=1, max_size=30)] * 3)
def test_an_address_is_never_different(declared, photo, scanned):
    """Wards were merged: an address decides nothing."""
    assert line("address", declared, photo, scanned).verdict is not OTHER


def test_values_are_shown_as_people_read_them():
    found = differences(
        Said(number="001085012345", old_number="012345678", bhxh_code="0123456789", date_of_birth=BORN, sex="female"),
        Said(date_of_birth=(None, 1985)),
        Said(),
    )
    texts = {one.field: one.declared.text for one in found if one.declared.text}
    assert texts == {
        "number": "001 085 012 345",
        "old_number": "012 345 678",
        "bhxh_code": "012 345 6789",
        "date_of_birth": "02/01/1985",
        "sex": "Nữ",
    }
    assert next(one for one in found if one.field is Field.DATE_OF_BIRTH).photo.text == "1985"


@pytest.mark.parametrize(
    ("field", "declared", "scanned", "marked_declared", "marked_scanned"),
    [
        ("number", "001085012345", "001085912346", "001 085 [0]12 34[5]", "001 085 [9]12 34[6]"),
        ("date_of_birth", BORN, (date(1985, 1, 20), 1985), "[02]/01/1985", "[20]/01/1985"),
        ("name", "Nguyễn Thử Mẫu", "Nguyễn Thử Màn", "Nguyễn Thử M[ẫu]", "Nguyễn Thử M[àn]"),
        ("name", "Nguyễn Thử Mẫu", "NGUYEN THU MAN", "Nguyễn Thử Mẫ[u]", "NGUYEN THU MA[N]"),
        ("name", "Nguyễn Mẫu", "Nguyễn Thử Mẫu", "Nguyễn Mẫu", "Nguyễn [Thử ]Mẫu"),
        ("name", "Trần Hoa", "Trần Hòa", "Trần H[o]a", "Trần H[ò]a"),
        ("name", "Nguyễn Thử Mẫu", "NGUYEN THU MAU", "Nguyễn Thử Mẫu", "NGUYEN THU MAU"),
        ("address", "Số 1, Hà Nội", "Số 9, Hà Nội", "Số 1, Hà Nội", "Số 9, Hà Nội"),
    ],
)
def test_the_differing_characters_are_marked_on_both_sides(field, declared, scanned, marked_declared, marked_scanned):
    found = line(field, declared, None, scanned)
    assert (marked(found.declared), marked(found.scanned)) == (marked_declared, marked_scanned)


def test_the_declared_value_bears_the_marks_of_both_others():
    found = line("number", "001085012345", "901085012345", "001085012349")
    assert marked(found.declared) == "[0]01 085 012 34[5]"
    assert marked(found.photo) == "[9]01 085 012 345"
    assert [cell.verdict for cell in (found.photo, found.scanned)] == [OTHER, OTHER]


def test_a_difference_taken_as_information_is_grey_and_unmarked():
    found = as_information(line("name", "Trần Hoa", None, "Trần Lan"), "giấy tờ của người giám hộ")
    assert (found.verdict, found.scanned.verdict, found.why) == (INFO, INFO, "giấy tờ của người giám hộ")
    assert marked(found.declared) == "Trần Hoa"
    equal = line("name", "Trần Hoa", None, "Trần Hoa")
    assert as_information(equal, "giấy tờ của người giám hộ") == equal


def test_only_a_difference_is_red_and_only_what_was_compared_has_a_word():
    assert [one for one in Verdict if one.kind == "bad"] == [OTHER]
    assert [one for one in Verdict if not one.word] == [UNKNOWN]
    assert INFO.kind == "none"


@given(st.text(max_size=40), st.text(max_size=40), st.booleans())
def test_the_pieces_put_together_are_the_text_and_equal_texts_have_no_mark(a, b, folded):
    marks_a, marks_b = differing(a, b, folded=folded)
    assert "".join(text for text, _ in segments(a, marks_a)) == a
    assert "".join(text for text, _ in segments(b, marks_b)) == b
    assert not any(differing(a, a, folded=folded)[0])
