"""Giving back to the queue all that an officer has in hand: who leaves, is disabled, or works elsewhere from now on."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Claim, Declaration, TrailEvent, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

_C, _D = columns_of(Claim), columns_of(Declaration)


def let_go_of_all(session: Session, officer_id: int, actor: Actor) -> int:
    """End every claim of the officer, in the name of `actor`; return how many were still live.

    Claims are locked in the order of their declarations, as everybody does who takes several.
    """
    held = session.execute(
        select(_D.id, _D.bhxh_code, _C.until)
        .join_from(Claim, Declaration, _D.id == _C.declaration_id)
        .where(_C.officer_id == officer_id)
        .order_by(_D.id)
        .with_for_update(of=Claim)
    ).all()
    mine = [one.id for one in held]
    session.execute(delete(Claim).where(Claim.declaration_id.in_(mine), Claim.officer_id == officer_id))
    live = [one for one in held if one.until >= clock.now()]
    for one in live:
        record(session, TrailEvent.RELEASE, actor, declaration=one, held_by=officer_id)
    return len(live)
