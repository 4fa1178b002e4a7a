"""Writing which notices went out, waited for or by a pipe (design 4): the statement that is asked for each message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Text,
    Update,
    bindparam,
    case,
    func,
    literal_column,
    null,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.gateways.delivery import Sent
from backoffice.kernel import clock
from backoffice.kernel.direct import COMMIT, WAITS_FOR_DISK, Direct
from backoffice.kernel.pipe import Pipe
from backoffice.models import Notice, NoticeStatus, columns_of, table_of
from backoffice.notices.leases import Lease

_N = columns_of(Notice)
_NOW = bindparam("now", type_=DateTime(timezone=True))


def _writing(arrived: ColumnElement[bool], gateway_id: ColumnElement[str], *which: ColumnElement[bool]) -> Update:
    """Return the statement that writes of the notices `which` that they went out."""
    return (
        update(table_of(Notice))
        .where(*which, _N.status.in_([_word(NoticeStatus.SENDING), _word(NoticeStatus.QUEUED)]))
        .values(
            status=case((arrived, _word(NoticeStatus.DELIVERED)), else_=_word(NoticeStatus.SENT)),
            failure=null(),
            lease_until=null(),
            sent_at=func.coalesce(_N.sent_at, _NOW),
            gateway=bindparam("gateway", type_=Text()),
            gateway_id=func.coalesce(gateway_id, _N.gateway_id),
            finished_at=case((arrived, _NOW)),
        )
    )


def _word(status: NoticeStatus) -> ColumnElement[str]:
    """Return the status as it stands in the statement: a parameter is read anew each time."""
    return literal_column(f"'{status}'")


_GONE_OUT = (
    func.unnest(
        bindparam("ids", type_=ARRAY(BigInteger)),
        bindparam("tries_each", type_=ARRAY(BigInteger)),
        bindparam("arrived", type_=ARRAY(Boolean)),
        bindparam("gateway_ids", type_=ARRAY(Text)),
    )
    .table_valued("id", "tries", "arrived", "gateway_id", name="gone_out")
    .render_derived()
)
_WENT_OUT = _writing(
    _GONE_OUT.c.arrived,
    _GONE_OUT.c.gateway_id,
    _N.id == _GONE_OUT.c.id,
    _N.tries == _GONE_OUT.c.tries,
    COMMIT.c.setting.is_not(None),
).returning(_N.id)
_ONE_WENT_OUT = _writing(
    bindparam("has_arrived", type_=Boolean()),
    bindparam("gateway_id", type_=Text()),
    _N.id == bindparam("notice_id", type_=BigInteger()),
    _N.tries == bindparam("at_try", type_=BigInteger()),
    WAITS_FOR_DISK.is_not(None),
)
"""The same for one, unnamed: without arrays it takes the database two thirds of the time, and each message asks it."""
_WENT_OUT_AT_ONCE = Direct(_WENT_OUT)


def sent(session: Session, outcomes: Sequence[tuple[Lease, Sent]], gateway: str) -> set[int]:
    """Write which notices went out through `gateway`; return the ids of those not taken by others since, nor deleted.

    A sender that outlived its lease still tells how it went: nothing goes twice then.
    """
    return set(_WENT_OUT_AT_ONCE.values(session, values_of(outcomes, gateway)))


def sent_pipe() -> Pipe:
    """Return what writes the same without being waited for: give it what `asked` returns."""
    return Pipe(many=_WENT_OUT, one=_ONE_WENT_OUT)


def asked(outcomes: Sequence[tuple[Lease, Sent]], gateway: str, *, hurried: bool) -> tuple[str, dict[str, Any]]:
    """Return which statement of `sent_pipe` writes these, and its values; `hurried`: the disk is not waited for."""
    if len(outcomes) > 1:
        return "many", values_of(outcomes, gateway, hurried=hurried)
    lease, fate = outcomes[0]
    return "one", {
        "commit": "off" if hurried else "on",
        "notice_id": lease.notice_id,
        "at_try": lease.tries,
        "has_arrived": fate.delivered,
        "gateway_id": fate.gateway_id,
        "gateway": gateway,
        "now": clock.now(),
    }


def values_of(outcomes: Sequence[tuple[Lease, Sent]], gateway: str, *, hurried: bool = False) -> dict[str, Any]:
    """Return the values that tell which notices went out through `gateway`; `hurried`: the disk is not waited for."""
    return {
        "commit": "off" if hurried else "on",
        "ids": [lease.notice_id for lease, _ in outcomes],
        "tries_each": [lease.tries for lease, _ in outcomes],
        "arrived": [one.delivered for _, one in outcomes],
        "gateway_ids": [one.gateway_id for _, one in outcomes],
        "gateway": gateway,
        "now": clock.now(),
    }
