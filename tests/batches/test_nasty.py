"""Workbooks nobody should send: each is read as a person would read it, or refused with a sentence; never an error."""

from __future__ import annotations

import socket
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from backoffice.batches.checking import check
from backoffice.batches.columns import DECLARED, PEOPLE
from backoffice.gateways.sheets.listing import ListTable, read_list
from backoffice.identity.legacy import old_encoding
from backoffice.kernel.errors import InvalidInput
from tests.batches.files import HEADS, saved, workbook
from tests.batches.sheets import HEAD, MAIN, PACKAGE, RELS, cells, packed, parts, raw, sheet

ONE = ("0123456789", "Nguyễn Thử Mẫu", "02/01/1985", "0981234567")
SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request leaves the machine while a stranger's file is read."""

    def connects(*_: Any) -> None:
        raise AssertionError("somebody was called")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, connects)
    monkeypatch.setattr(socket, "getaddrinfo", connects)


def read(data: bytes, most: int = 20_000) -> ListTable:
    return read_list(data, DECLARED, PEOPLE, most=most)


def values(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(row.values.values()) for row in read(data).rows]


def refusal(data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        read(data)
    assert refused.value.message.endswith("Chưa có gì thay đổi.")
    return refused.value


def is_told(data: bytes) -> bool:
    """Whether the file is read, or refused with what to do."""
    try:
        read(data)
    except InvalidInput as refused:
        return "Xin " in refused.message
    return True


def test_rows_and_cells_without_addresses_as_streaming_writers_leave_them_are_read():
    assert values(raw(cells(*ONE))) == [ONE]


def test_a_prefix_on_every_element_and_absolute_targets_are_read():
    body = sheet(HEAD, cells(*ONE)).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    files = parts(body)
    rels = "xl/_rels/workbook.xml.rels"
    files[rels] = files[rels].replace('Target="worksheets', 'Target="/xl/worksheets')
    assert values(packed(files)) == [ONE]


def test_a_dimension_and_a_last_row_that_claim_the_whole_sheet_cost_nothing():
    data = raw(cells(*ONE), '<row r="1048576"><c r="XFD1048576"/></row>', before='<dimension ref="A1:XFD1048576"/>')
    assert values(data) == [ONE]
    wrong = raw(cells(*ONE), before='<dimension ref="nonsense"/>')
    assert values(wrong) == [ONE]


def test_a_column_formatted_to_the_last_row_is_not_20_000_people():
    empty = "".join(f'<row r="{at}"><c r="A{at}" s="0"/></row>' for at in range(3, 40_000))
    assert values(raw(cells(*ONE), empty)) == [ONE]


def test_rich_text_phonetic_text_and_blanks_are_the_text_a_person_sees():
    shared = (
        f'<sst xmlns="{MAIN}"><si><r><t>Nguyễn </t></r><r><rPr><b/></rPr><t>Thử Mẫu</t></r><rPh sb="0" eb="1">'
        "<t>zzz</t></rPh></si></sst>"
    )
    row = f'<row><c t="inlineStr"><is><t>{ONE[0]}</t></is></c><c t="s"><v>0</v></c></row>'
    files = parts(sheet(HEAD, row)) | {"xl/sharedStrings.xml": shared}
    rels = "xl/_rels/workbook.xml.rels"
    link = f'<Relationship Id="rId2" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    files[rels] = files[rels].replace("</Relationships>", link)
    assert values(packed(files))[0][:2] == ONE[:2]
    files["xl/sharedStrings.xml"] = shared.replace("<si>", "<si/><si>").replace("Nguyễn", "Lê")
    assert refusal(packed(files | {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>'})).faults


def test_what_is_missing_or_makes_no_sense_is_a_broken_file():
    broken, no_list = "hỏng", "Không thấy danh sách"
    whole = parts(sheet(HEAD, cells(*ONE)))
    without = {"xl/workbook.xml": broken, "xl/_rels/workbook.xml.rels": broken, "xl/worksheets/sheet1.xml": no_list}
    for name, told in without.items():
        assert told in refusal(packed({one: text for one, text in whole.items() if one != name})).message, name
    for body in (
        sheet(HEAD, cells(*ONE)).replace("</sheetData>", ""),
        sheet(HEAD, cells(*ONE, row=7), cells(*ONE, row=7)),
        sheet(HEAD, '<row r="abc"><c><v>1</v></c></row>'),
        sheet(HEAD, "<row><c><v>one</v></c></row>"),
        sheet(HEAD, '<row><c t="s"><v>99</v></c></row>'),
        "",
        "\0\0\0",
    ):
        assert broken in refusal(packed(parts(body))).message, body


def test_entities_are_neither_blown_up_nor_fetched():
    laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'
    outside = '<!DOCTYPE a [<!ENTITY a SYSTEM "http://169.254.169.254/"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    for doctype in (laughs, outside, '<!DOCTYPE a SYSTEM "http://x.test/a.dtd">'):
        body = doctype + sheet(HEAD, cells("&c;", "A"))
        assert "passwd" not in refusal(packed(parts(body))).message


def test_one_long_text_in_every_cell_is_too_much_and_so_is_a_sheet_of_one_cell():
    shared = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    row = '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>'
    files = parts(sheet(HEAD, row * 2000)) | {"xl/sharedStrings.xml": shared}
    rels = "xl/_rels/workbook.xml.rels"
    link = f'<Relationship Id="rId2" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    files[rels] = files[rels].replace("</Relationships>", link)
    assert refusal(packed(files)).faults[0].code == "file_too_big"
    deep = packed(parts("<a>" * 200_000))
    assert refusal(deep).faults


def test_external_links_are_told_of_and_never_opened():
    book = parts(sheet(HEAD, '<row><c t="str"><f>[1]Sheet1!A1</f><v>0123456789</v></c><c t="str"><v>A</v></c></row>'))
    link = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Target="http://x.test/a.xlsx"/></Relationships>'
    table = read(
        packed(book | {"xl/externalLinks/_rels/externalLink1.xml.rels": link, "xl/externalLinks/a.xml": "<a/>"})
    )
    assert table.rows[0].marks["bhxh_code"] == "formula"
    assert table.remarks == [{"code": "external_links"}]


def test_commands_in_cells_are_marked_whatever_they_hide_behind():
    for text in ("=cmd|'/C calc'!A0", "@SUM(1)", "=HYPERLINK(&quot;http://x.test&quot;,1)", "=1+1"):
        (row,) = read(raw(cells("0123456789", text))).rows
        found = {one["code"] for one in check(row.values, row.marks).faults}
        assert (row.marks["full_name"], found) == ("formula", {"formula"}), text
    cached = "<row><c><f>DDE(1)</f><v>1234567890</v></c><c><f/><v>6</v></c></row>"
    (row,) = read(raw(cached)).rows
    assert row.marks == {"bhxh_code": "formula", "full_name": "formula"}


def test_dates_come_as_text_as_serials_and_as_serials_counted_from_1904():
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
    row = f'<row>{cells(*ONE[:2])[5:-6]}<c s="1"><v>{{}}</v></c></row>'
    for serial, epoch in (("31049", ""), ("29587", '<workbookPr date1904="1"/>')):
        files = parts(sheet(HEAD, row.format(serial))) | {"xl/styles.xml": styles}
        files["xl/workbook.xml"] = files["xl/workbook.xml"].replace("<sheets>", f"{epoch}<sheets>")
        rels = "xl/_rels/workbook.xml.rels"
        link = f'<Relationship Id="rId2" Type="{RELS}/styles" Target="styles.xml"/></Relationships>'
        files[rels] = files[rels].replace("</Relationships>", link)
        (one,) = read(packed(files)).rows
        assert (one.values["date_of_birth"], one.marks["date_of_birth"]) == ("02/01/1985", "date")
    huge = parts(sheet(HEAD, row.format("9e99"))) | {"xl/styles.xml": styles}
    assert is_told(packed(huge))


def test_names_in_nfd_are_those_in_nfc_and_fonts_of_before_unicode_are_told_apart():
    nfd = unicodedata.normalize("NFD", ONE[1])
    assert values(raw(cells(ONE[0], nfd)))[0][1] == ONE[1]
    assert values(workbook((ONE[0], nfd), heads=[unicodedata.normalize("NFD", head) for head in HEADS]))[0][1] == ONE[1]
    assert (old_encoding("NguyÔn V¨n An"), old_encoding("Nguyeãn Vaên An"), old_encoding(ONE[1])) == (
        "TCVN3",
        "VNI",
        None,
    )


def test_other_kinds_of_file_under_the_name_of_a_workbook_are_refused_with_what_to_do():
    word = packed({"word/document.xml": "<a/>", "[Content_Types].xml": "<a/>"})
    for data, said in {
        packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}): "OpenDocument",
        packed({"xl/workbook.bin": b"\x83\x01"}): "xlsb",
        word: "không phải bảng tính",
        "\ufeffMã số BHXH,Họ và tên\n0123456789,A".encode(): "Lưu dưới dạng",
        "Mã số BHXH\tHọ và tên".encode("utf-16"): "Lưu dưới dạng",
        b"%PDF-1.7": "Lưu dưới dạng",
        b"<html><table><tr><td>Excel</td></tr></table>": "Lưu dưới dạng",
        b"\x89PNG\r\n": "Lưu dưới dạng",
    }.items():
        assert said in refusal(data).message
        assert ".csv" not in refusal(data).message, "no list is taken so"


def test_a_workbook_with_macros_is_read_and_its_macros_are_nothing_to_us():
    files = parts(sheet(HEAD, cells(*ONE))) | {"xl/vbaProject.bin": "Sub Auto_Open"}
    assert values(packed(files)) == [ONE]


def test_sheets_that_are_very_hidden_and_a_chart_sheet_are_no_lists():
    files = parts(sheet(HEAD, cells(*ONE))) | {"xl/worksheets/sheet2.xml": sheet(HEAD, cells(*ONE))}
    files["xl/workbook.xml"] = files["xl/workbook.xml"].replace(
        "</sheets>",
        '<sheet name="Ẩn" sheetId="2" state="veryHidden" r:id="rId2"/>'
        '<sheet name="Đồ thị" sheetId="3" r:id="rId3"/></sheets>',
    )
    rels = "xl/_rels/workbook.xml.rels"
    files[rels] = files[rels].replace(
        "</Relationships>",
        f'<Relationship Id="rId2" Type="{RELS}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId3" Type="{RELS}/chartsheet" Target="chartsheets/sheet1.xml"/></Relationships>',
    )
    table = read(packed(files))
    assert (len(table.rows), table.remarks) == (1, [{"code": "hidden_sheet", "sheet": "Ẩn"}])


def test_texts_that_turn_or_hide_letters_are_read_as_they_look():
    (row,) = read(raw(cells("\u200b0123456789\u200f", "Nguyễn\u00a0 Thử\u202e Mẫu\ufeff"))).rows
    checked = check(row.values, row.marks)
    assert (checked.bhxh_code, checked.full_name, checked.faults) == (ONE[0], ONE[1], [])


def test_what_libreoffice_writes_is_read_and_its_other_formats_are_refused():
    """Made by LibreOffice: samples/README.md says how."""
    table = read((SAMPLES / "libreoffice.xlsx").read_bytes())
    assert [row.values["bhxh_code"] for row in table.rows] == ["0123456789", "123456780", "0123456781"]
    assert [row.values["date_of_birth"] for row in table.rows] == ["02/01/1985", "02/01/1985", "1985"]
    assert table.rows[1].marks["bhxh_code"] == "number"
    assert table.rows[2].marks == {"full_name": "formula", "date_of_birth": "number", "hidden": True}
    for name, said in {"libreoffice.ods": "OpenDocument", "libreoffice.xls": "đời cũ"}.items():
        assert said in refusal((SAMPLES / name).read_bytes()).message, name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=8), st.floats(0.3, 1))
def test_whatever_is_damaged_is_read_or_refused_with_a_sentence(flips: list[tuple[float, int]], kept: float):
    whole = bytearray(WHOLE)
    for where, by in flips:
        whole[int(where * (len(whole) - 1))] ^= by
    for data in (bytes(whole), WHOLE[: int(kept * len(WHOLE))]):
        assert is_told(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_the_parts_say_is_read_or_refused_with_a_sentence(data: st.DataObject):
    piece = st.sampled_from(
        ["<row>", "</row>", "<c>", "</c>", "<v>", "</v>", "<f>", "</f>", "<is><t>", "</t></is>", "1", "=", "Mã số BHXH",
         '<row r="-1">', '<row r="99999999999999999999">', '<c r="ZZZZZ9">', '<c s="-5">', '<c t="s">', '<c t="d">',
         '<c t="b">', '<c t="e">', "<v>1e400</v>", "<v>nan</v>", "<mergeCells/>", "&#0;", "<![CDATA[x]]>", "<!--"]
    )  # fmt: skip
    body = "".join(data.draw(st.lists(piece, max_size=14)))
    assert is_told(packed(parts(sheet(HEAD, cells(*ONE), body))))


def _whole() -> bytes:
    book = Workbook()
    page = book.active
    page.append(HEADS)
    for at in range(20):
        page.append((f"01234567{at:02}", "Nguyễn Thử Mẫu", None, 981234500 + at))
    return saved(book)


WHOLE = _whole()
