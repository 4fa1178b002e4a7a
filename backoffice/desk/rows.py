"""Rows of a list as the screen shows them: plain values, labels ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.desk.flags import Flag, flags_for
from backoffice.desk.labels import SHORT_PURPOSES, ago, deadline_words, state_tone, urgency
from backoffice.desk.queries import QueueLine
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.lifecycle import label
from backoffice.rules.places import find_place

Shown = dict[str, Any]


def shown_rows(session: Session, rows: Sequence[QueueLine]) -> list[Shown]:
    """Return what `templates/desk/_rows.html` shows of each row; flags of the whole page in three statements."""
    flags = flags_for(session, rows)
    names = Counter(line.full_name.casefold() for line in rows)
    return [_shown(line, flags[line.id], has_twin=names[line.full_name.casefold()] > 1) for line in rows]


def _shown(declaration: QueueLine, flags: list[Flag], *, has_twin: bool) -> Shown:
    return {
        "href": f"/desk/{declaration.receipt_code}",
        "full_name": declaration.full_name,
        "apart": _apart(declaration) if has_twin else "",
        "code_tail": mask_code(declaration.bhxh_code),
        "office_code": declaration.office_code,
        "purpose": "Cho con" if declaration.guardian_bhxh_code else SHORT_PURPOSES[declaration.purpose],
        "declared": f"{clock.local(declaration.declared_at):%d/%m}",
        "deadline": deadline_words(declaration),
        "deadline_day": f"{clock.local(declaration.expires_at):%d/%m/%Y}" if declaration.expires_at else "",
        "urgency": urgency(declaration),
        "state": label(declaration),
        "state_tone": state_tone(declaration),
        "flags": [{"kind": flag.kind, "text": flag.brief} for flag in flags if flag.brief],
        "holder": f"{declaration.holder}, {ago(declaration.since)}" if declaration.holder and declaration.since else "",
    }


def _apart(declaration: QueueLine) -> str:
    """Return what tells people of one name apart beside the code's last digits: "sinh 1985 · Phường Ba Đình"."""
    born = f"sinh {declaration.date_of_birth:%Y}" if declaration.date_of_birth else "không khai ngày sinh"
    try:
        place = find_place(declaration.province_code, declaration.district_code, declaration.ward_code)
    except InvalidInput:  # a unit that is no more in the lists must not cost the officer the whole page
        return born
    return f"{born} · {(place.ward or place.district or place.province).name}"
