"""The queue's tabs: saved queries with counts. The condition that counts is the condition that lists."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from backoffice.kernel import clock
from backoffice.kernel.direct import one_of
from backoffice.models import (
    AccountHold,
    Claim,
    Declaration,
    HoldKind,
    IdType,
    Office,
    Photo,
    Role,
    Status,
)
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import PERMITS, Do


class Tab(StrEnum):
    """What the queue can be narrowed to."""

    WAITING = "waiting"
    PRESENTED = "presented"
    SUPPLEMENT = "supplement"
    DUE_TODAY = "due_today"
    FLAGGED = "flagged"
    ESCALATED = "escalated"
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
    Tab.ESCALATED: "Báo lãnh đạo",
    Tab.MINE: "Tôi đang giữ",
    Tab.APPROVED: "Đã duyệt hôm nay",
    Tab.REJECTED: "Không chấp nhận hôm nay",
    Tab.UNDELIVERED: "Tin nhắn chưa đến",
}
DECIDED_TABS = frozenset({Tab.APPROVED, Tab.REJECTED})
"""Tabs whose declarations are decided: the latest first."""
ELSEWHERE: dict[Tab, str] = {Tab.UNDELIVERED: "/notices"}
"""Tabs that count what another page lists (followup: messages, not declarations)."""
_DECIDERS_TABS = frozenset({Tab.ESCALATED})

BAD_PHOTO_NOTES = ["too_small", "blurred", "dark", "glare"]


NOW = bindparam("now", type_=DateTime(timezone=True))
_MIDNIGHT = bindparam("midnight", type_=DateTime(timezone=True))
_END_OF_TODAY = bindparam("end_of_today", type_=DateTime(timezone=True))
_ME = bindparam("me", type_=BigInteger())


@cache
def tabs_of(role: Role | None) -> tuple[Tab, ...]:
    """Return the tabs that officers of `role` have: who decides what was escalated has it in a tab of its own (K11)."""
    decides = role in PERMITS[Do.DECIDE_ESCALATED]
    return tuple(tab for tab in Tab if decides or tab not in _DECIDERS_TABS)


def tab_values(officer: Actor) -> dict[str, Any]:
    """Return the parameters of `condition` for `officer` at this instant."""
    return {
        "now": clock.now(),
        "midnight": start_of_today(),
        "end_of_today": clock.end_of_day(clock.today()),
        "me": officer.id,
    }


def condition(tab: Tab) -> ColumnElement[bool]:
    """Return the condition on declarations for `tab` (without the scope; none of ELSEWHERE), given `tab_values`."""
    undecided = Declaration.status == Status.SUBMITTED
    still_in_time = or_(Declaration.expires_at.is_(None), Declaration.expires_at >= NOW)
    return {
        Tab.WAITING: and_(undecided, still_in_time, Declaration.presented_at.is_(None)),
        Tab.PRESENTED: and_(undecided, Declaration.presented_at.is_not(None), Declaration.supplement_at.is_(None)),
        Tab.SUPPLEMENT: and_(undecided, still_in_time, Declaration.supplement_at.is_not(None)),
        Tab.DUE_TODAY: and_(undecided, still_in_time, Declaration.expires_at <= _END_OF_TODAY),
        Tab.FLAGGED: and_(undecided, still_in_time, flagged()),
        Tab.ESCALATED: and_(undecided, Declaration.escalated_at.is_not(None)),
        Tab.MINE: and_(undecided, _claimed_by_me()),
        Tab.APPROVED: and_(Declaration.status == Status.APPROVED, Declaration.decided_at >= _MIDNIGHT),
        Tab.REJECTED: and_(Declaration.status == Status.REJECTED, Declaration.decided_at >= _MIDNIGHT),
    }[tab]


def flagged() -> ColumnElement[bool]:
    """Return the condition that a declaration has a flag an officer must look at (desk.flags tells which).

    Each part asks one index one question: OR within a part would make the database build bitmaps for every row.
    """
    return or_(
        _odd_number(),
        Declaration.office_id.in_(select(Office.id).where(Office.closed_at.is_not(None))),
        _photo_flagged(),
        and_(_of_adult(), _held(HoldKind.PHONE, Declaration.phone)),
        _held(HoldKind.CODE, Declaration.bhxh_code),
        and_(_of_adult(), _held(HoldKind.CODE, Declaration.id_number)),
        and_(~_of_adult(), ~_has_guardians_phone()),
        *_twins(),
    )


def _odd_number() -> ColumnElement[bool]:
    """Return the condition that a CCCD's number is ill-built or says another year than the date of birth (domain 3)."""
    number, fourth = Declaration.id_number, func.substr(Declaration.id_number, 4, 1)
    century = case(
        (one_of(fourth, ["0", "1"]), "19"), (one_of(fourth, ["2", "3"]), "20"), (one_of(fourth, ["4", "5"]), "21")
    )
    year = func.concat(century, func.substr(number, 5, 2))
    return and_(
        Declaration.id_type == IdType.CITIZEN_ID,
        _of_adult(),
        or_(century.is_(None), year != func.to_char(Declaration.date_of_birth, "YYYY")),
    )


def _held(kind: HoldKind, value: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return exists().where(AccountHold.kind == kind, AccountHold.value == value)


def _of_adult() -> ColumnElement[bool]:
    """Return the condition that nobody declares it as a guardian: number and phone are then the person's own (D11)."""
    return Declaration.guardian_bhxh_code.is_(None)


def _has_guardians_phone() -> ColumnElement[bool]:
    phone, code = aliased(AccountHold), aliased(AccountHold)
    return exists().where(
        phone.kind == HoldKind.PHONE,
        phone.value == Declaration.phone,
        code.account_id == phone.account_id,
        code.kind == HoldKind.CODE,
        code.value == Declaration.guardian_bhxh_code,
    )


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


def start_of_today() -> datetime:
    """Return the first instant of today in Vietnam."""
    return datetime.combine(clock.today(), time.min, tzinfo=clock.VIETNAM)
