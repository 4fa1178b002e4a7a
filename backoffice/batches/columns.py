"""The columns of a list (D12), as our template has them and as units write them."""

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
TO_DECLARE_VERSION = "b1"
MOST_PEOPLE = 2000
"""Of a list with photos: some 8,000 photos."""
TO_DECLARE = (
    DECLARED[0],
    DECLARED[1],
    DECLARED[2],
    Column("id_type", "Loại giấy tờ", ("loại giấy tờ tùy thân", "giấy tờ"), width=18),
    Column("id_number", "Số giấy tờ", ("số cccd", "cccd", "số căn cước", "số cccd/cmnd", "cmnd", "số định danh",
           "số cccd/cmnd/hộ chiếu", "số giấy tờ tùy thân"), width=18),
    DECLARED[3],
    Column("email", "Thư điện tử", ("email", "e mail", "địa chỉ email", "hộp thư"), width=26),
    Column("address", "Địa chỉ liên hệ", ("địa chỉ", "địa chỉ liên lạc", "nơi ở", "số nhà đường", "số nhà"),
           width=48),
    Column("ward", "Xã, phường", ("xã phường", "phường xã", "xã", "phường", "xã phường thị trấn"), width=20),
    Column("district", "Quận, huyện", ("quận huyện", "huyện", "quận"), width=20),
    Column("province", "Tỉnh, thành phố", ("tỉnh thành phố", "tỉnh", "thành phố", "tỉnh tp"), width=20),
    Column("guardian_bhxh_code", "Mã số BHXH của cha, mẹ, người giám hộ", ("mã số bhxh người giám hộ",
           "mã số người giám hộ", "mã số bhxh của cha mẹ", "mã số bhxh của người giám hộ"), width=22),
    Column("consent", "Đã đồng ý và cam kết", ("đồng ý", "đồng ý cam kết", "đã đồng ý"), required=True, width=14),
    DECLARED[4],
)  # fmt: skip
PEOPLE = ("bhxh_code", "full_name", "phone")
"""A row that has none of these is nobody's."""
LABELS = {column.key: column.title for column in (*DECLARED, *TO_DECLARE)}


def columns_of(kind: BatchKind) -> tuple[Column, ...]:
    """Return the columns of a list of this kind."""
    return TO_DECLARE if kind is BatchKind.TO_DECLARE else DECLARED


def cells_of(kind: BatchKind) -> tuple[str, ...]:
    """Return which columns of a list of this kind can be corrected: not that somebody consented, nor a note."""
    return tuple(column.key for column in columns_of(kind) if column.key not in ("consent", "note"))


def most_rows(kind: BatchKind) -> int:
    """Return how many rows a list of this kind may have."""
    return MOST_PEOPLE if kind is BatchKind.TO_DECLARE else MOST_ROWS
