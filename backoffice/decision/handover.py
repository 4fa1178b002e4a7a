"""Giving what one has in hand to a colleague, or back, before one leaves the counter (issue 4, point 7).

A colleague is an officer who is signed in now with an open screen, works now (who stands in: at the second office) at
the declaration's office or at one's own, and may work on the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Date, DateTime, and_, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from backoffice.decision import claims
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_open
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import Claim, Declaration, Office, Officer, OfficerSession, TrailEvent, columns_of
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may
from backoffice.rules.signed_in import ABSOLUTE, IDLE

KEEP, RELEASE = "keep", "release"
"""What may become of a claim besides being given to a colleague (whose id then stands there)."""
NOT_HERE = (
    "Đồng nghiệp này hiện không đăng nhập, hoặc không được giải quyết hồ sơ này. Chưa có gì thay đổi; xin chọn lại."
)
_SECOND = aliased(Office)
_HERE = (
    select(Officer, _SECOND)
    .join(OfficerSession, OfficerSession.officer_id == Officer.id)
    .outerjoin(
        _SECOND,
        and_(
            _SECOND.id == OfficerSession.office_id,
            _SECOND.id == Officer.second_office_id,
            Officer.second_until >= bindparam("today", type_=Date()),
            _SECOND.closed_at.is_(None),
        ),
    )
    .where(
        Officer.disabled_at.is_(None),
        OfficerSession.ended_at.is_(None),
        OfficerSession.locked_at.is_(None),
        OfficerSession.created_at > bindparam("begun_after", type_=DateTime(timezone=True)),
        OfficerSession.active_at > bindparam("active_after", type_=DateTime(timezone=True)),
        func.coalesce(_SECOND.id, Officer.office_id) == any_(bindparam("offices", type_=ARRAY(BigInteger))),
        Officer.id != bindparam("me", type_=BigInteger()),
    )
    .order_by(Officer.full_name, Officer.id)
)
_C, _D = columns_of(Claim), columns_of(Declaration)
_MINE = (
    select(_D.id, _D.receipt_code, _D.full_name, _D.bhxh_code, _C.since, _C.until)
    .where(_D.id == _C.declaration_id)
    .where(_C.officer_id == bindparam("officer", type_=BigInteger()))
    .where(_C.until >= bindparam("now", type_=DateTime(timezone=True)))
    .order_by(_C.since, _D.id)
)


class HeldDossier(NamedTuple):
    """A declaration somebody has in hand."""

    id: int
    receipt_code: str
    full_name: str
    bhxh_code: str
    since: datetime
    until: datetime


def colleagues_for(receipt_code: str, officer: Actor) -> list[Actor]:
    """Return the colleagues to whom the declaration may be handed over now, by name; raises NotFound."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.HANDOVER)
        return _colleagues(session, declaration, officer)


def hand_over(receipt_code: str, officer: Actor, to: str) -> None:
    """Make the claim that of the colleague with the id `to`: one's own claim, or as its supervisor another's.

    Raises NotFound, Conflict (claim_lost, already_decided, expired), InvalidInput (field officer) when that is nobody
    who is here now and may work on it.
    """
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.HANDOVER, locked=True)
        _give(session, declaration, officer, to, "officer")


def held_by(officer: Actor) -> list[HeldDossier]:
    """Return what `officer` has in hand, longest first; who is listed counts as looked at (design 5)."""
    with transaction() as session:
        found = _held(session, officer)
        if found:
            listed = [dossier.id for dossier in found]
            record(session, TrailEvent.QUEUE, officer, tab="held", listed=listed)
        return found


def holds_any(officer: Actor) -> bool:
    """Tell whether `officer` has anything in hand."""
    with transaction() as session:
        return holds(session, officer)


def holds(session: Session, officer: Actor) -> bool:
    """Tell whether `officer` has anything in hand, as `holds_any`."""
    return bool(_held(session, officer))


def colleagues_of(officer: Actor) -> list[Actor]:
    """Return who else of the officer's own office is here now and works at the desk, by name."""
    with transaction() as session:
        return [one for one in _here(session, [officer.office_id], officer) if may(one, Do.CLAIM)]


def leave_desk(officer: Actor, choices: Mapping[str, str]) -> None:
    """Do with each claim what `choices` says of its receipt code: KEEP (also when it says nothing), RELEASE, or an id.

    All of it or, when something is refused, nothing. What is no longer the officer's is passed over. Raises
    InvalidInput, one fault a receipt code, when a colleague chosen cannot have it.
    """
    faults: list[Fault] = []
    with transaction() as session:
        for dossier in sorted(_held(session, officer)):
            choice = choices.get(dossier.receipt_code, KEEP)
            if choice != KEEP:
                faults += _part_with(session, dossier.receipt_code, officer, choice)
        if faults:
            raise InvalidInput(faults)


def _part_with(session: Session, receipt_code: str, officer: Actor, choice: str) -> list[Fault]:
    """Give one claim away; return why it cannot be, as a fault under the receipt code."""
    try:
        _give_away(session, receipt_code, officer, choice)
    except (InvalidInput, Conflict) as refusal:
        return [Fault(receipt_code, refusal.message)]
    except NotFound:
        return []  # it expired at this very moment: nobody has it in hand
    return []


def _give_away(session: Session, receipt_code: str, officer: Actor, choice: str) -> None:
    do = Do.RELEASE if choice == RELEASE else Do.HANDOVER
    declaration = declaration_for(session, receipt_code, officer, do, locked=True)
    live = claims.live(session, declaration.id)
    if live is None or live.officer_id != officer.id:
        return
    if choice == RELEASE:
        claims.end(session, declaration)
        record(session, TrailEvent.RELEASE, officer, declaration=declaration, held_by=officer.id)
    else:
        _give(session, declaration, officer, choice, receipt_code)


def _give(session: Session, declaration: Declaration, officer: Actor, to: str, field: str) -> None:
    require_open(session, declaration)
    live = claims.live(session, declaration.id)
    if live is None or not may(officer, Do.RELEASE_OTHERS, declaration):
        live = claims.require_mine(session, declaration, officer)
    here = _colleagues(session, declaration, officer)
    chosen = next((one.id for one in here if str(one.id) == to), None)
    if chosen is None:
        raise InvalidInput([Fault(field, NOT_HERE)], NOT_HERE)
    if chosen != live.officer_id:
        claims.give(session, declaration, chosen)
        record(session, TrailEvent.HANDOVER, officer, declaration=declaration, held_by=live.officer_id, to=chosen)


def _colleagues(session: Session, declaration: Declaration, officer: Actor) -> list[Actor]:
    do = Do.CLAIM if declaration.escalated_at is None else Do.DECIDE_ESCALATED
    here = _here(session, [declaration.office_id, officer.office_id], officer)
    return [one for one in here if may(one, do, declaration)]


def _here(session: Session, offices: Sequence[int | None], officer: Actor) -> list[Actor]:
    now = clock.now()
    asked = {
        "begun_after": now - ABSOLUTE,
        "active_after": now - IDLE,
        "today": clock.today(),
        "offices": list(offices),
        "me": officer.id,
    }
    return [officer_actor(one, at) for one, at in session.execute(_HERE, asked)]


def _held(session: Session, officer: Actor) -> list[HeldDossier]:
    rows = session.execute(_MINE, {"officer": officer.id, "now": clock.now()})
    return [HeldDossier(*row) for row in rows]
