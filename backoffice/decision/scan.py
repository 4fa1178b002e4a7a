"""A scan at the desk: form 01 takes the declaration in hand, a card fills what it proves (issue 4, items 1, 3; K6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import claims, ledger, opened, steps
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_decider, require_open
from backoffice.decision.scanned import born_by, newest_scans, proofs
from backoffice.identity.proof import is_guardians, is_of
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.said import said_by_scan
from backoffice.identity.scan import ReceiptScan, Scan, UnreadableScan, read_scan, scan_to_dict
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Declaration, DeskScan, How, Item, TrailEvent, table_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do

_KEEP = table_of(DeskScan).insert().inline()


@dataclass(frozen=True)
class Reading:
    """What a scan came to: which items it filled and which differ, and whether it is the person's own card.

    `is_own` is None where no number could be compared; `is_guardians`: it is not the child's, on a child's declaration.
    `born` is the date of birth on the card where none was declared. `items_changed`: it made other items necessary than
    before, a child's or an adult's (D11).
    """

    scan: Scan
    filled: tuple[Item, ...] = ()
    differing: tuple[Item, ...] = ()
    is_own: bool | None = None
    is_guardians: bool = False
    born: date | None = None
    items_changed: bool = False


class OtherDeclaration(Conflict):
    """The form 01 that was scanned belongs to another declaration, that of `receipt_code`."""

    def __init__(self, receipt_code: str) -> None:
        self.receipt_code = receipt_code
        super().__init__(
            f"Mẫu số 01 vừa quét là của hồ sơ khác ({format_receipt_code(receipt_code)}), không phải hồ sơ đang mở. "
            "Chưa có gì thay đổi.",
            code="other_declaration",
        )


def scan(receipt_code: str, officer: Actor, text: str) -> Reading:
    """Take what was scanned, typed or pasted while this declaration is open, in one transaction.

    Its own form 01: claimed and marked as handed in (K6). A card or number: claimed, kept and compared; what it proves
    is entered as scanned, what it says otherwise is never filled and loses its entry unless that was overridden. One
    that bears a number of the person marks them as present. Raises InvalidInput (field text) on what cannot be read,
    OtherDeclaration on another's form 01.
    """
    with transaction() as session:
        return scan_within(session, receipt_code, officer, text)[1]


def scan_within(session: Session, receipt_code: str, officer: Actor, text: str) -> tuple[Declaration, Reading]:
    """Do as `scan` within the caller's transaction; return the declaration too."""
    said = read_scan(text)
    declaration = declaration_for(session, receipt_code, officer, Do.SCAN, locked=True)
    require_open(session, declaration)
    if isinstance(said, UnreadableScan):
        raise InvalidInput([Fault("text", said.sentence)], said.sentence)
    if isinstance(said, ReceiptScan) and said.code != declaration.receipt_code:
        raise OtherDeclaration(said.code)
    _take_in_hand(session, declaration, officer)
    if isinstance(said, ReceiptScan):
        _note_here(session, declaration, officer)
        return declaration, Reading(said, is_own=True)
    return declaration, _card(session, declaration, officer, said)


def receive(receipt_code: str, officer: Actor, text: str) -> bool:
    """Claim the declaration and mark it as handed in because its form 01, which is `text`, was scanned anywhere (K6).

    Returns False, and does nothing, when `text` is no form 01 or something stands against it, as a colleague's claim:
    the page then says what. NotFound as ever.
    """
    if read_scan(text) != ReceiptScan(receipt_code):
        return False
    try:
        scan(receipt_code, officer, text)
    except Conflict:
        return False
    return True


def refill(session: Session, declaration: Declaration, officer: Actor) -> list[Item]:
    """Let the ledger follow the scans kept: after a scan, or after what was declared was corrected.

    What they prove is entered as scanned. Where they say otherwise the entry lapses, unless it was overridden: that was
    decided knowing it. Returns the items newly entered.
    """
    found = proofs(newest_scans(session, declaration.id), declaration)
    live = {entry.item: entry.how for entry in ledger.entries(session, declaration.id)}
    items = [item for item in ledger.items_for(session, declaration) if item in found]
    doubted = [item for item in items if not found[item].fills and live.get(item) in (How.SEEN, How.SCANNED)]
    if doubted:
        ledger.lapse(session, declaration, doubted, officer)
    filled = [item for item in items if found[item].fills and live.get(item) is not How.SCANNED]
    ledger.enter(session, declaration, officer, filled, How.SCANNED)
    return filled


def _take_in_hand(session: Session, declaration: Declaration, officer: Actor) -> None:
    require_decider(declaration, officer)
    held = claims.live(session, declaration.id)
    if (held is None or held.officer_id != officer.id) and claims.take(session, declaration, officer):
        record(session, TrailEvent.CLAIM, officer, declaration=declaration)


def _note_here(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Note what the person's own papers say: that they are here (K6), and why another office's file is opened."""
    steps.present(session, declaration, officer)
    opened.keep_by_papers(session, declaration, officer)


def _card(session: Session, declaration: Declaration, officer: Actor, said: Scan) -> Reading:
    before, is_own = ledger.items_for(session, declaration), is_of(said, declaration)
    _keep(session, declaration, officer, said)
    if is_own:
        _note_here(session, declaration, officer)
    refill(session, declaration, officer)
    items, said_of = ledger.items_for(session, declaration), proofs([said], declaration)
    reading = Reading(
        said,
        tuple(item for item in items if item in said_of and said_of[item].fills),
        tuple(item for item in items if item in said_of and not said_of[item].fills),
        is_own,
        is_guardians(said_by_scan(said), declaration),
        born_by([said], declaration) if declaration.date_of_birth is None else None,
        before != items,
    )
    _note(session, declaration, officer, reading)
    return reading


def _keep(session: Session, declaration: Declaration, officer: Actor, said: Scan) -> None:
    kept = {"declaration_id": declaration.id, "officer_id": officer.id, "at": clock.now(), "read": scan_to_dict(said)}
    session.execute(_KEEP, kept)


def _note(session: Session, declaration: Declaration, officer: Actor, reading: Reading) -> None:
    facts: dict[str, Any] = {
        "kind": scan_to_dict(reading.scan)["kind"],
        "filled": [item.value for item in reading.filled],
        "differing": [item.value for item in reading.differing],
    }
    record(session, TrailEvent.SCAN, officer, declaration=declaration, **facts)
