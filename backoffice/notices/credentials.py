"""Temporary passwords: issues numbered per account, attempts made when one is sent (design 4, Credentials; A1, K2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.kernel import clock, rows
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict
from backoffice.kernel.passwords import hash_password, new_temporary_password, verify_password
from backoffice.models import Account, CredentialAttempt, CredentialIssue, Notice, columns_of, table_of
from backoffice.notices import outbox

_I = columns_of(CredentialIssue)
_ISSUE_EACH = Direct(
    table_of(CredentialIssue)
    .insert()
    .inline()
    .from_select(
        ["account_id", "number", "issued_at", "expires_at"],
        select(func.unnest(bindparam("accounts", type_=ARRAY(BigInteger))), literal(1, BigInteger)).add_columns(
            bindparam("now", type_=_I.issued_at.type), bindparam("until", type_=_I.expires_at.type)
        ),
    )
    .returning(_I.account_id, _I.id)
)
NOBODY = 0
"""An account that there is none of: what is looked for under it costs what it costs for one that is."""


def issue_credentials(session: Session, account: Account, days: int) -> CredentialIssue:
    """Open the account's next issue, good for `days` times 24 hours; no password is made yet.

    What still waits of older issues is cancelled: an older issue is never sent again, and none of its passwords
    signs in any more.
    """
    session.flush()
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    older = select(CredentialIssue.id).where(CredentialIssue.account_id == account.id)
    outbox.cancel(session, Notice.credential_issue_id.in_(older))
    last = session.scalar(select(func.max(CredentialIssue.number)).where(CredentialIssue.account_id == account.id))
    return _open_issue(session, account, (last or 0) + 1, days)


def first_credentials(session: Session, account: Account, days: int) -> CredentialIssue:
    """Open the first issue of an account made in this transaction: there is nothing older to void."""
    return _open_issue(session, account, 1, days)


def first_credentials_each(session: Session, account_ids: Sequence[int], days: int) -> dict[int, CredentialIssue]:
    """Do as `first_credentials` for many accounts at once; return the issues, which the session does not have."""
    now = clock.now()
    until = now + timedelta(days=days)
    made = _ISSUE_EACH.rows(session, {"accounts": list(account_ids), "now": now, "until": until})
    return {
        account: CredentialIssue(id=issue, account_id=account, number=1, issued_at=now, expires_at=until)
        for account, issue in made
    }


def _open_issue(session: Session, account: Account, number: int, days: int) -> CredentialIssue:
    now = clock.now()
    issue = CredentialIssue(account_id=account.id, number=number, issued_at=now, expires_at=now + timedelta(days=days))
    rows.add(session, issue)
    return issue


def void_credentials(session: Session, account: Account) -> None:
    """Let no temporary password of the account sign in any more, nor be sent; a later issue starts anew."""
    issue = newest_issue(session, account.id)
    if issue is None:
        return
    now = clock.now()
    issue.expires_at = min(issue.expires_at, now)
    outbox.cancel(session, Notice.credential_issue_id == issue.id)


def newest_issue(session: Session, account_id: int) -> CredentialIssue | None:
    """Return the account's newest issue, the only one that counts."""
    return session.scalars(
        select(CredentialIssue)
        .where(CredentialIssue.account_id == account_id)
        .order_by(CredentialIssue.number.desc())
        .limit(1)
    ).one_or_none()


def is_open(session: Session, issue: CredentialIssue) -> bool:
    """Tell whether passwords of `issue` may still be sent and used: the newest, unused, not expired."""
    newest = newest_issue(session, issue.account_id)
    return newest is not None and newest.id == issue.id and issue.used_at is None and issue.expires_at > clock.now()


def make_attempt(session: Session, issue: CredentialIssue) -> str:
    """Make a temporary password for one try at sending `issue` and return it in clear; only its hash is kept.

    Commit before handing it to a gateway. The clear text must never be stored or logged.
    """
    password = new_temporary_password()
    session.add(CredentialAttempt(issue_id=issue.id, password_hash=hash_password(password), made_at=clock.now()))
    session.flush()
    return password


def check_temporary(session: Session, account: Account | None, password: str) -> CredentialIssue | None:
    """Return the issue whose temporary password this is: any attempt of the newest, until its first use or expiry.

    Costs one password check even when there is nothing to compare with, and the same where there is no account.
    """
    issue = newest_issue(session, account.id if account else NOBODY)
    kept: list[str | None] = list(
        session.scalars(
            select(CredentialAttempt.password_hash)
            .where(CredentialAttempt.issue_id == (issue.id if issue else NOBODY))
            .order_by(CredentialAttempt.id.desc())
        )
    )
    is_usable = issue is not None and issue.used_at is None and issue.expires_at > clock.now()
    fits = any([verify_password(one if is_usable else None, password) for one in kept or [None]])  # noqa: C419 (each)
    return issue if fits else None


def use(session: Session, issue: CredentialIssue) -> None:
    """Note the first use, which voids every other password of the issue and what of it still waits to be sent.

    Raises Conflict when it was used before: of two at once, one wins.
    """
    session.refresh(issue, with_for_update=True)
    if issue.used_at is not None:
        raise Conflict(
            "Mật khẩu tạm này đã được dùng. Xin đăng nhập bằng mật khẩu mới, hoặc xin cấp lại mật khẩu.",
            code="password_used",
        )
    issue.used_at = clock.now()
    outbox.cancel(session, Notice.credential_issue_id == issue.id)
