"""What a form showed of an officer, as a mark it brings back: whoever saves over a colleague's change learns of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Office, Officer
from backoffice.rules.role_words import ROLES

_FIELDS = ("name", "role", "office", "email", "second", "state")


def mark_of(officer: Officer) -> str:
    """Return the mark of how the officer stands now."""
    return "-".join(lookup_hash("officer_mark", f"{name}:{_value(officer, name)}")[:4].hex() for name in _FIELDS)


def require_unchanged(session: Session, officer: Officer, mark: str) -> None:
    """Raise Conflict (officer_changed), naming what is otherwise now, when `mark` is not how the officer stands."""
    now, shown = mark_of(officer).split("-"), mark[:200].split("-")
    if now == shown:
        return
    comparable = len(shown) == len(now)
    changed = [name for at, name in enumerate(_FIELDS) if comparable and now[at] != shown[at]]
    what = "; ".join(_told(session, officer, name) for name in changed)
    raise Conflict(
        "Người khác vừa đổi thông tin này sau khi bạn mở trang"
        f"{f': {what}' if what else ''}. Chưa ghi gì của bạn; xin xem lại rồi ghi lần nữa.",
        code="officer_changed",
    )


def _value(officer: Officer, name: str) -> object:
    return {
        "name": officer.full_name,
        "role": officer.role.value,
        "office": officer.office_id,
        "email": officer.email,
        "second": (officer.second_office_id, officer.second_until),
        "state": officer.disabled_at,
    }[name]


def _told(session: Session, officer: Officer, name: str) -> str:
    return {
        "name": f"họ tên nay là {officer.full_name}",
        "role": f"vai trò nay là {ROLES[officer.role]}",
        "office": f"cơ quan nay là {officer.office.code} {officer.office.name}",
        "email": f"e-mail nay là {officer.email}" if officer.email else "e-mail đã bỏ",
        "second": _second(session, officer),
        "state": "đã ngừng sử dụng" if officer.disabled_at else "đang được sử dụng",
    }[name]


def _second(session: Session, officer: Officer) -> str:
    second = session.get(Office, officer.second_office_id) if officer.second_office_id else None
    if second is None or officer.second_until is None:
        return "không còn làm thay ở cơ quan thứ hai"
    return f"làm thay ở {second.code} {second.name} đến hết ngày {officer.second_until:%d/%m/%Y}"
