"""Rows of a list as the screen shows them: plain values, labels ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.desk.flags import Flag, flags_for
from backoffice.desk.labels import SHORT_PURPOSES, ago, deadline_words, state_tone, urgency
from backoffice.desk.queries import QueueLine
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.rules.lifecycle import label

Shown = dict[str, Any]


def shown_rows(session: Session, rows: Sequence[QueueLine]) -> list[Shown]:
    """Return what `templates/desk/_rows.html` shows of each row; flags of the whole page in three statements."""
    flags = flags_for(session, rows)
    return [_shown(line, flags[line.id]) for line in rows]


def _shown(declaration: QueueLine, flags: list[Flag]) -> Shown:
    return {
        "href": f"/desk/{declaration.receipt_code}",
        "full_name": declaration.full_name,
        "code_tail": mask_code(declaration.bhxh_code),
        "office_code": declaration.office_code,
        "purpose": "Cho con" if declaration.guardian_bhxh_code else SHORT_PURPOSES[declaration.purpose],
        "declared": f"{clock.local(declaration.declared_at):%d/%m}",
        "deadline": deadline_words(declaration),
        "deadline_day": f"{clock.local(declaration.expires_at):%d/%m/%Y}" if declaration.expires_at else "",
        "urgency": urgency(declaration),
        "state": label(declaration),
        "state_tone": state_tone(declaration),
        "flags": flags,
        "holder": f"{declaration.holder}, {ago(declaration.since)}" if declaration.holder and declaration.since else "",
    }
