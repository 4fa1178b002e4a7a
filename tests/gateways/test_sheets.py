"""Tables out of strangers' files: whatever is sent, rows of text come out or a sentence that says what to do."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from xml.sax.saxutils import quoteattr

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from backoffice.gateways.sheets import Column, Table, days, formats, parts, read_table
from backoffice.gateways.sheets import archive as archives
from backoffice.gateways.sheets.long import TextSheet, write_texts
from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel.errors import InvalidInput

COLUMNS = (
    Column("code", "Mã cơ quan", ("mã",), required=True),
    Column("name", "Tên cơ quan", required=True),
    Column("until", "Đến ngày"),
)
SHEET = "xl/worksheets/sheet1.xml"


def made(*rows: list[object], look: Callable[[Workbook], None] = lambda _: None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    look(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    """The workbook with one part put in the place of its own."""
    source = zipfile.ZipFile(BytesIO(data or made(["Mã cơ quan", "Tên cơ quan"], ["00114", "A"])))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            if entry != name:
                target.writestr(entry, source.read(entry))
        target.writestr(name, content)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return with_part(SHEET, f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>".encode())


def with_shared(*shared: str) -> bytes:
    """A workbook whose cells refer to texts that stand in a part of their own, as Excel writes it; two in a row."""
    rows = "".join(
        f'<row><c t="s"><v>{at}</v></c><c t="s"><v>{at + 1}</v></c></row>' for at in range(0, len(shared), 2)
    )
    links = (
        '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="rId9" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
    )
    parts = "".join(f"<si><r><t>{text[:1]}</t></r><r><t>{text[1:]}</t></r><rPh><t>a</t></rPh></si>" for text in shared)
    data = with_part("xl/sharedStrings.xml", f"<sst>{parts}</sst>".encode(), sheet_of(rows))
    return with_part("xl/_rels/workbook.xml.rels", links.encode(), data)


def texts(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [(line.number, dict(line.values)) for line in table.lines]


def refusal(data: bytes, **more: int) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_table(data, COLUMNS, **more)
    assert [fault.field for fault in refused.value.faults] == ["file"]
    assert refused.value.message.endswith("Chưa có gì thay đổi.")
    return refused.value.message


def test_what_is_written_reads_back_and_is_text_whatever_it_looks_like():
    values = ["=1+1", "+84", "-5", "@x", "00114", "'00114", "a\nb", "Thanh Trì"]
    data = write_table("Tên", COLUMNS, [{"code": "001", "name": value} for value in values])

    assert [line.values["name"] for line in read_table(data, COLUMNS).lines] == values
    page = load_workbook(BytesIO(data)).active
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["A"].width == 16


def test_what_no_sheet_can_hold_is_left_out_when_written():
    data = write_table("T", COLUMNS, [{"code": "1", "name": "a\x00\x01\ufffe\ud800b" + "x" * 40_000, "until": None}])
    (line,) = read_table(data, COLUMNS).lines
    assert line.values["name"].startswith("abx")


def test_headings_are_found_below_a_title_in_any_order_and_spelling():
    data = made(["BẢNG KÊ"], [], ["TEN  CO QUAN (*)", "khác", "mã_cơ_quan"], ["A", "z", "00114"], [None, None, None])
    assert texts(read_table(data, COLUMNS)) == [(4, {"name": "A", "code": "00114"})]


def test_names_come_in_one_unicode_form_without_invisible_signs():
    data = made(["Mã", "Tên cơ quan"], ["1", "Thanh Tri\u0300\u202e\u200b"])
    assert read_table(data, COLUMNS).lines[0].values["name"] == "Thanh Trì"


def test_numbers_and_days_read_as_their_cells_show_them():
    def look(book: Workbook) -> None:
        book.active["A2"].number_format = "00000"

    data = made(["Mã", "Tên cơ quan", "Đến ngày"], [114, 12.5, date(2026, 12, 31)], [2437339934, True, None], look=look)
    assert texts(read_table(data, COLUMNS)) == [
        (2, {"code": "00114", "name": "12.5", "until": "31/12/2026"}),
        (3, {"code": "2437339934", "name": "1", "until": ""}),
    ]


def test_the_first_sheet_that_is_not_hidden_is_read():
    def look(book: Workbook) -> None:
        book.active.sheet_state = "hidden"
        page = book.create_sheet("hiện")
        page.append(["Mã", "Tên cơ quan"])
        page.append(["2", "B"])

    data = made(["Mã", "Tên cơ quan"], ["1", "A"], look=look)
    assert [line.values["code"] for line in read_table(data, COLUMNS).lines] == ["2"]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffMã,Tên cơ quan\n00114,A\n".encode(),
        "Mã;Tên cơ quan\r\n00114;A\r\n".encode(),
        "Mã\tTên cơ quan\n00114\tA\n".encode("utf-16"),
        'Mã,Tên cơ quan\n"=""00114""",A'.encode(),
        'Tên cơ quan,Mã,x\n"A",00114,"một; hai; ba; bốn"'.encode(),
    ],
)
def test_separated_values_are_read_as_spreadsheet_programs_write_them(data: bytes):
    (line,) = read_table(data, COLUMNS).lines
    assert (line.number, line.values["code"], line.values["name"]) == (2, "00114", "A")


def test_rows_of_separated_values_are_numbered_as_a_spreadsheet_shows_them():
    data = 'Mã,Tên cơ quan\n1,"hai\ndòng"\n\n3,C\n'.encode()
    assert [line.number for line in read_table(data, COLUMNS).lines] == [2, 4]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Tệp trống"),
        (b"PK\x03\x04 nothing", "bị hỏng"),
        (made(["Mã", "Tên cơ quan"], ["1", "A"])[:-200], "bị hỏng"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "đời cũ"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
        (with_part("word/document.xml", b"x", with_part("xl/workbook.xml", b"<x/>")), "bị hỏng"),
        (b"%PDF-1.7 ...", "không phải bảng tính"),
        (b"<html><table></table></html>", "không phải bảng tính"),
        (b"\x00\x01\x02", "không phải bảng tính"),
        ("Mã,Tên cơ quan\n1,Thanh Trì".encode("cp1258", "ignore"), "UTF-8"),
        (f"Mã,Tên cơ quan\n1,{'x' * 200_000}".encode(), "sai từ dòng 2"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, said: str):
    assert said in refusal(data)


def test_other_kinds_of_archive_are_named():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    assert ".ods" in refusal(out.getvalue())


def test_missing_or_doubled_headings_are_named():
    assert "“Mã cơ quan”, “Tên cơ quan”" in refusal(made(["Mã", "Tên"], ["1", "A"]))
    assert "có hai lần" in refusal(made(["Mã", "Mã cơ quan", "Tên cơ quan"], ["1", "2", "A"]))
    assert "không có dòng nào" in refusal(made(["Mã", "Tên cơ quan"]))


def test_more_lines_than_are_taken_are_refused():
    data = made(["Mã", "Tên cơ quan"], *(["1", "A"] for _ in range(6)))
    assert len(read_table(data, COLUMNS, most_lines=6).lines) == 6
    assert "hơn 5 dòng" in refusal(data, most_lines=5)


def test_a_formula_in_error_or_never_reckoned_is_named_by_its_cell():
    head = '<row><c t="str"><v>Mã</v></c><c t="str"><v>Tên cơ quan</v></c></row>'
    assert "Ô B2 có lỗi công thức #REF!" in refusal(sheet_of(f'{head}<row><c r="B2" t="e"><v>#REF!</v></c></row>'))
    assert "Ô A2 có công thức" in refusal(sheet_of(f'{head}<row><c r="A2"><f>1+1</f></c></row>'))


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert "quá lớn" in refusal(with_part("xl/media/x.bin", bytes(60 * 1024 * 1024)))
    assert "quá lớn" in refusal(with_part("xl/media/x.bin", bytes(5 * 1024 * 1024)))


def test_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archives, "MOST_ENTRIES", 3)
    assert "quá lớn" in refusal(made(["Mã", "Tên cơ quan"], ["1", "A"]))


def test_one_long_text_in_many_cells_is_refused():
    shared = "x" * 30_000
    data = made(["Mã", "Tên cơ quan"], *([str(at), shared] for at in range(400)))
    assert "quá lớn" in refusal(data)


def test_shared_texts_are_put_together_without_how_they_are_read_aloud():
    data = with_shared("Mã", "Tên cơ quan", "00114", "Thanh Trì")
    assert texts(read_table(data, COLUMNS)) == [(2, {"code": "00114", "name": "Thanh Trì"})]


def test_more_shared_texts_than_are_taken_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "MOST_STRINGS", 3)
    assert "quá lớn" in refusal(with_shared("Mã", "Tên cơ quan", "1", "A"))


def test_a_million_rows_that_are_claimed_and_empty_are_no_rows():
    head = '<row r="1"><c t="str"><v>Mã</v></c><c t="str"><v>Tên cơ quan</v></c></row>'
    data = sheet_of(
        f'{head}<row r="2"><c r="A2" t="str"><v>1</v></c></row><row r="1048576"><c r="A1048576" s="0"/></row>'
    )
    assert [line.number for line in read_table(data, COLUMNS).lines] == [2]


@pytest.mark.parametrize(
    "rows",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<row r="x"><c><v>1</v></c></row>',
        "<row><c><v>1",
        '<row><c t="s"><v>99</v></c></row>',
        "<row><c><v>một</v></c></row>",
    ],
)
def test_broken_sheets_are_refused(rows: str):
    assert "bị hỏng" in refusal(sheet_of(rows))


def test_a_document_type_is_refused_before_its_entities_are_read():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    assert "bị hỏng" in refusal(with_part(SHEET, bomb))


# ---- Formats and packing that no spreadsheet program writes ----


def with_formats(*formats: str, value: str = "46387") -> bytes:
    """A workbook whose second column shows one number in each of these formats, a row each."""
    own = "".join(f'<numFmt numFmtId="{200 + at}" formatCode={quoteattr(one)}/>' for at, one in enumerate(formats))
    cells = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(len(formats)))
    styles = f"<styleSheet><numFmts>{own}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>"
    heading = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("Mã", "Tên cơ quan"))
    rows = "".join(f'<row><c><v>{at}</v></c><c s="{at}"><v>{value}</v></c></row>' for at in range(len(formats)))
    return with_part("xl/styles.xml", styles.encode(), sheet_of(f"<row>{heading}</row>{rows}"))


def names(data: bytes, **more: int) -> list[str]:
    return [line.values["name"] for line in read_table(data, COLUMNS, **more).lines]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("dd/mm/yyyy", "31/12/2026"),
        ('[$-42A]dd "tháng" mm', "31/12/2026"),
        ("#,##0;[Red]-dd", "46387"),
        ('0" đồng, dd"', "46387"),
        ("[Red]0", "46387"),
        ("\\d0", "46387"),
        ("_d0*y", "46387"),
        ("000000000", "000046387"),
        ("General", "46387"),
        ('"ngày ', "46387"),
        ("0[d", "46387"),
        ("", "46387"),
    ],
)
def test_a_format_tells_dates_from_numbers(code: str, shown: str):
    assert names(with_formats(code)) == [shown]


def test_formats_read_as_the_library_reads_those_it_knows():
    for code in BUILTIN_FORMATS.values():
        assert formats.read_format(code).is_date == bool(is_date_format(code)), code


def test_of_a_format_nothing_is_read_beyond_what_excel_allows():
    assert names(with_formats("0" * 20 + "#" * 235 + "dd", "#" * 253 + "dd")) == ["46387", "31/12/2026"]


def test_a_format_of_nothing_but_brackets_does_not_keep_us():
    """Looking for the end of each bracket, in each cell anew, would take longer than a file may."""
    codes = ["[" * 250 + f"{at}" for at in range(1000)] + ["[" * 100_000]
    assert names(with_formats(*codes), most_lines=2000) == ["46387"] * 1001


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_packed_as_none_is_is_refused_before_it_is_unpacked(packing: int):
    source, out = zipfile.ZipFile(BytesIO(made(["Mã", "Tên cơ quan"], ["1", "A"]))), BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry), compress_type=packing)
    assert "nén theo cách mà Excel không dùng" in refusal(out.getvalue())


def test_a_workbook_that_is_not_packed_at_all_is_read():
    source, out = zipfile.ZipFile(BytesIO(made(["Mã", "Tên cơ quan"], ["1", "A"]))), BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for entry in source.namelist():
            target.writestr(entry, source.read(entry))
    assert names(out.getvalue()) == ["A"]


@pytest.mark.parametrize(
    "value", [0.0, 0.25, 0.9999999, 1.0, 59.0, 60.0, 61.0, 1462.5, 45_291.0, 45_291.75, 2_958_465.0]
)
@pytest.mark.parametrize(
    ("epoch", "theirs"), [(days.FROM_1900, CALENDAR_WINDOWS_1900), (days.FROM_1904, CALENDAR_MAC_1904)]
)
def test_a_day_is_the_one_that_openpyxl_reads(value: float, epoch: datetime, theirs: datetime) -> None:
    try:
        read = from_excel(value, theirs)
    except OverflowError:
        with pytest.raises(OverflowError):
            days.shown_day(value, epoch)
    else:
        assert days.shown_day(value, epoch) == (f"{read:%d/%m/%Y}" if isinstance(read, datetime) else f"{read}")


def test_the_number_formats_that_need_not_be_written_down_are_those_openpyxl_knows() -> None:
    dates = {number for number, code in BUILTIN_FORMATS.items() if formats.read_format(code).is_date}
    assert dates == formats.BUILT_IN_DATES
    assert {formats.read_format(code).width for code in BUILTIN_FORMATS.values()} == {0}


def test_texts_stand_in_the_columns_they_are_given_for() -> None:
    places = [0, 25, 26, 51, 52, 701, 702]
    made = write_texts([TextSheet("Thử", [(3, {at: f"cột {at}" for at in places})])])
    page = load_workbook(BytesIO(made)).active
    assert [page.cell(3, at + 1).value for at in places] == [f"cột {at}" for at in places]
