"""What the agent sees of a call: one verdict, and after a match what the account's owner may know of it (A4).

Never the registered number, and of a name only the beginnings of its words.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.accounts import resets, tries
from backoffice.hotline import words
from backoffice.hotline.gate import NO_MATCH
from backoffice.hotline.queries import waiting_declarations
from backoffice.hotline.words import Act
from backoffice.kernel import clock
from backoffice.models import (
    Account,
    AccountStatus,
    CallReason,
    CredentialIssue,
    HotlineCall,
    NoticeChannel,
    NoticeStatus,
)
from backoffice.notices.credentials import is_open, newest_issue
from backoffice.notices.queries import NoticeLine, for_account
from backoffice.rules.actors import Actor

Values = dict[str, Any]
USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)
_LAST = 4
"""So many messages are shown."""
_CHANNELS = {NoticeChannel.SMS: "Tin nhắn", NoticeChannel.EMAIL: "Thư điện tử"}
_TONES = {NoticeStatus.DELIVERED: "good", NoticeStatus.FAILED: "bad", NoticeStatus.UNKNOWN: "warn"}


def of_call(session: Session, officer: Actor, call: HotlineCall, account: Account | None, sealed: str) -> Values:
    """Return what is shown of a call; `sealed` is its pass."""
    shown = {"pass": sealed, "matched": account is not None, "reasons": reasons(call.reason), "done": None}
    if account is None:
        return shown | {"verdict": NO_MATCH, "say": words.NO_MATCH_SAY}
    return shown | {"verdict": words.MATCHED} | _of_account(session, officer, account)


def reasons(chosen: CallReason | None) -> list[Values]:
    """Return the reasons of a call with their keys."""
    return [
        {"value": reason.value, "label": label, "key": f"Alt+{number}", "chosen": reason is chosen}
        for number, (reason, label) in enumerate(words.REASONS.items(), start=1)
    ]


def _of_account(session: Session, officer: Actor, account: Account) -> Values:
    state, tone = words.account_told(account)
    is_closed = account.status in USABLE and tries.is_closed(session, account)
    refusal = resets.why_not(session, account, officer)
    issue = newest_issue(session, account.id) if account.status in USABLE else None
    can = {
        Act.RESEND: issue is not None and is_open(session, issue),
        Act.RESET: refusal is None,
        Act.OPEN: is_closed,
        Act.DECLARATION: bool(waiting_declarations(session, account)),
    }
    return {
        "name": words.name_in_part(account.full_name),
        "confirm": words.CONFIRM,
        "state": state,
        "tone": tone,
        "door": words.DOOR_CLOSED if is_closed else "",
        "password": _password(issue),
        "notices": [_line(line) for line in for_account(session, account.id, _LAST)],
        "acts": {act.value for act, is_possible in can.items() if is_possible},
        "why_not": refusal.message if refusal is not None and account.status in USABLE else "",
        "is_above_limit": refusal is not None and refusal.code == "reset_limit",
        "say": (words.LOCKED,) if account.status is AccountStatus.LOCKED else (),
    }


def _password(issue: CredentialIssue | None) -> str:
    """Return how it stands with the newest temporary password, in plain words."""
    if issue is None:
        return ""
    given = f"Mật khẩu tạm gần nhất cấp lúc {words.hour(issue.issued_at)}"
    if issue.used_at is not None:
        return f"{given}, đã được dùng lúc {words.hour(issue.used_at)}."
    if issue.expires_at <= clock.now():
        return f"{given}, đã hết hiệu lực."
    return f"{given}, chưa dùng, dùng được đến {words.hour(issue.expires_at)}."


def _line(line: NoticeLine) -> dict[str, str]:
    return {
        "at": words.hour(line.finished_at or line.sent_at or line.created_at),
        "what": f"{_CHANNELS[line.channel]}: {line.kind_label}",
        "state": line.label,
        "tone": _TONES.get(line.status, "none"),
    }
