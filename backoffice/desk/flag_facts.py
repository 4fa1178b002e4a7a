"""What flags are computed from: others with the same code, phone or paper, holds of accounts, my last look.

Read in as many statements as there are kinds of facts, however many declarations are asked about. Statements are built
once and read columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import BigInteger, BindParameter, Text, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.accounts.actions import person_codes
from backoffice.desk.photo_facts import PhotoFacts, photos_of
from backoffice.desk.queries import QueueLine
from backoffice.kernel.direct import Direct
from backoffice.models import (
    AccountHold,
    ActorKind,
    Correction,
    Declaration,
    HoldKind,
    Office,
    Role,
    Status,
    TrailEvent,
    TrailRow,
    columns_of,
)
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

Flagged = Declaration | QueueLine
"""What flags are computed for: a declaration with its office, or a line of a list."""


class Twin(NamedTuple):
    """What matters of another declaration of the same person, phone or paper; `is_mine`: the officer may open it."""

    id: int
    receipt_code: str
    status: Status
    bhxh_code: str
    phone: str
    id_number: str
    declared_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    reasons: list[str]
    office_name: str
    is_mine: bool


class Hold(NamedTuple):
    """A phone or code that an open account holds."""

    kind: HoldKind
    value: str
    account_id: int


@dataclass(frozen=True)
class Facts:
    """Everything the flags of some declarations are computed from."""

    twins: Sequence[Twin]
    holds: Sequence[Hold]
    photos: Sequence[PhotoFacts]


class LastLook(NamedTuple):
    """When the officer opened the declaration before this time, and the fields that others have corrected since."""

    at: datetime
    corrected: list[str]


def _texts(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=ARRAY(Text))


_D, _H, _O, _T, _C = (columns_of(model) for model in (Declaration, AccountHold, Office, TrailRow, Correction))
_HOLDS = Direct(
    select(*(_H[name] for name in Hold._fields)).where(
        or_(
            (_H.kind == HoldKind.PHONE) & (_H.value == any_(_texts("phones"))),
            (_H.kind == HoldKind.CODE) & (_H.value == any_(_texts("held"))),
        )
    )
)


@cache
def _twins(role: Role | None) -> Direct:
    """Build the statement of the others; it says which of them an officer of `role` may open."""
    mine = in_scope(role, Do.REVIEW, cast(InstrumentedAttribute[int], _D.office_id)).label("is_mine")
    undecided = _D.status == Status.SUBMITTED
    return Direct(
        select(*(_D[name] for name in Twin._fields[:-2]), _O.name, mine)
        .join_from(_D.id.table, _O.id.table, _O.id == _D.office_id)
        .where(
            or_(
                (_D.bhxh_code == any_(_texts("codes"))) & or_(undecided, _D.status == Status.REJECTED),
                (_D.phone == any_(_texts("phones"))) & undecided,
                (_D.id_number == any_(_texts("numbers"))) & undecided,
            )
        )
    )


_DECLARATION, _ME = bindparam("declaration", type_=BigInteger()), bindparam("me", type_=BigInteger())
_LOOK = (
    select(_T.at)
    .where(
        _T.declaration_id == _DECLARATION,
        _T.event == TrailEvent.REVIEW,
        _T.actor_kind == ActorKind.OFFICER,
        _T.actor_id == _ME,
    )
    .order_by(_T.at.desc(), _T.id.desc())
    .offset(1)
    .limit(1)
    .cte("look")
)
"""The look before the one that opened this page: what the page asks for later adds none (desk.looks)."""
_LAST_LOOK = select(
    _LOOK.c.at,
    select(func.array_agg(_C.field.distinct()))
    .where(_C.declaration_id == _DECLARATION, _C.at > _LOOK.c.at, _C.officer_id != _ME)
    .scalar_subquery(),
)


def facts_of(
    session: Session, wanted: Sequence[Flagged], photos: Sequence[PhotoFacts] | None, officer: Actor | None
) -> Facts:
    """Return the facts about all `wanted`; `photos` are theirs where the caller has read them already.

    Without an officer nothing is anybody's to open.
    """
    codes = set().union(*(person_codes(declaration) for declaration in wanted))
    guardians = {one.guardian_bhxh_code for one in wanted if one.guardian_bhxh_code is not None}
    values = {
        "codes": list(codes),
        "held": list(codes | guardians),
        "phones": [declaration.phone for declaration in wanted],
        "numbers": [declaration.id_number for declaration in wanted],
    }
    scope = scope_values(officer) if officer else {}
    twins = [Twin(*row) for row in _twins(officer.role if officer else None).rows(session, values | scope)]
    holds = [Hold(*row) for row in _HOLDS.rows(session, values)]
    if photos is None:
        photos = photos_of(session, [declaration.id for declaration in wanted])
    return Facts(twins, holds, photos)


def last_look(session: Session, declaration: Declaration, officer: Actor) -> LastLook | None:
    """Return the officer's look before this one, None when this is the first."""
    row = session.execute(_LAST_LOOK, {"declaration": declaration.id, "me": officer.id}).one_or_none()
    return LastLook(row[0], sorted(row[1] or [])) if row else None
