"""Drafts that rest on an account whose owner proved to be it: to adjust it, to stop it, for a child (D2, D11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.intake import draft_values, drafts
from backoffice.intake.draft_rows import Draft, begin_in
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountStatus, DraftKind, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

PROVEN, PROVEN_AT = "_proven_phone", "_proven_at"
"""Notes of a draft: the new number on which a code was read (K10), and when."""


def begin_on(kind: DraftKind, account_id: int) -> str:
    """Begin a draft of `kind` filled with what the account says, and return its token; the consent was given.

    Raises Conflict (account_unusable) when it is locked or closed by now.
    """
    with transaction() as session:
        account = usable(session, account_id)
        subject, what = subject_of(account), f"declare_{kind.value}"
        record(session, TrailEvent.ACCOUNT_READ, CITIZEN, account=account, subject_hash=subject, what=what)
        return begin_in(session, kind, values_for(kind, account) | {"consent": "1"}, account_id=account.id)


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


def phone_of(session: Session, account_id: int) -> str:
    """Return the number the account has now."""
    return session.get_one(Account, account_id).phone


def new_phone(draft: Draft) -> str:
    """Return the new number that an adjustment declares, in normal form; "" when it stays, or is no number."""
    if draft.kind is not DraftKind.ADJUST or draft.account_id is None:
        return ""
    try:
        phone = normalize_phone(draft.values.get("phone", ""))
    except Malformed:
        return ""
    with transaction() as session:
        return "" if phone == phone_of(session, draft.account_id) else phone


def children_of(draft: Draft) -> int:
    """Return how many children's open accounts use the phone of the draft's account (D11)."""
    with transaction() as session:
        account = session.get(Account, draft.account_id) if draft.account_id else None
        if account is None:
            return 0
        return session.scalars(
            select(func.count()).where(
                Account.guardian_id == account.id,
                Account.phone == account.phone,
                Account.status != AccountStatus.CLOSED,
            )
        ).one()


def note_proven(token: str, phone: str) -> None:
    """Note that a code was read on `phone` and typed on this draft's page."""
    drafts.put(token, {PROVEN: phone, PROVEN_AT: clock.now().isoformat()})


def proven_at(draft: Draft, phone: str) -> datetime | None:
    """Return when `phone` was proven on this draft; None when it was not."""
    if not phone or draft.values.get(PROVEN) != phone:
        return None
    return datetime.fromisoformat(draft.values[PROVEN_AT])


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
