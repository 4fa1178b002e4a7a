"""The workbook a unit fills in: codes and phones are text cells, so that no zero is lost; nothing is a formula."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.workbook.defined_name import DefinedName  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from backoffice.batches.columns import DECLARED, VERSION
from backoffice.gateways.sheets.list_cells import MARK
from backoffice.gateways.sheets.writing import as_text
from backoffice.models import Unit

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


@dataclass(frozen=True)
class Template:
    """The workbook and its file's name, ASCII."""

    name: str
    data: bytes


def make_template(unit: Unit | None) -> Template:
    """Return the workbook for `unit`, or one for whichever unit."""
    book = Workbook()
    _list_sheet(book.active, unit)
    _guide_sheet(book.create_sheet("Hướng dẫn"))
    code = unit.code if unit else ""
    book.defined_names[MARK] = DefinedName(MARK, attr_text=f'"{VERSION}:{code}"', hidden=True)
    out = BytesIO()
    book.save(out)
    return Template(f"danh-sach-{code.lower() or 'mau'}.xlsx", out.getvalue())


def _list_sheet(page: Any, unit: Unit | None) -> None:
    page.title = "Danh sách"
    _put(page, 1, 1, "DANH SÁCH ĐỀ NGHỊ CẤP TÀI KHOẢN GIAO DỊCH ĐIỆN TỬ", Font(bold=True, size=14))
    _put(page, 2, 1, f"Đơn vị: {unit.name} ({unit.code})" if unit else "Đơn vị:", Font(bold=True))
    for at, column in enumerate(DECLARED, 1):
        letter = get_column_letter(at)
        page.column_dimensions[letter].width = column.width
        head = _put(page, _HEAD_ROW, at, column.title + (" (*)" if column.required else ""), Font(bold=True))
        head.fill = PatternFill("solid", fgColor="E8EEF7")
        head.alignment = Alignment(wrap_text=True, vertical="center")
        for number in range(_HEAD_ROW + 1, _HEAD_ROW + 1 + LINES):
            page.cell(number, at).number_format = "@"
        if column.key in _RULES:
            _rule(page, letter, *_RULES[column.key])
    page.freeze_panes = page.cell(_HEAD_ROW + 1, 1)


def _rule(page: Any, letter: str, fewest: int, most: int, words: str) -> None:
    rule = DataValidation("textLength", operator="between", formula1=str(fewest), formula2=str(most), allow_blank=True)
    rule.errorStyle, rule.errorTitle, rule.error = "warning", "Xin xem lại", words
    rule.promptTitle, rule.prompt, rule.showInputMessage, rule.showErrorMessage = "Cách ghi", words, True, True
    page.add_data_validation(rule)
    rule.add(f"{letter}{_HEAD_ROW + 1}:{letter}{_HEAD_ROW + LINES}")


def _guide_sheet(page: Any) -> None:
    page.column_dimensions["A"].width = 110
    _put(page, 1, 1, "Cách ghi danh sách", Font(bold=True, size=14))
    for number, line in enumerate(_GUIDE, 2):
        _put(page, number, 1, line, Font()).alignment = Alignment(wrap_text=True, vertical="top")


def _put(page: Any, row: int, column: int, text: str, font: Any) -> Any:
    cell = page.cell(row, column, as_text(text))
    cell.data_type, cell.number_format, cell.font = "s", "@", font
    return cell
