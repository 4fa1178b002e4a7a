"""Opening the accounts of many at once, as a list is applied (D12): what accounts.actions.open_account does for one.

The caller holds the people's codes (decision.actions.one_after_the_other) and the declarations. Order of locks: the
guardians' accounts by their ids, then codes, then phones, as whoever approves one takes them; so none crosses another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from sqlalchemy import BigInteger, ColumnElement, Date, DateTime, Text, any_, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from backoffice.accounts.actions import Person, is_under_guardian, person_codes
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Declaration,
    HoldKind,
    TrailEvent,
    columns_of,
    table_of,
)
from backoffice.rules.actors import Actor
from backoffice.rules.journal import Known, record_each

_A, _D, _H = columns_of(Account), columns_of(Declaration), columns_of(AccountHold)
_USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)


class Applicant(Person, Known, Protocol):
    """A declaration of which an account is to be made."""

    @property
    def phone(self) -> str:
        """Return the phone declared."""

    @property
    def guardian_bhxh_code(self) -> str | None:
        """Return the guardian's code, of a child's (D11)."""


class Guardian(NamedTuple):
    """An account whose phone a child is going to use, its row locked."""

    code: str
    id: int
    status: AccountStatus
    phone: str
    holder: int | None
    """The account that holds this phone."""


@dataclass(frozen=True)
class Opening:
    """An account to be opened; `born` is a date of birth known from a card, for where none was declared."""

    applicant: Applicant
    guardian_id: int | None = None
    born: date | None = None


_HELD_PHONE = table_of(AccountHold).alias("held_phone")
_GUARDIANS = Direct(
    select(_H["value"], _A.id, _A.status, _A.phone, _HELD_PHONE.c.account_id)
    .select_from(
        table_of(AccountHold)
        .join(table_of(Account), _A.id == _H.account_id)
        .outerjoin(_HELD_PHONE, (_HELD_PHONE.c.kind == HoldKind.PHONE) & (_HELD_PHONE.c["value"] == _A.phone))
    )
    .where(_H.kind == HoldKind.CODE, _H["value"] == any_(bindparam("codes", type_=ARRAY(Text))))
    .order_by(_A.id)
    .with_for_update(of=table_of(Account))
)
_THESE = (
    func.unnest(
        bindparam("declarations", type_=ARRAY(BigInteger)),
        bindparam("guardians", type_=ARRAY(BigInteger)),
        bindparam("births", type_=ARRAY(Date)),
    )
    .table_valued(column("id", BigInteger), column("guardian", BigInteger), column("born", Date), name="these")
    .render_derived()
)
_COPIED = (
    *("bhxh_code", "full_name", "id_type", "id_number", "province_code", "district_code", "ward_code"),
    *("address_line", "phone", "email", "office_id"),
)
_OPEN = Direct(
    table_of(Account)
    .insert()
    .inline()
    .from_select(
        [*_COPIED, "date_of_birth", "guardian_id", "declaration_id", "status", "opened_at"],
        select(*(_D[name] for name in _COPIED))
        .add_columns(func.coalesce(_D.date_of_birth, _THESE.c.born), _THESE.c.guardian, _D.id)
        .add_columns(bindparam("status", type_=_A.status.type), bindparam("now", type_=DateTime(timezone=True)))
        .select_from(_THESE.join(table_of(Declaration), _D.id == _THESE.c.id)),
    )
    .returning(_A.declaration_id, _A.id)
)
_IS_HELD = Direct(
    select(_H.kind, _H["value"]).where(
        _H["value"] == any_(bindparam("values", type_=ARRAY(Text))),
        _H.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    )
)


def _unnested(name: str, kind: type[Text] | type[BigInteger]) -> ColumnElement[str | int]:
    return func.unnest(bindparam(name, type_=ARRAY(kind)))


_TAKE = Direct(
    insert(table_of(AccountHold))
    .from_select(
        ["kind", "value", "account_id", "taken_at"],
        select(
            _unnested("kinds", Text),
            _unnested("values", Text),
            _unnested("accounts", BigInteger),
            bindparam("now", type_=DateTime(timezone=True)),
        ),
    )
    .on_conflict_do_nothing()
    .returning(_H["value"])
)


def guardians_of(session: Session, applicants: Iterable[Applicant]) -> dict[int, Guardian | str]:
    """Return by declaration, of each child's, the guardian's account, locked; or the code of what is wrong with it.

    guardian_missing, guardian_unusable, guardian_phone, as accounts.guardians tells them.
    """
    children = [one for one in applicants if one.guardian_bhxh_code is not None]
    if not children:
        return {}
    codes = sorted({one.guardian_bhxh_code or "" for one in children})
    known = {one.code: one for one in (Guardian(*row) for row in _GUARDIANS.rows(session, {"codes": codes}))}
    return {one.id: _fitting(known.get(one.guardian_bhxh_code or ""), one.phone) for one in children}


def wanted(applicant: Applicant) -> list[tuple[HoldKind, str]]:
    """Return what the applicant's account holds alone: codes, and the phone unless it is the guardian's (D6, D11)."""
    codes = [(HoldKind.CODE, code) for code in sorted(person_codes(applicant))]
    return codes if is_under_guardian(applicant) else [*codes, (HoldKind.PHONE, applicant.phone)]


def held_of(session: Session, holds: Iterable[tuple[HoldKind, str]]) -> set[tuple[HoldKind, str]]:
    """Return which of these holds open accounts have."""
    sought = set(holds)
    known = {"values": sorted({value for _, value in sought}), "kinds": [kind.value for kind in HoldKind]}
    return sought & {(kind, value) for kind, value in _IS_HELD.rows(session, known)}


def open_each(session: Session, openings: Sequence[Opening], actor: Actor) -> dict[int, int]:
    """Open these accounts with their holds; return their ids by declaration.

    Raises Conflict (held_meanwhile) when somebody took a code or a phone since it was asked for: nothing counts then.
    """
    now = clock.now()
    known = {
        "declarations": [one.applicant.id for one in openings],
        "guardians": [one.guardian_id for one in openings],
        "births": [one.born for one in openings],
        "status": AccountStatus.ISSUED,
        "now": now,
    }
    opened: dict[int, int] = dict(_OPEN.rows(session, known))
    holds = sorted((*hold, opened[one.applicant.id]) for one in openings for hold in wanted(one.applicant))
    taken = {
        "kinds": [kind.value for kind, _, _ in holds],
        "values": [value for _, value, _ in holds],
        "accounts": [account for _, _, account in holds],
        "now": now,
    }
    if len(_TAKE.rows(session, taken)) < len(holds):
        raise Conflict("Số điện thoại hoặc mã số vừa được dùng cho tài khoản khác.", code="held_meanwhile")
    those = [one.applicant for one in openings]
    record_each(session, TrailEvent.ACCOUNT_OPEN, actor, those, accounts=[opened[one.id] for one in those])
    return opened


def _fitting(guardian: Guardian | None, phone: str) -> Guardian | str:
    if guardian is None:
        return "guardian_missing"
    if guardian.status not in _USABLE:
        return "guardian_unusable"
    if guardian.phone != phone or guardian.holder != guardian.id:
        return "guardian_phone"
    return guardian
