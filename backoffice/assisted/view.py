"""What the pages of help at the desk show, as plain values (templates/assisted)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backoffice import config
from backoffice.assisted import sending, sitting
from backoffice.assisted.words import (
    ASKED,
    LABELS,
    OPTIONAL,
    OTHERS,
    PAPERS,
    PLACES_OF_REGISTRATION,
    TITLES,
    said,
    told,
)
from backoffice.decision.photo_links import Invitation
from backoffice.gateways.pdf.pictures import qr_svg
from backoffice.gateways.photos import QualityNote
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.intake.draft_rows import Draft
from backoffice.intake.draft_values import SWITCHES
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.models import DraftKind, PhotoKind
from backoffice.rules import consent
from backoffice.rules.actors import Actor
from backoffice.rules.photo_wording import WANTED
from backoffice.rules.place_search import find_places
from backoffice.rules.places import Place, find_place

MOST_PLACES = 4
TRIED = "_sent"
"""Set once sending was tried: from then on the page shows what is wrong."""
SCAN_FAULT = "_scan_fault"
"""Why the last scan filled in nothing."""
Values = dict[str, Any]


def page_of(found: Draft | None, token: str, officer: Actor) -> Values:
    """Return what templates/assisted/new.html shows; `found` is None before anything was typed."""
    values = dict(found.values) if found else {}
    faults = told(sending.faults(token, officer)) if found and values.get(TRIED) else {}
    kind = found.kind if found else DraftKind.REGISTER
    person = sitting.owner(found, officer) if found else None
    if values.get(SCAN_FAULT):
        faults["scan"] = values[SCAN_FAULT]
    return {
        "focus": _focus(kind, values, faults),
        "kind": kind.value,
        "title": TITLES[kind],
        "values": values,
        "faults": faults,
        "asked": ASKED[kind],
        "mend": [text for name, text in faults.items() if name not in (*ASKED[kind], *SWITCHES, *PhotoKind, "scan")],
        "offers": _offers(found) if found else [],
        "scan_note": values.get(sitting.NOTES, ""),
        "person": person,
        "id_types": PAPERS,
        "registered_places": PLACES_OF_REGISTRATION,
        "others_open": any(values.get(name) or name in faults for name in OTHERS),
        "photos": _photos(found),
        "office": officer.office_name,
        "consent": consent.consent(consent.current()),
        "undertaking": consent.undertaking(consent.current()),
        "lapses": clock.local(found.lapses_at).strftime("%H:%M") if found else "",
        **places_of(found),
    }


def places_of(found: Draft | None) -> Values:
    """Return the part about where the person lives."""
    values = dict(found.values) if found else {}
    sought = values.get("_place_q", "")
    chosen = _chosen(values)
    answer = find_places(sought, MOST_PLACES) if sought.strip() else None
    return {
        "place_q": sought,
        "chosen": (_codes(chosen), chosen) if chosen else None,
        "places": [(_codes(one), one) for one in answer.places if one != chosen] if answer else [],
        "more_places": bool(answer and answer.more),
        "is_sought": answer is not None,
    }


def photo_page(found: Draft, kind: PhotoKind, until: datetime | None, fault: str = "") -> Values:
    """Return what templates/assisted/photo.html shows."""
    return {
        "name": WANTED[kind].name,
        "how": WANTED[kind].how,
        "shape": "2:3" if WANTED[kind].is_face else "",
        "most_bytes": MAX_BYTES,
        "fault": fault,
        **phone_of(found, kind, until),
    }


def phone_of(found: Draft, kind: PhotoKind, until: datetime | None, made: Invitation | None = None) -> Values:
    """Return the part about the citizen's phone; its code is shown this once, when the link was just `made`."""
    qr = ""
    if made is not None:
        svg = qr_svg(f"{config.current().public_url}/anh/{made.token}")
        qr = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return {
        "kind": kind.value,
        "qr": qr,
        "until": clock.local(until).strftime("%H:%M") if until else "",
        "photo": _photo(found, kind),
    }


def _focus(kind: DraftKind, values: Values, faults: Mapping[str, str]) -> str:
    """Return the field to go on with: the first that is wrong; the scan, where everybody begins; the first empty."""
    wrong = next((name for name in ("scan", *ASKED[kind]) if name in faults), "")
    if wrong or not any(values.get(f"_scan_{name}") for name in sitting.SCANS):
        return wrong or "scan"
    known = values | {"place_q": values.get("ward", "")}
    return next((name for name in ASKED[kind] if name not in OPTIONAL and not known.get(name)), "")


def _offers(found: Draft) -> list[Values]:
    return [
        {"name": name, "label": LABELS[name], "value": said(name, value)}
        for name, value in sitting.offers(found).items()
        if name in LABELS
    ]


def _photos(found: Draft | None) -> list[Values]:
    wanted = sitting.wanted_photos(found) if found else sitting.OF_A_CARD
    return [_photo(found, kind) for kind in wanted]


def _photo(found: Draft | None, kind: PhotoKind) -> Values:
    kept = found.photos.get(kind) if found else None
    notes = [QualityNote(note) for note in kept.notes] if kept else []
    return {
        "kind": kind.value,
        "name": WANTED[kind].name,
        "mark": kept.id.hex[:8] if kept else "",
        "notes": [note.label for note in notes if note is not QualityNote.NO_QR],
    }


def _chosen(values: Values) -> Place | None:
    try:
        return find_place(*(values.get(name, "") for name in ("province", "district", "ward")))
    except InvalidInput:
        return None


def _codes(place: Place) -> str:
    return "-".join(unit.code if unit else "" for unit in (place.province, place.district, place.ward))
