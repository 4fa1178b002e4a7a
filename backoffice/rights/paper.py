"""The answer on paper: the same shape as the data, label for label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from backoffice.desk.labels import PHOTOS
from backoffice.dossier.photos import read_photo
from backoffice.gateways.pdf.person import PersonPaper, Picture, Record, Section, Table
from backoffice.gateways.photos import PhotoMissing, PhotoUnreadable
from backoffice.kernel import clock
from backoffice.models import Asker, Declaration, PhotoKind
from backoffice.rights.belongings import Belongings, is_childs
from backoffice.rights.document import AccountHeld, DeclarationHeld, Deleted, Look, MessageSent, Part, PersonData

TITLE = "Dữ liệu cá nhân của một người tại hệ thống tiếp nhận tài khoản VssID"
ABOUT = (
    "Bản này liệt kê mọi dữ liệu về người nêu dưới đây mà hệ thống đang lưu, theo Luật Bảo vệ dữ liệu cá nhân số "
    "91/2025/QH15 và Nghị định số 356/2025/NĐ-CP. Mật khẩu, mã OTP chỉ lưu ở dạng không đọc lại được nên không có "
    "ở đây. Cán bộ được ghi bằng chức danh và cơ quan. Số điện thoại, số giấy tờ trong ghi chú của cán bộ được thay "
    "bằng […], vì có thể là của người khác.",
    "Thấy chỗ không đúng, Ông/Bà có quyền yêu cầu sửa, xóa hoặc khiếu nại tại cơ quan BHXH đã trả lời, hoặc gọi "
    "1900 9068.",
)
MOST_LOOKS = 2000
"""Lines of the trail on paper, the newest; the data has more."""
_OF_A_GUARDIAN = frozenset({PhotoKind.ID_FRONT, PhotoKind.ID_BACK})
_SECTIONS: dict[str, tuple[str, str]] = {
    "declarations": ("Mọi mục của tờ khai, các bước xử lý, ảnh đang lưu.", "Không còn tờ khai nào được lưu."),
    "accounts": ("Tài khoản và mọi việc về tài khoản còn được lưu.", "Không có tài khoản."),
    "messages": (
        "Nguyên văn như đã gửi; mật khẩu, mã và đường dẫn riêng đã che.",
        "Không còn tin nhắn, thư nào được lưu.",
    ),
    "lists": (
        "Dòng về người này trong danh sách do trường học, doanh nghiệp gửi. Dòng chỉ mang mã số mà chưa khớp tờ khai "
        "thì không nêu nội dung.",
        "Không có trong danh sách nào.",
    ),
    "looks": ("Mỗi lần dữ liệu được xem, tìm, sửa, quyết định; cũ trước, mới sau.", "Chưa có dòng nhật ký nào."),
    "unproven": (
        "Mang mã số hoặc số định danh này nhưng chưa chứng minh được là của người này, nên không nêu nội dung. "
        "Có thể do người khác khai nhầm.",
        "Không có.",
    ),
    "deleted": ("Nội dung đã xóa hẳn; chỉ còn dấu vết không nêu tên.", "Chưa có tờ khai nào bị xóa."),
    "requests": ("", "Không có."),
    "kept": ("Hết thời hạn, hệ thống tự xóa.", ""),
}


def paper_of(told: PersonData, held: Belongings, asker: Asker) -> PersonPaper:
    """Return the document of what is told; `held` are the rows it was made from, for their photos."""
    pictures = {one.receipt_code: photos_of(one, asker) for one in held.declarations}
    labels = _labels(PersonData)
    request = told.request
    return PersonPaper(
        title=TITLE,
        about=ABOUT,
        values=[
            ("Họ tên", told.full_name or "–"),
            (labels["bhxh_codes"], ", ".join(told.bhxh_codes)),
            (labels["request"], f"số {request.number}, nhận ngày {request.received_on:%d/%m/%Y}, {request.office}"),
            ("Người yêu cầu", f"{request.asked_by}. {request.identified}."),
            (labels["made_at"], words(told.made_at)),
        ],
        sections=[_section(told, name, pictures) for name in _SECTIONS],
        footer=f"Trả lời yêu cầu số {request.number} · lập lúc {words(told.made_at)}",
        made_at=told.made_at,
    )


def photos_of(one: Declaration, asker: Asker) -> list[Picture]:
    """Return the photos of a declaration; the guardian's paper is not the child's to have."""
    is_hidden = is_childs(one) and asker is Asker.SELF
    return [
        Picture(PHOTOS[photo.kind], _jpeg(photo), photo.rotation)
        for photo in one.photos
        if not (is_hidden and photo.kind in _OF_A_GUARDIAN)
    ]


def _jpeg(photo: Any) -> bytes:
    try:
        return read_photo(photo, "thumb")
    except (PhotoMissing, PhotoUnreadable):
        return b""


def _section(told: PersonData, name: str, pictures: dict[str, list[Picture]]) -> Section:
    note, empty = _SECTIONS[name]
    parts: Sequence[Part] = getattr(told, name)
    records: list[Record] = []
    if name == "looks":
        parts, left_off = _looks(told)
        note += (
            f" {left_off} dòng cũ hơn có trong bản dữ liệu (JSON) hoặc được cung cấp khi yêu cầu." if left_off else ""
        )
    if parts and name in _HEADINGS:
        records = [_record(one, name, pictures) for one in parts]
    elif parts:
        records = [Record("", tables=[table_of("", parts)])]
    return Section(_labels(PersonData)[name], note, records, empty)


def _looks(told: PersonData) -> tuple[list[Look], int]:
    """Return the newest looks, a run of the same by the same as one line, and how many are not on paper."""
    runs: list[Look] = []
    for _, those in groupby(told.looks, lambda one: (one.who, one.office, one.what, one.receipt_code)):
        run = list(those)
        times = f" ({len(run)} lần)" if len(run) > 1 else ""
        runs.append(run[-1].model_copy(update={"what": run[-1].what + times}))
    return runs[-MOST_LOOKS:], max(0, len(runs) - MOST_LOOKS) + told.looks_left_off


def _record(part: Any, name: str, pictures: dict[str, list[Picture]]) -> Record:
    values, tables = [], []
    for field, label in _labels(type(part)).items():
        value = getattr(part, field)
        if _is_table(value):
            tables.append(table_of(label, value))
        else:
            values.append((label, words(value)))
    own = pictures.get(part.receipt_code.replace("-", ""), []) if isinstance(part, DeclarationHeld) else []
    return Record(_HEADINGS[name](part), values, tables, own)


def table_of(title: str, parts: Sequence[Part]) -> Table:
    """Return the parts as rows; a column in which nothing stands is left out."""
    labels = _labels(type(parts[0]))
    columns = [name for name in labels if any(_is_there(getattr(one, name)) for one in parts)]
    rows = [[words(getattr(one, name)) for name in columns] for one in parts]
    return Table(title, [labels[name] for name in columns], rows)


def words(value: Any) -> str:
    """Return a value as it reads on paper."""
    match value:
        case None | []:
            return "–"
        case bool():
            return "có" if value else "không"
        case datetime():
            return f"{clock.local(value):%H:%M %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case list():
            return "; ".join(map(_one, value))
    return str(value)


def _one(value: Any) -> str:
    """Return one of several values; a part within a row as its values in a line."""
    if isinstance(value, Part):
        return ", ".join(
            words(getattr(value, name)) for name in _labels(type(value)) if _is_there(getattr(value, name))
        )
    return words(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Part)


def _is_there(value: Any) -> bool:
    return value not in (None, [], "")


def _labels(part: type[Part]) -> dict[str, str]:
    return {name: field.title or name for name, field in part.model_fields.items()}


def _declaration(one: DeclarationHeld) -> str:
    return f"Tờ khai {one.receipt_code}"


def _account(one: AccountHeld) -> str:
    return f"Tài khoản {one.bhxh_code}"


def _message(one: MessageSent) -> str:
    return f"{words(one.ordered_at)} · {one.kind}"


def _deleted(one: Deleted) -> str:
    return f"{one.purpose}, khai {words(one.declared_at)}"


_HEADINGS: dict[str, Callable[[Any], str]] = {
    "declarations": _declaration,
    "accounts": _account,
    "messages": _message,
    "deleted": _deleted,
}
