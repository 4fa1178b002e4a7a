"""Reading a list (D12): headings wherever they stand, cells as they are, what is wrong with a file said at once."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from backoffice.batches.columns import DECLARED, PEOPLE
from backoffice.batches.template import make_template
from backoffice.gateways.sheets.listing import ListTable, read_list
from backoffice.gateways.sheets.lists import read_list_apart
from backoffice.kernel.errors import InvalidInput
from tests.batches.files import HEADS, saved, workbook

ONE = ("0123456789", "Nguyễn Thử Mẫu", "02/01/1985", "0981234567")


def read(data: bytes, most: int = 20_000) -> ListTable:
    return read_list(data, DECLARED, PEOPLE, most=most)


def refused(data: bytes, most: int = 20_000) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        read(data, most)
    return refusal.value.faults[0].code, refusal.value.message


def test_headings_stand_below_a_title_in_any_order_without_diacritics_and_numbered():
    book = Workbook()
    page = book.active
    page.append(["TRƯỜNG THPT MẪU"])
    page.append([])
    page.append(["STT", "ho va ten", "MÃ SỐ", "SĐT (nếu có)"])
    page.append([1, 2, 3, 4])
    page.append([1, ONE[1], ONE[0], ONE[3]])
    table = read(saved(book))
    assert [(row.number, row.values["bhxh_code"], row.values["phone"]) for row in table.rows] == [(5, ONE[0], ONE[3])]
    assert (table.head, table.columns["full_name"]) == (3, 1)


def test_headings_over_two_rows_as_merged_cells_leave_them_are_found():
    book = Workbook()
    page = book.active
    page.append(["Mã số BHXH", "Thông tin cá nhân", None, "Số điện thoại"])
    page.append([None, "Họ và tên", "Ngày sinh", None])
    page.append(ONE)
    page.merge_cells("A1:A2")
    page.merge_cells("B1:C1")
    table = read(saved(book))
    assert table.rows[0].values == dict(zip(("bhxh_code", "full_name", "date_of_birth", "phone"), ONE, strict=True))


def test_numbers_formulas_and_hidden_rows_are_marked_and_nothing_is_evaluated():
    book = Workbook()
    page = book.active
    page.append(HEADS)
    page.append([123456789, '=HYPERLINK("http://x.test","A")', None, 981234567])
    page.append(["0123456789", "Lê Thử", None, None])
    page.row_dimensions[3].hidden = True
    first, second = read(saved(book)).rows
    assert first.marks == {"bhxh_code": "number", "full_name": "formula", "phone": "number"}
    assert second.marks == {"hidden": True}


def test_rows_of_nobody_and_hidden_sheets_are_told_of_and_are_no_people():
    book = Workbook()
    page = book.active
    page.append([*HEADS, "Ghi chú"])
    page.append(ONE)
    page.append([None, None, None, None, "Người lập biểu"])
    hidden = book.create_sheet("Cũ")
    hidden.append(HEADS)
    hidden.append(ONE)
    hidden.sheet_state = "hidden"
    table = read(saved(book))
    assert [row.number for row in table.rows] == [2]
    assert {remark["code"] for remark in table.remarks} == {"nobody", "hidden_sheet"}


def test_our_own_template_is_read_back_with_its_mark_and_keeps_zeros():
    book = load_workbook(BytesIO(make_template(None).data))
    page = book["Danh sách"]
    for at, value in enumerate(ONE, 1):
        page.cell(5, at).value = value
        assert page.cell(5, at).number_format == "@"
    table = read(saved(book))
    assert (table.rows[0].values["bhxh_code"], table.template, table.remarks) == (ONE[0], '"a1:"', [])


def test_each_kind_of_unfit_file_is_refused_with_what_to_do():
    book = Workbook()
    for name in ("Lớp A", "Lớp B"):
        page = book.create_sheet(name)
        page.append(HEADS)
        page.append(ONE)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 * 1024 * 1024))
    files = {
        "empty": b" ",
        "not_excel": "Mã số BHXH,Họ và tên\n1,A".encode(),
        "old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        "encrypted": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "unfit_file": b"PK\x03\x04 broken",
        "file_too_big": bomb.getvalue(),
        "headings_missing": workbook(("a", "b"), heads=("Cột 1", "Cột 2")),
        "heading_twice": workbook(ONE, heads=("Mã số BHXH", "Họ và tên", "Họ tên", "Số điện thoại")),
        "two_tables": saved(book),
        "too_many_rows": workbook(ONE, ONE, ONE),
    }
    found = {code: refused(data, most=2) for code, data in files.items()}
    assert {code: answer[0] for code, answer in found.items()} == {code: code for code in files}
    assert all("Xin " in answer[1] for answer in found.values())
    assert "“Lớp A” và “Lớp B”" in found["two_tables"][1]


def test_a_confined_process_reads_the_same_and_refuses_the_same():
    data = workbook(ONE)
    assert read_list_apart(data, DECLARED, PEOPLE, most=10) == read(data)
    with pytest.raises(InvalidInput) as refusal:
        read_list_apart(b"PK nothing", DECLARED, PEOPLE, most=10)
    assert refusal.value.faults[0].code == "unfit_file"
