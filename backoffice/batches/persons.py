"""Rows of a list of people to be declared (D12 b), judged by intake's own checks, with the photos that came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Text, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.batches.checking import check
from backoffice.batches.faults import Found, fault, is_sound
from backoffice.batches.person_fields import read_person
from backoffice.gateways.photos.refusal import SENTENCES, Refusal
from backoffice.identity.legacy import old_encoding
from backoffice.intake.actions import check_declared
from backoffice.intake.checks import Checker
from backoffice.intake.fields import NewDeclaration, read_fields
from backoffice.intake.known import Known, complete, rests_on_account
from backoffice.intake.photo_parts import LABELS, obligatory_photos
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import (
    Account,
    AccountHold,
    Batch,
    BatchPhoto,
    Channel,
    Declaration,
    HoldKind,
    Office,
    PhotoKind,
    Purpose,
    Status,
)
from backoffice.rules.actors import SYSTEM

_OF_INTAKE = {
    "bhxh_code": ("code_invalid", "bhxh_code"),
    "full_name": ("name_wrong", "full_name"),
    "phone": ("phone_wrong", "phone"),
    "date_of_birth": ("birth_wrong", "date_of_birth"),
    "id_type": ("id_wrong", "id_type"),
    "id_number": ("id_wrong", "id_number"),
    "email": ("email_wrong", "email"),
    "address": ("address_wrong", "address"),
    "guardian_bhxh_code": ("guardian_wrong", "guardian_bhxh_code"),
    "consent": ("consent_missing", "consent"),
    "undertaking": ("consent_missing", "consent"),
    "office_code": ("office_wrong", ""),
}
"""Fault and column of a row for each field that intake may find wrong."""


class Row(Protocol):
    """What stands in a row of the file."""

    @property
    def number(self) -> int:
        """Return the row's number."""

    @property
    def values(self) -> Mapping[str, str]:
        """Return the texts by column."""

    @property
    def marks(self) -> Mapping[str, Any]:
        """Return what the reader saw."""


class Judged(NamedTuple):
    """What a row came to; `columns` and `photos` (by kind) are what a declaration would be made of."""

    number: int
    bhxh_code: str | None
    phone: str | None
    faults: list[Found]
    columns: Mapping[str, Any]
    photos: Mapping[PhotoKind, BatchPhoto]

    @property
    def is_sound(self) -> bool:
        """Tell whether a declaration may be made of it."""
        return is_sound(self.faults)


@dataclass
class About:
    """What is known of the people of some rows, by their codes."""

    opened: dict[str, datetime] = field(default_factory=dict)
    listed: dict[str, datetime] = field(default_factory=dict)
    """When an earlier list made a declaration that still waits."""
    declared: dict[str, datetime] = field(default_factory=dict)
    photos: dict[str, dict[PhotoKind, BatchPhoto]] = field(default_factory=lambda: defaultdict(dict))


def judge(session: Session, batch: Batch, rows: Iterable[Row]) -> list[Judged]:
    """Return what these rows of `batch` come to by what is known now; nothing is written."""
    those = list(rows)
    checked = {row.number: check(row.values, row.marks) for row in those}
    about = _about(session, batch, sorted({one.bhxh_code for one in checked.values() if one.bhxh_code}))
    office = receiving(batch).code
    judged = []
    for row in those:
        one = checked[row.number]
        if old := old_encoding(one.full_name):
            one.faults.append(fault("name_old_font", encoding=old))
        person = read_person(row.values, row.marks, one)
        judged.append(_judged(session, row, one.bhxh_code, person.sent | {"office_code": office}, person.faults, about))
    return judged


def receiving(batch: Batch) -> Office:
    """Return the office whose queue the declarations come into: the one in charge of the unit, else the list's."""
    return batch.unit.office if batch.unit else batch.office


def _judged(
    session: Session, row: Row, code: str | None, sent: Mapping[str, Any], found: list[Found], about: About
) -> Judged:
    photos = about.photos.get(code or "", {})
    found += _of_person(code, about)
    at_fault = [Fault(one["field"], "", one["code"]) for one in found if one["blocks"]]
    fields, shape = read_fields(sent)
    checker = Checker([*at_fault, *shape])
    columns: Mapping[str, Any] = {}
    known = Known(fields)
    try:
        if rests_on_account(fields):
            known = complete(session, fields, checker)
        columns = check_declared(session, known, SYSTEM, checker)
    except InvalidInput as refusal:
        checker.faults += refusal.faults
    found += _in_rows_words(checker.faults[len(at_fault) :], found)
    found += _of_photos(known, photos, fields)
    phone = None if fields.guardian_bhxh_code else columns.get("phone")
    return Judged(row.number, code, phone, found, columns, _wanted(known, photos))


def _of_person(code: str | None, about: About) -> list[Found]:
    found = []
    if code and (opened := about.opened.get(code)):
        found.append(fault("has_account", opened=_day(opened)))
    elif code and (at := about.listed.get(code)):
        found.append(fault("listed_before", declared_on=_day(at)))
    elif code and (at := about.declared.get(code)):
        found.append(fault("declared_already", declared_on=_day(at)))
    return found


def _in_rows_words(faults: Iterable[Fault], already: Sequence[Found]) -> list[Found]:
    found: list[Found] = []
    for one in faults:
        code, column = _OF_INTAKE.get(one.field.partition(".")[0], ("content_wrong", ""))
        said = {(had["code"], had["field"]) for had in (*already, *found)}
        if (code, column) not in said or code == "address_wrong":
            found.append(fault(code, column, why=one.message))
    return found


def _of_photos(known: Known, photos: Mapping[PhotoKind, BatchPhoto], fields: NewDeclaration) -> list[Found]:
    found = []
    for kind in obligatory_photos(known):
        photo = photos.get(kind)
        if photo is None:
            found.append(fault("photo_missing", what=LABELS[kind]))
        elif photo.refused == "doubled":
            found.append(fault("photo_doubled", what=LABELS[kind]))
        elif photo.refused:
            found.append(fault("photo_unreadable", what=LABELS[kind], why=SENTENCES[Refusal(photo.refused)]))
    if PhotoKind.BIRTH_CERTIFICATE in photos and not fields.guardian_bhxh_code:
        found.append(fault("guardian_missing"))
    return found


def _wanted(known: Known, photos: Mapping[PhotoKind, BatchPhoto]) -> dict[PhotoKind, BatchPhoto]:
    return {kind: photos[kind] for kind in obligatory_photos(known) if kind in photos and not photos[kind].refused}


def _about(session: Session, batch: Batch, codes: Sequence[str]) -> About:
    about = About()
    if not codes:
        return about
    those = any_(literal(list(codes), ARRAY(Text)))
    held = select(AccountHold.value, Account.opened_at).join(Account, Account.id == AccountHold.account_id)
    for value, opened in session.execute(held.where(AccountHold.kind == HoldKind.CODE, AccountHold.value == those)):
        about.opened[value] = opened
    waiting = select(Declaration.bhxh_code, Declaration.id_number, Declaration.channel, Declaration.declared_at).where(
        or_(Declaration.bhxh_code == those, Declaration.id_number == those),
        Declaration.status == Status.SUBMITTED,
        Declaration.purpose == Purpose.REGISTER,
        or_(Declaration.expires_at.is_(None), Declaration.expires_at > clock.now()),
    )
    for code, number, channel, at in session.execute(waiting):
        into = about.listed if channel is Channel.LIST else about.declared
        into |= {code: at, number: at}
    mine = BatchPhoto.batch_id == batch.id, BatchPhoto.bhxh_code == those
    for photo in session.scalars(select(BatchPhoto).where(*mine).execution_options(populate_existing=True)):
        about.photos[photo.bhxh_code][photo.kind] = photo
    return about


def _day(instant: datetime) -> str:
    return f"{clock.local(instant):%d/%m/%Y}"
