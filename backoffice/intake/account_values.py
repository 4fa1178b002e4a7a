"""What a form on an account begins with, and the notes that such a draft keeps (D2, D11, K10)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.intake import draft_values
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountStatus, DraftKind

PROVEN, PROVEN_AT = "_proven_phone", "_proven_at"
"""Notes of a draft: the new number on which a code was read (K10), and when."""


def usable(session: Session, account_id: int) -> Account:
    """Return the account; raises Conflict (account_unusable) when it is locked or closed by now."""
    account = session.get(Account, account_id)
    if account is None or account.status not in (AccountStatus.ISSUED, AccountStatus.ACTIVE):
        raise Conflict(
            "Tài khoản này đang tạm khóa hoặc đã ngừng sử dụng nên không khai được ở đây. Xin mang giấy tờ bản gốc "
            "đến cơ quan BHXH gần nhất.",
            code="account_unusable",
        )
    return account


def values_for(kind: DraftKind, account: Account) -> dict[str, str]:
    """Return what a form on `account` is filled in with."""
    place = {
        "province": account.province_code,
        "district": account.district_code or "",
        "ward": account.ward_code,
        "line": account.address_line,
    }
    if kind is not DraftKind.ADJUST:
        return place  # so that the nearest offices come first; what is declared is the account's
    born = account.date_of_birth.isoformat() if account.date_of_birth else ""
    return place | {
        "full_name": account.full_name,
        "id_type": account.id_type.value,
        "id_number": account.id_number,
        "date_of_birth": draft_values.written_day(born),
        "phone": account.phone,
        "email": account.email or "",
    }
