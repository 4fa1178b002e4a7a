"""The claim: who is examining a declaration, 10 minutes at a time, held by the database (design 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, bindparam, case, delete, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.decision.queries import officer_name
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict, Unauthenticated
from backoffice.models import Claim, Declaration, Officer, columns_of, table_of
from backoffice.rules.actors import Actor

MINUTES = 10
SECONDS_AFTER_LEAVING = 15
_C, _O = columns_of(Claim), columns_of(Officer)
_DISABLED = (
    "Tên đăng nhập này vừa được ngừng sử dụng nên chưa nhận hồ sơ nào. Hồ sơ vẫn ở hàng chờ; "
    "xin liên hệ quản trị của cơ quan."
)
_LIVE = Direct(
    select(_C.officer_id, _C.since, _C.until).where(
        _C.declaration_id == bindparam("declaration", type_=BigInteger()),
        _C.until >= bindparam("now", type_=DateTime(timezone=True)),
    )
)
_END = Direct(delete(table_of(Claim)).where(_C.declaration_id == bindparam("declaration", type_=BigInteger())))


_GIVE = (
    update(table_of(Claim))
    .where(_C.declaration_id == bindparam("declaration", type_=BigInteger()))
    .values(officer_id=bindparam("to", type_=BigInteger()), since=bindparam("now"), until=bindparam("end"))
)


class Held(NamedTuple):
    """A claim that runs: whose, since when, until when."""

    officer_id: int
    since: datetime
    until: datetime


def take(session: Session, declaration: Declaration, actor: Actor) -> bool:
    """Make `actor` the one who examines `declaration` for 10 minutes more; tell whether the claim is new.

    Raises Conflict (claimed), naming the colleague, when another's claim is live, Unauthenticated (ended) when the
    actor was disabled at this very moment.
    """
    now = clock.now()
    former = live(session, declaration.id)
    fresh = insert(Claim).from_select(
        ["declaration_id", "officer_id", "since", "until"],
        select(literal(declaration.id, BigInteger), _O.id, literal(now), literal(now + timedelta(minutes=MINUTES)))
        .where(_O.id == actor.id, _O.disabled_at.is_(None))
        .with_for_update(read=True, key_share=True),
    )
    taken = session.execute(
        fresh.on_conflict_do_update(
            index_elements=[Claim.declaration_id],
            set_={
                "officer_id": actor.id,
                "until": fresh.excluded.until,
                "since": case((Claim.until >= now, Claim.since), else_=fresh.excluded.since),
            },
            where=or_(Claim.until < now, Claim.officer_id == actor.id),
        ).returning(Claim.officer_id),
        execution_options={"populate_existing": True},
    ).scalar_one_or_none()
    if taken is None:
        require_enabled(session, actor)
        raise Conflict(_taken_by(session, declaration), code="claimed")
    return former is None or former.officer_id != actor.id


def require_enabled(session: Session, actor: Actor) -> None:
    """Raise Unauthenticated (ended) when the officer was disabled since the page was asked for."""
    if session.execute(select(_O.disabled_at).where(_O.id == actor.id)).scalar_one_or_none() is not None:
        raise Unauthenticated(_DISABLED, code="ended")


def prolong(session: Session, declaration: Declaration, actor: Actor) -> None:
    """Let the live claim of `actor` run 10 minutes from now; a lost or ended one stays so."""
    _set_until(session, declaration, actor, timedelta(minutes=MINUTES))


def shorten(session: Session, declaration: Declaration, actor: Actor) -> None:
    """Let the live claim of `actor` run 15 seconds more."""
    _set_until(session, declaration, actor, timedelta(seconds=SECONDS_AFTER_LEAVING))


def _set_until(session: Session, declaration: Declaration, actor: Actor, left: timedelta) -> None:
    now = clock.now()
    session.execute(
        update(Claim)
        .where(Claim.declaration_id == declaration.id, Claim.officer_id == actor.id, Claim.until >= now)
        .values(until=now + left)
    )


def require_mine(session: Session, declaration: Declaration, actor: Actor) -> Held:
    """Return the live claim of `actor`; raises Conflict (claim_lost), naming who has it now, when there is none."""
    claim = live(session, declaration.id)
    if claim is None:
        raise Conflict(
            "Bạn chưa nhận xử lý hồ sơ này, hoặc đã hết thời gian giữ. Chưa có gì thay đổi: "
            "bấm “Nhận xử lý” rồi làm lại.",
            code="claim_lost",
        )
    if claim.officer_id != actor.id:
        raise Conflict(_taken_by(session, declaration), code="claim_lost")
    return claim


def live(session: Session, declaration_id: int) -> Held | None:
    """Return the claim on the declaration that still runs, if any."""
    row = _LIVE.first(session, {"declaration": declaration_id, "now": clock.now()})
    return Held(*row) if row else None


def give(session: Session, declaration: Declaration, officer_id: int) -> None:
    """Make the claim there is on `declaration` that of another officer, for 10 minutes from now."""
    now = clock.now()
    session.execute(
        _GIVE, {"declaration": declaration.id, "to": officer_id, "now": now, "end": now + timedelta(minutes=MINUTES)}
    )


def end(session: Session, declaration: Declaration) -> None:
    """End whatever claim there is on `declaration`."""
    _END.rows(session, {"declaration": declaration.id})


def _taken_by(session: Session, declaration: Declaration) -> str:
    claim = live(session, declaration.id)
    name = officer_name(session, claim.officer_id) if claim else "Cán bộ khác"
    since = f" từ {clock.local(claim.since):%H:%M}" if claim else ""
    return f"{name} đang xử lý hồ sơ này{since}. Chưa có gì thay đổi; xin trao đổi với đồng nghiệp trước khi làm tiếp."
