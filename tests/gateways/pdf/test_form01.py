"""Form 01 on paper (issue 2 item 4; D2, D3, D10, D11, K4, K5)."""

import dataclasses
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from backoffice.gateways.pdf.form01 import Address, Form01, Guardian, preview_form01, render_form01
from backoffice.gateways.pdf.printable import PRINTED, printable
from backoffice.rules import consent
from tests.gateways.pdf.drawn import first_page

UNDERTAKING = (
    "Cá nhân tôi cam kết hoàn toàn chịu trách nhiệm trước pháp luật về tính chính xác, trung thực của nội dung đăng ký "
    "nêu trên và thực hiện giao dịch điện tử trong lĩnh vực bảo hiểm xã hội theo đúng quy định của pháp luật."
)
CONSENT = consent.consent("2026-01")


def jpeg(width: int = 90, height: int = 60, colour: str = "teal", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).convert(mode).save(out, "JPEG")
    return out.getvalue()


FORM = Form01(
    receipt_code="7K4M-92QX-3AB",
    purpose="register",
    bhxh_code="0012345678",
    full_name="Nguyễn Thị Thử Mẫu",
    id_type="citizen_id",
    id_number="001185912345",
    date_of_birth=date(1985, 1, 20),
    address=Address(province="Thành phố Hà Nội", ward="Phường Ba Đình", line="Số 12, đường số 3"),
    phone="0980001234",
    email="thu.mau@example.vn",
    start_date=date(2026, 12, 1),
    registered_at="portal",
    office_code="00114",
    office_name="BHXH huyện Thanh Trì",
    office_address="Số 375 đường Ngọc Hồi",
    office_phone="02438615555",
    submission_method="Trực tiếp tại cơ quan BHXH",
    contact_person="Trần Văn Thử",
    declared_at=datetime(2026, 11, 20, 17, 40, tzinfo=UTC),
    deadline=date(2026, 11, 30),
    undertaking=UNDERTAKING,
    consent=CONSENT,
    portrait=jpeg(60, 90),
    id_front=jpeg(),
    id_back=jpeg(),
)
CHILD = dataclasses.replace(
    FORM,
    guardian=Guardian(code="0098765432", name="Trần Văn Giám Hộ"),
    id_front=None,
    id_back=None,
    birth_certificate=jpeg(60, 90),
    population_db_verified=True,
)


def form_with(**changes: object) -> Form01:
    return dataclasses.replace(FORM, **changes)


def pages(form: Form01) -> int:
    return len(PdfReader(io.BytesIO(render_form01(form))).pages)


def text_of(form: Form01) -> str:
    """The words on all pages, line ends and break opportunities taken out."""
    read = [page.extract_text() for page in PdfReader(io.BytesIO(render_form01(form))).pages]
    return " ".join("\n".join(read).replace("\u200b", "").split())


def unspaced(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    "shown",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Mẫu số 01",
        "Đăng ký sử dụng, điều chỉnh thông tin và ngừng sử dụng phương thức giao dịch điện tử"
        " trong lĩnh vực bảo hiểm xã hội",
        "Họ và tên: Nguyễn Thị Thử Mẫu",
        "Mã số BHXH: 001 234 5678",
        "Ngày sinh: 20/01/1985",
        "Giấy tờ: Căn cước/CCCD",
        "Số giấy tờ: 001 185 912 345",
        "Địa chỉ liên hệ: Số 12, đường số 3, Phường Ba Đình, Thành phố Hà Nội",
        "Điện thoại di động: 098 000 1234",
        "Thư điện tử (nếu có): thu.mau@example.vn",
        "Thời gian bắt đầu sử dụng: 01/12/2026",
        "☒ Cổng thông tin BHXH",
        "☐ Tổ chức I-VAN",
        "Hình thức nộp hồ sơ: Trực tiếp tại cơ quan BHXH",
        "Người liên hệ: Trần Văn Thử",
        UNDERTAKING,
        CONSENT,
        "(Ký, ghi rõ họ tên)",
        "Mã hồ sơ 7K4M-92QX-3AB",
        "Dành cho cơ quan BHXH",
    ],
)
def test_the_form_shows_every_field_of_d2_and_d3(shown):
    assert unspaced(shown) in unspaced(text_of(FORM))  # a line may end at a hyphen or a slash


def test_office_and_deadline_are_said_in_words_k5():
    assert (
        "Nộp tại BHXH huyện Thanh Trì (mã 00114), Số 375 đường Ngọc Hồi, điện thoại 02438615555, "
        "chậm nhất thứ Hai, ngày 30 tháng 11 năm 2026." in text_of(FORM)
    )


def test_without_a_deadline_only_the_office_is_named():
    text = text_of(form_with(deadline=None))
    assert "điện thoại 02438615555." in text
    assert "chậm nhất" not in text


def test_the_form_says_which_papers_to_bring_d10():
    text = text_of(FORM)
    assert "tờ khai này, đã ký và ghi rõ họ tên" in text
    assert "căn cước/CCCD hoặc hộ chiếu, bản gốc còn hạn" in text


def test_the_time_of_declaring_is_vietnams():
    assert "kê khai lúc 00:40 ngày 21/11/2026" in text_of(FORM)


@pytest.mark.parametrize(
    ("purpose", "marked"),
    [("register", "Đăng ký sử dụng"), ("adjust", "Điều chỉnh thông tin"), ("stop", "Ngừng sử dụng")],
)
def test_only_the_chosen_purpose_is_marked_d2(purpose, marked):
    text = text_of(form_with(purpose=purpose, registered_at=None))
    assert text.count("☒") == 1
    assert f"☒ {marked}" in text


def test_what_was_not_declared_is_said_so():
    text = text_of(form_with(date_of_birth=None, email=None, contact_person=""))
    for label in ("Ngày sinh", "Thư điện tử (nếu có)", "Người liên hệ"):
        assert f"{label}: không kê khai" in text


def test_the_population_databases_mark_is_printed_only_when_it_verified_d4():
    mark = "☒ Thông tin công dân đã được Cơ sở dữ liệu quốc gia về dân cư xác thực"
    assert mark in text_of(form_with(population_db_verified=True, id_front=None, id_back=None))
    assert mark not in text_of(FORM)


def test_an_old_address_keeps_its_district():
    old = Address(province="Tỉnh Hà Giang", district="Huyện Mèo Vạc", ward="Xã Pả Vi", line="Thôn 1")
    assert "Thôn 1, Xã Pả Vi, Huyện Mèo Vạc, Tỉnh Hà Giang" in text_of(form_with(address=old))


def test_a_childs_form_names_its_guardian_and_asks_for_the_birth_certificate_d11():
    text = text_of(CHILD)
    assert "Họ và tên của trẻ: Nguyễn Thị Thử Mẫu" in text
    assert "Cha, mẹ hoặc người giám hộ: Trần Văn Giám Hộ (mã số BHXH 009 876 5432)" in text
    assert "giấy khai sinh của trẻ" in text
    assert "CHA, MẸ HOẶC NGƯỜI GIÁM HỘ" in text


USUAL_LONG = {
    "full_name": "Công Tằng Tôn Nữ Huỳnh Thị Ngọc Phương Thảo",
    "address": Address(
        province="Tỉnh Bà Rịa - Vũng Tàu",
        district="Thành phố Bà Rịa",
        ward="Phường Phước Trung",
        line="Số 12A, ngõ 345/67, đường Nguyễn Thị Minh Khai, tổ dân phố 12",
    ),
    "office_name": "BHXH thành phố Phan Rang - Tháp Chàm",
}


@pytest.mark.parametrize(
    "form",
    [FORM, CHILD, dataclasses.replace(FORM, **USUAL_LONG), dataclasses.replace(CHILD, **USUAL_LONG)],
    ids=["adult", "child", "adult with long names", "child with long names"],
)
def test_the_form_fits_one_a4_page(form):
    page = PdfReader(io.BytesIO(render_form01(form))).pages[0]
    assert pages(form) == 1
    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]


def test_the_file_declares_itself_pdf_a_and_accessible():
    metadata = render_form01(FORM)
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_the_same_form_gives_the_same_bytes():
    assert render_form01(FORM) == render_form01(form_with())


def test_the_qr_is_the_bare_receipt_code():
    page = Image.open(io.BytesIO(preview_form01(FORM)[0]))
    assert [found.text for found in zxingcpp.read_barcodes(page)] == ["7K4M92QX3AB"]


def test_the_qr_is_in_the_file_itself_as_another_reader_draws_it():
    page = first_page(render_form01(FORM))
    assert [found.text for found in zxingcpp.read_barcodes(page)] == ["7K4M92QX3AB"]


def colours(form: Form01) -> set[tuple[int, ...]]:
    """The strong colours on the first page, roughly."""
    page = Image.open(io.BytesIO(preview_form01(form, ppi=50)[0])).convert("RGB")
    counted = page.quantize(8).convert("RGB").getcolors()
    return {colour for _, colour in counted if max(colour) - min(colour) > 100}


def test_all_photos_are_on_the_page():
    pictures = {"portrait": jpeg(60, 90, "red"), "id_front": jpeg(colour="lime"), "id_back": jpeg(colour="blue")}
    seen = colours(form_with(**pictures))
    assert {max(range(3), key=colour.__getitem__) for colour in seen} == {0, 1, 2}


@pytest.mark.parametrize(("degrees", "above"), [(0, "red"), (90, "red"), (180, "blue"), (270, "blue")])
def test_a_photo_that_was_turned_is_printed_upright(degrees: int, above: str):
    """As the officer turned it for everybody (issue 4, item 4): clockwise what was on the left comes up."""
    picture = Image.new("RGB", (400, 300), "blue")
    picture.paste("red", (0, 0, 400, 150) if degrees % 180 == 0 else (0, 0, 200, 300))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    form = form_with(portrait=None, id_front=out.getvalue(), turned={"id_front": degrees})
    page = Image.open(io.BytesIO(preview_form01(form, ppi=50)[0])).convert("RGB")
    rows = {name: _rows_of(page, channel) for name, channel in (("red", 0), ("blue", 2))}
    upper = min(rows, key=lambda name: sum(rows[name]) / len(rows[name]))
    assert upper == above


def _rows_of(page: Image.Image, channel: int) -> list[int]:
    """In which rows of the page this colour is strong and the others are not."""
    rest = [other for other in range(3) if other != channel]
    pixels = page.load()
    assert pixels is not None
    return [
        y
        for y in range(page.height)
        for x in range(page.width)
        if pixels[x, y][channel] > 150 and all(pixels[x, y][other] < 80 for other in rest)
    ]


@pytest.mark.parametrize("photo", [jpeg(4000, 3000), jpeg(1, 1), jpeg(mode="L"), jpeg(mode="CMYK"), jpeg(50, 3000)])
def test_photos_of_any_shape_and_colour_model_are_printed(photo):
    form = form_with(id_front=photo)
    assert pages(form) == 1
    assert "Không đọc được ảnh" not in text_of(form)


@pytest.mark.parametrize("broken", [b"", b"not a photo", jpeg()[:300]])
def test_an_unreadable_photo_leaves_a_frame_that_says_so(broken):
    assert "Không đọc được ảnh" in text_of(form_with(id_front=broken))


def test_a_missing_portrait_leaves_an_empty_frame():
    assert "Không có ảnh" in text_of(form_with(portrait=None))


@pytest.mark.parametrize(
    "text",
    [
        '#panic("no") #read("/etc/hostname")',
        "*bold* _slanted_ `raw` $x^2$",
        "\\ \\u{41} @someone <label> ~ --- ...",
        "\"quoted\" 'quoted' {json} [list] </svg>",
        "= heading - list + enum / term: // comment /* comment */",
        "https://example.vn/a?b=c&d=%20",
    ],
)
def test_declared_text_is_never_read_as_markup(text):
    address = Address(province=text, ward=text, line=text)
    form = form_with(full_name=text, email=text, contact_person=text, address=address, office_name=text, consent=text)
    shown = unspaced(text_of(form))  # a line may end within it
    assert unspaced(f"Họ và tên: {text} 2. Mã số BHXH") in shown
    assert unspaced(f"Địa chỉ liên hệ: {text}, {text}, {text} 7.") in shown
    assert unspaced(f"Nộp tại {text} (mã 00114)") in shown


def test_what_no_font_can_print_becomes_a_square_and_the_form_says_so():
    text = text_of(form_with(full_name="Thử 😀 漢 \ue000 \udc80 Mẫu"))
    assert "Họ và tên: Thử □ □ □ □ Mẫu 2." in text
    assert "Dấu □ thay cho ký tự không in được" in text
    assert "□" not in text_of(FORM)


@pytest.mark.parametrize(
    ("declared", "printed"),
    [
        ("Nguye\u0302\u0303n Thu\u031b\u0309", "Nguyễn Thử"),
        ("An\u202e\u2066Bình\u200f\u200b", "AnBình"),
        ("hai\ndòng\tvà\u00a0\u2003trắng\x00\x1b", "hai dòng và trắng"),
        ("q" + "\u0303" * 500, "q\u0303"),
        ("\U0001f44d\ufe0f", "□"),
        ("", ""),
    ],
)
def test_text_is_printed_on_one_line_in_nfc_without_controls(declared, printed):
    assert printable(declared) == printed


def test_every_character_said_to_be_printable_is():
    every = [chr(point) for low, high in PRINTED for point in range(low, high + 1)]
    spoken = " ".join("x" + character for character in every)
    assert "Mã số BHXH" in text_of(form_with(full_name=spoken, consent=spoken))


def test_names_and_addresses_of_200_characters_are_whole_on_at_most_two_pages():
    name, line = "Công Tằng Tôn Nữ " * 12, "Số 1 ngõ 2 " * 18
    email = "a" * 120 + "@" + "b" * 76 + ".vn"
    address = Address(province="Tỉnh Bà Rịa - Vũng Tàu", district="Thành phố Bà Rịa", ward="Xã X", line=line)
    form = form_with(full_name=name, address=address, email=email, office_name="BHXH Phan Rang - Tháp Chàm " * 7)
    assert pages(form) <= 2
    text = text_of(form)
    assert name.strip() in text
    assert line.strip() in text
    assert email in unspaced(text)


@pytest.mark.parametrize(("word", "times"), [("Nguyễn ", 1428), ("W", 10_000)], ids=["words", "one word"])
def test_10000_characters_are_printed_to_the_last(word, times):
    plain, long = text_of(form_with(full_name="")), text_of(form_with(full_name=word * times))
    assert long.count(word.strip()) == plain.count(word.strip()) + times
    assert "12. Người liên hệ: Trần Văn Thử" in long


def test_nothing_reaches_the_edges_of_the_paper_however_long_a_word_is():
    wide = "W" * 300
    form = form_with(full_name=wide, email=wide, contact_person=wide, office_name=wide, office_address=wide)
    for png in preview_form01(form, ppi=50):
        page = Image.open(io.BytesIO(png)).convert("L")
        right_margin = page.crop((page.width - 24, 0, page.width, page.height))
        assert right_margin.getextrema() == (255, 255)


def test_forms_made_at_once_in_threads_are_the_same_as_one_by_one():
    forms = [form_with(full_name=f"Người thứ {number}") for number in range(8)]
    alone = [render_form01(form) for form in forms]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render_form01, forms)) == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_after_a_document_was_made_is_refused_and_does_not_hang():
    render_form01(FORM)
    child = os.fork()
    if child == 0:
        try:
            render_form01(FORM)
        except RuntimeError:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
