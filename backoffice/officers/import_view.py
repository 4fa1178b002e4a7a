"""What the pages of the import show."""

from __future__ import annotations

from typing import Any

from backoffice.officers.history import told_change
from backoffice.officers.import_actions import Applied, Preview
from backoffice.officers.importing import Entry, counts
from backoffice.officers.sheet import DISABLED
from backoffice.rules.role_words import ROLES

MOST_SHOWN = 200


def show_preview(preview: Preview, refusal: str = "") -> dict[str, Any]:
    """Return what the file would do, faults first; lists are cut after 200 rows, the counts are of all."""
    made = preview.plan
    return {
        "token": preview.token,
        "mark": made.mark,
        "file_name": preview.file_name,
        "counts": counts(made),
        "faults": made.faults[:MOST_SHOWN],
        "fault_count": len(made.faults),
        "added": [_new(one) for one in made.new[:MOST_SHOWN]],
        "changes": [_change(one) for one in made.entries if one.officer is not None][:MOST_SHOWN],
        "may_apply": bool(made.entries) and not made.faults,
        "refusal": refusal,
    }


def told(done: Applied) -> str:
    """Return what was done in a sentence."""
    did = done.counts
    return (
        f"Đã áp dụng: thêm {did['new']} người, đổi {did['changed']} người, ngừng sử dụng {did['disabled']} người; "
        f"{did['unchanged']} người không đổi."
    )


def _new(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "username": entry.username,
        "name": entry.values.name,
        "role": ROLES[entry.values.role],
        "office": f"{entry.values.office.code} {entry.values.office.name}",
    }


def _change(entry: Entry) -> dict[str, Any]:
    changes = [told_change(field, pair) for field, pair in entry.changed.items()]
    return {
        "number": entry.number,
        "username": entry.username,
        "name": entry.officer.full_name if entry.officer else entry.values.name,
        "changes": [*changes, DISABLED] if entry.disables else changes,
    }
