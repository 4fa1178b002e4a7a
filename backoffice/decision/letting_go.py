"""Giving back to the queue what an officer has in hand: who leaves, is disabled, or works elsewhere from now on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Row, Select, delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.decision.offices import OfOffice
from backoffice.kernel import clock
from backoffice.kernel.db import after_commit, transaction
from backoffice.models import Claim, Declaration, Office, Officer, TrailEvent, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may

log = structlog.get_logger()

_C, _D = columns_of(Claim), columns_of(Declaration)


def let_go_when_disabled(session: Session, officer_id: int, actor: Actor) -> None:
    """End every claim of the officer, whom the transaction of `session` disables, also one that is being made now.

    A claim locks its officer's row and looks whether they are disabled (claims.take): whoever locked it before this
    commit is waited for after it, holding nothing. Should that fail, such a claim ends by itself in 10 minutes.
    """
    let_go_of_all(session, officer_id, actor)
    after_commit(session, lambda: _let_go_late(officer_id, actor))


def _let_go_late(officer_id: int, actor: Actor) -> None:
    try:
        with transaction() as session:
            session.execute(select(Officer.id).where(Officer.id == officer_id).with_for_update())
        with transaction() as session:
            let_go_of_all(session, officer_id, actor)
    except OperationalError as error:
        reason = type(error.orig).__name__
        log.warning("claims of a disabled officer left to end by themselves", officer=officer_id, reason=reason)


def let_go_of_all(session: Session, officer_id: int, actor: Actor) -> int:
    """End every claim of the officer, in the name of `actor`; return how many were still live."""
    return _let_go(session, officer_id, actor, _held(session, officer_id))


def let_go_out_of_reach(session: Session, officer: Actor) -> int:
    """End the officer's claims on what they cannot open from where they work now; return how many were still live."""
    held = _held(session, officer.id or 0)
    office_of = {one.id: one for one in session.scalars(_offices(held))} if held else {}
    out = [one for one in held if not may(officer, Do.RELEASE, OfOffice(one.office_id, office_of[one.office_id]))]
    return _let_go(session, officer.id or 0, officer, out)


def _offices(held: Sequence[Row[*tuple[Any, ...]]]) -> Select[Office]:
    return select(Office).where(Office.id.in_({one.office_id for one in held}))


def _held(session: Session, officer_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Claims are locked in the order of their declarations, as everybody does who takes several."""
    return session.execute(
        select(_D.id, _D.bhxh_code, _D.office_id, _C.until)
        .join_from(Claim, Declaration, _D.id == _C.declaration_id)
        .where(_C.officer_id == officer_id)
        .order_by(_D.id)
        .with_for_update(of=Claim)
    ).all()


def _let_go(session: Session, officer_id: int, actor: Actor, held: Sequence[Row[*tuple[Any, ...]]]) -> int:
    mine = [one.id for one in held]
    session.execute(delete(Claim).where(Claim.declaration_id.in_(mine), Claim.officer_id == officer_id))
    live = [one for one in held if one.until >= clock.now()]
    for one in live:
        record(session, TrailEvent.RELEASE, actor, declaration=one, held_by=officer_id)
    return len(live)
