"""A form being filled in, kept on the server under a random token (issue 10, point 1): what was typed, and its photos.

Whoever has the token has the draft, for two hours after the last touch; it stands in a cookie, never in an address.
What was typed is sealed under a key made of the token, of which the database has the hash alone. A draft is sent once:
of fifty presses at once one makes the declaration, and all get its receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backoffice.dossier.photos import StoredPhoto
from backoffice.intake import draft_values, phone_limit
from backoffice.intake.actions import check_declared, held_office, receipt_of, take_in
from backoffice.intake.answers import Receipt
from backoffice.intake.checks import Checker
from backoffice.intake.draft_rows import (
    KEPT,
    Draft,
    DraftOver,
    begin_in,
    delete_rows,
    draft_of,
    hand_over_photos,
    held,
    held_open,
    put_photo_in,
    settle,
    take_out,
    values_of,
)
from backoffice.intake.fields import NewDeclaration
from backoffice.intake.known import Known, complete
from backoffice.intake.photo_parts import check_there, obligatory_photos
from backoffice.intake.versions import as_declared, keep_proof, send_version
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Channel, Declaration, DeclarationDraft, DraftKind, IdType, PhotoKind, Status
from backoffice.rules.actors import Actor

_TOUCHED_AGAIN = timedelta(minutes=1)
"""Reading a draft writes its time no more often than this."""


def begin(
    kind: DraftKind,
    values: Mapping[str, str] | None = None,
    *,
    officer_id: int | None = None,
    account_id: int | None = None,
    replaces_id: int | None = None,
    corrects_id: int | None = None,
) -> str:
    """Begin a draft, with `values` filled in, and return its token."""
    with transaction() as session:
        return begin_in(
            session,
            kind,
            values,
            officer_id=officer_id,
            account_id=account_id,
            replaces_id=replaces_id,
            corrects_id=corrects_id,
        )


def open_draft(token: str, officer: Actor | None = None) -> Draft:
    """Return the draft, and let its two hours run anew. Raises DraftOver, also for a draft of another officer."""
    with transaction() as session:
        row = held(session, token, officer, locked=False)
        if row.touched_at < clock.now() - _TOUCHED_AGAIN:
            row = held(session, token, officer)
            row.touched_at = clock.now()
        return draft_of(row, token)


def open_in(session: Session, token: str, officer: Actor | None = None) -> Draft:
    """Return the draft, locked until the caller's transaction ends. Raises DraftOver."""
    return draft_of(held(session, token, officer), token)


def put(token: str, values: Mapping[str, str], officer: Actor | None = None, *, kind: DraftKind | None = None) -> Draft:
    """Write `values` over those the draft has (others stay; "" empties one). Raises DraftOver, DraftSent."""
    with transaction() as session:
        row = held_open(session, token, officer)
        known = values_of(row, token)
        row.sealed = draft_values.seal(token, known | draft_values.cleaned(values))
        row.kind = kind or row.kind
        return draft_of(row, token)


def put_photo(token: str, stored: StoredPhoto, officer: Actor | None = None) -> Draft:
    """Put a photo (already in the store) in the place of the one of its kind. Raises DraftOver, DraftSent: then the
    caller discards its files (dossier.photos.discard).
    """
    with transaction() as session:
        row = held_open(session, token, officer)
        put_photo_in(session, row, stored)
        return draft_of(row, token)


def take_out_photo(token: str, kind: PhotoKind, officer: Actor | None = None) -> Draft:
    """Remove the photo of this kind, if there is one. Raises DraftOver, DraftSent."""
    with transaction() as session:
        row = held_open(session, token, officer)
        take_out(session, row, kind)
        return draft_of(row, token)


def wanted_photos(draft: Draft) -> tuple[PhotoKind, ...]:
    """Return which photos the draft must have by what it says now (D4); what it rests on is asked anew.

    While no paper is named it is taken for a card, which most have: its back is asked for until it is a passport.
    """
    with transaction() as session:
        return _wanted(session, draft)


def _wanted(session: Session, draft: Draft) -> tuple[PhotoKind, ...]:
    fields, _ = draft_values.fields_of(draft.kind, draft.values)
    try:
        known = _completed(session, draft, fields, Checker())
    except InvalidInput:  # told where it is sent
        known = Known(fields)
    wanted = obligatory_photos(known)
    is_open = PhotoKind.ID_FRONT in wanted and known.fields.id_type is None
    return (*wanted, PhotoKind.ID_BACK) if is_open else wanted


def check(token: str, actor: Actor, officer: Actor | None = None) -> None:
    """Raise InvalidInput with every fault that sending would name now; DraftOver, DraftSent."""
    with transaction() as session:
        row = held_open(session, token, officer)
        checked(session, draft_of(row, token), actor)


def send(token: str, actor: Actor, channel: Channel, officer: Actor | None = None) -> Receipt:
    """Make the declaration that the draft describes, by the very rules of intake.actions.declare; return its receipt.

    One transaction; a draft that was sent gives its receipt again. Raises InvalidInput with every fault at once (names
    of fields as in draft_values.NAMES, of photos as in PhotoKind), DraftOver, TooManyRequests (phone_limit); of one
    that corrects a declaration also Conflict (intake.versions).
    """
    with transaction() as session:
        return send_in(session, token, actor, channel, officer)[0]


def send_in(
    session: Session, token: str, actor: Actor, channel: Channel, officer: Actor | None = None
) -> tuple[Receipt, Declaration | None]:
    """Do as `send` within the caller's transaction; the new declaration too, None where it makes none."""
    row = held(session, token, officer)
    draft = draft_of(row, token)
    if draft.receipt is not None:
        return draft.receipt, None
    columns = checked(session, draft, actor)
    if columns["id_type"] is IdType.PASSPORT:
        take_out(session, row, PhotoKind.ID_BACK)  # of a card that was named before
    if row.corrects_id is None or row.account_id is not None:
        for kind in set(draft.photos).difference(_wanted(session, draft)):
            take_out(session, row, kind)  # of what is declared no more
    if row.corrects_id is not None:
        return _send_version(session, row, draft, columns, token), None
    if channel is Channel.PORTAL:
        phone_limit.hold(session, columns["phone"])
    columns["replaces_id"] = _still_there(session, row.replaces_id) or _refused_before(session, draft, columns)
    declaration, receipt = take_in(session, columns, hand_over_photos(session, row), actor, channel)
    settle(row, token, declaration, receipt)
    return receipt, declaration


def _send_version(
    session: Session, row: DeclarationDraft, draft: Draft, columns: dict[str, Any], token: str
) -> Receipt:
    office = held_office(session, columns["office_id"])
    declaration = send_version(session, row, draft, columns | {"office_id": office.id})
    receipt = receipt_of(declaration, office)
    settle(row, token, declaration, receipt)
    return receipt


def drop(token: str, officer: Actor | None = None) -> None:
    """Delete the draft with its photos; nothing happens when it is over."""
    with transaction() as session:
        try:
            row = held(session, token, officer)
        except DraftOver:
            return
        delete_rows(session, [row])


def tidy(most: int = 500) -> int:
    """Delete drafts that lapsed, with their photos, up to `most` of them; return how many."""
    lapsed = DeclarationDraft.touched_at < clock.now() - KEPT
    with transaction() as session:
        rows = session.scalars(
            select(DeclarationDraft)
            .where(lapsed)
            .order_by(DeclarationDraft.touched_at)
            .limit(most)
            .options(selectinload(DeclarationDraft.photos))
            .with_for_update(skip_locked=True)
        ).all()
        delete_rows(session, rows)
        return len(rows)


def checked(session: Session, draft: Draft, actor: Actor) -> dict[str, Any]:
    """Return the columns of the declaration that the draft describes; raises InvalidInput with every fault."""
    fields, faults = draft_values.fields_of(draft.kind, draft.values)
    checker = Checker(list(faults))
    known = _completed(session, draft, fields, checker)
    check_there(known, draft.photos, checker)
    columns = check_declared(session, known, actor, checker)
    if checker.faults:
        raise InvalidInput(draft_values.named(checker.faults))
    if (change := columns.get("change")) and draft.values.get("_proven_phone") == columns["phone"]:
        change.proven_phone = columns["phone"]
        change.proven_at = datetime.fromisoformat(draft.values["_proven_at"])
    return columns


def _completed(session: Session, draft: Draft, fields: NewDeclaration, checker: Checker) -> Known:
    """Return the declaration with what its account says, and with what a correction keeps of the one it corrects."""
    is_child = draft.kind is DraftKind.CHILD
    known = complete(session, fields, checker, account_id=draft.account_id, is_child=is_child)
    if draft.corrects_id is None:
        return known
    keep_proof(session, known.fields, draft.corrects_id)
    return as_declared(session, known, draft.corrects_id)


def _refused_before(session: Session, draft: Draft, columns: Mapping[str, Any]) -> int | None:
    """Return the last declaration of the same for whoever proved to own the account it rests on, if it was refused."""
    if draft.account_id is None:
        return None
    same = Declaration.bhxh_code == columns["bhxh_code"], Declaration.purpose == columns["purpose"]
    query = select(Declaration.id, Declaration.status).where(*same).order_by(Declaration.id.desc()).limit(1)
    last = session.execute(query).one_or_none()
    return last.id if last is not None and last.status is Status.REJECTED else None


def _still_there(session: Session, declaration_id: int | None) -> int | None:
    """Return the id unless the declaration was deleted meanwhile."""
    return session.scalar(select(Declaration.id).where(Declaration.id == declaration_id)) if declaration_id else None
