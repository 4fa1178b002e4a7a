"""A person of whom something stands in every column of every table that can hold anything of a person."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Enum, Integer, LargeBinary, Uuid
from sqlalchemy.orm import Session

from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    AccountChange,
    AccountDevice,
    AccountHold,
    AccountNote,
    AccountSession,
    AccountStatus,
    ActorKind,
    Alarm,
    Asker,
    Authenticator,
    Base,
    BatchEdit,
    BatchPhoto,
    BatchRow,
    CallBack,
    Claim,
    Correction,
    CredentialAttempt,
    CredentialIssue,
    Declaration,
    DeclarationVersion,
    DeskScan,
    FormerPassword,
    HoldKind,
    HotlineCall,
    IdType,
    LockReason,
    Notice,
    NoticeKind,
    Officer,
    OneTimeCode,
    OpenedFile,
    PastApproval,
    PersonRequest,
    Photo,
    PhotoKind,
    PhotoUpload,
    RedeclareLink,
    SpokenReset,
    Status,
    Tombstone,
    TrailEvent,
    TrailRow,
    Verification,
    VersionPhoto,
    WrongTries,
    columns_of,
)
from backoffice.rights.whom import Whom
from backoffice.rules import changes, declared
from tests.batches.files import make_batch
from tests.factories import make_client

CODE, NUMBER = "0123456789", "001085000077"
WHOM = Whom(CODE, (NUMBER,), Asker.SELF)
_CARD = {
    "number": NUMBER,
    "old_number": None,
    "full_name": "Lê Thử Thẻ",
    "date_of_birth": "1985-01-02",
    "birth_year": 1985,
    "sex": "Nam",
    "address": "Thôn Thẻ",
    "issued": "2021-05-06",
}
_instants: Iterator[datetime] = (
    datetime(2026, 3, 2, 1, 0, tzinfo=UTC) + timedelta(minutes=number) for number in itertools.count()
)
_numbers = itertools.count(1)


def row(session: Session, model: type[Base], **given: Any) -> Any:
    """A row whose every column is filled: with what is given, else with something of its own."""
    values = {
        column.name: _value(column)
        for column in columns_of(model)
        if column.name not in given and column.computed is None and column.identity is None
    }
    made = model(**values | given)
    session.add(made)
    session.flush()
    return made


def make_whole_person(session: Session, officer: Officer) -> PersonRequest:
    """Everything of the person `WHOM`; returns their open request."""
    client, _ = make_client(session)
    ours = {"office_id": officer.office_id}
    person = {
        "bhxh_code": CODE,
        "id_type": IdType.CITIZEN_ID,
        "id_number": NUMBER,
        "province_code": "01",
        "district_code": None,
        "ward_code": "00004",
    }
    replaced = _declaration(session, officer, **person, **ours, replaces_id=None, client_id=None)
    declaration = _declaration(session, officer, **person, **ours, replaces_id=replaced.id, client_id=client.id)
    account = row(
        session,
        Account,
        **person | {"ward_code": "00008"},
        **ours,
        status=AccountStatus.LOCKED,
        lock_reason=LockReason.SUSPICION,
        declaration_id=declaration.id,
        guardian_id=None,
    )
    _of_the_declaration(session, declaration.id, officer.id)
    before = changes.snapshot(declaration) | {"full_name": "Lê Thử Cũ", "email": "cu@example.vn"}
    row(session, AccountChange, declaration_id=declaration.id, account_id=account.id, before=before)
    _former(session, declaration)
    _of_the_account(session, account.id, officer.id, client.id)
    _messages(session, declaration.id, account.id, officer)
    _on_a_list(session, declaration.id, officer)
    _traces(session, account.id, officer)
    return row(
        session,
        PersonRequest,
        **ours,
        subject_hash=WHOM.subject,
        registered_by_id=officer.id,
        answered_by_id=officer.id,
        withdrawn_by_id=officer.id,
    )


def _former(session: Session, declaration: Declaration) -> None:
    """What it said before its person corrected it, and a link of a refusal's letter."""
    known = {"declaration_id": declaration.id, "number": 1}
    values = declared.snapshot(declaration) | {"full_name": "Lê Thử Bản Một"}
    row(session, DeclarationVersion, **known, values=values)
    row(session, VersionPhoto, **known, kind=PhotoKind.ID_FRONT, citizen_card=_CARD, notes=["dark"])
    row(session, RedeclareLink, declaration_id=declaration.id)


def _declaration(session: Session, officer: Officer, **given: Any) -> Declaration:
    number = next(_numbers)
    made: Declaration = row(
        session,
        Declaration,
        **given,
        receipt_code=f"{number:011d}",
        status=Status.APPROVED,
        supplement_by_id=officer.id,
        escalated_by_id=officer.id,
        presented_to_id=officer.id,
        decided_by_id=officer.id,
        consent_wording="2026-01",
        guardian_bhxh_code=None,
        reasons=["name_differs"],
    )
    return made


def _of_the_declaration(session: Session, declaration_id: int, officer_id: int) -> None:
    its = {"declaration_id": declaration_id}
    theirs = its | {"officer_id": officer_id}
    row(session, Photo, **its, kind=PhotoKind.ID_FRONT, citizen_card=_CARD, notes=["blurred"])
    row(session, PhotoUpload, **theirs, kind=PhotoKind.PORTRAIT, citizen_card=_CARD, notes=["dark"])
    row(session, Verification, **theirs)
    row(session, DeskScan, **theirs, read={"kind": "citizen_card", **_CARD, "old_number": "012345678"})
    row(session, Correction, **theirs, field="full_name")
    row(session, Claim, **theirs)
    row(session, OpenedFile, **theirs)


def _of_the_account(session: Session, account_id: int, officer_id: int, client_id: int) -> None:
    its: dict[str, Any] = {"account_id": account_id}
    row(session, AccountHold, **its, kind=HoldKind.PHONE)
    row(session, AccountNote, **its, officer_id=officer_id)
    row(session, AccountDevice, **its)
    row(session, AccountSession, **its, end_reason="other_device")
    row(session, Authenticator, **its)
    row(session, FormerPassword, **its)
    issue = row(session, CredentialIssue, **its)
    row(session, CredentialAttempt, issue_id=issue.id)
    row(session, CredentialAttempt, issue_id=issue.id)
    row(session, OneTimeCode, **its, purpose="sign_in", hashes=[os.urandom(4)])
    row(session, WrongTries, **its)
    row(session, Alarm, **its, officer_id=officer_id, handled_by_id=officer_id, client_id=client_id)
    row(session, HotlineCall, **its, officer_id=officer_id, acts="reset resend")
    row(session, SpokenReset, **its, issue_id=issue.id, client_id=client_id)


def _messages(session: Session, declaration_id: int, account_id: int, officer: Officer) -> None:
    notice = row(
        session,
        Notice,
        kind=NoticeKind.RECEIVED,
        declaration_id=declaration_id,
        account_id=account_id,
        office_id=officer.office_id,
        credential_issue_id=None,
        one_time_code_id=None,
        batch_id=None,
        seen_by_id=officer.id,
        handled_by_id=officer.id,
    )
    row(session, CallBack, notice_id=notice.id, officer_id=officer.id)


def _on_a_list(session: Session, declaration_id: int, officer: Officer) -> None:
    batch = make_batch(session, officer=officer)
    known = {"batch_id": batch.id, "number": 7}
    values = {"full_name": "Lê Thử Danh Sách"}
    row(session, BatchRow, **known, declaration_id=declaration_id, bhxh_code=CODE, values=values, marks={}, faults=[])
    row(session, BatchPhoto, batch_id=batch.id, bhxh_code=CODE, kind=PhotoKind.ID_FRONT, refused=None, citizen_card={})
    row(session, BatchEdit, **known, officer_id=officer.id, field="full_name")


def _traces(session: Session, account_id: int, officer: Officer) -> None:
    subject = lookup_hash("bhxh_code", CODE)
    row(
        session,
        TrailRow,
        event=TrailEvent.REJECT,
        actor_kind=ActorKind.OFFICER,
        actor_id=officer.id,
        office_id=officer.office_id,
        declaration_id=None,
        account_id=None,
        subject_hash=subject,
        facts={"reasons": ["id_invalid"]},
    )
    row(session, Tombstone, declaration_id=10**9, office_id=officer.office_id, bhxh_code_hash=subject)
    entry = {"item": "portrait", "how": "seen", "officer": officer.id, "at": "2024-05-06T07:08:00+00:00"}
    row(
        session,
        PastApproval,
        declaration_id=10**9 + 1,
        account_id=account_id,
        office_id=officer.office_id,
        decided_by_id=officer.id,
        ledger=[entry],
    )


def _value(column: Column[Any]) -> Any:
    """Something for a column by its type: a text names its column, an instant is like no other."""
    kind, number = column.type, next(_numbers)
    match kind:
        case Enum():
            return list(kind.enum_class)[-1]  # type: ignore[arg-type]
        case DateTime():
            return next(_instants)
        case Date():
            return date(1970, 1, 1) + timedelta(days=number)
        case Boolean():
            return True
        case Integer():
            return number
        case LargeBinary():
            return os.urandom(16)
        case ARRAY():
            return []
        case Uuid():
            return uuid4()
    return f"chữ {number} {column.table.name} {column.name} của họ"
