"""Reads of the room: who a user name is, who a session's token is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Date, DateTime, LargeBinary, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.hashing import token_hash
from backoffice.models import KnownDevice, Office, Officer, OfficerSession, Role, columns_of, table_of
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.signed_in import ABSOLUTE, IDLE

DEVICES_KEPT = timedelta(days=180)
"""A browser is known again for so long after its last sign-in."""


class State(NamedTuple):
    """What a request needs to know of its session: who it is, where they work now, and when it was last used."""

    active_at: datetime
    locked_at: datetime | None
    has_news: bool
    may_stand_in: bool
    stands_in: bool
    id: int
    full_name: str
    username: str
    role: Role
    office_id: int
    office_code: str
    office_name: str
    office_path: str


_S, _O, _F = columns_of(OfficerSession), columns_of(Officer), columns_of(Office)
_SECOND = table_of(Office).alias("second")
_STANDS_IN = func.coalesce(_S.office_id == _SECOND.c.id, False)
_STATE = Direct(
    select(
        _S.active_at,
        _S.locked_at,
        _S.has_news,
        _SECOND.c.id.is_not(None),
        _STANDS_IN,
        _O.id,
        _O.full_name,
        _O.username,
        _O.role,
        _F.id,
        _F.code,
        _F.name,
        _F.path,
    )
    .select_from(
        table_of(OfficerSession)
        .join(table_of(Officer), _O.id == _S.officer_id)
        .outerjoin(
            _SECOND,
            and_(
                _SECOND.c.id == _O.second_office_id,
                _O.second_until >= bindparam("today", type_=Date()),
                _SECOND.c.closed_at.is_(None),
            ),
        )
        .join(table_of(Office), _F.id == case((_STANDS_IN, _SECOND.c.id), else_=_O.office_id))
    )
    .where(
        _S.token_hash == bindparam("token", type_=LargeBinary()),
        _S.ended_at.is_(None),
        _S.created_at > bindparam("begun_after", type_=DateTime(timezone=True)),
        _O.disabled_at.is_(None),
    )
)


def state_of(connection: Connection, token: str) -> State | None:
    """Return the state of the open session of `token` with its officer and office, in one statement of a request.

    The office is the one where the officer stands in, as long as that may be: chosen, open, its last day not over.
    """
    asked = {"token": token_hash(token), "begun_after": clock.now() - ABSOLUTE, "today": clock.today()}
    row = _STATE.first(connection, asked)
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


def second_office(session: Session, officer: Officer) -> Office | None:
    """Return where `officer` may stand in today: open, and its last day not over; None when there is nowhere."""
    if officer.second_office_id is None or officer.second_until is None or officer.second_until < clock.today():
        return None
    office = session.get(Office, officer.second_office_id)
    return office if office is not None and office.closed_at is None else None


def actor_at(session: Session, officer: Officer, chosen: int | None) -> Actor:
    """Return the actor that `officer` is in a session whose chosen office is `chosen` (an id; None for the own one)."""
    at = second_office(session, officer) if chosen is not None and chosen == officer.second_office_id else None
    return officer_actor(officer, at)


def is_locked(row: OfficerSession | State) -> bool:
    """Tell whether the session waits for the password: locked by its officer, or idle too long."""
    return row.locked_at is not None or row.active_at <= clock.now() - IDLE


def find_officer(session: Session, username: str, device: bytes | None) -> tuple[Officer | None, bool]:
    """Return who has the user name, and whether the browser with token hash `device` is known for that officer.

    One statement, the same for a name that does not exist.
    """
    is_it = (
        (KnownDevice.officer_id == Officer.id) & (KnownDevice.token_hash == device) & KnownDevice.forgotten_at.is_(None)
    )
    found = session.execute(
        select(Officer, KnownDevice.token_hash).outerjoin(KnownDevice, is_it).where(Officer.username == username)
    ).one_or_none()
    return (found[0], found[1] is not None) if found else (None, False)
