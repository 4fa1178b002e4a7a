"""The XML of workbooks: every spelling that says the same is read the same, and what says something else is not."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from backoffice.batches.columns import DECLARED, PEOPLE
from backoffice.gateways.sheets import marks, read_table
from backoffice.gateways.sheets.answering import Answers
from backoffice.gateways.sheets.listing import ListTable, read_list
from backoffice.gateways.sheets.lists import answer_list_apart, read_list_apart
from backoffice.kernel.errors import InvalidInput
from tests.batches.sheets import HEAD, MAIN, PACKAGE, RELS, cells, packed, parts, raw, sheet

ONE = ("0123456789", "Nguyễn Thử Mẫu", "02/01/1985", "0981234567")
PLAIN = sheet(HEAD, cells(*ONE))
PREFIXED = re.sub(r"<(/?)(\w)", r"<\1x:\2", PLAIN).replace("xmlns=", "xmlns:x=")
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def read(data: bytes) -> ListTable:
    return read_list(data, DECLARED, PEOPLE, most=20_000)


def people(sheet_xml: str | bytes, **more: str) -> list[tuple[int, tuple[str, ...], dict[str, str]]]:
    files: dict[str, str | bytes] = {**parts("", **more), "xl/worksheets/sheet1.xml": sheet_xml}
    return [(row.number, tuple(row.values.values()), row.marks) for row in read(packed(files)).rows]


def code_of(data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(data)
    return refused.value.faults[0].code


@pytest.mark.parametrize(
    "same",
    [
        PREFIXED,
        PLAIN.replace(MAIN, STRICT),
        PLAIN.replace("<worksheet ", f'<worksheet xmlns:m="{MAIN}" ').replace("<c ", "<m:c ").replace("</c>", "</m:c>"),
        PREFIXED.replace("<x:row>", '<x:row r="1" xmlns:r="urn:r" xmlns:hidden="urn:h">', 1),
        PREFIXED.replace("<x:c ", '<x:c xmlns:r="urn:r" xmlns:t="urn:t" ', 1),
        PLAIN.replace("<row>", '<row r="1" xmlns:a="urn:a" a:dyDescent="0.25" a:r="7">', 1),
        PLAIN.replace("Nguyễn", "<![CDATA[Nguy]]><!-- không là chữ --><?ai-đó viết?>ễ<![CDATA[n]]>"),
        PLAIN.replace("ễ", "&#x1EC5;").replace("Thử", "Th&#7917;"),
        f'<?xml version="1.0" encoding="UTF-16"?>{PLAIN}'.encode("utf-16"),
        f'<?xml version="1.0" encoding="windows-1258"?>{PLAIN}'.encode("cp1258", "xmlcharrefreplace"),
        f'<?xml version="1.0" encoding="iso-8859-1"?>{PLAIN}'.encode("latin-1", "xmlcharrefreplace"),
        b"\xef\xbb\xbf" + PLAIN.encode(),
    ],
)
def test_however_it_is_spelled_the_sheet_says_the_same(same: str | bytes):
    assert people(same) == people(PLAIN) == [(2, ONE, {})]


def test_a_prefix_that_is_declared_on_an_element_is_none_of_its_attributes():
    links = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship xmlns:Target="urn:a" xmlns:Id="urn:b" Id="rId1" '
        f'Type="{RELS}/worksheet" Target="worksheets/sheet1.xml" xmlns:Type="urn:c"/></Relationships>'
    )
    book = (
        f'<workbook xmlns="{MAIN}"><sheets><sheet name="Danh sách" sheetId="1" xmlns:id="{RELS}" id:id="rId1" '
        'xmlns:state="urn:d" xmlns:name="urn:e"/></sheets></workbook>'
    )
    files = parts(PLAIN) | {"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": links}
    assert (read(packed(files)).sheet, len(read(packed(files)).rows)) == ("Danh sách", 1)


@pytest.mark.parametrize(
    "broken",
    [
        PLAIN[:-1],
        PLAIN + "<a/>",
        PLAIN + PLAIN,
        PLAIN.replace("Nguyễn", "Nguy\0ễn"),
        PLAIN.replace("Nguyễn", "&ten;"),
        PLAIN.replace("Nguyễn", "&#0;"),
        PLAIN.replace("<row>", '<row r="1" r="2">', 1),
        PLAIN.replace("<sheetData>", "<!DOCTYPE a><sheetData>"),
        f'<?xml version="1.0" encoding="utf-16"?>{PLAIN}'.encode(),
        f'<?xml version="1.0" encoding="gb18030"?>{PLAIN}'.encode("gb18030"),
        f'<?xml version="1.0" encoding="bang-ma-la"?>{PLAIN}'.encode(),
        PLAIN.encode().replace(b"Nguy", b"\xed\xa0\x80Nguy"),
    ],
)
def test_what_is_no_sound_xml_is_a_broken_file(broken: str | bytes):
    assert code_of(packed(parts("") | {"xl/worksheets/sheet1.xml": broken})) == "unfit_file"


def test_a_text_that_comes_in_many_pieces_is_one_text():
    long = "ễ&#10;" * 20_000  # longer than what is read at once, and than what the parser holds back
    files = parts(sheet(HEAD, cells("0123456789", f"A{long}B")))
    table = read_table(packed(files), DECLARED)
    assert table.lines[0].values["full_name"].replace("\n", "") == "A" + "ễ" * 20_000 + "B"


def test_cells_stand_where_they_say_or_behind_the_one_before():
    def name_at(where: str) -> tuple[str, ...]:
        cell = f'<row><c r="{where}" t="inlineStr"><is><t>0123456789</t></is></c>'
        ((_, values, _),) = people(sheet(HEAD, cell + cells("B", "C").removeprefix("<row>")))
        return values[:4]

    for where in ("A2", "a2", "$A$2", "A12345678", "A", "2", "", "AAAA2", "A2:B2", "A٢"):
        assert name_at(where) == ("0123456789", "B", "C", ""), where
    assert name_at("B2") == ("", "0123456789", "B", "C")
    for where in ("CW2", "XFD2"):  # beyond the columns that are read, and all behind it
        assert code_of(raw(f'<row><c r="{where}"><v>1</v></c><c><v>2</v></c></row>')) == "headings_missing"


def test_a_cell_without_a_name_is_named_all_the_same():
    head = cells("Mã số BHXH", "Họ và tên")
    for cell, told in (('<c t="e"><v>#N/A</v></c>', "Ô B2 có lỗi"), ("<c><f>1+1</f></c>", "Ô B2 có công thức")):
        files = parts(sheet(head, f'<row><c t="str"><v>0123456789</v></c>{cell}</row>'))
        with pytest.raises(InvalidInput) as refused:
            read_table(packed(files), DECLARED)
        assert told in refused.value.message


def test_more_names_than_any_workbook_has_are_too_much(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(marks, "MOST_NAMES", 100)
    assert read(packed(parts(PLAIN)))
    assert code_of(raw("".join(f"<a{at}/>" for at in range(100)))) == "file_too_big"
    assert code_of(raw("".join(f'<a b{at}=""/>' for at in range(100)))) == "file_too_big"


def test_a_tag_that_does_not_end_is_too_much_and_a_long_text_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(marks, "MOST_HELD", 200_000)  # and all of it less than what counts as a bomb
    long = "x" * 400_000
    for held in (f'<a b="{long}"/>', f"<!--{long}-->", f"<{long}/>"):
        assert code_of(packed(parts(PLAIN.replace("<sheetData>", f"{held}<sheetData>")))) == "file_too_big"
    for fine in (f'<a b="{long[:100_000]}"/>', f"<a>{long}</a>", f"<a>{'&#120;' * 60_000}</a>", " " * 400_000):
        assert people(PLAIN.replace("<sheetData>", f"{fine}<sheetData>")) == people(PLAIN)


CONFINED = """
import sys
from pathlib import Path
from backoffice.gateways.sheets.list_worker import MEMORY, confine
confine()
def write():
    Path(sys.argv[1]).write_text("a")
for act in (lambda: bytearray(MEMORY // 2), lambda: bytearray(MEMORY * 3 // 2), write):
    try:
        act()
        print("done")
    except (MemoryError, OSError) as trouble:
        print(type(trouble).__name__)
"""


def test_a_confined_reader_has_its_bytes_and_no_more_and_writes_no_file(tmp_path: Path):
    asked = [sys.executable, "-c", CONFINED, str(tmp_path / "written")]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    assert told == ["done", "MemoryError", "OSError"]


def test_the_reader_gets_nothing_of_the_server_but_the_file(monkeypatch: pytest.MonkeyPatch):
    given: list[dict[str, Any]] = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *asked, **more: [given.append(more), run(*asked, **more)][1])
    monkeypatch.setenv("SECRET_KEY", "bí mật")
    monkeypatch.setenv("PYTHONSTARTUP", "x.py")
    assert read_list_apart(packed(parts(PLAIN)), DECLARED, PEOPLE, most=10) == read(packed(parts(PLAIN)))
    libraries = {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert given[0]["env"].keys() - libraries == {"PYTHONPATH", "LC_ALL", "MALLOC_ARENA_MAX"}
    assert not given[0].keys() & {"close_fds", "pass_fds"}


def test_a_result_is_text_in_every_cell_and_has_no_hidden_sheet_whatever_its_name():
    formulas = (
        '<row r="2"><c r="A2"><f>HYPERLINK("http://x.test","&lt;&amp;")</f><v>1</v></c><c r="B2" t="str"><f>1+1</f></c>'
        '<c r="C2" t="inlineStr"><is><t>=cmd|\'/C calc\'!A0</t></is></c><c r="D2"><f t="shared" si="0"/><v>7</v></c>'
        '<c r="E2" t="e"><v>#REF!</v></c><c r="F2" t="str"><v>&lt;/t&gt;&lt;f&gt;1&lt;/f&gt;</v></c></row>'
    )
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>'
        for at, (name, state) in enumerate([("Danh sách", "visible"), ("Danh\u200b sách", "veryHidden")], 1)
    )
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{RELS}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in (1, 2)
    )
    files = parts(sheet(HEAD, formulas)) | {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
        "xl/worksheets/sheet2.xml": sheet(cells("mật")),
    }
    asked = Answers("Danh sách", 1, [("Kết quả", 20)], {"2": ["=1+1<&\"'\x0b"]})
    book = load_workbook(BytesIO(answer_list_apart(packed(files), asked)))
    assert book.sheetnames == ["Danh sách"]
    rows = list(book.active.iter_rows())
    assert [cell.value for cell in rows[1]] == [
        '=HYPERLINK("http://x.test","<&")', "=1+1", "=cmd|'/C calc'!A0", "7", "#REF!", "</t><f>1</f>", "=1+1<&\"'",
    ]  # fmt: skip
    assert {(cell.data_type, cell.quotePrefix) for row in rows for cell in row if cell.value is not None} == {
        ("s", True)
    }
