"""Giving an escalated declaration back to the office: the supervisor decides that its officers decide (K11)."""

from __future__ import annotations

from backoffice.decision import claims
from backoffice.decision.queries import declaration_for, officer_name
from backoffice.decision.reading import read_note
from backoffice.decision.refusals import require_open
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Correction, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import change
from backoffice.rules.permissions import Do

FIELD = "escalated_note"
"""Under this name what the officer had reported, and the answer, are kept among what was changed at the desk."""


def deescalate(receipt_code: str, officer: Actor, note: str) -> None:
    """Put the declaration back into its office's queue, free for anyone there; `note` tells them what to do.

    The note stands on the review page in place of what was reported, which is kept. Raises InvalidInput (field note),
    NotFound, Conflict when it is decided, overdue, not escalated, or in another's hands.
    """
    note = read_note(note, "Xin ghi ý kiến của lãnh đạo để cán bộ biết phải làm gì tiếp.")
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.DEESCALATE, locked=True)
        require_open(session, declaration)
        if declaration.escalated_at is None:
            raise Conflict("Hồ sơ này không chờ lãnh đạo quyết định. Chưa có gì thay đổi.", code="not_escalated")
        live = claims.live(session, declaration.id)
        if live is not None and live.officer_id != officer.id:
            name = officer_name(session, live.officer_id)
            raise Conflict(f"{name} đang xử lý hồ sơ này. Chưa có gì thay đổi; xin trao đổi trước.", code="claimed")
        session.add(
            Correction(
                declaration_id=declaration.id,
                field=FIELD,
                old_value=declaration.escalated_note,
                new_value=None,
                note=note,
                officer_id=officer.id,
                at=clock.now(),
            )
        )
        change(session, declaration, escalated_at=None, escalated_note=note)
        claims.end(session, declaration)
        record(session, TrailEvent.DEESCALATE, officer, declaration=declaration)
