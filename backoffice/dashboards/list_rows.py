"""What the lists show of each declaration, deleted declaration and message: plain values, labels ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.dashboards.listed import CHANNELS, WAYS
from backoffice.desk.labels import PURPOSES, SHORT_PURPOSES, deadline_words, short_moment, state_tone, urgency
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.models import (
    Account,
    Channel,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    Office,
    Purpose,
    Status,
    Tombstone,
)
from backoffice.notices.queries import KIND_LABELS
from backoffice.rules.lifecycle import label

Shown = dict[str, Any]
_IDS = any_(bindparam("ids", type_=ARRAY(BigInteger)))


class Line(NamedTuple):
    """A declaration on a list."""

    id: int
    receipt_code: str
    bhxh_code: str
    full_name: str
    purpose: Purpose
    guardian_bhxh_code: str | None
    status: Status
    channel: Channel
    declared_at: datetime
    expires_at: datetime | None
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    decided_at: datetime | None
    office_code: str
    office_name: str


class Gone(NamedTuple):
    """A deleted declaration on a list: nothing names the person."""

    id: int
    purpose: Purpose
    channel: Channel
    declared_at: datetime
    expired_at: datetime
    deleted_at: datetime
    office_code: str
    office_name: str


class Message(NamedTuple):
    """A message that failed, with whom it is about."""

    id: int
    kind: NoticeKind
    channel: NoticeChannel
    finished_at: datetime
    failure: str | None
    declaration_id: int | None
    account_id: int | None
    receipt_code: str | None
    declared_name: str | None
    account_name: str | None
    office_code: str
    office_name: str


_LINES = Direct(
    select(*(getattr(Declaration, name) for name in Line._fields[:-2]), Office.code, Office.name)
    .join(Office, Office.id == Declaration.office_id)
    .where(Declaration.id == _IDS)
)
_GONE = Direct(
    select(
        Tombstone.declaration_id, *(getattr(Tombstone, name) for name in Gone._fields[1:-2]), Office.code, Office.name
    )
    .join(Office, Office.id == Tombstone.office_id)
    .where(Tombstone.declaration_id == _IDS)
)
_MESSAGES = Direct(
    select(
        *(getattr(Notice, name) for name in Message._fields[:7]),
        Declaration.receipt_code,
        Declaration.full_name,
        Account.full_name,
        Office.code,
        Office.name,
    )
    .join(Office, Office.id == Notice.office_id)
    .outerjoin(Declaration, Declaration.id == Notice.declaration_id)
    .outerjoin(Account, Account.id == Notice.account_id)
    .where(Notice.id == _IDS)
)


def lines(session: Session, ids: Sequence[int]) -> dict[int, Line]:
    """Return the declarations of these ids; who has gone meanwhile is not there."""
    return {row[0]: Line(*row) for row in _LINES.rows(session, {"ids": list(ids)})} if ids else {}


def gone(session: Session, ids: Sequence[int]) -> dict[int, Gone]:
    """Return the deleted declarations of these ids."""
    return {row[0]: Gone(*row) for row in _GONE.rows(session, {"ids": list(ids)})} if ids else {}


def messages(session: Session, ids: Sequence[int]) -> dict[int, Message]:
    """Return the messages of these ids."""
    return {row[0]: Message(*row) for row in _MESSAGES.rows(session, {"ids": list(ids)})} if ids else {}


def shown(line: Line) -> Shown:
    """Return what templates/dashboards/list.html shows of a declaration."""
    return {
        "href": f"/desk/{line.receipt_code}",
        "name": line.full_name,
        "code_tail": mask_code(line.bhxh_code),
        "receipt": format_receipt_code(line.receipt_code),
        "purpose": "Cho con" if line.guardian_bhxh_code else SHORT_PURPOSES[line.purpose],
        "channel": CHANNELS[line.channel],
        "declared": short_moment(line.declared_at),
        "when": short_moment(line.decided_at) if line.decided_at else deadline_words(line),
        "urgency": urgency(line),
        "state": label(line),
        "tone": state_tone(line),
        "office": f"{line.office_code} {line.office_name}",
    }


def shown_gone(line: Gone) -> Shown:
    """Return what the list shows of a deleted declaration."""
    return {
        "href": "",
        "name": "",
        "purpose": PURPOSES[line.purpose],
        "channel": CHANNELS[line.channel],
        "declared": short_moment(line.declared_at),
        "deadline": f"{clock.local(line.expired_at):%d/%m/%Y}",
        "deleted": short_moment(line.deleted_at),
        "office": f"{line.office_code} {line.office_name}",
    }


def shown_message(line: Message) -> Shown:
    """Return what the list shows of a message."""
    account = f"/desk/accounts/{line.account_id}" if line.account_id else ""
    return {
        "href": f"/desk/{line.receipt_code}" if line.receipt_code else account,
        "name": line.declared_name or line.account_name or "",
        "kind": KIND_LABELS[line.kind],
        "way": WAYS[line.channel],
        "at": short_moment(line.finished_at),
        "why": line.failure or "",
        "office": f"{line.office_code} {line.office_name}",
    }
