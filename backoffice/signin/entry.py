"""What follows a right password: the second step, taking an authenticator where one is obligatory, the session."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.decision.letting_go import let_go_out_of_reach
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Officer, OfficerSession, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.signin import agents, devices, enrolment, news, pending, recovery, second_step, throttle, totp, tries
from backoffice.signin.sessions import EndReason, end_sessions
from backoffice.signin.tries import Browser, Try

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Xin kiểm tra phím Caps Lock và bộ gõ tiếng Việt rồi nhập lại."


@dataclass(frozen=True)
class SignInResult:
    """A session has begun: `token` for its cookie, `device_token` for the browser's, and who it is."""

    token: str
    device_token: str
    actor: Actor
    is_new_device: bool = False
    """The officer had other devices before: they will be asked about this one there."""
    codes_left: int | None = None
    """How many recovery codes are left, when one was used or few are."""
    codes: tuple[str, ...] = ()
    """New recovery codes, to be shown once."""


@dataclass(frozen=True)
class TotpDue:
    """The password was right and a code is due; `proof` (sealed, 5 minutes) stands for the password then."""

    proof: str


@dataclass(frozen=True)
class EnrolmentDue:
    """The password was right and an authenticator must be taken first; `proposal` is sealed, 10 minutes."""

    proposal: str


Outcome = SignInResult | TotpDue | EnrolmentDue


def after_password(tried: Try, officer: Officer, code: str = "") -> Outcome:
    """Go on after the right password of `officer`: ask for what is due, or begin the session.

    Raises InvalidInput on `totp` for a wrong code, in general when the password is no longer the one looked at.
    """
    if totp.is_missing(officer):
        tries.take_back(tried)
        return EnrolmentDue(enrolment.propose(officer))
    if totp.is_due(officer) and not code:
        tries.take_back(tried)
        return TotpDue(pending.prove(officer))
    return open_session(tried, officer, code)


def open_session(tried: Try, officer: Officer, code: str) -> SignInResult:
    """Begin the session, under the officer's lock: password and role are still what they were when looked at."""
    with transaction() as session:
        now = tries.locked(session, officer.id)
        fault = _fault(session, now, officer, code, tried.browser)
        if fault is None:
            return begin_session(session, tried, now)
    tries.fail(tried, second_step=fault.field == second_step.FIELD)
    raise InvalidInput([fault], fault.message)


def _fault(session: Session, now: Officer, checked: Officer, code: str, browser: Browser) -> Fault | None:
    if not tries.is_as_checked(now, checked) or totp.is_missing(now):
        return Fault("", WRONG, "wrong")
    return second_step.fault_of(session, now, code, browser)


def begin_session(session: Session, tried: Try, officer: Officer, codes: tuple[str, ...] = ()) -> SignInResult:
    """Begin the session of `officer` (locked), who has shown all that is due; `codes` are new recovery codes."""
    end_sessions(session, officer, EndReason.REPLACED)
    token, now, browser = new_token(), clock.now(), tried.browser
    device = devices.remember(session, officer, browser)
    session.add(
        OfficerSession(
            token_hash=token_hash(token),
            officer_id=officer.id,
            created_at=now,
            active_at=now,
            address=browser.address or None,
            agent=agents.describe(browser.agent),
            device_hash=device.hash,
            has_news=news.is_any(session, officer, device.hash),
        )
    )
    officer.last_seen_at = now
    throttle.release(session, tried.reserved)
    actor, with_code = officer_actor(officer), totp.is_due(officer)
    if officer.second_office_id is not None:
        let_go_out_of_reach(session, actor)  # of there: this session works at the own office
    record(session, TrailEvent.SIGN_IN, actor, known_device=tried.is_known, second_step=with_code)
    left = recovery.left(session, officer.id) if with_code else recovery.NUMBER
    few = left if left <= recovery.FEW else None
    return SignInResult(token, device.token, actor, device.is_news, few, codes)
