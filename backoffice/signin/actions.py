"""Signing in: by password, then by a code or by taking an authenticator; each step in one transaction (design 5)."""

from __future__ import annotations

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.signin import enrolment, entry, pending, tries
from backoffice.signin.entry import WRONG, Outcome, SignInResult
from backoffice.signin.tries import UNKNOWN, Browser
from backoffice.signin.usernames import fits


def sign_in(username: str, password: str, code: str = "", *, browser: Browser = UNKNOWN) -> Outcome:
    """Begin a session for `username`; an older session of the same officer ends.

    `code`: the six digits or a recovery code, if asked for already. Raises InvalidInput in the same words, after the
    same time, for an unknown name, a wrong password, a disabled officer; InvalidInput on `totp` for a wrong code;
    TooManyRequests when there were too many failures. Where an authenticator is obligatory and missing it is due
    first: no session begins by a password alone.
    """
    tried = tries.begin(username, browser)
    officer = tried.officer
    right = fits(officer.password_hash if officer else None, password)
    if officer is None or not right or officer.disabled_at is not None:
        tries.fail(tried)
        raise InvalidInput([Fault("", WRONG, "wrong")], WRONG)
    return entry.after_password(tried, officer, code)


def confirm_totp(proof: str, code: str, *, browser: Browser = UNKNOWN) -> SignInResult:
    """Begin the session of whoever gave the right password (`proof` of TotpDue) and now the digits or a recovery code.

    Raises InvalidInput on `totp` for a wrong code, in general for a proof that is too old; TooManyRequests.
    """
    username, password_mark = pending.read(proof)
    tried = tries.begin(username, browser)
    officer = tried.officer
    if officer is None or officer.disabled_at is not None or password_mark != pending.mark(officer):
        tries.fail(tried)
        raise InvalidInput([Fault("", WRONG, "wrong")], WRONG)
    return entry.open_session(tried, officer, code)


def enrol(proposal: str, code: str, *, browser: Browser = UNKNOWN) -> SignInResult:
    """Let the officer have the authenticator that `code` comes from and begin their session, with recovery codes.

    `proposal` is that of EnrolmentDue. Raises InvalidInput on `totp` for wrong digits, in general for a proposal that
    counts no more (too old, password or authenticator changed since, disabled); TooManyRequests.
    """
    asked = enrolment.read(proposal)
    tried = tries.begin(asked.username, browser)
    if tried.officer is None or not enrolment.is_for(asked, tried.officer):
        tries.fail(tried)
        raise enrolment.over()
    with transaction() as session:
        officer = tries.locked(session, tried.officer.id)
        codes = enrolment.settle(session, officer, asked, code)
        if codes is not None:
            return entry.begin_session(session, tried, officer, tuple(codes))
    tries.fail(tried)
    raise InvalidInput([Fault("totp", enrolment.WRONG, "wrong")], enrolment.WRONG)
