"""What is known of the codes of a thousand rows, in a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, LargeBinary, Text, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, AccountHold, Declaration, HoldKind, Office, Purpose, Status, Tombstone


class Declared(NamedTuple):
    """An undecided registration, as much of it as a row is compared with."""

    id: int
    bhxh_code: str
    id_number: str
    full_name: str
    phone: str
    date_of_birth: date | None
    guardian_bhxh_code: str | None
    expires_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    declared_at: datetime
    office: str
    path: str


class Gone(NamedTuple):
    """A declaration that was deleted at its deadline."""

    declared_at: datetime
    expired_at: datetime


@dataclass
class Known:
    """Declarations and accounts by code; the 10-digit and the 12-digit code are one person."""

    declared: dict[str, list[Declared]] = field(default_factory=lambda: defaultdict(list))
    opened: dict[str, datetime] = field(default_factory=dict)
    """When the account that holds this code was opened."""
    gone: dict[str, Gone] = field(default_factory=dict)
    now: datetime = field(default_factory=clock.now)
    phones: dict[str, int] = field(default_factory=dict)
    """The account that holds this phone."""


_DECLARED = (
    select(
        Declaration.id,
        Declaration.bhxh_code,
        Declaration.id_number,
        Declaration.full_name,
        Declaration.phone,
        Declaration.date_of_birth,
        Declaration.guardian_bhxh_code,
        Declaration.expires_at,
        Declaration.supplement_at,
        Declaration.escalated_at,
        Declaration.declared_at,
        Office.name,
        Office.path,
    )
    .join(Office, Office.id == Declaration.office_id)
    .where(Declaration.status == Status.SUBMITTED, Declaration.purpose == Purpose.REGISTER)
    .order_by(Declaration.id)
)


def known_of(session: Session, codes: Iterable[str]) -> Known:
    """Return what is known of these codes."""
    sought = sorted(set(codes))
    known = Known()
    if not sought:
        return known
    _add_declared(session, known, sought)
    holds = (
        select(AccountHold.value, Account.opened_at)
        .join(Account, Account.id == AccountHold.account_id)
        .where(AccountHold.kind == HoldKind.CODE, AccountHold.value == any_(_texts(sought)))
    )
    known.opened = {row.value: row.opened_at for row in session.execute(holds)}
    _add_gone(session, known, [code for code in sought if code not in known.declared and code not in known.opened])
    phones = {one.phone for those in known.declared.values() for one in those}
    held = select(AccountHold.value, AccountHold.account_id).where(
        AccountHold.kind == HoldKind.PHONE, AccountHold.value == any_(_texts(sorted(phones)))
    )
    known.phones = {row.value: row.account_id for row in session.execute(held)} if phones else {}
    return known


def _add_declared(session: Session, known: Known, codes: Sequence[str]) -> None:
    wanted = set(codes)
    those = any_(_texts(codes))
    mine = or_(Declaration.bhxh_code == those, Declaration.id_number == those)
    for row in session.execute(_DECLARED.where(mine)):
        one = Declared._make(row)
        for code in {one.bhxh_code, one.id_number if one.guardian_bhxh_code is None else one.bhxh_code} & wanted:
            known.declared[code].append(one)


def _add_gone(session: Session, known: Known, codes: Sequence[str]) -> None:
    hashes = {lookup_hash("bhxh_code", code): code for code in codes}
    if not hashes:
        return
    left = (
        select(Tombstone.bhxh_code_hash, Tombstone.declared_at, Tombstone.expired_at)
        .where(Tombstone.bhxh_code_hash == any_(literal(list(hashes), ARRAY(LargeBinary))))
        .order_by(Tombstone.expired_at)
    )
    for row in session.execute(left):
        known.gone[hashes[row.bhxh_code_hash]] = Gone(row.declared_at, row.expired_at)


def _texts(values: Sequence[str]) -> BindParameter[list[str]]:
    """Return the values as one parameter: a thousand of their own would take longer to write than to look for."""
    return literal(list(values), ARRAY(Text))
