"""What has been proven so far while signing in, sealed for ten minutes: nothing is kept here between two steps."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.errors import Unauthenticated
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Account, SessionKind
from backoffice.notices.credentials import newest_issue

VALID = timedelta(minutes=10)
_TOO_OLD = "Bước này đã quá 10 phút hoặc không còn dùng được. Xin đăng nhập lại từ đầu; chưa có gì thay đổi."


class Step(StrEnum):
    """What is due next."""

    FIRST_PASSWORD = "first_password"  # noqa: S105 (a step)
    """The password was a temporary one: an own one is to be chosen (A1)."""
    NEW_PASSWORD = "new_password"  # noqa: S105 (a step)
    """The password is older than six months (A1)."""
    DEVICE = "device"
    """Another device is or was used: a code goes to the phone (A3)."""


@dataclass(frozen=True)
class Proof:
    """Whose password was right, on which device, and what is due."""

    step: Step
    account_id: int
    kind: SessionKind
    device: str
    mark: str
    is_temporary: bool
    """The password was a temporary one."""
    has_code: bool
    """A code that went to the phone was given already: the device is proven (A3)."""


def prove(
    session: Session,
    step: Step,
    account: Account,
    kind: SessionKind,
    device: str,
    *,
    is_temporary: bool = False,
    has_code: bool = False,
) -> str:
    """Return the proof that the account's password was given just now on `device`."""
    said = [step, account.id, kind, device, mark_of(session, account), is_temporary, has_code, clock.now().isoformat()]
    return base64.urlsafe_b64encode(seal("account proof", "", json.dumps(said).encode())).decode()


def read(text: str, *steps: Step) -> Proof:
    """Return what a proof says; raises Unauthenticated (proof_over) when it is none of `steps`, or too old."""
    try:
        said = json.loads(unseal("account proof", "", base64.urlsafe_b64decode(text.encode())))
    except (BrokenSeal, ValueError) as broken:
        raise over() from broken
    step, account_id, kind, device, mark, is_temporary, has_code, at = said
    if step not in steps or datetime.fromisoformat(at) + VALID < clock.now():
        raise over()
    return Proof(Step(step), account_id, SessionKind(kind), device, mark, is_temporary, has_code)


def mark_of(session: Session, account: Account) -> str:
    """Return what changes when the account's password or status does, or a new password is ordered; it tells neither.

    So of two resets only the last leads anywhere, whatever was proven by the first.
    """
    issue = newest_issue(session, account.id)
    number = issue.number if issue is not None else 0
    return lookup_hash("account_mark", f"{account.status}\0{account.password_hash}\0{number}").hex()


def over() -> Unauthenticated:
    """Return the refusal of a proof that does not count any more."""
    return Unauthenticated(_TOO_OLD, code="proof_over")
