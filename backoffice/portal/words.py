"""How an account reads to its owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backoffice.accounts.owner import Child, Information, OwnDeclaration
from backoffice.accounts.passwords import WARNED
from backoffice.identity.bhxh_code import group_code
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.models import AccountStatus, IdType, Purpose, Status
from backoffice.rules.lifecycle import LABELS
from backoffice.rules.places import find_place

PAPERS: dict[IdType, str] = {
    IdType.CITIZEN_ID: "Căn cước/CCCD",
    IdType.OLD_ID: "CMND",
    IdType.PASSPORT: "Hộ chiếu",
}
ACCOUNTS: dict[AccountStatus, tuple[str, str]] = {
    AccountStatus.ISSUED: ("Đã cấp, chưa đăng nhập", "none"),
    AccountStatus.ACTIVE: ("Đang sử dụng", "good"),
    AccountStatus.LOCKED: ("Tạm khóa", "bad"),
    AccountStatus.CLOSED: ("Đã ngừng sử dụng", "none"),
}
"""In words, and the tone of it."""
PURPOSES: dict[Purpose, str] = {
    Purpose.REGISTER: "Đăng ký sử dụng tài khoản",
    Purpose.ADJUST: "Điều chỉnh thông tin",
    Purpose.STOP: "Ngừng sử dụng tài khoản",
}
_TO_HAND_IN = "Mang giấy tờ tùy thân bản gốc và mẫu số 01 đã ký đến cơ quan BHXH ghi trên mẫu số 01."
_TO_SUPPLEMENT = "Mang giấy tờ còn thiếu, theo phiếu yêu cầu bổ sung, đến cơ quan BHXH đã nhận hồ sơ."
_NEXT: dict[Status, str] = {
    Status.APPROVED: "",
    Status.REJECTED: "Lý do đã được gửi bằng tin nhắn. Xin sửa rồi khai lại, hoặc đến cơ quan BHXH gần nhất.",
    Status.WITHDRAWN: "",
    Status.EXPIRED: "Không nộp trong thời hạn nên tờ khai không còn. Nếu vẫn cần, xin khai lại.",
}


@dataclass(frozen=True)
class Line:
    """One declaration in a list: all of it ready to be shown."""

    title: str
    name: str
    state: str
    tone: str
    receipt_code: str
    declared_at: datetime
    deadline: datetime | None
    following: str


def declaration_line(one: OwnDeclaration) -> Line:
    """Return where the declaration stands, and what its owner has to do."""
    state, tone, following = _state(one)
    return Line(
        title=PURPOSES[one.purpose],
        name=one.full_name,
        state=state,
        tone=tone,
        receipt_code=format_receipt_code(one.receipt_code),
        declared_at=one.declared_at,
        deadline=one.expires_at if one.status is Status.SUBMITTED else None,
        following=following,
    )


def child_line(child: Child) -> dict[str, str]:
    """Return name, code and state of a child's account."""
    state, tone = ACCOUNTS[child.status]
    return {"name": child.full_name, "code": group_code(child.bhxh_code), "state": state, "tone": tone}


def address_of(known: Information) -> str:
    """Return the contact address in one line; of codes that name no place any more the street line alone."""
    try:
        place = find_place(known.province_code, known.district_code, known.ward_code)
    except InvalidInput:
        return known.address_line
    return place.one_line(known.address_line)


def ends_soon(known: Information) -> bool:
    """Tell whether the password has to be changed within the time that is warned of (A1)."""
    return known.password_ends_at is not None and known.password_ends_at - clock.now() <= WARNED


def _state(one: OwnDeclaration) -> tuple[str, str, str]:
    """Return words, tone and what to do; past its deadline it is told as expired (K4, as the API does)."""
    if one.status is Status.SUBMITTED:
        if one.expires_at is not None and one.expires_at < clock.now():
            return LABELS[Status.EXPIRED], "bad", _NEXT[Status.EXPIRED]
        if one.supplement_at is not None:
            return "Chờ bổ sung", "warn", _TO_SUPPLEMENT
        if one.presented_at is not None:
            return "Đã nộp, đang giải quyết", "none", "Kết quả sẽ được gửi bằng tin nhắn."
        return LABELS[Status.SUBMITTED], "warn", _TO_HAND_IN
    tone = {Status.APPROVED: "good", Status.REJECTED: "bad"}.get(one.status, "none")
    return LABELS[one.status], tone, _NEXT[one.status]
