"""What happened at other devices, and whether it was the officer: told until it is answered (design 5).

No device answers for itself, nor for another while it is one to be asked about: who came in twice with a stolen
password would let one say it of the other. Only a device that is vouched for says "it was me"; any says "not me".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import token_hash
from backoffice.models import KnownDevice, Officer, OfficerSession, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.signin import agents, devices, tries

AT_ONCE = 5
"""So many are shown, and answered, at a time."""
NOT_HERE = (
    "Máy này cũng là máy mới chưa được xác nhận nên không xác nhận thay cho máy khác được; chưa có gì thay đổi. "
    "Nếu đúng là bạn, xin trả lời ở máy quen; nếu không còn máy quen nào, xin người quản trị của đơn vị cấp liên kết "
    "đặt lại mật khẩu."
)
_LONGEST = AT_ONCE * 65


@dataclass(frozen=True)
class NewDevice:
    """A sign-in from a device that was new; `name` tells it from others in a form."""

    name: str
    at: datetime
    agent: str
    address: str


@dataclass(frozen=True)
class News:
    """Sign-ins from new devices, newest first; whether this device may say that they were the officer's.

    `wrong_codes`: how often, elsewhere, the password was right and the second step wrong.
    """

    devices: list[NewDevice]
    wrong_codes: int
    may_vouch: bool

    @property
    def shown(self) -> str:
        """Return what an answer must give back, so that it is about this and nothing later."""
        return " ".join(one.name for one in self.devices)


def is_any(session: Session, officer: Officer, here: bytes | None) -> bool:
    """Tell whether the officer has anything to answer that was not at the device `here` (the hash of its token)."""
    if officer.untold_codes:
        return True
    return bool(session.scalar(select(exists().where(*_unanswered(officer.id, here)))))


def tell(actor: Actor, token: str) -> News:
    """Return what whoever has the session `token` is to be told."""
    with transaction() as session:
        officer, here = session.get_one(Officer, actor.id), _device_of(session, token)
        where = _unanswered(officer.id, here)
        newest = select(KnownDevice).where(*where).order_by(KnownDevice.first_seen_at.desc()).limit(AT_ONCE)
        told = [_new_device(session, one) for one in session.scalars(newest).all()]
        return News(told, officer.untold_codes, _may_vouch(session, officer.id, here))


def are_mine(actor: Actor, token: str, shown: str, wrong_codes: int = 0) -> None:
    """Let what was `shown` (News.shown) in the session `token` have been the officer, and so many `wrong_codes`.

    What came since, or was not shown, stays unanswered.

    Raises Conflict when the session's device is not vouched for.
    """
    with transaction() as session:
        officer = tries.locked(session, actor.id or 0)
        here = _device_of(session, token)
        if not _may_vouch(session, officer.id, here):
            raise Conflict(NOT_HERE, code="device_not_vouched")
        number = _answer(session, (*_unanswered(officer.id, here), KnownDevice.token_hash.in_(_hashes(shown))))
        codes = min(wrong_codes, officer.untold_codes)
        officer.untold_codes -= codes
        session.flush()
        mine = OfficerSession.officer_id == officer.id
        session.execute(update(OfficerSession).where(mine).values(has_news=is_any(session, officer, here)))
        if number or codes:
            record(session, TrailEvent.DEVICE_KNOWN, actor, number=number, wrong_codes=codes)


def _answer(session: Session, which: tuple[ColumnElement[bool], ...]) -> int:
    """Let these be answered; those that were forgotten meanwhile need not be remembered any more."""
    known = update(KnownDevice).where(*which, devices.IS_KNOWN).values(told_at=clock.now())
    forgotten = delete(KnownDevice).where(*which)
    return sum(len(session.scalars(one.returning(KnownDevice.token_hash)).all()) for one in (known, forgotten))


def _unanswered(officer_id: int, here: bytes | None) -> tuple[ColumnElement[bool], ...]:
    elsewhere = KnownDevice.token_hash.is_distinct_from(here)
    return KnownDevice.officer_id == officer_id, devices.IS_UNANSWERED, elsewhere


def _may_vouch(session: Session, officer_id: int, here: bytes | None) -> bool:
    return bool(session.scalar(select(exists().where(*devices.vouched(officer_id, here)))))


def _new_device(session: Session, device: KnownDevice) -> NewDevice:
    first = (
        select(OfficerSession.address)
        .where(OfficerSession.officer_id == device.officer_id, OfficerSession.device_hash == device.token_hash)
        .order_by(OfficerSession.created_at)
        .limit(1)
    )
    address = session.scalar(first) or ""
    return NewDevice(device.token_hash.hex(), device.first_seen_at, device.agent or agents.OTHER, address)


def _device_of(session: Session, token: str) -> bytes | None:
    return session.scalar(select(OfficerSession.device_hash).where(OfficerSession.token_hash == token_hash(token)))


def _hashes(shown: str) -> list[bytes]:
    """Return what News.shown was made of; what is mangled names nothing."""
    found = []
    for name in shown[:_LONGEST].split():
        try:
            found.append(bytes.fromhex(name))
        except ValueError:
            continue
    return found
