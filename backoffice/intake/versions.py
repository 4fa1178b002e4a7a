"""A declaration that its person corrects before the visit: a new version in the place of the one before (issue 10).

Receipt code and deadline stay: K4 counts from the day of declaring, and whoever could move it by a correction would
never be late. What was before is kept for the officer to compare, its photos too, and goes with the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backoffice.decision import ledger
from backoffice.dossier.photos import StoredPhoto, attach
from backoffice.identity.names import fold
from backoffice.intake import own, phone_limit
from backoffice.intake.checks import Checker, check_person
from backoffice.intake.draft_rows import Draft, hand_over_photos, take_out
from backoffice.intake.fields import NewDeclaration
from backoffice.intake.known import Known
from backoffice.intake.prefill import BASE, COPIED
from backoffice.kernel import clock, rows
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    AccountChange,
    Declaration,
    DeclarationDraft,
    DeclarationVersion,
    Photo,
    PhotoKind,
    TrailEvent,
    VersionPhoto,
    columns_of,
    table_of,
)
from backoffice.notices import actions as notices
from backoffice.rules import declared
from backoffice.rules.actors import CITIZEN
from backoffice.rules.declared import Part
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import lock, redirect

_ANOTHER = (
    "Tờ khai này vừa được sửa ở máy hoặc cửa sổ khác, hoặc tại quầy, nên bản đang điền ở đây chưa được gửi. Xin mở "
    "lại trang tra cứu để xem bản mới rồi sửa tiếp nếu cần."
)
_KEPT = tuple(name for name in declared.COLUMNS if name not in ("office_id", "guardian_bhxh_code"))
"""Columns that a correction writes; the office has a door of its own."""
_AS_IT_WAS = [column.key for column in columns_of(VersionPhoto) if column.key not in ("declaration_id", "number")]


def keep_proof(session: Session, fields: NewDeclaration, declaration_id: int) -> None:
    """Let `fields` have the population database's mark of the declaration, unless they say otherwise than it proved."""
    before = session.get(Declaration, declaration_id)
    if before is None or not before.population_db_verified:
        return
    parts = declared.differing(declared.snapshot(before), declared.plain(check_person(fields, Checker())))
    fields.population_db_verified = not declared.PROVEN.intersection(parts)


def as_declared(session: Session, known: Known, declaration_id: int) -> Known:
    """Return `known` measured by what the account said when the declaration was first sent, as it stays (D2)."""
    change = session.get(AccountChange, declaration_id)
    return replace(known, before=change.before) if change and change.before and known.before else known


def send_version(session: Session, row: DeclarationDraft, draft: Draft, columns: Mapping[str, Any]) -> Declaration:
    """Make what the locked draft `row` says, checked as `columns`, the new version of the declaration it corrects.

    The office in `columns` is held by the caller. What says nothing new changes nothing. Entries of the ledger that
    rested on what changed lapse. Raises Conflict when it is too late, or another correction was sent since the form
    was opened; NotFound when the declaration has gone.
    """
    declaration = lock(session, row.corrects_id or 0)
    own.require_open(declaration, "sửa")
    phone_limit.hold_corrections(session, declaration.id)
    if declared.mark(declaration) != draft.values.get(BASE):
        raise Conflict(_ANOTHER, code="changed")
    before = declared.snapshot(declaration)
    parts = declared.differing(before, {**before, **declared.plain(columns)})
    if Part.PHONE in parts:
        phone_limit.hold(session, columns["phone"])
    photos = _photos(session, declaration)
    there = {photo.kind for photo in row.photos}
    fresh = _fresh(session, row, draft)
    moved = [photo for photo in photos if photo.kind in fresh or photo.kind not in there]
    if parts or fresh or moved:
        _keep(session, declaration, before, moved)
        kinds = sorted({*fresh, *(photo.kind for photo in moved)})
        _write(
            session, declaration, columns, hand_over_photos(session, row), [one for one in photos if one not in moved]
        )
        _follow(session, declaration, before, parts, kinds)
    _note_phone(session, declaration, columns.get("change"))
    return declaration


def _note_phone(session: Session, declaration: Declaration, sent: AccountChange | None) -> None:
    """Keep whether a code was read on the new number (K10); it may be all that the correction was for."""
    change = session.get(AccountChange, declaration.id) if sent is not None else None
    if change is None or sent is None or change.proven_phone == sent.proven_phone:
        return
    change.proven_phone, change.proven_at = sent.proven_phone, sent.proven_at
    session.flush()


def _photos(session: Session, declaration: Declaration) -> Sequence[Photo]:
    return session.scalars(select(Photo).where(Photo.declaration_id == declaration.id).order_by(Photo.kind)).all()


def _fresh(session: Session, row: DeclarationDraft, draft: Draft) -> set[PhotoKind]:
    """Return the kinds of photos that were taken anew; the draft's copies of the others go."""
    copied = draft.values.get(COPIED, "").split()
    fresh = {photo.kind for photo in row.photos if f"{photo.kind.value}:{photo.id}" not in copied}
    for kind in {photo.kind for photo in row.photos} - fresh:
        take_out(session, row, kind)
    return fresh


def _keep(session: Session, declaration: Declaration, before: Mapping[str, Any], moved: Sequence[Photo]) -> None:
    """Keep the version that is left behind, and the photos that the new one has others in the place of."""
    number, now = declaration.version, clock.now()
    last = (
        select(DeclarationVersion.replaced_at)
        .where(DeclarationVersion.declaration_id == declaration.id)
        .order_by(DeclarationVersion.number.desc())
        .limit(1)
    )
    session.add(
        DeclarationVersion(
            declaration_id=declaration.id,
            number=number,
            values=dict(before),
            made_at=session.scalar(last) or declaration.declared_at,
            replaced_at=now,
        )
    )
    session.flush()
    for photo in moved:
        kept = {name: getattr(photo, name) for name in _AS_IT_WAS}
        session.execute(insert(table_of(VersionPhoto)).values(declaration_id=declaration.id, number=number, **kept))
        session.delete(photo)
    session.flush()


def _write(
    session: Session,
    declaration: Declaration,
    columns: Mapping[str, Any],
    new: Sequence[StoredPhoto],
    beside: Sequence[Photo],
) -> None:
    if columns["office_id"] != declaration.office_id:
        redirect(session, declaration, columns["office_id"])
    written = {name: columns[name] for name in _KEPT}
    folded = fold(columns["full_name"])
    rows.change(session, declaration, **written, folded_name=folded, version=declaration.version + 1)
    attach(session, declaration, new, beside=beside)


def _follow(
    session: Session,
    declaration: Declaration,
    before: Mapping[str, Any],
    parts: Sequence[Part],
    kinds: Sequence[PhotoKind],
) -> None:
    """Let what rested on the parts lapse, write it down, and tell the citizen where that changes what was told."""
    ledger.lapse(session, declaration, declared.touched(parts, kinds), CITIZEN)
    facts: dict[str, Any] = {"version": declaration.version, "parts": list(parts), "photos": list(kinds)}
    if Part.CODE in parts:
        facts["was"] = lookup_hash("bhxh_code", before["bhxh_code"]).hex()
    record(session, TrailEvent.RESUBMIT, CITIZEN, declaration=declaration, **facts)
    notices.corrected(session, declaration, elsewhere=bool({Part.PHONE, Part.OFFICE}.intersection(parts)))
