"""What the lists show of each declaration, deleted declaration and message: plain values, labels ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from backoffice.dashboards.list_statements import FAILED_AT
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
    NoticeKind,
    NoticeStatus,
    Office,
    Purpose,
    Role,
    Status,
    Tombstone,
    TrailRow,
)
from backoffice.notices.queries import KIND_LABELS
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import label
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

Shown = dict[str, Any]
_MOMENT = DateTime(timezone=True)
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
    """A message that failed, with whom it is about; what has gone meanwhile is None."""

    id: int
    """Of the line in the trail: one message may fail twice."""
    kind: str
    channel: str
    at: datetime
    office_code: str
    office_name: str
    """Where it was counted."""
    notice_id: int | None
    status: NoticeStatus | None
    failure: str | None
    is_here: bool | None
    """It is still of an office of the scope: others' people are not named."""
    declaration_id: int | None
    account_id: int | None
    receipt_code: str | None
    declared_name: str | None
    account_name: str | None


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
_NOW = aliased(Office)
_MESSAGES = Direct(
    select(TrailRow.id, TrailRow.facts["kind"].astext, TrailRow.facts["channel"].astext, TrailRow.at)
    .add_columns(Office.code, Office.name, Notice.id, Notice.status, Notice.failure)
    .add_columns(func.starts_with(_NOW.path, bindparam("path", type_=Text())))
    .add_columns(Notice.declaration_id, Notice.account_id)
    .add_columns(Declaration.receipt_code, Declaration.full_name, Account.full_name)
    .join(Office, Office.id == FAILED_AT)
    .outerjoin(Notice, Notice.id == cast(TrailRow.facts["notice_id"].astext, BigInteger))
    .outerjoin(_NOW, _NOW.id == Notice.office_id)
    .outerjoin(Declaration, Declaration.id == Notice.declaration_id)
    .outerjoin(Account, Account.id == Notice.account_id)
    .where(TrailRow.id == _IDS, TrailRow.at >= bindparam("begins", type_=_MOMENT))
    .where(TrailRow.at < bindparam("ends", type_=_MOMENT))
)


def lines(session: Session, ids: Sequence[int]) -> dict[int, Line]:
    """Return the declarations of these ids; who has gone meanwhile is not there."""
    return {row[0]: Line(*row) for row in _LINES.rows(session, {"ids": list(ids)})} if ids else {}


def gone(session: Session, ids: Sequence[int]) -> dict[int, Gone]:
    """Return the deleted declarations of these ids."""
    return {row[0]: Gone(*row) for row in _GONE.rows(session, {"ids": list(ids)})} if ids else {}


def messages(session: Session, ids: Sequence[int], begins: datetime, ends: datetime, path: str) -> dict[int, Message]:
    """Return the failures of these ids in the trail, between these instants; `path`: of the office of the list."""
    known = {"ids": list(ids), "begins": begins, "ends": ends, "path": path}
    return {row[0]: Message(*row) for row in _MESSAGES.rows(session, known)} if ids else {}


@cache
def _seen(role: Role | None) -> Direct:
    return Direct(
        select(Declaration.id).where(Declaration.id == _IDS, in_scope(role, Do.REVIEW, Declaration.office_id))
    )


def seen(session: Session, ids: Sequence[int], officer: Actor) -> frozenset[int]:
    """Return which of these declarations the officer may open."""
    return frozenset(_seen(officer.role).values(session, {"ids": list(ids), **scope_values(officer)}) if ids else ())


def shown(line: Line, *, is_named: bool = True) -> Shown:
    """Return what templates/dashboards/list.html shows of a declaration; whose it is only where `is_named`."""
    person = {
        "href": f"/desk/{line.receipt_code}",
        "name": line.full_name,
        "code_tail": mask_code(line.bhxh_code),
        "receipt": format_receipt_code(line.receipt_code),
    }
    return (person if is_named else dict.fromkeys(person, "")) | {
        "is_elsewhere": not is_named,
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
    href = f"/desk/{line.receipt_code}" if line.receipt_code else account
    return {
        "href": href if line.is_here else "",
        "name": (line.declared_name or line.account_name or "") if line.is_here else "",
        "kind": KIND_LABELS[NoticeKind(line.kind)],
        "way": WAYS[line.channel],
        "at": short_moment(line.at),
        "why": _what_became(line),
        "office": f"{line.office_code} {line.office_name}",
    }


def _what_became(line: Message) -> str:
    if line.notice_id is None:
        return "Tin đã xóa cùng hồ sơ hoặc theo thời hạn lưu."
    if not line.is_here:
        return "Hồ sơ nay thuộc cơ quan khác."
    return "Sau đó tin đã đến." if line.status is NoticeStatus.DELIVERED else line.failure or ""
