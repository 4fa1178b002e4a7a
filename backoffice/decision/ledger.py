"""The verification ledger: how each item was verified, by whom, when; approval waits for it (issue 4, item 3).

One entry an item counts. What is verified anew, corrected or taken back lapses and stays for whoever looks later.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Select, Text, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.decision import changes, claims
from backoffice.decision.queries import declaration_for
from backoffice.decision.reading import read_note
from backoffice.decision.refusals import require_decider, require_open
from backoffice.decision.scanned import known_birth, newest_scans, proofs
from backoffice.identity.proof import Proof
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Declaration, How, Item, Officer, TrailEvent, Verification, columns_of, table_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.ledger import items_of, short_label
from backoffice.rules.permissions import Do

SAID = (How.SEEN, How.OVERRIDDEN)
"""What an officer may say; the other two are found out by the server."""


class Entry(NamedTuple):
    """One entry of a ledger; `note` is the officer's reason, `lapsed_at` None while it counts."""

    item: Item
    how: How
    note: str | None
    officer: str | None
    at: datetime
    lapsed_at: datetime | None


_V, _O = columns_of(Verification), columns_of(Officer)
_OF_IT = _V.declaration_id == bindparam("declaration", type_=BigInteger())
_LIVE = _V.lapsed_at.is_(None)
_DONE = Direct(select(_V.item).where(_OF_IT, _LIVE))
_LAPSE = (
    update(table_of(Verification))
    .where(_OF_IT, _LIVE, _V.item == any_(bindparam("items", type_=ARRAY(Text))))
    .values(lapsed_at=bindparam("now", type_=DateTime(timezone=True)))
    .returning(_V.item)
)
_ENTER = (
    table_of(Verification)
    .insert()
    .inline()
    .from_select(
        ["declaration_id", "item", "how", "note", "officer_id", "at"],
        select(
            bindparam("declaration", type_=BigInteger()),
            func.unnest(bindparam("items", type_=ARRAY(Text))),
            bindparam("how", type_=_V.how.type),
            bindparam("note", type_=Text()),
            bindparam("officer", type_=BigInteger()),
            bindparam("now", type_=DateTime(timezone=True)),
        ),
    )
)


def _entries() -> Select[*tuple[Any, ...]]:
    return (
        select(_V.item, _V.how, _V.note, _O.full_name, _V.at, _V.lapsed_at)
        .select_from(table_of(Verification).outerjoin(table_of(Officer), _O.id == _V.officer_id))
        .where(_OF_IT)
        .order_by(_V.at, _V.id)
    )


_EVERY_ENTRY = _entries()
_ENTRIES = Direct(_entries().where(_LIVE))


def verify(receipt_code: str, officer: Actor, item: str, how: str, note: str = "") -> None:
    """Enter that `officer` has seen an item with their own eyes, or takes it for the reason in `note`.

    `how` is "seen" or "overridden". Verified again, the newer entry counts. Raises InvalidInput: field item (none of
    this declaration's), how (another word, or "seen" where the paper scanned says otherwise), note (none, too long).
    """
    with transaction() as session:
        verify_within(session, receipt_code, officer, item, how, note)


def verify_within(
    session: Session, receipt_code: str, officer: Actor, item: str, how: str, note: str = ""
) -> Declaration:
    """Do as `verify` within the caller's transaction; return the declaration."""
    how_said, reason = _read_how(how), ""
    if how_said is How.OVERRIDDEN:
        reason = read_note(note, "Xin ghi lý do chấp nhận mục này dù chưa trùng hoặc chưa kiểm tra được.")
    declaration = _mine(session, receipt_code, officer)
    chosen = _read_item(session, declaration, item)
    if how_said is How.SEEN and chosen in contradicted(session, declaration):
        raise InvalidInput([Fault("how", _differs(chosen))], _differs(chosen))
    enter(session, declaration, officer, [chosen], how_said, reason)
    return declaration


def take_back(receipt_code: str, officer: Actor, item: str) -> None:
    """Let the entry of an item lapse: it was a slip of the hand. Raises InvalidInput (item) as `verify` does."""
    with transaction() as session:
        take_back_within(session, receipt_code, officer, item)


def take_back_within(session: Session, receipt_code: str, officer: Actor, item: str) -> Declaration:
    """Do as `take_back` within the caller's transaction; return the declaration."""
    declaration = _mine(session, receipt_code, officer)
    lapse(session, declaration, [_read_item(session, declaration, item)], officer)
    return declaration


def enter(
    session: Session, declaration: Declaration, officer: Actor, items: Collection[Item], how: How, note: str = ""
) -> None:
    """Enter `items` as verified; what was said of them before lapses. The caller has asked who may and what is true."""
    if not items:
        return
    _end(session, declaration, items)
    known = {
        "declaration": declaration.id,
        "items": [item.value for item in items],
        "how": how,
        "note": note or None,
        "officer": officer.id,
        "now": clock.now(),
    }
    session.execute(_ENTER, known)
    codes = [item.value for item in items]
    record(session, TrailEvent.VERIFY, officer, declaration=declaration, items=codes, how=how.value)


def lapse(session: Session, declaration: Declaration, items: Collection[Item], officer: Actor) -> list[Item]:
    """Let the entries of `items` lapse, for what they rest on has changed; return those that had one."""
    ended = _end(session, declaration, items)
    if ended:
        record(session, TrailEvent.UNVERIFY, officer, declaration=declaration, items=[item.value for item in ended])
    return ended


def entries(session: Session, declaration_id: int) -> list[Entry]:
    """Return the entries that count, oldest first."""
    return [Entry(*row) for row in _ENTRIES.rows(session, {"declaration": declaration_id})]


def every_entry(session: Session, declaration_id: int) -> list[Entry]:
    """Return all entries, those that lapsed too, oldest first."""
    return [Entry(*row) for row in session.execute(_EVERY_ENTRY, {"declaration": declaration_id})]


def items_for(session: Session, declaration: Declaration) -> tuple[Item, ...]:
    """Return the items of `declaration`; a child without a declared date of birth may prove grown by its ID (D11)."""
    born = declaration.date_of_birth
    if born is None and declaration.guardian_bhxh_code is not None:
        born = known_birth(session, declaration)
    return items_of(declaration, born, clock.today(), changes.touched_items(session, declaration))


def missing(session: Session, declaration: Declaration) -> list[Item]:
    """Return the items that are still to be verified, in their order."""
    done = set(_DONE.values(session, {"declaration": declaration.id}))
    return [item for item in items_for(session, declaration) if item not in done]


def require_complete(session: Session, declaration: Declaration) -> None:
    """Raise Conflict (ledger_incomplete), naming what is missing, unless every item is verified."""
    left = missing(session, declaration)
    if left:
        names = ", ".join(short_label(item) for item in left)
        raise Conflict(
            f"Chưa duyệt: còn {len(left)} mục chưa xác minh ({names}). Chưa có gì thay đổi; "
            "xin xác minh các mục này rồi duyệt lại.",
            code="ledger_incomplete",
        )


def contradicted(session: Session, declaration: Declaration) -> set[Item]:
    """Return the items of which what was scanned says otherwise than declared."""
    found = proofs(newest_scans(session, declaration.id), declaration)
    return {item for item, proof in found.items() if proof is Proof.DIFFERENT}


def _mine(session: Session, receipt_code: str, officer: Actor) -> Declaration:
    """Return the declaration, locked, on which `officer` is at work."""
    declaration = declaration_for(session, receipt_code, officer, Do.VERIFY, locked=True)
    require_open(session, declaration)
    require_decider(declaration, officer)
    claims.require_mine(session, declaration, officer)
    return declaration


def _end(session: Session, declaration: Declaration, items: Collection[Item]) -> list[Item]:
    known = {"declaration": declaration.id, "items": [item.value for item in items], "now": clock.now()}
    return list(session.scalars(_LAPSE, known))


def _read_how(text: str) -> How:
    said = next((how for how in SAID if how.value == text), None)
    if said is None:
        sentence = "Cách xác minh chỉ có “đã xem” hoặc “chấp nhận, có lý do”. Chưa có gì thay đổi; xin chọn lại."
        raise InvalidInput([Fault("how", sentence)], sentence)
    return said


def _read_item(session: Session, declaration: Declaration, text: str) -> Item:
    found = next((item for item in items_for(session, declaration) if item.value == text), None)
    if found is None:
        sentence = "Hồ sơ này không có mục xác minh đó. Chưa có gì thay đổi; xin tải lại trang rồi chọn lại."
        raise InvalidInput([Fault("item", sentence)], sentence)
    return found


def _differs(item: Item) -> str:
    return (
        f"Giấy tờ vừa quét khác tờ khai ở mục {short_label(item)}, nên không ghi là đã xem được. "
        "Xin sửa tờ khai cho đúng giấy tờ, hoặc chấp nhận và ghi lý do."
    )
