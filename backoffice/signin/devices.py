"""The browsers an officer signs in from: remembered, known again, vouched for, forgotten (design 5).

A new device is only one more way in until the officer says on a device that is vouched for that it was them
(signin.news): it then is vouched for too. So is the very first, and the one where a link of the administrator's was
used. One that was forgotten before the officer has answered is known no more, but still to be answered: else whoever
came in with a stolen password would wipe out the trace.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.kernel.passwords import hash_password
from backoffice.models import KnownDevice, Officer, OfficerLink, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin import agents, links, sessions, totp, tries
from backoffice.signin.tries import Browser

IS_KNOWN = KnownDevice.forgotten_at.is_(None)
IS_UNANSWERED = KnownDevice.is_news & KnownDevice.told_at.is_(None)
IS_VOUCHED = IS_KNOWN & ~IS_UNANSWERED


class Remembered(NamedTuple):
    """The browser's token for its cookie, what is kept of it, and whether it is new and to be asked about."""

    token: str
    hash: bytes
    is_news: bool


def remember(session: Session, officer: Officer, browser: Browser) -> Remembered:
    """Remember the browser for this officer (locked); a token we never gave out is replaced, not adopted."""
    token = browser.device_token
    if token is None or not _is_ours(session, token):
        token = new_token()
    kept, now, is_vouched = token_hash(token), clock.now(), _comes_by_a_link(session, officer)
    seen = {"seen_at": now, "agent": agents.describe(browser.agent)} | ({"told_at": now} if is_vouched else {})
    mine = (KnownDevice.officer_id == officer.id, KnownDevice.token_hash == kept)
    again = update(KnownDevice).where(*mine, IS_KNOWN).values(seen)
    if session.scalars(again.returning(KnownDevice.officer_id)).one_or_none() is not None:
        return Remembered(token, kept, False)
    is_news = officer.last_seen_at is not None or _has_any(session, officer.id)
    fresh = insert(KnownDevice).values(
        token_hash=kept, officer_id=officer.id, first_seen_at=now, is_news=is_news, **seen
    )
    back = fresh.on_conflict_do_update(
        index_elements=[KnownDevice.token_hash, KnownDevice.officer_id], set_={**seen, "forgotten_at": None}
    )
    session.execute(back)
    return Remembered(token, kept, is_news and not is_vouched)


def vouched(officer_id: int, device: bytes | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that find the device (the hash of its token) if it is vouched for."""
    return KnownDevice.officer_id == officer_id, KnownDevice.token_hash == device, IS_VOUCHED


def forget(actor: Actor, device: str) -> None:
    """Forget one device, named by its hash in hex: its next sign-in is a stranger's. Raises NotFound."""
    try:
        kept = bytes.fromhex(device[:64])
    except ValueError as invented:
        raise NotFound from invented
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        if not _let_go(session, officer, KnownDevice.token_hash == kept):
            raise NotFound("Máy này đã được xóa khỏi danh sách từ trước. Xin tải lại trang để thấy danh sách mới nhất.")
        record(session, TrailEvent.DEVICE_FORGOTTEN, actor)


def sign_out_everywhere(actor: Actor) -> None:
    """End every session of the officer and forget every device; what is still to be answered stays so."""
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        _let_go(session, officer)
        _leave(session, officer, actor, is_denied=False)


def deny(actor: Actor) -> None:
    """A sign-in was not the officer's: end every session, forget every device, let the password count no more.

    Any session may say so, for it harms whoever should not be here most. Links that were made are void too: a new one
    comes from an administrator. With that, all is answered.
    """
    unknown = hash_password(new_token())
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        officer.password_hash, officer.untold_codes = unknown, 0
        totp.open_again(session, officer)
        links.end_links(session, officer)
        session.execute(delete(KnownDevice).where(KnownDevice.officer_id == officer.id))
        _leave(session, officer, actor, is_denied=True)


def _let_go(session: Session, officer: Officer, *which: ColumnElement[bool]) -> int:
    """Forget the known devices of the officer; return how many. Who is still to be answered for stays in memory."""
    mine = (KnownDevice.officer_id == officer.id, IS_KNOWN, *which)
    open_ones = update(KnownDevice).where(*mine, IS_UNANSWERED).values(forgotten_at=clock.now())
    kept = session.scalars(open_ones.returning(KnownDevice.token_hash)).all()
    gone = session.scalars(delete(KnownDevice).where(*mine).returning(KnownDevice.token_hash)).all()
    return len(kept) + len(gone)


def _leave(session: Session, officer: Officer, actor: Actor, *, is_denied: bool) -> None:
    sessions.end_sessions(session, officer, sessions.EndReason.EVERYWHERE)
    record(session, TrailEvent.SIGN_OUT_EVERYWHERE, actor, denied=is_denied)


def _comes_by_a_link(session: Session, officer: Officer) -> bool:
    """Tell whether the officer has used a link since they were last here: nobody but its bearer knows the password."""
    if officer.last_seen_at is None:
        return False
    used_since = OfficerLink.used_at > officer.last_seen_at
    return bool(session.scalar(select(exists().where(OfficerLink.officer_id == officer.id, used_since))))


def _has_any(session: Session, officer_id: int) -> bool:
    return bool(session.scalar(select(exists().where(KnownDevice.officer_id == officer_id))))


def _is_ours(session: Session, device_token: str) -> bool:
    asked = select(KnownDevice.officer_id).where(KnownDevice.token_hash == token_hash(device_token)).limit(1)
    return session.scalars(asked).one_or_none() is not None
