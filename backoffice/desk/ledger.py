"""The verification ledger as the review page and its printed sheet show it (desk/_ledger.html, desk/ledger.html)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import changes, ledger
from backoffice.decision.ledger import Entry
from backoffice.decision.scanned import born_by, proofs
from backoffice.desk.labels import CHANNELS, PURPOSES, short_moment
from backoffice.desk.opening import declaration_to_show
from backoffice.identity.proof import Proof
from backoffice.identity.scan import Scan
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Declaration, How, Item, Status, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.ledger import NOTE_LIMIT, is_for_child, items_of, key, label, short_label
from backoffice.rules.lifecycle import label as state_of
from backoffice.rules.permissions import Do

Values = dict[str, Any]
Note = dict[str, str]

HOWS: dict[How, str] = {
    How.SCANNED: "quét, trùng",
    How.SEEN: "đã xem",
    How.OVERRIDDEN: "chấp nhận, có lý do",
    How.LIST: "theo danh sách của đơn vị",
}


def ledger_of(session: Session, declaration: Declaration, scans: Sequence[Scan]) -> Values | None:
    """Return the ledger of an undecided declaration, None of a decided one; `scans` as newest_scans returns them.

    items: item, label, short, state (done, missing, bad: what was scanned says otherwise), how, detail ("quét, trùng ·
    Lan 09:41"), note, key ("Alt+1"), draft, fault. missing: short labels. complete: nothing is missing. said: None, or
    what the scan just made came to (kind, text, href, link).
    """
    if declaration.status is not Status.SUBMITTED:
        return None
    born = declaration.date_of_birth or born_by(scans, declaration)
    done = {entry.item: entry for entry in ledger.entries(session, declaration.id)}
    found = proofs(scans, declaration)
    child = is_for_child(declaration, born, clock.today())
    items = items_of(declaration, born, clock.today(), changes.touched_items(session, declaration))
    return {
        "items": [_item(item, done.get(item), found.get(item), child=child) for item in items],
        "missing": [short_label(item) for item in items if item not in done],
        "complete": all(item in done for item in items),
        "note_limit": NOTE_LIMIT,
        "said": None,
    }


def with_note(values: Values, said: Note) -> Values:
    """Return the review page's values with what a scan came to."""
    return values | {"ledger": values["ledger"] and values["ledger"] | {"said": said}}


def with_fault(values: Values, item: str, typed: str, fault: InvalidInput) -> Values:
    """Return the review page's values with what was `typed` for `item` and refused; raises `fault` for no such item."""
    shown = values["ledger"] or {"items": []}
    if item not in [one["item"] for one in shown["items"]]:
        raise fault
    sentence = fault.faults[0].message
    items = [one | {"draft": typed, "fault": sentence} if one["item"] == item else one for one in shown["items"]]
    return values | {"ledger": shown | {"items": items}}


def open_sheet(receipt_code: str, officer: Actor) -> Values:
    """Return what the printed sheet shows: every entry with who, when, how and why, those that lapsed apart.

    Raises NotFound as ever. Printing is noted in the trail.
    """
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.REVIEW)
        record(session, TrailEvent.LEDGER, officer, declaration=declaration)
        child = is_for_child(declaration, declaration.date_of_birth, clock.today())
        entries = ledger.every_entry(session, declaration.id)
        missing = [] if declaration.status is not Status.SUBMITTED else ledger.missing(session, declaration)
        return {
            "declaration": _heading(declaration),
            "entries": [_line(entry, child=child) for entry in entries if entry.lapsed_at is None],
            "lapsed": [_line(entry, child=child) for entry in entries if entry.lapsed_at is not None],
            "missing": [label(item, child=child) for item in missing],
            "printed": f"{clock.local(clock.now()):%H:%M %d/%m/%Y}",
            "printed_by": officer.name,
        }


def _item(item: Item, entry: Entry | None, proof: Proof | None, *, child: bool) -> Values:
    state = "done" if entry else "bad" if proof is Proof.DIFFERENT else "missing"
    return {
        "item": item.value,
        "label": label(item, child=child),
        "short": short_label(item),
        "state": state,
        "how": entry.how.value if entry else "",
        "detail": _detail(entry) if entry else "khác giấy tờ vừa quét" if state == "bad" else "",
        "note": (entry.note or "") if entry else "",
        "key": key(item),
        "draft": "",
        "fault": "",
    }


def _detail(entry: Entry) -> str:
    who = entry.officer.split()[-1] + " " if entry.officer else ""
    how = "có lý do" if entry.how is How.OVERRIDDEN else HOWS[entry.how]
    return f"{how} · {who}{short_moment(entry.at)}"


def _line(entry: Entry, *, child: bool) -> Values:
    return {
        "label": label(entry.item, child=child),
        "how": HOWS[entry.how],
        "note": entry.note or "",
        "officer": entry.officer or "Hệ thống",
        "at": f"{clock.local(entry.at):%H:%M %d/%m/%Y}",
        "lapsed": f"{clock.local(entry.lapsed_at):%H:%M %d/%m/%Y}" if entry.lapsed_at else "",
    }


def _heading(declaration: Declaration) -> Values:
    office = declaration.office
    return {
        "receipt_code": declaration.receipt_code,
        "full_name": declaration.full_name,
        "bhxh_code": declaration.bhxh_code,
        "purpose": PURPOSES[declaration.purpose],
        "declared": f"{clock.local(declaration.declared_at):%d/%m/%Y} {CHANNELS[declaration.channel]}",
        "presented": f"{clock.local(declaration.presented_at):%H:%M %d/%m/%Y}" if declaration.presented_at else "",
        "state": state_of(declaration),
        "decided": f"{clock.local(declaration.decided_at):%H:%M %d/%m/%Y}" if declaration.decided_at else "",
        "office": f"{office.code} · {office.name}",
    }
