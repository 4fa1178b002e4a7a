"""Declarations an officer entered for the citizen: when the same officer may approve them, and the sample of these.

Whoever typed a declaration is the last to see a fault in it. So it takes a scanned card, which nobody types, and a form
signed by the citizen; else a colleague decides. Of what was entered and approved by one person a supervisor sees a part
(issue 10, point 10).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.decision import ledger
from backoffice.decision.scanned import newest_scans
from backoffice.identity.scan import CitizenScan
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Channel, Declaration, DeskEntry, How, Item, Officer
from backoffice.rules.actors import Actor

DRAWS = 10_000
"""An entry's draw is 0 to DRAWS - 1."""
_NOTHING = "Chưa có gì thay đổi;"
_NOT_SCANNED = (
    "Bạn đã lập giúp tờ khai này nên chỉ tự duyệt được khi đã quét căn cước/CCCD của người khai (của người giám hộ, "
    f"nếu khai cho trẻ). {_NOTHING} xin quét thẻ, hoặc bàn giao cho cán bộ khác duyệt."
)
_NOT_SIGNED = (
    "Bạn đã lập giúp tờ khai này nên chỉ tự duyệt được khi chính bạn thấy mẫu số 01 đã ký. "
    f"{_NOTHING} xin in mẫu số 01 cho người khai ký rồi xác minh mục này, hoặc bàn giao cho cán bộ khác duyệt."
)


def note_entry(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Keep who entered the new `declaration`."""
    draw = int.from_bytes(lookup_hash("desk_entry", str(declaration.id))[:8]) % DRAWS
    session.add(DeskEntry(declaration_id=declaration.id, officer_id=officer.id, entered_at=clock.now(), draw=draw))
    session.flush()


def entered_by(session: Session, declaration: Declaration) -> tuple[int, str] | None:
    """Return id and full name of the officer who entered it; None for what citizens declared. Else asks nothing."""
    if declaration.channel is not Channel.DESK:
        return None
    row = session.execute(
        select(Officer.id, Officer.full_name)
        .join(DeskEntry, DeskEntry.officer_id == Officer.id)
        .where(DeskEntry.declaration_id == declaration.id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def require_other_eyes(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Raise Conflict (own_entry) when `officer` entered it and card or signed form are not there to vouch for it."""
    entered = entered_by(session, declaration)
    if entered is None or entered[0] != officer.id:
        return
    if not is_id_scanned(session, declaration):
        raise Conflict(_NOT_SCANNED, code="own_entry")
    live = {entry.item: entry.how for entry in ledger.entries(session, declaration.id)}
    if live.get(Item.FORM01_SIGNED) is not How.SEEN:
        raise Conflict(_NOT_SIGNED, code="own_entry")


def is_id_scanned(session: Session, declaration: Declaration) -> bool:
    """Tell whether the QR was scanned of the very paper declared; a child's is its guardian's (D11)."""
    cards = [scan for scan in newest_scans(session, declaration.id) if isinstance(scan, CitizenScan)]
    return any(declaration.id_number in (card.number, card.old_number) for card in cards)


def note_approval(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Note that it was approved, so that it may be in the sample if `officer` entered it too."""
    if declaration.channel is not Channel.DESK:
        return
    entry = session.get(DeskEntry, declaration.id)
    if entry is not None and entry.officer_id == officer.id:
        entry.approved_on = clock.today()
