"""What a search says beside its rows: what was looked for, why perhaps nothing was found, and where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from backoffice.desk.finding import Found, offices_by_id
from backoffice.identity.bhxh_code import group_code
from backoffice.identity.phone import group_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.search import Query, Sought
from backoffice.kernel import clock
from backoffice.models import Account, AccountStatus, Declaration, Office, Tombstone
from backoffice.rules.serving import serving

Note = dict[str, Any]
"""kind, text, and what can be done: href (the account's page), or transfer and number (a declaration's receipt code,
and the ID number it was found by, "" when it was found otherwise)."""
_FORGOTTEN = "Không cần khai lại: nếu quên mật khẩu hoặc đổi số điện thoại, giúp ngay tại quầy."
_ACCOUNT: dict[AccountStatus, tuple[str, str]] = {
    AccountStatus.ISSUED: ("đã cấp, chưa đăng nhập", _FORGOTTEN),
    AccountStatus.ACTIVE: ("đang sử dụng", _FORGOTTEN),
    AccountStatus.LOCKED: ("đang tạm khóa", "Xin báo lãnh đạo để xem vì sao tài khoản bị khóa."),
    AccountStatus.CLOSED: ("đã ngừng sử dụng", "Muốn dùng lại, đề nghị công dân khai đăng ký lại."),
}
_ID_NUMBERS = (Sought.citizen_id, Sought.old_id, Sought.passport)


def looked_for(query: Query) -> str:
    """Return what the text was taken for: "mã số BHXH 012 345 6789 hoặc điện thoại …"."""
    words: dict[Sought, tuple[str, Callable[[str], str]]] = {
        Sought.receipt_code: ("mã hồ sơ", format_receipt_code),
        Sought.bhxh_code: ("mã số BHXH", group_code),
        Sought.citizen_id: ("số Căn cước/CCCD", group_code),
        Sought.old_id: ("số CMND", str),
        Sought.passport: ("số hộ chiếu", str),
        Sought.phone: ("điện thoại", group_phone),
        Sought.name: ("họ tên", lambda text: f"“{text}”"),
    }
    parts = [f"{words[kind][0]} {words[kind][1](query.values[kind])}" for kind in query.kinds if kind in words]
    return " hoặc ".join(parts)


def notes_on(session: Session, found: Found, query: Query) -> list[Note]:
    """Return the sentences about accounts, other offices' declarations and expired ones, and what can be done."""
    known = {stone.office_id for stone in found.tombstones} | {account.office_id for account in found.accounts}
    offices = offices_by_id(session, known)
    return [
        *(_account(account, offices[account.office_id]) for account in found.accounts),
        *(_elsewhere(declaration, query) for declaration in found.elsewhere),
        *(_tombstone(session, stone, offices[stone.office_id]) for stone in found.tombstones if not found.rows),
    ]


def _account(account: Account, office: Office) -> Note:
    opened = f"{clock.local(account.opened_at):%d/%m/%Y}"
    status, advice = _ACCOUNT[account.status]
    return {
        "kind": "info",
        "text": f"Người này đã có tài khoản, {office.name} cấp ngày {opened}, {status}. {advice}",
        "href": f"/desk/accounts/{account.id}",
    }


def _elsewhere(declaration: Declaration, query: Query) -> Note:
    """Tell office and deadline, nothing else of it; who stands here is served by taking it over (K8)."""
    office = declaration.office
    until = f", hạn {clock.local(declaration.expires_at):%d/%m/%Y}" if declaration.expires_at else ", đã nộp ở đó"
    sought = {query.values[kind] for kind in _ID_NUMBERS if kind in query.values}
    return {
        "kind": "info",
        "text": f"Tờ khai này nộp tại {office.name} ({office.code}){until}.{_reach(office)}",
        "transfer": declaration.receipt_code,
        "number": declaration.id_number if declaration.id_number in sought else "",
    }


def _tombstone(session: Session, stone: Tombstone, office: Office) -> Note:
    """Tell when it was declared and deleted; of an office that was merged since, which one to go to."""
    declared, deleted = clock.local(stone.declared_at), clock.local(stone.deleted_at)
    heir = serving(session, office)
    now = f" (nay là {heir.name})" if heir is not office else ""
    reach = _reach(heir) if heir is not office else ""
    return {
        "kind": "warn",
        "text": f"Tờ khai ngày {declared:%d/%m/%Y} tại {office.name}{now} không được nộp đúng hạn nên đã xóa ngày "
        f"{deleted:%d/%m/%Y} theo quy định. Đề nghị công dân khai lại.{reach}",
    }


def _reach(office: Office) -> str:
    phone = f" Điện thoại: {office.phone}." if office.phone else ""
    place = f" Địa chỉ: {office.address}." if office.address else ""
    return phone + place
