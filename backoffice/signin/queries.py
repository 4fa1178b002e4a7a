"""Reads of the room: who a user name is, who a session's token is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, DateTime, LargeBinary, and_, bindparam, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.hashing import token_hash
from backoffice.models import KnownDevice, Office, Officer, OfficerSession, Role, columns_of
from backoffice.rules.signed_in import ABSOLUTE, IDLE

DEVICES_KEPT = timedelta(days=180)
"""A browser is known again for so long after its last sign-in."""


class State(NamedTuple):
    """What a request needs to know of its session: who it is, and when it was last used."""

    active_at: datetime
    locked_at: datetime | None
    id: int
    full_name: str
    username: str
    role: Role
    office_id: int
    office_code: str
    office_name: str
    office_path: str


_S, _O, _F = columns_of(OfficerSession), columns_of(Officer), columns_of(Office)
_STATE = Direct(
    select(
        _S.active_at, _S.locked_at, _O.id, _O.full_name, _O.username, _O.role, _O.office_id, _F.code, _F.name, _F.path
    ).where(
        _S.token_hash == bindparam("token", type_=LargeBinary()),
        _S.ended_at.is_(None),
        _S.created_at > bindparam("begun_after", type_=DateTime(timezone=True)),
        _O.id == _S.officer_id,
        _O.disabled_at.is_(None),
        _F.id == _O.office_id,
    )
)


def state_of(connection: Connection, token: str) -> State | None:
    """Return the state of the open session of `token` with its officer and office, in one statement of a request."""
    row = _STATE.first(connection, {"token": token_hash(token), "begun_after": clock.now() - ABSOLUTE})
    return State(*row) if row else None


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


def is_locked(row: OfficerSession | State) -> bool:
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
