"""The browsers an officer signs in from: remembered, told of when one is new, forgotten (design 5).

A device cannot answer for itself: that a new one is the officer's own is asked, and believed, on another alone. Else
whoever came in with a stolen password would say so.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.kernel.passwords import hash_password
from backoffice.models import KnownDevice, Officer, OfficerSession, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin import agents, links, sessions, tries
from backoffice.signin.tries import Browser


class Remembered(NamedTuple):
    """The browser's token for its cookie, what is kept of it, and whether it is new while there were others before."""

    token: str
    hash: bytes
    is_news: bool


class NewDevice(NamedTuple):
    """A sign-in from a device that was new."""

    at: datetime
    agent: str
    address: str


def remember(session: Session, officer: Officer, browser: Browser) -> Remembered:
    """Remember the browser for this officer (locked); a token we never gave out is replaced, not adopted."""
    token = browser.device_token
    if token is None or not _is_ours(session, token):
        token = new_token()
    kept, now = token_hash(token), clock.now()
    device = session.get(KnownDevice, (kept, officer.id))
    if device is None:
        is_news = officer.last_seen_at is not None or _has_any(session, officer.id)
        device = KnownDevice(token_hash=kept, officer_id=officer.id, first_seen_at=now, is_news=is_news)
        session.add(device)
    else:
        is_news = False
    device.seen_at, device.agent = now, agents.describe(browser.agent)
    return Remembered(token, kept, is_news)


def has_news(session: Session, officer_id: int, here: bytes | None) -> bool:
    """Tell whether the officer is still to say of a device other than `here` whether it is theirs."""
    return bool(session.scalar(select(exists().where(*_unanswered(officer_id, here)))))


def news(actor: Actor, token: str) -> list[NewDevice]:
    """Return the sign-ins from new devices of which whoever has the session `token` is to be told, oldest first."""
    with transaction() as session:
        here = _device_of(session, token)
        where = _unanswered(actor.id or 0, here)
        devices = session.scalars(select(KnownDevice).where(*where).order_by(KnownDevice.first_seen_at).limit(5)).all()
        return [NewDevice(one.first_seen_at, one.agent or agents.OTHER, _address(session, one)) for one in devices]


def are_mine(actor: Actor, token: str) -> None:
    """Let the new devices asked about in the session `token` be the officer's own."""
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        where = _unanswered(officer.id, _device_of(session, token))
        told = session.scalars(
            update(KnownDevice).where(*where).values(told_at=clock.now()).returning(KnownDevice.token_hash)
        ).all()
        mine = OfficerSession.officer_id == officer.id
        session.execute(update(OfficerSession).where(mine).values(has_news=False))
        if told:
            record(session, TrailEvent.DEVICE_KNOWN, actor, number=len(told))


def forget(actor: Actor, device: str) -> None:
    """Forget one device, named by its hash in hex: its next sign-in is a stranger's. Raises NotFound."""
    try:
        kept = bytes.fromhex(device[:64])
    except ValueError as invented:
        raise NotFound from invented
    with transaction() as session:
        mine = (KnownDevice.officer_id == actor.id, KnownDevice.token_hash == kept)
        gone = session.scalars(delete(KnownDevice).where(*mine).returning(KnownDevice.officer_id)).one_or_none()
        if gone is None:
            raise NotFound("Máy này đã được xóa khỏi danh sách từ trước. Xin tải lại trang để thấy danh sách mới nhất.")
        record(session, TrailEvent.DEVICE_FORGOTTEN, actor)


def sign_out_everywhere(actor: Actor) -> None:
    """End every session of the officer and forget every device."""
    with transaction() as session:
        _leave(session, tries.locked(session, actor.id or 0), actor, is_denied=False)


def deny(actor: Actor) -> None:
    """A sign-in was not the officer's: end every session, forget every device, let the password count no more.

    Links that were made are void too: a new one comes from an administrator.
    """
    unknown = hash_password(new_token())
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        officer.password_hash = unknown
        links.end_links(session, officer)
        _leave(session, officer, actor, is_denied=True)


def _leave(session: Session, officer: Officer, actor: Actor, *, is_denied: bool) -> None:
    sessions.end_sessions(session, officer, sessions.EndReason.EVERYWHERE)
    session.execute(delete(KnownDevice).where(KnownDevice.officer_id == officer.id))
    record(session, TrailEvent.SIGN_OUT_EVERYWHERE, actor, denied=is_denied)


def _unanswered(officer_id: int, here: bytes | None) -> tuple:  # type: ignore[type-arg]
    return (
        KnownDevice.officer_id == officer_id,
        KnownDevice.is_news,
        KnownDevice.told_at.is_(None),
        KnownDevice.token_hash.is_distinct_from(here),
    )


def _device_of(session: Session, token: str) -> bytes | None:
    return session.scalar(select(OfficerSession.device_hash).where(OfficerSession.token_hash == token_hash(token)))


def _address(session: Session, device: KnownDevice) -> str:
    """Return where the device first signed in from."""
    first = select(OfficerSession.address).where(
        OfficerSession.officer_id == device.officer_id, OfficerSession.device_hash == device.token_hash
    )
    return session.scalar(first.order_by(OfficerSession.created_at).limit(1)) or ""


def _has_any(session: Session, officer_id: int) -> bool:
    return bool(session.scalar(select(exists().where(KnownDevice.officer_id == officer_id))))


def _is_ours(session: Session, device_token: str) -> bool:
    asked = select(KnownDevice.officer_id).where(KnownDevice.token_hash == token_hash(device_token)).limit(1)
    return session.scalars(asked).one_or_none() is not None
