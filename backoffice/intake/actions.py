"""Use cases of intake: take a declaration, say where one stands, hand out form 01."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.dossier import form01
from backoffice.dossier.photos import StoredPhoto, attach, discard, store_photos
from backoffice.gateways.photos import PreparedPhoto
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import format_receipt_code, new_receipt_code, normalize_receipt_code
from backoffice.intake import idempotency, queries, status
from backoffice.intake.answers import DeclarationStatus, OfficePage, Receipt, office_brief
from backoffice.intake.checks import (
    Checker,
    check_office,
    check_person,
    check_phone_free,
    office_closed,
)
from backoffice.intake.fields import NewDeclaration, read_fields
from backoffice.intake.known import Known, change_of, complete, rests_on_account
from backoffice.intake.photo_parts import prepare_photos
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import savepoint, transaction
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.models import (
    ActorKind,
    Channel,
    Declaration,
    Office,
    PhotoKind,
    Status,
    TrailEvent,
)
from backoffice.notices.actions import declaration_received
from backoffice.rules import consent, lifecycle
from backoffice.rules.actors import CITIZEN, Actor
from backoffice.rules.deadlines import deadline
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.office_limits import is_within
from backoffice.rules.office_search import home_of
from backoffice.rules.serving import hold_open, serving

GONE = "Không có tờ khai này, hoặc tờ khai đã quá hạn và đã được xóa theo quy định. Xin kiểm tra lại hoặc khai lại."
_NO_PLACE = (
    "Không có xã, phường hoặc quận, huyện mang mã này. Xin gửi mã 5 chữ số của xã, phường (trước hoặc từ 01/7/2025), "
    "hoặc mã 3 chữ số của quận, huyện trước 01/7/2025."
)
_NOT_FOR = (
    "Phần mềm này không được gửi tờ khai cho {office}. Tờ khai chưa được nhận; xin chọn cơ quan trong phạm "
    "vi đã đăng ký, hoặc liên hệ BHXH Việt Nam để mở rộng phạm vi."
)
_CODE_TRIES = 5
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")


def declare(
    sent: object,
    photos: Mapping[str, bytes],
    client: Actor,
    idempotency_key: str | None = None,
    *,
    channel: Channel = Channel.APP,
) -> Receipt:
    """Take a declaration: `sent` is the JSON value of form 01's fields, `photos` the files by the names of their parts.

    All or nothing, in one transaction: the row with its deadline (K4), photos, trail, notices, and the answer under
    `idempotency_key`; the same request again is answered the same without being done again. Who has an account already
    is taken too (K9 helps at the desk), and so are competing undecided declarations (D6).
    Raises InvalidInput with every fault at once; alone when there is no account to rest on (D2, D11); Conflict when
    the key was used for another body; Unavailable when photos cannot be read or kept now.
    """
    request = idempotency.request_of(client, idempotency_key, sent, photos)
    if request and (known := _answered(request)):
        return known
    columns, prepared = _checked(sent, photos, client)
    stored = store_photos(prepared)
    try:
        with transaction() as session:
            return _keep(session, columns, stored, client, channel, request)
    except idempotency.AlreadyAnswered as twin:
        discard(stored)
        return twin.receipt
    except BaseException:
        discard(stored)
        raise


def read_status(receipt_code: str, client: Actor) -> DeclarationStatus:
    """Return where the declaration stands; of an expired one its dates alone are left (K4).

    Raises NotFound, also for what is no receipt code, and for what is at an office outside the machine's limits:
    of that it may know only what it has sent itself, wherever it was taken over since (K8).
    """
    try:
        code = normalize_receipt_code(receipt_code)
    except Malformed:
        raise NotFound(GONE) from None
    with transaction() as session:
        declaration = queries.declaration_by_receipt(session, code)
        if declaration is not None:
            if declaration.client_id != client.id and not is_within(session, client, declaration.office):
                raise NotFound(GONE)
            record(session, TrailEvent.STATUS_READ, client, declaration=declaration)
            return status.of_declaration(declaration, serving(session, declaration.office))
        left = queries.tombstone_by_receipt(session, code)
        if left is None or not is_within(session, client, left[1]):
            raise NotFound(GONE)
        tombstone, office = left
        subject, stone = tombstone.bhxh_code_hash, tombstone.declaration_id
        record(session, TrailEvent.STATUS_READ, client, subject_hash=subject, tombstone=stone)
        return status.of_tombstone(tombstone, office, code)


def list_offices(q: str = "", *, ward: str = "", district: str = "", after: str = "", limit: int = 20) -> OfficePage:
    """Return a page of open receiving offices (D8), the nearest first where `ward` or `district` (codes) is given.

    Raises NotFound when there is no such place, or no page after that cursor.
    """
    home = home_of(ward, district) if ward or district else None
    if (ward or district) and home is None:
        raise NotFound(_NO_PLACE)
    with transaction() as session:
        return queries.offices(session, q, home, after=after, limit=limit)


def hand_out_form01(token: str) -> bytes:
    """Return form 01 as PDF to whoever knows its address; raises NotFound once the declaration is gone or overdue."""
    if not _TOKEN.fullmatch(token):
        raise NotFound(GONE)
    with transaction() as session:
        declaration = queries.declaration_by_form01(session, token)
        if declaration is None or is_overdue(declaration):
            raise NotFound(GONE)
        record(session, TrailEvent.FORM01, CITIZEN, declaration=declaration)
        return form01.form01_pdf(session, declaration.id)


def _answered(request: idempotency.Request) -> Receipt | None:
    with transaction() as session:
        return idempotency.recall(session, request)


def _checked(
    sent: object, photos: Mapping[str, bytes], client: Actor
) -> tuple[dict[str, Any], dict[PhotoKind, PreparedPhoto]]:
    """Return the columns and the photos of a declaration that may be taken; raises InvalidInput."""
    fields, faults = read_fields(sent)
    checker = Checker(list(faults))
    known = Known(fields)
    if rests_on_account(fields):
        with transaction() as session:
            known = complete(session, fields, checker)
    prepared = prepare_photos(known, photos, checker)
    with transaction() as session:
        columns = check_declared(session, known, client, checker)
    if checker.faults:
        raise InvalidInput(checker.faults)
    return columns, prepared


def check_declared(session: Session, known: Known, client: Actor, checker: Checker) -> dict[str, Any]:
    """Return the columns of a declaration (intake.known), its office among them; faults go to `checker`.

    `change` is the row of an adjustment or a stop, to be written with it.
    """
    columns = check_person(known.fields, checker)
    columns["office_id"] = _office_id(session, known.fields, client, checker)
    check_phone_free(session, columns, checker)
    change = change_of(known, columns, checker)
    return columns if change is None else {**columns, "change": change}


def _office_id(session: Session, fields: NewDeclaration, client: Actor, checker: Checker) -> int | None:
    office = check_office(session, fields, checker)
    if office and not is_within(session, client, office):
        checker.add("office_code", _NOT_FOR.format(office=office.name), "office_not_permitted")
    return office.id if office else None


def _keep(
    session: Session,
    columns: Mapping[str, Any],
    stored: Sequence[StoredPhoto],
    client: Actor,
    channel: Channel,
    request: idempotency.Request | None,
) -> Receipt:
    """Write everything that belongs to a new declaration; the key first, so that a twin waits."""
    if request:
        idempotency.claim(session, request)
    declaration, receipt = take_in(session, columns, stored, client, channel)
    if request:
        idempotency.settle(session, request, declaration, receipt)
    return receipt


def take_in(
    session: Session, columns: Mapping[str, Any], stored: Sequence[StoredPhoto], client: Actor, channel: Channel
) -> tuple[Declaration, Receipt]:
    """Write a declaration that was checked: its row with the deadline (K4), photos, trail, notices.

    Raises InvalidInput when its office was closed meanwhile.
    """
    office = held_office(session, columns["office_id"])
    declaration = _new_declaration({**columns, "office_id": office.id}, client, channel)
    add_under_new_code(session, declaration)
    attach(session, declaration, stored)
    record(session, TrailEvent.DECLARE, client, declaration=declaration, channel=channel.value, photos=len(stored))
    declaration_received(session, declaration)
    return declaration, receipt_of(declaration, office)


def held_office(session: Session, office_id: int) -> Office:
    """Return the office that takes it, which is neither closed nor merged before it has: if it was, its successor."""
    office = hold_open(session, office_id)
    if office.closed_at is not None:
        raise InvalidInput([office_closed(office)])
    return office


def _new_declaration(columns: Mapping[str, Any], client: Actor, channel: Channel) -> Declaration:
    now = clock.now()
    return Declaration(
        **columns,
        form01_token=hashing.new_token(),
        status=Status.SUBMITTED,
        channel=channel,
        client_id=client.id if client.kind is ActorKind.CLIENT else None,
        consent_wording=consent.current(),
        consented_at=now,
        declared_at=now,
        expires_at=deadline(now, config.current().expiry_days),
        reasons=[],
    )


def add_under_new_code(
    session: Session, declaration: Declaration, new_code: Callable[[], str] = new_receipt_code
) -> None:
    """Insert the declaration, counted, under a receipt code that no other has; one that is taken is drawn again."""
    for left in reversed(range(_CODE_TRIES)):
        declaration.receipt_code = new_code()
        try:
            with savepoint(session):
                session.add(declaration)
                session.flush()
            break
        except IntegrityError as error:
            if left == 0 or "receipt_code" not in str(error.orig):
                raise
    lifecycle.begin(session, declaration)


def receipt_of(declaration: Declaration, office: Office) -> Receipt:
    """Return what whoever declared is told; raises ValueError when it has no deadline any more."""
    if declaration.expires_at is None:
        raise ValueError("a new declaration has a deadline")
    return Receipt(
        receipt_code=format_receipt_code(declaration.receipt_code),
        status=declaration.status,
        expires_at=clock.local(declaration.expires_at).replace(microsecond=0),
        office=office_brief(office),
        form01_url=form01.form01_url(declaration),
    )
