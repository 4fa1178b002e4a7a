"""What the hotline asks the database for: the account of a pass, a waiting declaration, an agent's day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.accounts.actions import person_codes
from backoffice.accounts.queries import holds_its_phone
from backoffice.hotline import passes
from backoffice.hotline.passes import Pass
from backoffice.kernel import clock
from backoffice.models import Account, CallReason, Declaration, HotlineCall, IdType, Officer, Status
from backoffice.rules.actors import Actor

MOST_LISTED = 200
MOST_TOLD = 3


def proven(session: Session, officer: Actor, known: Pass) -> tuple[HotlineCall, Account]:
    """Return the call and the account of a pass, the account locked; raises Conflict (pass_over) when it is another's.

    Its number is the one that matched, and still its own (D6).
    """
    call = call_of(session, officer, known)
    if known.account_id is None:
        raise passes.over()
    account = session.get(Account, known.account_id, with_for_update=True, populate_existing=True)
    if account is None or passes.mark_of(account) != known.mark or not holds_its_phone(session, account):
        raise passes.over()
    return call, account


def call_of(session: Session, officer: Actor, known: Pass) -> HotlineCall:
    """Return the officer's own call of a pass; raises Conflict (pass_over)."""
    call = session.get(HotlineCall, known.call_id, with_for_update=True, populate_existing=True)
    if call is None or call.officer_id != officer.id:
        raise passes.over()
    return call


def waiting_declarations(session: Session, account: Account) -> Sequence[Declaration]:
    """Return the owner's newest declarations, and those for children under the owner (D11), with their offices.

    Only those not decided and not past their day; what is before a supervisor (K11) is not told of.
    """
    codes = person_codes(account)
    is_theirs = or_(
        Declaration.bhxh_code.in_(codes),
        and_(Declaration.id_number.in_(codes), Declaration.id_type == IdType.CITIZEN_ID),
        Declaration.guardian_bhxh_code.in_(codes),
    )
    is_waiting = or_(Declaration.expires_at.is_(None), Declaration.expires_at > clock.now())
    query = (
        select(Declaration)
        .where(is_theirs, Declaration.status == Status.SUBMITTED, is_waiting)
        .where(Declaration.escalated_at.is_(None))
        .options(joinedload(Declaration.office))
        .order_by(Declaration.id.desc())
        .limit(MOST_TOLD)
    )
    return session.scalars(query).all()


def midnight() -> datetime:
    """Return when today began in Vietnam."""
    return clock.end_of_day(clock.today() - timedelta(days=1))


def calls_today(session: Session, officer: Actor) -> Sequence[HotlineCall]:
    """Return the officer's calls of today, the latest first."""
    own = select(HotlineCall).where(HotlineCall.officer_id == officer.id, HotlineCall.at > midnight())
    return session.scalars(own.order_by(HotlineCall.id.desc()).limit(MOST_LISTED)).all()


def reasons_today(session: Session, officer_id: int | None = None) -> list[tuple[CallReason, int]]:
    """Return how often each reason was chosen today (by one officer, or by all), the most frequent first."""
    number = func.count()
    found = (
        select(HotlineCall.reason, number)
        .where(HotlineCall.at > midnight(), HotlineCall.reason.is_not(None))
        .group_by(HotlineCall.reason)
        .order_by(number.desc(), HotlineCall.reason)
    )
    if officer_id is not None:
        found = found.where(HotlineCall.officer_id == officer_id)
    return [(reason, count) for reason, count in session.execute(found) if reason is not None]


def agents_today(session: Session) -> list[tuple[str, int, int, int]]:
    """Return each agent's name, calls, matches and new passwords of today, the busiest first."""
    calls = func.count()
    found = (
        select(
            Officer.full_name,
            calls,
            func.count().filter(HotlineCall.matched),
            func.count().filter(func.concat(" ", HotlineCall.acts, " ").like("% reset %")),
        )
        .join(HotlineCall, HotlineCall.officer_id == Officer.id)
        .where(HotlineCall.at > midnight())
        .group_by(Officer.id)
        .order_by(calls.desc(), Officer.full_name)
    )
    return [(name, all_, matched, resets) for name, all_, matched, resets in session.execute(found)]
