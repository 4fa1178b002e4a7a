"""Signing in and out, locking and unlocking: what may happen to a session, each in one transaction (design 5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, Forbidden, InvalidInput
from backoffice.kernel.hashing import lookup_hash, new_token, token_hash
from backoffice.models import ActorKind, KnownDevice, Officer, OfficerSession, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.signin import pending, throttle, totp
from backoffice.signin.queries import find_officer
from backoffice.signin.sessions import EndReason, end_sessions
from backoffice.signin.usernames import fits, is_username, normal_username

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Xin kiểm tra phím Caps Lock và bộ gõ tiếng Việt rồi nhập lại."
WRONG_CODE = "Mã xác thực chưa đúng hoặc đã dùng rồi. Xin đợi mã mới trên ứng dụng xác thực rồi nhập lại."
NO_AUTHENTICATOR = (
    "Mật khẩu đúng, nhưng tài khoản của bạn chưa có ứng dụng xác thực nên chưa đăng nhập được. "
    "Xin liên hệ người quản trị của đơn vị để được cấp mã."
)


@dataclass(frozen=True)
class SignInResult:
    """A session has begun: `token` for its cookie, `device_token` for the browser's, and who it is."""

    token: str
    device_token: str
    actor: Actor


@dataclass(frozen=True)
class TotpDue:
    """The password was right and six digits are due; `proof` (sealed, 5 minutes) stands for the password then."""

    proof: str


@dataclass(frozen=True)
class _Try:
    """One try at signing in, already counted as failed until it succeeds."""

    username: str
    officer: Officer | None
    device_token: str | None
    is_known: bool
    reserved: list[int]


def sign_in(
    username: str, password: str, code: str = "", *, device_token: str | None = None, address: str = ""
) -> SignInResult | TotpDue:
    """Begin a session for `username`; an older session of the same officer ends.

    `code`: the six digits, if they were asked for already. `device_token`: the browser's, if it has one. `address`:
    where the request comes from. Raises InvalidInput in the same words, after the same time, for an unknown name, a
    wrong password, a disabled officer; InvalidInput on `totp` for wrong digits; Forbidden when the officer must have
    an authenticator and has none; TooManyRequests when there were too many failures.
    """
    tried = _begin(username, device_token, address)
    officer = tried.officer
    right = fits(officer.password_hash if officer else None, password)
    if officer is None or not right or officer.disabled_at is not None:
        _fail(tried)
        raise InvalidInput([Fault("", WRONG, "wrong")], WRONG)
    if totp.is_missing(officer):
        _fail(tried)
        raise Forbidden(NO_AUTHENTICATOR, code="no_authenticator")
    if totp.is_due(officer) and not code:
        _take_back(tried)
        return TotpDue(pending.prove(officer))
    return _open(tried, officer, code)


def confirm_totp(proof: str, code: str, *, device_token: str | None = None, address: str = "") -> SignInResult:
    """Begin the session of whoever gave the right password (`proof` of TotpDue) and now the six digits.

    Raises InvalidInput on `totp` for wrong digits, in general for a proof that is too old; TooManyRequests.
    """
    username, password_mark = pending.read(proof)
    tried = _begin(username, device_token, address)
    officer = tried.officer
    if officer is None or officer.disabled_at is not None or password_mark != pending.mark(officer):
        _fail(tried)
        raise InvalidInput([Fault("", WRONG, "wrong")], WRONG)
    return _open(tried, officer, code)


def _begin(username: str, device_token: str | None, address: str) -> _Try:
    """Count a try, then say whose it is; the database is left before the slow look at the password."""
    name = normal_username(username)
    device = token_hash(device_token) if device_token else None
    with transaction() as session:
        officer, is_known = find_officer(session, name if is_username(name) else "", device)
        known_device = (officer.id, device) if officer and device and is_known else None
        reserved = throttle.reserve(session, throttle.counters(name, address, known_device))
    return _Try(name, officer, device_token, is_known, reserved)


def _open(tried: _Try, officer: Officer, code: str) -> SignInResult:
    """Begin the session, under the officer's lock: the password is still the one that was checked."""
    with transaction() as session:
        now = session.scalars(
            select(Officer)
            .where(Officer.id == officer.id)
            .with_for_update(of=Officer)
            .execution_options(populate_existing=True)
        ).one()
        fault = _fault(now, officer, code)
        if fault is None:
            return _begin_session(session, tried, now)
    _fail(tried)
    raise InvalidInput([fault], fault.message)


def _fault(now: Officer, checked: Officer, code: str) -> Fault | None:
    if now.disabled_at is not None or now.password_hash != checked.password_hash:
        return Fault("", WRONG, "wrong")
    if totp.is_due(now) and not totp.take_step(now, code):
        return Fault("totp", WRONG_CODE, "wrong")
    return None


def _begin_session(session: Session, tried: _Try, officer: Officer) -> SignInResult:
    end_sessions(session, officer, EndReason.REPLACED)
    token, actor = new_token(), officer_actor(officer)
    session.add(
        OfficerSession(
            token_hash=token_hash(token), officer_id=officer.id, created_at=clock.now(), active_at=clock.now()
        )
    )
    device_token = _know_device(session, tried, officer)
    throttle.release(session, tried.reserved)
    record(session, TrailEvent.SIGN_IN, actor, known_device=tried.is_known, second_step=totp.is_due(officer))
    return SignInResult(token, device_token, actor)


def _know_device(session: Session, tried: _Try, officer: Officer) -> str:
    """Remember the browser for this officer; a token we never gave out is replaced, not adopted."""
    token = tried.device_token
    if token is None or not _is_ours(session, token):
        token = new_token()
    session.merge(KnownDevice(token_hash=token_hash(token), officer_id=officer.id, seen_at=clock.now()))
    return token


def _is_ours(session: Session, device_token: str) -> bool:
    asked = select(KnownDevice.officer_id).where(KnownDevice.token_hash == token_hash(device_token)).limit(1)
    return session.scalars(asked).one_or_none() is not None


def _fail(tried: _Try) -> None:
    """Write the failed try to the trail: the name only as a keyed hash, for it may be a mistyped password."""
    officer_id = tried.officer.id if tried.officer else None
    name_hash = lookup_hash("username", tried.username).hex()
    with transaction() as session:
        nobody = Actor(ActorKind.OFFICER)
        record(session, TrailEvent.SIGN_IN_FAILED, nobody, username_hash=name_hash, officer_id=officer_id)


def _take_back(tried: _Try) -> None:
    with transaction() as session:
        throttle.release(session, tried.reserved)
