"""The columns of a list (D12 a), as our template has them and as units write them."""

from __future__ import annotations

from backoffice.gateways.sheets import Column
from backoffice.models import BatchKind

VERSION = "a1"
"""Of the template: what its hidden mark says."""
MOST_ROWS = 20_000
DECLARED = (
    Column("bhxh_code", "Mã số BHXH", ("mã số", "mã bhxh", "số sổ bhxh", "số bhxh", "mã thẻ bhyt", "số thẻ bhyt"),
           required=True, width=18),
    Column("full_name", "Họ và tên", ("họ tên", "tên", "họ và tên học sinh", "họ tên học sinh",
            "họ và tên người lao động"),
           required=True, width=30),
    Column("date_of_birth", "Ngày sinh", ("ngày tháng năm sinh", "năm sinh", "sinh ngày"), width=14),
    Column("phone", "Số điện thoại", ("điện thoại", "sđt", "đt", "di động", "số di động", "điện thoại di động"),
           width=18),
    Column("note", "Ghi chú", ("ghi chu",), width=24),
)  # fmt: skip
PEOPLE = ("bhxh_code", "full_name", "phone")
"""A row that has none of these is nobody's."""
LABELS = {column.key: column.title for column in DECLARED}


def columns_of(_kind: BatchKind) -> tuple[Column, ...]:
    """Return the columns of a list of this kind."""
    return DECLARED
