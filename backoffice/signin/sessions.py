"""The life of a session after the sign-in: used, locked, unlocked, ended (design 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import reading, transaction
from backoffice.kernel.errors import Fault, InvalidInput, Unauthenticated
from backoffice.kernel.hashing import lookup_hash, token_hash
from backoffice.models import ActorKind, Officer, OfficerSession, SignInFailure, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin.queries import State, actor_at, find_session, is_locked, state_of
from backoffice.signin.usernames import fits, normal_username

UNLOCK_LIMIT = 5
"""Wrong passwords on the lock screen that end the session."""
TOO_OFTEN = f"Đã nhập sai mật khẩu {UNLOCK_LIMIT} lần nên phiên làm việc đã kết thúc. Xin đăng nhập lại."
ENDED = "Phiên làm việc đã kết thúc. Xin đăng nhập lại; dữ liệu đã lưu không bị mất."
_WRITTEN_EVERY = timedelta(minutes=1)


class EndReason(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    SWITCH = "switch"
    REPLACED = "replaced"
    UNLOCK_FAILED = "unlock_failed"
    ABSOLUTE = "absolute"
    DISABLED = "disabled"
    OFFICER_CHANGED = "officer_changed"
    PASSWORD_SET = "password_set"  # noqa: S105 (a reason)
    """By a one-time link."""
    EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class SessionState:
    """Who is signed in, and whether the screen is locked (by hand, or after 15 minutes without input)."""

    actor: Actor
    locked: bool
    has_news: bool
    """There is a new device to be asked about."""
    may_stand_in: bool
    """There is a second office to work at today."""
    stands_in: bool
    """The actor's office is the second one now."""


def resume(token: str, *, is_input: bool) -> SessionState | None:
    """Return whose session `token` is, None when there is none any more.

    `is_input` tells that a person caused the request: only then the 15 minutes begin anew (written once a minute).
    """
    with reading() as connection:
        state = state_of(connection, token)
    if state is None:
        return None
    locked = is_locked(state)
    if is_input and not locked and state.active_at <= clock.now() - _WRITTEN_EVERY:
        with transaction() as session:
            mine = OfficerSession.token_hash == token_hash(token)
            session.execute(update(OfficerSession).where(mine).values(active_at=clock.now()))
    return SessionState(_actor(state), locked, state.has_news, state.may_stand_in, state.stands_in)


def _actor(state: State) -> Actor:
    return Actor(
        kind=ActorKind.OFFICER,
        id=state.id,
        name=state.full_name,
        username=state.username,
        role=state.role,
        office_id=state.office_id,
        office_code=state.office_code,
        office_name=state.office_name,
        office_path=state.office_path,
    )


def lock(token: str) -> None:
    """Lock the screen of the session; one that is locked stays so. Raises Unauthenticated when it has ended."""
    with transaction() as session:
        row, officer = _found(session, token)
        if row.locked_at is None:
            row.locked_at = clock.now()
            record(session, TrailEvent.LOCK, actor_at(session, officer, row.office_id))


def unlock(token: str, password: str, *, username: str = "") -> Actor:
    """Open a locked (or idle) session again with the officer's password and return who it is.

    `username`, if given, must be the session's. Raises InvalidInput for a wrong password, Unauthenticated with code
    "ended" when the session has ended, is another officer's, or this was the fifth wrong password.
    """
    officer, actor, tries = _begin_unlock(token, username)
    if fits(officer.password_hash, password):
        return _finish_unlock(token)
    _fail_unlock(token, officer, actor, tries)
    if tries >= UNLOCK_LIMIT:
        raise _ended(TOO_OFTEN)
    left = UNLOCK_LIMIT - tries
    wrong = f"Mật khẩu chưa đúng. Xin nhập lại; sai thêm {left} lần nữa thì phiên làm việc kết thúc."
    raise InvalidInput([Fault("password", wrong, "wrong")], wrong)


def _begin_unlock(token: str, username: str) -> tuple[Officer, Actor, int]:
    """Count a try before the slow look at the password; return whose session it is, as whom, and the try's number."""
    with transaction() as session:
        row, officer = _found(session, token)
        if username and normal_username(username) != officer.username:
            raise _ended("Phiên làm việc này của cán bộ khác. Xin đăng nhập lại.")
        key = _unlock_key(token)
        before = session.scalar(select(func.count()).where(SignInFailure.key_hash == key)) or 0
        if before >= UNLOCK_LIMIT:
            raise _ended(TOO_OFTEN)
        session.add(SignInFailure(key_hash=key, at=clock.now()))
        return officer, actor_at(session, officer, row.office_id), before + 1


def _finish_unlock(token: str) -> Actor:
    with transaction() as session:
        row, officer = _found(session, token)
        actor = actor_at(session, officer, row.office_id)
        if is_locked(row):
            record(session, TrailEvent.UNLOCK, actor, idle=row.locked_at is None)
        row.locked_at, row.active_at = None, clock.now()
        session.execute(delete(SignInFailure).where(SignInFailure.key_hash == _unlock_key(token)))
        return actor


def _fail_unlock(token: str, officer: Officer, actor: Actor, tries: int) -> None:
    with transaction() as session:
        record(session, TrailEvent.UNLOCK_FAILED, actor, tries=tries)
        if tries >= UNLOCK_LIMIT:
            end_sessions(session, officer, EndReason.UNLOCK_FAILED, token_hash(token))


def _found(session: Session, token: str) -> tuple[OfficerSession, Officer]:
    found = find_session(session, token, lock=True)
    if found is None:
        raise _ended(ENDED)
    return found


def may_begin_anew(token: str, username: str) -> bool:
    """Tell whether the ended session of `token` may be followed by a new one of `username` on its own locked page.

    Not of anybody but its officer, for the page shows what they may see; nor when wrong passwords ended it, nor when
    its officer has signed in elsewhere: these take the sign-in form.
    """
    with transaction() as session:
        its = (
            select(OfficerSession.end_reason, Officer.username)
            .join(Officer, Officer.id == OfficerSession.officer_id)
            .where(OfficerSession.token_hash == token_hash(token))
        )
        row = session.execute(its).one_or_none()
        if row is None or row.username != normal_username(username):
            return False
        return row.end_reason not in (EndReason.UNLOCK_FAILED, EndReason.REPLACED)


def _ended(sentence: str) -> Unauthenticated:
    return Unauthenticated(sentence, code="ended")


def _unlock_key(token: str) -> bytes:
    return lookup_hash("sign_in", f"unlock:{token_hash(token).hex()}")


def sign_out(token: str, reason: EndReason = EndReason.LOGOUT) -> None:
    """End the session of `token`; nothing happens when it has ended already."""
    with transaction() as session:
        found = find_session(session, token)
        if found is not None:
            end_sessions(session, found[1], reason, token_hash(token))


def end_sessions(session: Session, officer: Officer, reason: EndReason, only: bytes | None = None) -> None:
    """End what `officer` has open (`only` this token hash, if given) and write it to the trail, each where it worked.

    Their last input becomes when the officer was last seen. The officer's row is locked first, as who begins a session
    does.
    """
    session.execute(select(Officer.id).where(Officer.id == officer.id).with_for_update(key_share=True))
    open_ones = update(OfficerSession).where(OfficerSession.officer_id == officer.id, OfficerSession.ended_at.is_(None))
    if only is not None:
        open_ones = open_ones.where(OfficerSession.token_hash == only)
    ending = open_ones.values(ended_at=clock.now(), end_reason=reason.value)
    ended = session.execute(ending.returning(OfficerSession.active_at, OfficerSession.office_id)).all()
    if ended:
        seen, last = update(Officer).where(Officer.id == officer.id), max(one.active_at for one in ended)
        session.execute(seen.values(last_seen_at=func.greatest(Officer.last_seen_at, last)))
    for one in ended:
        record(session, TrailEvent.SIGN_OUT, actor_at(session, officer, one.office_id), reason=reason.value)
