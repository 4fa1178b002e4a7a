"""An officer's own page: what is kept about their signing in, their password, authenticator and recovery codes.

Whoever sits at a screen left open is not yet its officer: each act here asks for the password anew, counted and
throttled as at the sign-in form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.kernel.hashing import token_hash
from backoffice.kernel.passwords import hash_password
from backoffice.models import KnownDevice, Office, Officer, OfficerSession, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin import agents, devices, enrolment, links, passwords, recovery, second_step, throttle, totp, tries
from backoffice.signin.queries import second_office
from backoffice.signin.tries import Browser, Try
from backoffice.signin.usernames import fits, normal_password

SHOWN = timedelta(days=90)
_MOST = 200
WRONG = (
    "Mật khẩu hiện tại chưa đúng nên chưa có gì thay đổi. Xin kiểm tra phím Caps Lock và bộ gõ tiếng Việt rồi nhập lại."
)
NO_AUTHENTICATOR = (
    "Tài khoản của bạn hiện chưa gắn ứng dụng xác thực nên chưa có mã khôi phục nào được tạo. Xin gắn ứng dụng trước."
)
SAME = "Mật khẩu mới giống mật khẩu hiện tại. Xin chọn mật khẩu khác."


@dataclass(frozen=True)
class PastSession:
    """One sign-in: `ended_at` and `reason` are None while it is open; `is_here` marks the one that asks."""

    began_at: datetime
    ended_at: datetime | None
    reason: str | None
    address: str
    agent: str
    is_here: bool


@dataclass(frozen=True)
class Device:
    """A browser that is known; `name` is how it is told from others in a form."""

    name: str
    agent: str
    first_seen_at: datetime
    seen_at: datetime
    is_here: bool


@dataclass(frozen=True)
class Overview:
    """All of the own page. The authenticator: had, obligatory; how many recovery codes are left."""

    email: str | None
    own_office: Office
    second_office: Office | None
    second_until: date | None
    has_authenticator: bool
    must_have_authenticator: bool
    codes_left: int
    sessions: list[PastSession]
    devices: list[Device]


def overview(actor: Actor, token: str) -> Overview:
    """Return what the page of `actor` shows, asked for in the session `token`."""
    with transaction() as session:
        officer = session.get_one(Officer, actor.id)
        second = second_office(session, officer)
        return Overview(
            email=officer.email,
            own_office=officer.office,
            second_office=second,
            second_until=officer.second_until if second else None,
            has_authenticator=totp.is_due(officer),
            must_have_authenticator=totp.is_obligatory(officer.role),
            codes_left=recovery.left(session, officer.id),
            sessions=_sessions(session, officer, token_hash(token)),
            devices=_devices(session, officer, token_hash(token)),
        )


def change_password(actor: Actor, old: str, new: str, repeat: str, *, browser: Browser) -> None:
    """Let `new` be the password; links to choose one are void, sessions go on.

    Raises InvalidInput (old, new, repeat), TooManyRequests.
    """
    chosen = passwords.read_new(actor.username, new, repeat)
    if chosen == normal_password(old):
        raise InvalidInput([Fault("new", SAME)], SAME)
    tried, checked = _prove(actor, old, browser, "old")
    password_hash = hash_password(chosen)
    with transaction() as session:
        officer = tries.locked(session, checked.id)
        if tries.is_as_checked(officer, checked):
            officer.password_hash = password_hash
            links.end_links(session, officer)
            totp.open_again(session, officer)
            throttle.release(session, tried.reserved)
            record(session, TrailEvent.PASSWORD_CHANGE, actor, officer_id=officer.id)
            return
    tries.fail(tried)
    raise InvalidInput([Fault("old", WRONG, "wrong")], WRONG)


def begin_enrolment(actor: Actor, password: str, code: str, *, browser: Browser) -> str:
    """Return a proposal for a new authenticator. Who has one gives its digits, or a recovery code, too.

    Raises InvalidInput (password, totp), TooManyRequests.
    """
    tried, checked = _prove(actor, password, browser, "password")
    with transaction() as session:
        officer = tries.locked(session, checked.id)
        fault = _fault(session, officer, checked, code, browser)
        if fault is None:
            throttle.release(session, tried.reserved)
            return enrolment.propose(officer)
    tries.fail(tried, second_step=fault.field == second_step.FIELD)
    raise InvalidInput([fault], fault.message)


def finish_enrolment(actor: Actor, proposal: str, code: str, *, browser: Browser) -> list[str]:
    """Let the authenticator that `code` comes from be the officer's; return recovery codes, to be shown once.

    Raises InvalidInput on `totp` for wrong digits, in general for a proposal that counts no more; TooManyRequests.
    """
    asked = enrolment.read(proposal)
    if asked.username != actor.username:
        raise enrolment.over()
    tried = tries.begin(actor.username, browser)
    with transaction() as session:
        codes = enrolment.settle(session, tries.locked(session, actor.id or 0), asked, code)
        if codes is not None:
            throttle.release(session, tried.reserved)
            return codes
    tries.fail(tried)
    raise InvalidInput([Fault("totp", enrolment.WRONG, "wrong")], enrolment.WRONG)


def renew_codes(actor: Actor, password: str, code: str, *, browser: Browser) -> list[str]:
    """Return new recovery codes, to be shown once; the former ones are void.

    Raises InvalidInput (password, totp), Conflict when there is no authenticator they could stand for, TooManyRequests.
    """
    tried, checked = _prove(actor, password, browser, "password")
    if not totp.is_due(checked):
        tries.take_back(tried)
        raise Conflict(NO_AUTHENTICATOR, code="no_authenticator")
    with transaction() as session:
        officer = tries.locked(session, checked.id)
        fault = _fault(session, officer, checked, code, browser)
        if fault is None:
            throttle.release(session, tried.reserved)
            return recovery.renew(session, officer)
    tries.fail(tried, second_step=fault.field == second_step.FIELD)
    raise InvalidInput([fault], fault.message)


def _prove(actor: Actor, password: str, browser: Browser, field: str) -> tuple[Try, Officer]:
    """Count a try and look at the password; return the try, which still counts, and the officer it fits."""
    tried = tries.begin(actor.username, browser)
    officer = tried.officer
    if not fits(officer.password_hash if officer else None, password) or officer is None:
        tries.fail(tried)
        raise InvalidInput([Fault(field, WRONG, "wrong")], WRONG)
    return tried, officer


def _fault(session: Session, now: Officer, checked: Officer, code: str, browser: Browser) -> Fault | None:
    if not tries.is_as_checked(now, checked):
        return Fault("password", WRONG, "wrong")
    return second_step.fault_of(session, now, code, browser)


def _sessions(session: Session, officer: Officer, here: bytes) -> list[PastSession]:
    asked = select(OfficerSession).where(
        OfficerSession.officer_id == officer.id, OfficerSession.created_at > clock.now() - SHOWN
    )
    return [
        PastSession(
            one.created_at, one.ended_at, one.end_reason, one.address or "", one.agent or agents.OTHER,
            one.token_hash == here,
        )
        for one in session.scalars(asked.order_by(OfficerSession.created_at.desc()).limit(_MOST))
    ]  # fmt: skip


def _devices(session: Session, officer: Officer, here: bytes) -> list[Device]:
    mine = session.scalar(select(OfficerSession.device_hash).where(OfficerSession.token_hash == here))
    asked = select(KnownDevice).where(KnownDevice.officer_id == officer.id, devices.IS_KNOWN)
    return [
        Device(
            one.token_hash.hex(), one.agent or agents.OTHER, one.first_seen_at, one.seen_at, one.token_hash == mine
        )
        for one in session.scalars(asked.order_by(KnownDevice.seen_at.desc()).limit(_MOST))
    ]  # fmt: skip
