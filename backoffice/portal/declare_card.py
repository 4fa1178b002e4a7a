"""What the page of the data says of the card that was read last: noted in the draft, beside what was typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backoffice.intake.draft_rows import Draft
from backoffice.intake.from_card import GROUPS
from backoffice.kernel.errors import InvalidInput
from backoffice.portal.declare_words import LABELS, said
from backoffice.rules.places import find_place

SAID, FAULT = "_qr_said", "_qr_fault"


def told_of_card(found: Draft) -> dict[str, Any]:
    """Return what the page says of the card read last: fault, card, filled (labels), kept (label, the card's words)."""
    note = note_of(found)
    return {
        "fault": found.values.get(FAULT, ""),
        "card": note.get("card", ""),
        "filled": [LABELS[group][:1].lower() + LABELS[group][1:] for group in note.get("filled", [])],
        "kept": [(LABELS[group], _words(group, values)) for group, values in note.get("kept", {}).items()],
    }


def note_of(found: Draft) -> dict[str, Any]:
    """Return what was noted of the card read last; nothing when it was too long to be noted whole."""
    try:
        note: dict[str, Any] = json.loads(found.values.get(SAID) or "{}")
    except ValueError:
        return {}
    return note


def _words(group: str, values: Mapping[str, str]) -> str:
    """Return what the card says in a group of fields, in words."""
    if group != "address":
        return " ".join(text for name in GROUPS[group] if (text := said(name, values)))
    try:
        place = find_place(*(values.get(name, "") for name in ("province", "district", "ward")))
    except InvalidInput:
        return values.get("line", "")
    return place.one_line(values.get("line", ""))
