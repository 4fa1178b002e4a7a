"""Rows of each kind of data that the retention deletes, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.dossier.house import house
from backoffice.dossier.photos import store_photos
from backoffice.expiry.retention_shelves import SHELVES
from backoffice.gateways.photos import PreparedPhoto
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountNote,
    AccountSession,
    AccountStatus,
    Alarm,
    AlarmKind,
    Base,
    Correction,
    CredentialAttempt,
    CredentialIssue,
    Declaration,
    HotlineCall,
    IdempotencyKey,
    KeptData,
    Notice,
    NoticeChannel,
    NoticeKind,
    OfficerSession,
    OneTimeCode,
    OpenedFile,
    OpenReason,
    PhotoKind,
    RetentionRun,
    SessionKind,
    Status,
    Tombstone,
    TrailAlarm,
    TrailAlarmKind,
)
from backoffice.notices import outbox
from tests.expiry.helpers import a_jpeg
from tests.factories import make_account, make_client, make_declaration, make_officer

NOON = datetime(2020, 11, 9, 12, 0, tzinfo=clock.VIETNAM)
"""Years ago: what goes as the owner must be old by the clock of the database too."""
_ONE = [100]


def a_number() -> int:
    _ONE[0] += 1
    return _ONE[0]


def a_hash() -> bytes:
    return a_number().to_bytes(32)


def a_notice(session: Session, **values: Any) -> Notice:
    outbox.post(session, NoticeKind.RECEIVED, NoticeChannel.SMS, "0981234567", lane=queue.BULK, body="BHXH: thu")
    session.flush()
    found = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
    for name, value in values.items():
        setattr(found, name, value)
    session.flush()
    return found


def a_declaration(session: Session, at: datetime, status: Status, **values: Any) -> Declaration:
    return make_declaration(session, status=status, declared_at=at, decided_at=at, **values)


def approved(session: Session, at: datetime, **values: Any) -> Declaration:
    return a_declaration(session, at, Status.APPROVED, **values)


def opened(session: Session, at: datetime) -> OpenedFile:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    officer = make_officer(session)
    return OpenedFile(officer_id=officer.id, declaration_id=declaration.id, reason=OpenReason.OTHER, note="vì", at=at)


def corrected(session: Session, at: datetime) -> Correction:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    officer = make_officer(session)
    return Correction(
        declaration_id=declaration.id, field="phone", old_value="0981", new_value="0982", note="gõ nhầm",
        officer_id=officer.id, at=at,
    )  # fmt: skip


def password_tried(session: Session, at: datetime) -> CredentialAttempt:
    account = make_account(session)
    issue = CredentialIssue(account_id=account.id, number=1, issued_at=at, expires_at=at + timedelta(days=7))
    session.add(issue)
    session.flush()
    return CredentialAttempt(issue_id=issue.id, password_hash="hash", made_at=at)


def owner_signed_in(session: Session, at: datetime) -> AccountSession:
    return AccountSession(
        account_id=make_account(session).id, kind=SessionKind.APP, device_hash=b"device", access_hash=a_hash(),
        access_until=at, began_at=at, seen_at=at, until=at, ended_at=at,
    )  # fmt: skip


def officer_signed_in(session: Session, at: datetime) -> OfficerSession:
    officer = make_officer(session)
    return OfficerSession(token_hash=a_hash(), officer_id=officer.id, created_at=at, active_at=at, ended_at=at)


def code(session: Session, at: datetime) -> OneTimeCode:
    account = make_account(session)
    return OneTimeCode(account_id=account.id, purpose="sign_in", hashes=[b"x"], ordered_at=at, expires_at=at, wrong=0)


def seen_alarm(session: Session, at: datetime) -> TrailAlarm:
    officer = make_officer(session)
    return TrailAlarm(
        kind=TrailAlarmKind.MASS_LOOKUP, officer_id=officer.id, office_id=officer.office_id, day=date(2026, 1, 1),
        first_at=at, last_at=at, number=200, handled_at=at, handled_note="đã hỏi",
    )  # fmt: skip


def key_of_a_client(session: Session, at: datetime) -> IdempotencyKey:
    client, _ = make_client(session)
    return IdempotencyKey(client_id=client.id, key=str(a_number()), request_hash=b"h", answer={}, created_at=at)


def tombstone(session: Session, at: datetime) -> Tombstone:
    declaration = approved(session, clock.now(), cleared_at=clock.now())
    hashes = dict.fromkeys(("bhxh_code_hash", "id_number_hash", "receipt_code_hash"), b"h")
    return Tombstone(
        declaration_id=a_number(), office_id=1, purpose=declaration.purpose, channel=declaration.channel,
        declared_at=at, expired_at=at, deleted_at=at, **hashes,
    )  # fmt: skip


def closed(session: Session, at: datetime) -> Account:
    return make_account(session, status=AccountStatus.CLOSED, closed_at=at)


MADE: dict[KeptData, Callable[[Session, datetime], Base]] = {
    KeptData.REJECTED: lambda session, at: a_declaration(session, at, Status.REJECTED),
    KeptData.APPROVED: lambda session, at: approved(session, at, cleared_at=at),
    KeptData.CLOSED_ACCOUNTS: closed,
    KeptData.TOMBSTONES: tombstone,
    KeptData.NOTICES: lambda session, at: a_notice(session, created_at=at),
    KeptData.ONE_TIME_CODES: code,
    KeptData.TEMPORARY_PASSWORDS: password_tried,
    KeptData.ACCOUNT_SESSIONS: owner_signed_in,
    KeptData.ACCOUNT_NOTES: lambda session, at: AccountNote(
        account_id=make_account(session).id, officer_id=make_officer(session).id, at=at, note="mất máy"
    ),
    KeptData.HOTLINE_CALLS: lambda session, at: HotlineCall(officer_id=make_officer(session).id, at=at, matched=False),
    KeptData.ALARMS: lambda _session, at: Alarm(kind=AlarmKind.GUESSED_AT, at=at, handled_at=at),
    KeptData.TRAIL_ALARMS: seen_alarm,
    KeptData.OPENED_FILES: opened,
    KeptData.OFFICER_SESSIONS: officer_signed_in,
    KeptData.IDEMPOTENCY_KEYS: key_of_a_client,
}
"""One row of each kind that is deleted whole, its term counted from the instant given."""


def put(data: KeptData, at: datetime) -> Any:
    """Return the key of a new row of this kind."""
    with transaction() as session:
        row = MADE[data](session, at)
        session.add(row)
        session.flush()
        return tuple(getattr(row, column.key) for column in SHELVES[data].key)


def is_there(data: KeptData, key: Any) -> bool:
    with transaction() as session:
        return session.get(SHELVES[data].model, key) is not None


def runs() -> list[RetentionRun]:
    with transaction() as session:
        return list(session.scalars(select(RetentionRun).order_by(RetentionRun.id)))


def count(model: type[Base]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def stored_photos() -> list[Any]:
    photo = PreparedPhoto(
        full=a_jpeg(), thumb=a_jpeg(), width=64, height=48, notes=(), qr_text=None, citizen_card={"number": "001"}
    )
    return store_photos(dict.fromkeys([PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK], photo))


def files_of(stored: list[Any]) -> set[UUID]:
    there = {UUID(blob.key[:32]) for blob in house().store.listed("")}
    return there & {photo.id for photo in stored}
