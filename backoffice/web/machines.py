"""Which machine asks: whose key it is, whether it is still good, and whether it asks too often (design 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, LargeBinary, bindparam, or_, select, text

from backoffice.kernel import clock, hashing, rates
from backoffice.kernel.db import reading, transaction
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Unauthenticated
from backoffice.models import ActorKind, ClientKey, MachineClient, columns_of, table_of
from backoffice.rules.actors import Actor

MINUTE = timedelta(minutes=1)
_TOO_OFTEN = (
    "Phần mềm này gửi quá {most} yêu cầu trong một phút nên yêu cầu vừa rồi chưa được nhận. Chưa có gì thay đổi; "
    "xin đợi {wait} giây rồi gửi lại."
)


class Caller(NamedTuple):
    """The machine a key belongs to, as one request needs to know it."""

    id: int
    name: str
    scopes: list[str]
    office_codes: list[str]
    rate: int
    key_id: int
    used_at: datetime | None

    def actor(self) -> Actor:
        """Return it as use cases know one."""
        return Actor(kind=ActorKind.CLIENT, id=self.id, name=self.name, limits=tuple(self.office_codes))


_C, _K = columns_of(MachineClient), columns_of(ClientKey)
_INSTANT = DateTime(timezone=True)
_CALLER = Direct(
    select(_C.id, _C.name, _C.scopes, _C.office_codes, _C.rate, _K.id, _K.used_at).where(
        _K.key_hash == bindparam("key_hash", type_=LargeBinary()),
        or_(_K.ends_at.is_(None), _K.ends_at > bindparam("now", type_=_INSTANT)),
        _C.id == _K.client_id,
        _C.disabled_at.is_(None),
    )
)
_NOTED = Direct(
    table_of(ClientKey)
    .update()
    .values(used_at=bindparam("now", type_=_INSTANT))
    .where(
        _K.id
        == select(_K.id)
        .where(
            _K.id == bindparam("key", type_=BigInteger()),
            or_(_K.used_at.is_(None), _K.used_at <= bindparam("before", type_=_INSTANT)),
        )
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
)


def caller_of(key: str) -> Caller:
    """Return the machine whose key it is, in one statement; the request is counted and the key's use noted.

    Raises Unauthenticated for a key that opens nothing (any more), TooManyRequests beyond the machine's rate. With the
    queue's server out nothing is counted and everybody passes.
    """
    now = clock.now()
    with reading() as connection:
        row = _CALLER.first(connection, {"key_hash": hashing.token_hash(key), "now": now})
    if row is None:
        raise Unauthenticated("Khóa kết nối không đúng hoặc đã bị thu hồi.")
    caller = Caller(*row)
    rates.spend("client", str(caller.id), caller.rate, 60, _TOO_OFTEN)
    if caller.used_at is None or caller.used_at <= now - MINUTE:
        _note_use(caller.key_id, now)
    return caller


def _note_use(key_id: int, now: datetime) -> None:
    """Write the time of use, once a minute: whoever finds another at it leaves it, and nobody waits for the disk."""
    with transaction() as session:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        _NOTED.rows(session, {"key": key_id, "now": now, "before": now - MINUTE})
