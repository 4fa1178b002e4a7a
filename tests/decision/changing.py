"""Declarations that adjust or stop an account there is, as tests of deciding need them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.models import Account, AccountChange, Declaration, Purpose
from backoffice.rules import changes
from backoffice.rules.actors import Actor
from tests.factories import make_declaration, verify_all


def declare_change(
    session: Session, account: Account, purpose: Purpose = Purpose.ADJUST, *, proven: str | None = None, **new: Any
) -> Declaration:
    """Declare for `account` what is `new`, the rest as it stands there; `proven`: the number that read a code."""
    same = {name: getattr(account, name) for name in changes.COLUMNS}
    made = make_declaration(session, **{"purpose": purpose, "bhxh_code": account.bhxh_code} | same | new)
    before = changes.snapshot(account) if purpose is Purpose.ADJUST else None
    session.add(AccountChange(declaration_id=made.id, account_id=account.id, before=before, proven_phone=proven))
    session.flush()
    return made


def verified_change(session: Session, account: Account, officer: Actor, *given: Purpose, **new: Any) -> Declaration:
    """The same, and nothing stands against approving it."""
    made = declare_change(session, account, *given, **new)
    verify_all(session, made, officer)
    return made
