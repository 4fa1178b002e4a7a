"""What the preview of an import shows: counts, each difference in words, the rows at fault."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.offices import import_actions, words
from backoffice.offices.history import Changed
from backoffice.offices.importing import Change, Plan
from backoffice.offices.values import LABELS
from backoffice.rules.actors import Actor

_TOLD_OF_NEW = ("parent", "address", "phone", "email", "position", "wards")


def show_preview(actor: Actor, token: str) -> dict[str, Any]:
    """Return what the page of a draft shows; raises Forbidden, NotFound."""
    found = import_actions.preview(actor, token)
    shown: dict[str, Any] = {"file_name": found.file_name, "done": found.done, "token": token}
    if found.plan is None:
        return shown
    with transaction() as session:
        return shown | _plan(session, found.plan)


def _plan(session: Session, plan: Plan) -> dict[str, Any]:
    lines = [_line(session, change) for change in plan.changes]
    return {
        "mark": plan.mark,
        "unchanged": plan.unchanged,
        "faults": plan.faults,
        "warnings": plan.warnings,
        "new": [line for line in lines if line["is_new"]],
        "changed": [line for line in lines if not line["is_new"]],
    }


def _line(session: Session, change: Change) -> dict[str, Any]:
    wanted = [one for one in change.fields if not change.is_new or one[0] in _TOLD_OF_NEW]
    as_changes = [Changed(0, clock.now(), name, old, new, None) for name, old, new in wanted]
    fields = words.told(session, as_changes, change.after["province_code"])
    if change.is_new:  # of a new office all wards are told, not which came
        served = words.wards((change.after["wards"] or "").split(), change.after["province_code"])
        fields = [one | {"new": "; ".join(served)} if one["label"] == LABELS["wards"] else one for one in fields]
    return {
        "number": change.number,
        "code": change.code,
        "name": change.before.get("name") or change.name,
        "is_new": change.is_new,
        "provisional": change.provisional,
        "fields": fields,
    }
