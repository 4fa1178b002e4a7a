"""Reads of the room: who a user name is, who a session's token is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.hashing import token_hash
from backoffice.models import KnownDevice, Officer, OfficerSession

IDLE = timedelta(minutes=15)
"""Without input for so long, a session opens nothing any more until the password is given again."""
ABSOLUTE = timedelta(hours=12)
"""Whatever happens, a session ends so long after the sign-in."""
DEVICES_KEPT = timedelta(days=180)
"""A browser is known again for so long after its last sign-in."""


def find_session(session: Session, token: str, *, lock: bool = False) -> tuple[OfficerSession, Officer] | None:
    """Return the open session of `token` with its officer and office, in one statement; None when there is none.

    `lock` keeps its row locked until the transaction ends.
    """
    asked = (
        select(OfficerSession, Officer)
        .join(Officer, Officer.id == OfficerSession.officer_id)
        .where(
            OfficerSession.token_hash == token_hash(token),
            OfficerSession.ended_at.is_(None),
            OfficerSession.created_at > clock.now() - ABSOLUTE,
            Officer.disabled_at.is_(None),
        )
    )
    found = session.execute(asked.with_for_update(of=OfficerSession) if lock else asked).one_or_none()
    return (found[0], found[1]) if found else None


def is_locked(row: OfficerSession) -> bool:
    """Tell whether the session waits for the password: locked by its officer, or idle too long."""
    return row.locked_at is not None or row.active_at <= clock.now() - IDLE


def find_officer(session: Session, username: str, device: bytes | None) -> tuple[Officer | None, bool]:
    """Return who has the user name, and whether the browser with token hash `device` is known for that officer.

    One statement, the same for a name that does not exist.
    """
    found = session.execute(
        select(Officer, KnownDevice.token_hash)
        .outerjoin(KnownDevice, and_(KnownDevice.officer_id == Officer.id, KnownDevice.token_hash == device))
        .where(Officer.username == username)
    ).one_or_none()
    return (found[0], found[1] is not None) if found else (None, False)
