"""What became of a declaration, how its messages fare, and what can be done about them: the moment after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.actions import account_opened_by
from backoffice.decision.aftercare import told_kind
from backoffice.decision.queries import officer_name
from backoffice.desk.fates import fates_of, state_of
from backoffice.desk.labels import short_moment
from backoffice.desk.looks import note_look
from backoffice.desk.opening import declaration_to_show
from backoffice.identity.phone import group_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, Declaration, NoticeKind, Status
from backoffice.notices.credentials import newest_issue
from backoffice.notices.queries import NoticeLine, for_declaration
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import LABELS
from backoffice.rules.permissions import Do, may
from backoffice.rules.reasons import screen_reasons

_KINDS: dict[Status, str] = {Status.APPROVED: "good", Status.REJECTED: "bad"}
_ACCOUNT: dict[AccountStatus, str] = {
    AccountStatus.ACTIVE: "Công dân đã đăng nhập và đặt mật khẩu riêng.",
    AccountStatus.LOCKED: "Tài khoản đang tạm khóa.",
    AccountStatus.CLOSED: "Tài khoản đã ngừng sử dụng.",
}


def outcome_of(session: Session, declaration: Declaration, officer: Actor) -> dict[str, Any] | None:
    """Return the decision, or that something is waited for (K7), with its messages; None when there is neither.

    The values are described in templates/desk/_outcome.html.
    """
    kind = told_kind(declaration)
    if kind is None and declaration.status is Status.SUBMITTED:
        return None
    account = account_opened_by(session, declaration.id) if kind is NoticeKind.APPROVED else None
    lines = _lines(session, declaration, kind) if kind else []
    fates = fates_of(lines)
    account_words = _ACCOUNT.get(account.status, "") if account else ""
    lapsed = _lapsed(session, account, lines) if account else ""
    path = f"/desk/{declaration.receipt_code}"
    state = state_of((fates["state"], account_words, lapsed))
    return {
        **fates,
        **_decision(session, declaration),
        "state": state,
        "href": f"{path}/outcome?state={state}",
        "slip_href": f"{path}/slip" if kind else "",
        "account": account_words,
        "lapsed": lapsed,
        "phone": group_phone(account.phone) if account else "",
        "corrected": account is not None and account.phone != declaration.phone,
        "may": _may(declaration, officer, account, has_sms=bool(fates["notices"])),
    }


def show_fates(receipt_code: str, officer: Actor) -> dict[str, Any]:
    """Return what an open page asks for by itself: the messages alone, one look with the page's opening (design 5)."""
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.REVIEW, is_open=True)
        note_look(session, declaration, officer)
        return {
            "declaration": {"receipt_code": declaration.receipt_code},
            "outcome": outcome_of(session, declaration, officer),
        }


def _lines(session: Session, declaration: Declaration, kind: NoticeKind) -> list[NoticeLine]:
    """Return the messages of the decision, or of the last time something was asked for."""
    since = declaration.supplement_at if kind is NoticeKind.SUPPLEMENT else None
    return [
        line
        for line in for_declaration(session, declaration.id)
        if line.kind is kind and (since is None or line.created_at >= since)
    ]


def _lapsed(session: Session, account: Account, lines: Sequence[NoticeLine]) -> str:
    """Return that the temporary password can no longer be used and what to do, "" while it can or none is needed.

    Asked for only where the latest message is old enough: an open page asks again and again.
    """
    since = clock.now() - timedelta(days=config.current().password_days)
    is_old = all(line.created_at <= since for line in lines)
    issue = newest_issue(session, account.id) if is_old and account.status is AccountStatus.ISSUED else None
    if issue is None or issue.used_at is not None or issue.expires_at > clock.now():
        return ""
    return (
        f"Mật khẩu tạm đã hết hạn lúc {short_moment(issue.expires_at)} mà chưa được dùng. "
        "Bấm “Gửi lại” để cấp mật khẩu mới và gửi đến công dân."
    )


def _decision(session: Session, declaration: Declaration) -> dict[str, Any]:
    if declaration.status is Status.SUBMITTED:
        return {"decided": False, "kind": "warn", "text": "", "by": "", "reasons": []}
    return {
        "decided": True,
        "kind": _KINDS.get(declaration.status, "none"),
        "text": f"{LABELS[declaration.status]} lúc {short_moment(declaration.decided_at)}",
        "by": _by(session, declaration),
        "reasons": screen_reasons(declaration.reasons, declaration.rejected_note or ""),
    }


def _by(session: Session, declaration: Declaration) -> str:
    """Return who decided; a withdrawal by no officer is the citizen's own."""
    if declaration.status is Status.WITHDRAWN and declaration.decided_by_id is None:
        return "công dân tự rút"
    return officer_name(session, declaration.decided_by_id)


def _may(declaration: Declaration, officer: Actor, account: Account | None, *, has_sms: bool) -> dict[str, bool]:
    """Return what the officer may do about the messages now: a signed-in account needs none of it any more."""
    is_waiting = account is not None and account.status is AccountStatus.ISSUED
    still_told = has_sms and (is_waiting or told_kind(declaration) is not NoticeKind.APPROVED)
    return {
        "resend": still_told and may(officer, Do.RESEND, declaration),
        "phone": is_waiting and may(officer, Do.CORRECT_PHONE, declaration),
        "seen": still_told and may(officer, Do.NOTE_SEEN, declaration),
    }
