"""Using a one-time link: the officer chooses a password and goes on as after signing in by it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.kernel.hashing import token_hash
from backoffice.kernel.passwords import hash_password
from backoffice.models import Officer, OfficerLink, TrailEvent
from backoffice.rules.actors import officer_actor
from backoffice.rules.journal import officer_subject, record
from backoffice.signin import entry, passwords, sessions, totp, tries
from backoffice.signin.tries import UNKNOWN, Browser


class LinkOver(DomainError):
    """A link that leads nowhere: used, older than 24 hours, followed by a newer one, or never made (410)."""

    status = 410
    code = "link_over"
    title = "Liên kết không còn dùng được"

    def __init__(self) -> None:
        super().__init__(
            "Liên kết này không còn dùng được: đã dùng rồi, đã quá 24 giờ, hoặc đã có liên kết mới hơn. "
            "Xin liên hệ người quản trị của đơn vị để nhận liên kết mới."
        )


def whose(token: str) -> str:
    """Return the user name that a link was made for; looking uses nothing up. Raises LinkOver."""
    with transaction() as session:
        return _officer_of(session, token).username


def redeem(token: str, password: str, repeat: str, *, browser: Browser = UNKNOWN) -> entry.Outcome:
    """Let `password` be that of the link's officer, end what they have open, and go on as after signing in by it.

    The link is used up; of two at once one is. Raises LinkOver; InvalidInput (new, repeat) for a password that will not
    do, and then the link can still be used.
    """
    with transaction() as session:
        username = _officer_of(session, token).username
    password_hash = hash_password(passwords.read_new(username, password, repeat))
    with transaction() as session:
        officer = tries.locked(session, _officer_of(session, token).id)
        _use_up(session, token, officer)
        officer.password_hash = password_hash
        totp.open_again(session, officer)
        sessions.end_sessions(session, officer, sessions.EndReason.PASSWORD_SET)
        done_to = officer_subject(officer.id)
        record(
            session, TrailEvent.OFFICER_LINK_USED, officer_actor(officer), subject_hash=done_to, officer_id=officer.id
        )
    return entry.after_password(tries.Try(officer.username, officer, browser, is_known=False, reserved=[]), officer)


def _officer_of(session: Session, token: str) -> Officer:
    found = session.scalars(
        select(Officer)
        .join(OfficerLink, OfficerLink.officer_id == Officer.id)
        .where(OfficerLink.token_hash == token_hash(token), *_usable(), Officer.disabled_at.is_(None))
    ).one_or_none()
    if found is None:
        raise LinkOver
    return found


def _use_up(session: Session, token: str, officer: Officer) -> None:
    link = update(OfficerLink).where(OfficerLink.token_hash == token_hash(token), *_usable())
    used = session.scalars(link.values(used_at=clock.now()).returning(OfficerLink.officer_id)).one_or_none()
    if used is None or officer.disabled_at is not None:
        raise LinkOver


def _usable() -> tuple[ColumnElement[bool], ...]:
    return OfficerLink.used_at.is_(None), OfficerLink.expires_at > clock.now()
