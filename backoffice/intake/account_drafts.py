"""Drafts that rest on an account whose owner proved to be it: to adjust it, to stop it, for a child (D2, D11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.intake import drafts
from backoffice.intake.account_values import PROVEN, PROVEN_AT, usable, values_for
from backoffice.intake.draft_rows import Draft, begin_in
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, DraftKind, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of


def begin_on(kind: DraftKind, account_id: int) -> str:
    """Begin a draft of `kind` filled with what the account says, and return its token; the consent was given.

    Raises Conflict (account_unusable) when it is locked or closed by now.
    """
    with transaction() as session:
        account = usable(session, account_id)
        subject, what = subject_of(account), f"declare_{kind.value}"
        record(session, TrailEvent.ACCOUNT_READ, CITIZEN, account=account, subject_hash=subject, what=what)
        return begin_in(session, kind, values_for(kind, account) | {"consent": "1"}, account_id=account.id)


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
