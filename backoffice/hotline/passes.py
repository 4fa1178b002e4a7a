"""What a look has proven, sealed for ten minutes: on which account this agent may act, for which call (issue: hotline).

A pass is of one officer: in another's hands it opens nothing. Nothing of it is kept here.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Account, HotlineCall
from backoffice.rules.actors import Actor

VALID = timedelta(minutes=10)
_PURPOSE = "hotline pass"


@dataclass(frozen=True)
class Pass:
    """A call of the officer's, and the account that was matched in it; None of a call that matched nobody."""

    call_id: int
    account_id: int | None
    mark: str
    at: datetime


def issue(officer: Actor, call: HotlineCall, account: Account | None) -> str:
    """Return the pass for a call that was looked at just now."""
    mark = mark_of(account) if account is not None else ""
    said = [call.id, account.id if account is not None else None, mark, clock.now().isoformat()]
    return base64.urlsafe_b64encode(seal(_PURPOSE, str(officer.id), json.dumps(said).encode())).decode()


def read(officer: Actor, text: str) -> Pass:
    """Return what a pass of the officer's says; raises Conflict (pass_over) for any other and for an old one."""
    try:
        call_id, account_id, mark, at = json.loads(
            unseal(_PURPOSE, str(officer.id), base64.urlsafe_b64decode(text.encode()))
        )
    except (BrokenSeal, ValueError) as broken:
        raise over() from broken
    if datetime.fromisoformat(at) + VALID < clock.now():
        raise over()
    return Pass(call_id, account_id, mark, datetime.fromisoformat(at))


def mark_of(account: Account) -> str:
    """Return what changes when the account's number does, and says nothing about it."""
    return lookup_hash("hotline mark", account.phone).hex()


def over() -> Conflict:
    """Return the refusal of what was matched too long ago, by somebody else, or is otherwise by now."""
    return Conflict(
        "Lần đối chiếu này không còn hiệu lực (quá 10 phút, hoặc tài khoản đã thay đổi). Chưa có gì thay đổi; xin bấm "
        "“Đối chiếu” lại với số điện thoại và mã số của người đang gọi.",
        code="pass_over",
    )
