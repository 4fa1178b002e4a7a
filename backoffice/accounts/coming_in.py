"""What follows the right password: a code where the device is not proven, an own password, then a session (A1, A3).

Steps take the session of the use case, with the account locked by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts import passwords, proofs, sessions
from backoffice.accounts.proofs import Step
from backoffice.accounts.sessions import Tokens
from backoffice.kernel import clock
from backoffice.models import Account, Alarm, AlarmKind, CredentialIssue, SessionKind, SpokenReset, TrailEvent
from backoffice.notices import mailed_codes
from backoffice.notices.credentials import newest_issue
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

SUSPICIOUS = timedelta(hours=1)
"""A new device so soon after a reset is looked at."""


@dataclass(frozen=True)
class SignedIn:
    """A session has begun."""

    tokens: Tokens
    account_id: int


@dataclass(frozen=True)
class Due:
    """The password was right, and something more is due; `proof` stands for the password then."""

    step: Step
    proof: str = field(repr=False)


def go_on(
    session: Session, account: Account, kind: SessionKind, device: str, temporary: CredentialIssue | None
) -> SignedIn | Due:
    """Return what is due after the right password: first of all the code, where one is needed."""
    is_heard = temporary is not None and _was_heard(session, temporary)
    hashed = sessions.device_hash(account.id, device)
    if is_heard or needs_code(session, account, hashed, by_sms=temporary is not None):
        proof = proofs.prove(session, Step.DEVICE, account, kind, device, is_temporary=temporary is not None)
        return Due(Step.DEVICE, proof)
    return next_step(session, account, kind, device, is_temporary=temporary is not None, has_code=False)


def next_step(
    session: Session, account: Account, kind: SessionKind, device: str, *, is_temporary: bool, has_code: bool
) -> SignedIn | Due:
    """Return what is due on a device that needs no code, or has given it (`has_code`): a password, or nothing more."""
    ends = passwords.ends_at(account)
    if is_temporary:
        step = Step.FIRST_PASSWORD
    elif ends is not None and ends <= clock.now():
        step = Step.NEW_PASSWORD
    else:
        return begin(session, account, kind, device)
    return Due(step, proofs.prove(session, step, account, kind, device, has_code=has_code))


def needs_code(session: Session, account: Account, device: bytes, *, by_sms: bool) -> bool:
    """Tell whether a code is needed on `device`: it is not proven, or another is signed in (A3).

    `by_sms`: a temporary password that went to the phone has proven the first device of all by itself.
    """
    if sessions.is_known(session, account.id, device):
        return sessions.is_open_elsewhere(session, account, device)
    return not by_sms or sessions.has_devices(session, account)


def begin(session: Session, account: Account, kind: SessionKind, device: str) -> SignedIn:
    """Sign the owner in on `device`, proven from now on; a new one soon after a reset is flagged."""
    hashed = sessions.device_hash(account.id, device)
    is_new = not sessions.is_known(session, account.id, hashed)
    tokens = sessions.begin(session, account, kind, hashed)
    record(
        session,
        TrailEvent.ACCOUNT_SIGN_IN,
        CITIZEN,
        account=account,
        subject_hash=subject_of(account),
        by=kind.value,
        new_device=is_new,
    )
    if is_new:
        _look_after_new_device(session, account)
    return SignedIn(tokens, account.id)


def _was_heard(session: Session, issue: CredentialIssue) -> bool:
    """Tell whether the virtual assistant read out passwords of `issue` (A4)."""
    heard = select(SpokenReset.at).where(SpokenReset.account_id == issue.account_id, SpokenReset.issue_id == issue.id)
    return session.scalars(heard.limit(1)).first() is not None


def _look_after_new_device(session: Session, account: Account) -> None:
    """Flag a new device that came within the hour after a reset: a stranger may have had it (issue: abuse)."""
    issue = newest_issue(session, account.id)
    is_reset = issue is not None and issue.number > 1 and clock.now() - issue.issued_at < SUSPICIOUS
    if is_reset or mailed_codes.was_used(session, account, clock.now() - SUSPICIOUS):
        session.add(Alarm(kind=AlarmKind.RESET_THEN_DEVICE, account_id=account.id, at=clock.now()))
