"""What an open page asks every few seconds: whose the declaration is now, and what happened last (issue 4, point 7).

One statement, for every review page that is open anywhere in the country asks it; after a merge of offices one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, any_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from backoffice.decision.claims import Held
from backoffice.kernel import clock
from backoffice.kernel.errors import NotFound
from backoffice.models import (
    Claim,
    Declaration,
    Office,
    OfficeMerge,
    Officer,
    Status,
    TrailEvent,
    TrailRow,
    columns_of,
    table_of,
)
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require

TOLD = (
    TrailEvent.CLAIM,
    TrailEvent.RELEASE,
    TrailEvent.HANDOVER,
    TrailEvent.SUPPLEMENT,
    TrailEvent.ESCALATE,
    TrailEvent.APPROVE,
    TrailEvent.REJECT,
    TrailEvent.WITHDRAW,
)
"""What can take a declaration out of an officer's hands."""


@dataclass
class Last:
    """The latest event of TOLD: what, when, by whom (id, and name; "Hệ thống" for nobody).

    `held_by`: of what was given back or handed over, the id of who had it in hand, as text. `merge`: the id, as text,
    of the merge of offices that gave it back.
    """

    event: TrailEvent
    at: datetime
    by_id: int | None
    held_by: str | None
    merge: str | None
    by: str


class Merged(NamedTuple):
    """The names of an office that was merged and of the one that serves for it."""

    former: str
    heir: str


@dataclass
class Watched:
    """A declaration as its open page watches it; `held` is the newest claim, which may have run out."""

    office_id: int
    office: Office
    status: Status
    expires_at: datetime | None
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    decided_at: datetime | None
    version: int
    held: Held | None
    holder: str
    last: Last | None
    merged: Merged | None = None
    """The merge of offices that gave the declaration back, when that was the last."""

    @property
    def claim(self) -> Held | None:
        """Return the claim if it still runs."""
        return self.held if self.held and self.held.until >= clock.now() else None


_OWN = ("office_id", "status", "expires_at", "presented_at", "supplement_at", "escalated_at", "decided_at", "version")
_D, _F, _C, _T = columns_of(Declaration), columns_of(Office), columns_of(Claim), columns_of(TrailRow)


def _statement() -> Select[Any]:
    holder, doer = table_of(Officer).alias("holder"), table_of(Officer).alias("doer")
    told = any_(bindparam("told", [event.value for event in TOLD], type_=ARRAY(Text)))
    last = (
        select(_T.event, _T.at, _T.actor_id, _T.facts["held_by"].astext.label("held_by"))
        .add_columns(_T.facts["merge"].astext.label("merge"))
        .where(_T.declaration_id == _D.id, _T.event == told)
        .order_by(_T.at.desc(), _T.id.desc())
        .limit(1)
        .lateral("last")
    )
    found = (
        table_of(Declaration)
        .join(table_of(Office), _F.id == _D.office_id)
        .outerjoin(table_of(Claim), _C.declaration_id == _D.id)
        .outerjoin(holder, holder.c.id == _C.officer_id)
        .outerjoin(last, true())
        .outerjoin(doer, doer.c.id == last.c.actor_id)
    )
    return (
        select(*(_D[name] for name in _OWN), _F.path, _F.successor_id)
        .add_columns(_C.officer_id, _C.since, _C.until, holder.c.full_name)
        .add_columns(*last.c, func.coalesce(doer.c.full_name, "Hệ thống"))
        .select_from(found)
        .where(_D.receipt_code == bindparam("receipt_code", type_=Text()))
    )


_WATCHED = _statement()


def watched(session: Session, receipt_code: str, officer: Actor) -> Watched:
    """Return how the declaration stands, in one statement; raises NotFound when it is gone or out of scope."""
    row = session.execute(_WATCHED, {"receipt_code": receipt_code}).one_or_none()
    if row is None:
        require(officer, Do.REVIEW)
        raise NotFound
    own, (path, successor_id, holder_id, since, until, holder, *last) = row[: len(_OWN)], row[len(_OWN) :]
    found = Watched(
        **dict(zip(_OWN, own, strict=True)),
        office=Office(path=path, successor_id=successor_id),
        held=Held(holder_id, since, until) if holder_id is not None else None,
        holder=holder or "",
        last=Last(*last) if last[0] is not None else None,
    )
    require(officer, Do.REVIEW, found)
    if found.last is not None and found.last.merge is not None:
        found.merged = _merged(session, int(found.last.merge))
    return found


def _merged(session: Session, merge_id: int) -> Merged:
    former, heir = aliased(Office), aliased(Office)
    query = (
        select(former.name, heir.name)
        .join(OfficeMerge, OfficeMerge.office_id == former.id)
        .join(heir, heir.id == OfficeMerge.successor_id)
        .where(OfficeMerge.id == merge_id)
    )
    return Merged(*session.execute(query).one())
