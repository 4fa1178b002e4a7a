"""Many declarations held for one decision, as a list asks for (D12): their rows locked, and what stands in the way.

Steps take the session of the use case. First `hold` them, then ask `hindrances`; `decision.bulk` approves those fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.accounts.actions import person_codes
from backoffice.decision import entered
from backoffice.decision.actions import one_after_the_other
from backoffice.decision.queries import officer_name
from backoffice.decision.refusals import decided_sentence
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict
from backoffice.models import Channel, Claim, Declaration, IdType, Office, Purpose, Status, columns_of, table_of
from backoffice.rules.actors import Actor

_D, _C, _O = columns_of(Declaration), columns_of(Claim), columns_of(Office)


class Held(NamedTuple):
    """A declaration, its row locked, with its office and whoever has it in hand now."""

    id: int
    receipt_code: str
    purpose: Purpose
    status: Status
    channel: Channel
    office_id: int
    bhxh_code: str
    full_name: str
    id_type: IdType
    id_number: str
    date_of_birth: date | None
    phone: str
    email: str | None
    guardian_bhxh_code: str | None
    declared_at: datetime
    expires_at: datetime | None
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    decided_at: datetime | None
    office: str
    path: str


class Hindrance(NamedTuple):
    """Why a declaration is not approved now: a code, and a sentence for officers ("" where the code says it)."""

    code: str
    sentence: str = ""


_IDS = bindparam("declarations", type_=ARRAY(BigInteger))
_THESE = _D.id == any_(_IDS)
_PERSONS = Direct(select(_D.bhxh_code, _D.id_type, _D.id_number, _D.guardian_bhxh_code).where(_THESE))
_HOLD = Direct(
    select(*(_D[name] for name in Held._fields[:-2]), _O.name, _O.path)
    .select_from(table_of(Declaration).join(table_of(Office), _O.id == _D.office_id))
    .where(_THESE)
    .order_by(_D.id)
    .with_for_update(of=table_of(Declaration))
)
_CLAIMS = Direct(
    select(_C.declaration_id, _C.officer_id, _C.since)
    .where(_C.declaration_id == any_(_IDS), _C.until >= bindparam("now", type_=DateTime(timezone=True)))
    .order_by(_C.declaration_id)
)


def hold(session: Session, declaration_ids: Sequence[int]) -> dict[int, Held]:
    """Return those of these declarations that are there, locked; of their people nobody else decides until the end.

    Whose code or paper is corrected at this very moment is not among them. Locks as decision.actions.for_decision takes
    them: first the people's codes, in one order for everybody, then the rows.
    """
    asked = {"declarations": list(declaration_ids)}
    codes = {code for row in _PERSONS.rows(session, asked) for code in person_codes(_Person(*row))}
    one_after_the_other(session, codes)
    held = (Held(*row) for row in _HOLD.rows(session, asked))
    return {one.id: one for one in held if person_codes(one) <= codes}


def hindrances(session: Session, held: Iterable[Held], officer: Actor) -> dict[int, Hindrance]:
    """Return why some of them are not to be approved by `officer` now, whatever was declared.

    decided (by whom, when), overdue, supplement, escalated, claimed (by whom), own_entry, purpose. Of those that are
    another officer's work at this moment nothing is taken away.
    """
    those, now = list(held), clock.now()
    taken = {row[0]: row for row in _CLAIMS.rows(session, {"declarations": [one.id for one in those], "now": now})}
    found = {one.id: _hindrance(session, one, taken.get(one.id), officer, now) for one in those}
    return {number: why for number, why in found.items() if why is not None}


class _Person(NamedTuple):
    bhxh_code: str
    id_type: IdType
    id_number: str
    guardian_bhxh_code: str | None


def _hindrance(
    session: Session, one: Held, claim: Sequence[Any] | None, officer: Actor, now: datetime
) -> Hindrance | None:
    if one.status is not Status.SUBMITTED:
        return Hindrance("decided", decided_sentence(session, session.get_one(Declaration, one.id)))
    if one.expires_at is not None and one.expires_at < now:
        return Hindrance("overdue")
    if claim is not None and claim[1] != officer.id:
        name, since = officer_name(session, claim[1]), clock.local(claim[2])
        return Hindrance("claimed", f"{name} đang xử lý hồ sơ này từ {since:%H:%M}, nên chưa duyệt theo danh sách.")
    if one.supplement_at is not None or one.escalated_at is not None:
        return Hindrance("supplement" if one.supplement_at is not None else "escalated")
    if one.purpose is not Purpose.REGISTER:
        return Hindrance("purpose", "Tờ khai này không phải đăng ký mới. Xin giải quyết tại quầy.")
    return _own_entry(session, one, officer) if one.channel is Channel.DESK else None


def _own_entry(session: Session, one: Held, officer: Actor) -> Hindrance | None:
    try:
        entered.require_other_eyes(session, session.get_one(Declaration, one.id), officer)
    except Conflict as refusal:
        return Hindrance("own_entry", refusal.message)
    return None
