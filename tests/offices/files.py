"""Files of offices as people send them, and what an import of one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backoffice.gateways.sheets.writing import write_table
from backoffice.offices import import_actions
from backoffice.offices.importing import Plan
from backoffice.offices.sheet import COLUMNS
from backoffice.rules.actors import Actor
from backoffice.rules.places import DATA

PUBLIC: Path = DATA / "bhxh_offices_2025_public.csv"


def book(*lines: Mapping[str, str]) -> bytes:
    """A workbook with all the headings and these lines, by the columns' keys."""
    return write_table("Cơ quan", COLUMNS, lines)


def shown(actor: Actor, data: bytes) -> Plan:
    """What the preview of the file shows."""
    plan = import_actions.preview(actor, import_actions.upload(actor, data, "co-quan.xlsx")).plan
    assert plan is not None
    return plan


def applied(actor: Actor, data: bytes) -> Plan:
    """What the preview showed, applied."""
    token = import_actions.upload(actor, data, "co-quan.xlsx")
    plan = import_actions.preview(actor, token).plan
    assert plan is not None
    assert not plan.faults, plan.faults
    import_actions.apply(actor, token, plan.mark)
    return plan


def sentences(plan: Plan) -> Sequence[tuple[int, str]]:
    """The faults of the rows, each with its number."""
    return [(fault.number, sentence) for fault in plan.faults for sentence in fault.sentences]
