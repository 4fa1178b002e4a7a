"""What became of a press whose answer never arrived: recorded, or not, never a guess (issue 4, point 12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, DateTime, Text, bindparam, select
from sqlalchemy.orm import Session

from backoffice.accounts.queries import account_for
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import decided_sentence
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import ActorKind, Status, TrailEvent, TrailRow, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do

REMEMBERED = timedelta(hours=1)
"""A page asks within seconds; what it did not learn in an hour, it learns by being opened anew."""
_LOOKS = frozenset({TrailEvent.REVIEW, TrailEvent.PHOTO, TrailEvent.FORM01, TrailEvent.QUEUE, TrailEvent.SEARCH})
_DECISIVE = (TrailEvent.APPROVE, TrailEvent.REJECT, TrailEvent.SUPPLEMENT, TrailEvent.ESCALATE, TrailEvent.TRANSFER)
_T = columns_of(TrailRow)
_WRITTEN = (
    select(_T.event, _T.at)
    .where(
        _T.actor_id == bindparam("officer", type_=BigInteger()),
        _T.actor_kind == ActorKind.OFFICER,
        _T.at >= bindparam("since", type_=DateTime(timezone=True)),
        _T.facts["press"].astext == bindparam("press", type_=Text()),
    )
    .order_by(_T.id)
)


class Done(NamedTuple):
    """The press was recorded: what it did, and when."""

    event: TrailEvent
    at: datetime


class NotDone(NamedTuple):
    """The press left nothing behind; `decided` says who decided the declaration meanwhile, "" while it is open."""

    decided: str


def settled(receipt_code: str, officer: Actor, press: str) -> Done | NotDone:
    """Tell what became of the press of that name which `officer` sent for the declaration.

    An act that is at work on the declaration at this moment is waited for: its row is locked. Raises NotFound.
    """
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.REVIEW, locked=True)
        is_open = declaration.status is Status.SUBMITTED
        done = _written(session, officer, press)
        return done or NotDone("" if is_open else decided_sentence(session, declaration))


def settled_account(account_id: int, officer: Actor, press: str) -> Done | NotDone:
    """Tell the same of a press that was sent for an account. Raises NotFound."""
    with transaction() as session:
        account_for(session, account_id, officer, Do.SEE_ACCOUNT, locked=True)
        return _written(session, officer, press) or NotDone("")


def _written(session: Session, officer: Actor, press: str) -> Done | None:
    """Return what the press wrote to the trail: the decision, where it wrote several rows."""
    asked = {"officer": officer.id, "since": clock.now() - REMEMBERED, "press": press}
    rows = [Done(*row) for row in session.execute(_WRITTEN, asked)]
    rows = [row for row in rows if row.event not in _LOOKS]
    return next((row for row in rows if row.event in _DECISIVE), rows[-1] if rows else None)
