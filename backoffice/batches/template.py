"""The workbook a unit fills in: codes and phones are text cells, so that no zero is lost; nothing is a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.workbook.defined_name import DefinedName  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from backoffice.batches.columns import TO_DECLARE_VERSION, VERSION, columns_of
from backoffice.gateways.sheets.list_cells import MARK
from backoffice.gateways.sheets.writing import as_text
from backoffice.models import BatchKind, Unit

LINES = 2000
"""Rows made ready as text cells; a unit may go on below."""
_HEAD_ROW = 4
_RULES = {
    "bhxh_code": (10, 15, "Mã số BHXH có 10 hoặc 12 chữ số (hoặc số thẻ BHYT 15 ký tự). Xin giữ số 0 ở đầu."),
    "phone": (10, 15, "Số di động có 10 chữ số, bắt đầu bằng 0."),
}
_GUIDE = (
    "Mỗi người một dòng; mã số và họ tên bắt buộc, các cột khác nên ghi nếu biết.",
    "Mã số BHXH: 10 hoặc 12 chữ số, ví dụ 0123456789. Ô đã định dạng Văn bản, xin không đổi định dạng để giữ số 0 đầu.",
    "Họ và tên: như trên giấy tờ, gõ bằng Unicode, ví dụ Nguyễn Thử Mẫu.",
    "Ngày sinh: ngày/tháng/năm, ví dụ 02/01/1985; chỉ biết năm thì ghi năm.",
    "Số điện thoại: số của chính người đó, đã khai khi đăng ký, ví dụ 0981234567. Mỗi số chỉ dùng cho một người.",
    "Học sinh dùng số của cha mẹ: không ghi vào đây, xin khai cho con qua tài khoản của người giám hộ.",
    "Không dùng công thức, không liên kết sang tệp khác, không đổi tên các cột, không thêm danh sách thứ hai.",
    "Lưu dưới dạng .xlsx rồi gửi cùng công văn của đơn vị cho cơ quan BHXH.",
)

_GUIDE_TO_DECLARE = (
    "Mỗi người một dòng. Người có sẵn trong danh sách là người cơ quan BHXH đã biết; xin bổ sung các cột còn trống.",
    "Mã số BHXH: 10 hoặc 12 chữ số, ví dụ 0123456789. Ô đã định dạng Văn bản, xin không đổi định dạng để giữ số 0 đầu.",
    "Giấy tờ: Căn cước/CCCD 12 số, CMND 9 số, hoặc hộ chiếu.",
    "Số điện thoại: số của chính người đó, ví dụ 0981234567. Mỗi số chỉ dùng cho một người.",
    "Địa chỉ: ghi đủ trong một ô, ví dụ “Số 1 đường Mẫu, phường Ba Đình, thành phố Hà Nội”; hoặc tách xã, tỉnh ra cột.",
    "Trẻ em, học sinh chưa có giấy tờ hoặc số riêng: ghi mã số BHXH của cha, mẹ hoặc người giám hộ (đã có tài khoản); "
    "khi đó không cần ghi giấy tờ, số điện thoại, địa chỉ.",
    "Đã đồng ý và cam kết: ghi “Có” khi người đó đã đồng ý cho xử lý dữ liệu cá nhân (ảnh giấy tờ là dữ liệu nhạy cảm) "
    "và cam kết nội dung là đúng.",
    "Ảnh: nén vào tệp .zip không mật khẩu, tên theo mã số: 0123456789_chandung.jpg (ảnh 4x6), 0123456789_mattruoc.jpg, "
    "0123456789_matsau.jpg; trẻ em: 0123456789_chandung.jpg, 0123456789_khaisinh.jpg. Hoặc mỗi người một thư mục tên "
    "là mã số. Hộ chiếu chỉ cần mặt trước.",
    "Không dùng công thức, không liên kết sang tệp khác, không đổi tên các cột, không thêm danh sách thứ hai.",
    "Lưu dưới dạng .xlsx rồi gửi cùng tệp ảnh và công văn của đơn vị cho cơ quan BHXH.",
)
_CHOICES = {"id_type": "Căn cước/CCCD,CMND,Hộ chiếu", "consent": "Có"}
_OF_KIND = {
    BatchKind.DECLARED: (VERSION, "DANH SÁCH ĐỀ NGHỊ CẤP TÀI KHOẢN GIAO DỊCH ĐIỆN TỬ", _GUIDE, "danh-sach"),
    BatchKind.TO_DECLARE: (
        TO_DECLARE_VERSION,
        "DANH SÁCH ĐỀ NGHỊ LẬP TỜ KHAI ĐĂNG KÝ GIAO DỊCH ĐIỆN TỬ",
        _GUIDE_TO_DECLARE,
        "lap-to-khai",
    ),
}


@dataclass(frozen=True)
class Template:
    """The workbook and its file's name, ASCII."""

    name: str
    data: bytes


def make_template(
    unit: Unit | None, kind: BatchKind = BatchKind.DECLARED, people: Sequence[Mapping[str, str]] = ()
) -> Template:
    """Return the workbook for `unit`, or for whichever unit; `people` are filled in, cells by the columns' keys."""
    version, title, guide, name = _OF_KIND[kind]
    book = Workbook()
    _list_sheet(book.active, unit, kind, title, people)
    _guide_sheet(book.create_sheet("Hướng dẫn"), guide)
    code = unit.code if unit else ""
    book.defined_names[MARK] = DefinedName(MARK, attr_text=f'"{version}:{code}"', hidden=True)
    out = BytesIO()
    book.save(out)
    return Template(f"{name}-{code.lower() or 'mau'}.xlsx", out.getvalue())


def _list_sheet(page: Any, unit: Unit | None, kind: BatchKind, title: str, people: Sequence[Mapping[str, str]]) -> None:
    page.title = "Danh sách"
    _put(page, 1, 1, title, Font(bold=True, size=14))
    _put(page, 2, 1, f"Đơn vị: {unit.name} ({unit.code})" if unit else "Đơn vị:", Font(bold=True))
    for at, column in enumerate(columns_of(kind), 1):
        letter = get_column_letter(at)
        page.column_dimensions[letter].width = column.width
        head = _put(page, _HEAD_ROW, at, column.title + (" (*)" if column.required else ""), Font(bold=True))
        head.fill = PatternFill("solid", fgColor="E8EEF7")
        head.alignment = Alignment(wrap_text=True, vertical="center")
        for number in range(_HEAD_ROW + 1, _HEAD_ROW + 1 + LINES):
            page.cell(number, at).number_format = "@"
        for number, person in enumerate(people, _HEAD_ROW + 1):
            if text := person.get(column.key):
                _put(page, number, at, text, Font())
        if column.key in _RULES:
            _rule(page, letter, *_RULES[column.key])
        if column.key in _CHOICES:
            _choice(page, letter, _CHOICES[column.key])
    page.freeze_panes = page.cell(_HEAD_ROW + 1, 1)


def _choice(page: Any, letter: str, choices: str) -> None:
    rule = DataValidation("list", formula1=f'"{choices}"', allow_blank=True)
    rule.errorStyle, rule.errorTitle, rule.error = "warning", "Xin xem lại", "Xin chọn một trong các giá trị của cột."
    rule.showErrorMessage = True
    page.add_data_validation(rule)
    rule.add(f"{letter}{_HEAD_ROW + 1}:{letter}{_HEAD_ROW + LINES}")


def _rule(page: Any, letter: str, fewest: int, most: int, words: str) -> None:
    rule = DataValidation("textLength", operator="between", formula1=str(fewest), formula2=str(most), allow_blank=True)
    rule.errorStyle, rule.errorTitle, rule.error = "warning", "Xin xem lại", words
    rule.promptTitle, rule.prompt, rule.showInputMessage, rule.showErrorMessage = "Cách ghi", words, True, True
    page.add_data_validation(rule)
    rule.add(f"{letter}{_HEAD_ROW + 1}:{letter}{_HEAD_ROW + LINES}")


def _guide_sheet(page: Any, guide: Sequence[str]) -> None:
    page.column_dimensions["A"].width = 110
    _put(page, 1, 1, "Cách ghi danh sách", Font(bold=True, size=14))
    for number, line in enumerate(guide, 2):
        _put(page, number, 1, line, Font()).alignment = Alignment(wrap_text=True, vertical="top")


def _put(page: Any, row: int, column: int, text: str, font: Any) -> Any:
    cell = page.cell(row, column, as_text(text))
    cell.data_type, cell.number_format, cell.font = "s", "@", font
    return cell
