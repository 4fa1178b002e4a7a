"""Approving many at once, as a list asks for (D12): what decision.actions.approve does to one, in a few statements.

A step in the session of the use case: of those that are held (`decision.holding`), `approve` those that are fit. A test
approves the same people both ways and compares every table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text, any_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts import opening
from backoffice.accounts.actions import person_codes
from backoffice.accounts.opening import Guardian, Opening
from backoffice.decision import claims, entered
from backoffice.decision.holding import Held, Hindrance
from backoffice.decision.scanned import known_birth
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.models import (
    Channel,
    Claim,
    Declaration,
    DeskScan,
    HoldKind,
    How,
    Item,
    Status,
    TrailEvent,
    Verification,
    columns_of,
    table_of,
)
from backoffice.notices import actions as notices
from backoffice.notices import approving
from backoffice.notices.approving import Opened
from backoffice.notices.credentials import first_credentials_each
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record_each
from backoffice.rules.ledger import items_of
from backoffice.rules.lifecycle import approve_each, move

_D, _C, _V = columns_of(Declaration), columns_of(Claim), columns_of(Verification)


@dataclass(frozen=True)
class Listed:
    """On whose word: the list's id, and what the ledger says of it."""

    batch_id: int
    note: str


_IDS = bindparam("declarations", type_=ARRAY(BigInteger))
_IN_ORDER = select(_C.declaration_id).where(_C.declaration_id == any_(_IDS)).order_by(_C.declaration_id)
_END_CLAIMS = Direct(
    delete(table_of(Claim)).where(_C.declaration_id == any_(func.array(_IN_ORDER.with_for_update().scalar_subquery())))
)
_SCANNED = Direct(select(columns_of(DeskScan).declaration_id).where(columns_of(DeskScan).declaration_id == any_(_IDS)))
_VERIFIED = Direct(select(_V.declaration_id, _V.item).where(_V.declaration_id == any_(_IDS), _V.lapsed_at.is_(None)))
_ENTER = Direct(
    table_of(Verification)
    .insert()
    .inline()
    .from_select(
        ["declaration_id", "item", "how", "note", "officer_id", "at"],
        select(
            func.unnest(_IDS).column_valued("declaration"),
            func.unnest(bindparam("items", type_=ARRAY(Text))).column_valued("item"),
            bindparam("how", type_=_V.how.type),
            bindparam("note", type_=Text()),
            bindparam("officer", type_=BigInteger()),
            bindparam("now", type_=DateTime(timezone=True)),
        ),
    )
)
_OTHERS = Direct(
    select(_D.id, _D.bhxh_code)
    .where(_D.bhxh_code == any_(bindparam("codes", type_=ARRAY(Text))), _D.status == Status.SUBMITTED)
    .order_by(_D.id)
    .with_for_update()
)


_GUARDIANS = {
    "guardian_missing": "Người giám hộ của trẻ chưa có tài khoản. Xin duyệt cho người giám hộ trước, rồi duyệt lại.",
    "guardian_unusable": "Tài khoản của người giám hộ đang tạm khóa. Xin báo lãnh đạo xem vì sao, rồi duyệt lại.",
    "guardian_phone": "Số điện thoại khai cho trẻ khác số của người giám hộ. Xin sửa số trên tờ khai rồi duyệt lại.",
}


def approve(session: Session, held: Sequence[Held], officer: Actor, listed: Listed) -> dict[int, Hindrance]:
    """Approve these declarations, fit and locked: ledger, presence, account, status, others withdrawn, messages.

    Return those left as they were, with why: guardian_missing, guardian_unusable, guardian_phone, code_taken,
    phone_taken (D6, D11). Raises Conflict (held_meanwhile) when a code or phone was taken at this very moment.
    """
    ready, left = _ready(session, held)
    if not ready:
        return left
    now = clock.now()
    those = [one for one in held if one.id in ready]
    _enter(session, those, {one.applicant.id: one.born for one in ready.values()}, officer, listed)
    arrived = [one for one in those if one.presented_at is None or one.supplement_at is not None]
    record_each(session, TrailEvent.PRESENT, officer, arrived, moment=now)
    accounts = opening.open_each(session, [ready[one.id] for one in those], officer)
    approve_each(session, those, officer, now, batch=listed.batch_id)
    _withdraw_others(session, those, officer)
    issues = first_credentials_each(session, list(accounts.values()), config.current().password_days)
    told = [Opened(one, accounts[one.id], now, issues[accounts[one.id]]) for one in those]
    approving.approved_each(session, told)
    _END_CLAIMS.rows(session, {"declarations": [one.id for one in those]})
    for one in those:
        if one.channel is Channel.DESK:
            entered.note_approval(session, session.get_one(Declaration, one.id), officer)
    return left


def _ready(session: Session, held: Sequence[Held]) -> tuple[dict[int, Opening], dict[int, Hindrance]]:
    """Return what can be opened, by declaration; and of the others why not. One phone, one code: also among these."""
    guardians = opening.guardians_of(session, held)
    births = _births(session, held)
    taken = opening.held_of(session, (hold for one in held for hold in opening.wanted(one)))
    ready: dict[int, Opening] = {}
    left: dict[int, Hindrance] = {}
    for one in held:
        guardian = guardians.get(one.id)
        mine = set(opening.wanted(one))
        if isinstance(guardian, str):
            left[one.id] = Hindrance(guardian, _GUARDIANS[guardian])
        elif mine & taken:
            is_code = any(kind is HoldKind.CODE for kind, _ in mine & taken)
            left[one.id] = Hindrance("code_taken" if is_code else "phone_taken")
        else:
            taken |= mine
            known = guardian.id if isinstance(guardian, Guardian) else None
            ready[one.id] = Opening(one, known, births.get(one.id))
    return ready, left


def _births(session: Session, held: Iterable[Held]) -> dict[int, date | None]:
    """Return the dates of birth on cards scanned at the desk, for where none was declared."""
    without = [one.id for one in held if one.date_of_birth is None]
    scanned = set(_SCANNED.values(session, {"declarations": without})) if without else set()
    return {number: known_birth(session, session.get_one(Declaration, number)) for number in scanned}


def _enter(
    session: Session, held: Sequence[Held], births: Mapping[int, date | None], officer: Actor, listed: Listed
) -> None:
    """Enter in each ledger what nobody had verified yet: by list."""
    now, today = clock.now(), clock.today()
    done: dict[int, set[Item]] = defaultdict(set)
    for declaration, item in _VERIFIED.rows(session, {"declarations": [one.id for one in held]}):
        done[declaration].add(item)
    alike: dict[tuple[Item, ...], list[Held]] = defaultdict(list)
    for one in held:
        items = items_of(one, one.date_of_birth or births.get(one.id), today)
        alike[tuple(item for item in items if item not in done[one.id])].append(one)
    for items, those in alike.items():
        if not items:
            continue
        codes = [item.value for item in items]
        known = {"declarations": [one.id for one in those], "items": codes, "how": How.LIST}
        _ENTER.rows(session, known | {"note": listed.note, "officer": officer.id, "now": now})
        facts: dict[str, Any] = {"items": codes, "how": How.LIST.value, "batch": listed.batch_id}
        record_each(session, TrailEvent.VERIFY, officer, those, moment=now, **facts)


def _withdraw_others(session: Session, approved: Sequence[Held], officer: Actor) -> None:
    """Withdraw the other undecided declarations of the same people's codes (D6), as decision.steps does."""
    by_code = {code: one.id for one in approved for code in person_codes(one)}
    for number, code in _OTHERS.rows(session, {"codes": sorted(by_code)}):
        other = session.get_one(Declaration, number, populate_existing=True)
        move(session, other, Status.WITHDRAWN, officer, cause="another_approved", approved=by_code[code])
        notices.cancel_for(session, other)
        claims.end(session, other)
