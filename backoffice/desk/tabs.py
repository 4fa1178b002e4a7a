"""The queue's tabs: saved queries with counts. The condition that counts is the condition that lists."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, and_, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backoffice.kernel import clock
from backoffice.models import (
    AccountHold,
    Claim,
    Declaration,
    HoldKind,
    Notice,
    NoticeStatus,
    Photo,
    Status,
)
from backoffice.rules.actors import Actor


class Tab(StrEnum):
    """What the queue can be narrowed to."""

    WAITING = "waiting"
    PRESENTED = "presented"
    SUPPLEMENT = "supplement"
    DUE_TODAY = "due_today"
    FLAGGED = "flagged"
    MINE = "mine"
    APPROVED = "approved_today"
    REJECTED = "rejected_today"
    UNDELIVERED = "undelivered"


LABELS: dict[Tab, str] = {
    Tab.WAITING: "Chưa đến nộp",
    Tab.PRESENTED: "Đã nộp, đang giải quyết",
    Tab.SUPPLEMENT: "Chờ bổ sung",
    Tab.DUE_TODAY: "Hạn nộp hôm nay",
    Tab.FLAGGED: "Cần lưu ý",
    Tab.MINE: "Tôi đang giữ",
    Tab.APPROVED: "Đã duyệt hôm nay",
    Tab.REJECTED: "Không chấp nhận hôm nay",
    Tab.UNDELIVERED: "Tin nhắn chưa đến",
}
DECIDED_TABS = frozenset({Tab.APPROVED, Tab.REJECTED, Tab.UNDELIVERED})

BAD_PHOTO_NOTES = ["too_small", "blurred", "dark", "glare"]


NOW = bindparam("now", type_=DateTime(timezone=True))
_MIDNIGHT = bindparam("midnight", type_=DateTime(timezone=True))
_END_OF_TODAY = bindparam("end_of_today", type_=DateTime(timezone=True))
_ME = bindparam("me", type_=BigInteger())


def tab_values(officer: Actor) -> dict[str, Any]:
    """Return the parameters of `condition` for `officer` at this instant."""
    return {
        "now": clock.now(),
        "midnight": start_of_today(),
        "end_of_today": clock.end_of_day(clock.today()),
        "me": officer.id,
    }


def condition(tab: Tab) -> ColumnElement[bool]:
    """Return the condition on declarations for `tab` (without the scope); give it `tab_values` at execution."""
    undecided = Declaration.status == Status.SUBMITTED
    still_in_time = or_(Declaration.expires_at.is_(None), Declaration.expires_at >= NOW)
    return {
        Tab.WAITING: and_(undecided, still_in_time, Declaration.presented_at.is_(None)),
        Tab.PRESENTED: and_(undecided, Declaration.presented_at.is_not(None), Declaration.supplement_at.is_(None)),
        Tab.SUPPLEMENT: and_(undecided, still_in_time, Declaration.supplement_at.is_not(None)),
        Tab.DUE_TODAY: and_(undecided, still_in_time, Declaration.expires_at <= _END_OF_TODAY),
        Tab.FLAGGED: and_(undecided, still_in_time, flagged()),
        Tab.MINE: and_(undecided, _claimed_by_me()),
        Tab.APPROVED: and_(Declaration.status == Status.APPROVED, Declaration.decided_at >= _MIDNIGHT),
        Tab.REJECTED: and_(Declaration.status == Status.REJECTED, Declaration.decided_at >= _MIDNIGHT),
        Tab.UNDELIVERED: and_(
            Declaration.status.in_([Status.APPROVED, Status.REJECTED]),
            Declaration.decided_at >= _MIDNIGHT,
            _has_failed_notice(),
        ),
    }[tab]


def flagged() -> ColumnElement[bool]:
    """Return the condition that a declaration has a flag an officer must look at (desk.flags tells which).

    Each part asks one index one question: OR within a part would make the database build bitmaps for every row.
    """
    return or_(
        _photo_flagged(),
        _held(HoldKind.PHONE, Declaration.phone),
        _held(HoldKind.CODE, Declaration.bhxh_code),
        _held(HoldKind.CODE, Declaration.id_number),
        *_twins(),
    )


def _held(kind: HoldKind, value: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return exists().where(AccountHold.kind == kind, AccountHold.value == value)


def _twins() -> list[ColumnElement[bool]]:
    """Return the conditions that another declaration, undecided or of a refused try, shares something."""
    other = aliased(Declaration)
    another = exists().where(other.id != Declaration.id)
    undecided = another.where(other.status == Status.SUBMITTED)
    return [
        undecided.where(other.phone == Declaration.phone),
        another.where(
            other.bhxh_code == Declaration.bhxh_code,
            or_(other.status == Status.SUBMITTED, other.status == Status.REJECTED),
        ),
        undecided.where(other.bhxh_code == Declaration.id_number),
        undecided.where(other.id_number == Declaration.id_number),
    ]


def _photo_flagged() -> ColumnElement[bool]:
    card = Photo.citizen_card
    return exists().where(
        Photo.declaration_id == Declaration.id,
        or_(
            Photo.notes.overlap(BAD_PHOTO_NOTES),
            and_(
                card.is_not(None),
                card["number"].astext != Declaration.id_number,
                card["old_number"].astext.is_distinct_from(Declaration.id_number),
            ),
        ),
    )


def _claimed_by_me() -> ColumnElement[bool]:
    claim = aliased(Claim)
    return exists().where(claim.declaration_id == Declaration.id, claim.officer_id == _ME, claim.until >= NOW)


def _has_failed_notice() -> ColumnElement[bool]:
    return Declaration.id.in_(
        select(Notice.declaration_id)
        .where(Notice.declaration_id == Declaration.id, Notice.status == NoticeStatus.FAILED)
        .correlate(Declaration)
    )


def start_of_today() -> datetime:
    """Return the first instant of today in Vietnam."""
    return datetime.combine(clock.today(), time.min, tzinfo=clock.VIETNAM)
