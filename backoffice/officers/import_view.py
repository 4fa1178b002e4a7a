"""What the pages of the import show."""

from __future__ import annotations

from typing import Any

from backoffice.officers.history import told_change
from backoffice.officers.import_actions import Applied, Preview
from backoffice.officers.importing import Entry, counts
from backoffice.officers.sheet import DISABLED
from backoffice.rules.role_words import ROLES

MOST_FAULTS = 200


def show_preview(preview: Preview, refusal: str = "") -> dict[str, Any]:
    """Return what the file would do: everybody it adds, changes or disables, and its first 200 faults."""
    made = preview.plan
    return {
        "token": preview.token,
        "mark": made.mark,
        "file_name": preview.file_name,
        "counts": counts(made),
        "faults": made.faults[:MOST_FAULTS],
        "fault_count": len(made.faults),
        "added": [_new(one) for one in made.new],
        "changes": [_change(one) for one in made.entries if one.officer is not None],
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
        "stands_in": _stands_in(entry),
    }


def _stands_in(entry: Entry) -> str:
    second, until = entry.values.second, entry.values.until
    return f"{second.code} {second.name} đến hết ngày {until:%d/%m/%Y}" if second and until else ""


def _change(entry: Entry) -> dict[str, Any]:
    changes = [told_change(field, pair) for field, pair in entry.changed.items()]
    return {
        "number": entry.number,
        "username": entry.username,
        "name": entry.officer.full_name if entry.officer else entry.values.name,
        "changes": [*changes, DISABLED] if entry.disables else changes,
    }
