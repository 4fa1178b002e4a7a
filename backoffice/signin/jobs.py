"""What the room does by itself: clearing away what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import KnownDevice, Officer, OfficerSession, SignInFailure
from backoffice.rules.signed_in import ABSOLUTE
from backoffice.signin.queries import DEVICES_KEPT
from backoffice.signin.sessions import EndReason, end_sessions

FAILURES_KEPT = timedelta(days=1)


def sweep() -> None:
    """End sessions older than 12 hours; delete failures after a day, unused devices after 180.

    Ended sessions go by rules.retention. May run at any time and several times at once.
    """
    with transaction() as session:
        _end_overdue(session)
        session.execute(delete(SignInFailure).where(SignInFailure.at < clock.now() - FAILURES_KEPT))
        session.execute(delete(KnownDevice).where(KnownDevice.seen_at < clock.now() - DEVICES_KEPT))


def _end_overdue(session: Session) -> None:
    overdue = session.execute(
        select(OfficerSession.token_hash, Officer)
        .join(Officer, Officer.id == OfficerSession.officer_id)
        .where(OfficerSession.ended_at.is_(None), OfficerSession.created_at <= clock.now() - ABSOLUTE)
        .order_by(Officer.id)
    ).all()
    for token_hash, officer in overdue:
        end_sessions(session, officer, EndReason.ABSOLUTE, token_hash)
