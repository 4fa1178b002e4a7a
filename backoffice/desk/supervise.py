"""What waits for a supervisor: escalated declarations, and deadlines that an office could not keep (K4, K11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import aliased

from backoffice.decision.claims import Held
from backoffice.decision.late import Extension, extension, first_day
from backoffice.decision.transfer import FIELD
from backoffice.desk.labels import short_moment
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Correction, Declaration, Office, Officer, Role, Status, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline_day
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do, may
from backoffice.rules.scopes import in_scope, scope_values

MOST = 50
LATELY = timedelta(days=7)
"""So long what another office took over is listed."""
_UNDECIDED = Declaration.status == literal_column("'submitted'")
_NOW = bindparam("now", type_=DateTime(timezone=True))

Values = dict[str, Any]


def supervisors_acts(declaration: Declaration, claim: Held | None, officer: Actor) -> dict[str, bool]:
    """Return whether `officer` may now enter a late arrival (overdue too, K4) and give back what was escalated."""
    undecided = declaration.status is Status.SUBMITTED
    is_here = declaration.presented_at is not None and declaration.supplement_at is None
    is_free = claim is None or claim.officer_id == officer.id
    escalated = declaration.escalated_at is not None and not is_overdue(declaration)
    return {
        "late": undecided and not is_here and may(officer, Do.ENTER_LATE, declaration),
        "deescalate": undecided and escalated and is_free and may(officer, Do.DEESCALATE, declaration),
    }


def show_supervision(officer: Actor) -> Values:
    """Return what templates/desk/supervise.html shows; who is listed counts as looked at (design 5)."""
    with transaction() as session:
        values = _values(officer)
        escalated = session.execute(_escalated(officer.role), values).all()
        lapsed = session.execute(_lapsed(officer.role), values).all()
        offices = [_office(*row) for row in session.execute(_due(officer.role), values)]
        taken = session.execute(_taken_over(officer.role), values).all()
        listed = [row.id for row in (*escalated, *lapsed, *taken)]
        record(session, TrailEvent.QUEUE, officer, tab="supervise", listed=listed)
    return {
        "escalated": [_person(row) | _report(row) for row in escalated],
        "escalated_more": len(escalated) == MOST,
        "lapsed": [_person(row) | {"deadline": f"{clock.local(row.expires_at):%d/%m/%Y}"} for row in lapsed],
        "lapsed_more": len(lapsed) == MOST,
        "taken_over": [_person(row) | _taking(row) for row in taken],
        "offices": offices,
        "until": f"{deadline_day(clock.today(), 1):%d/%m/%Y}",
    }


def show_extension(office_code: str, officer: Actor, note: str = "", fault: str = "") -> Values:
    """Return what templates/desk/extend.html shows before anything is changed; raises NotFound out of scope."""
    return {"extension": told(extension(office_code, officer)), "note": note, "fault": fault}


def told(extended: Extension) -> Values:
    """Return an extension in words: code, office, today, lapsed, count, since and until ("21/11/2026")."""
    return {
        "code": extended.office.code,
        "office": extended.office.name,
        "today": extended.today,
        "lapsed": extended.lapsed,
        "count": extended.count,
        "since": f"{first_day():%d/%m/%Y}",
        "until": f"{extended.until:%d/%m/%Y}",
    }


def _values(officer: Actor) -> Values:
    since = datetime.combine(first_day(), datetime.min.time(), tzinfo=clock.VIETNAM)
    now = clock.now()
    times = {"now": now, "since": since, "last": clock.end_of_day(clock.today()), "lately": now - LATELY}
    return scope_values(officer) | times


@cache
def _escalated(role: Role | None) -> Select[*tuple[Any, ...]]:
    """Build the statement of what waits for a decision, the longest waiting first."""
    by = aliased(Officer)
    return (
        select(*_PERSON, Declaration.escalated_at, Declaration.escalated_note, by.full_name.label("by"))
        .join(Office, Office.id == Declaration.office_id)
        .outerjoin(by, by.id == Declaration.escalated_by_id)
        .where(
            in_scope(role, Do.DECIDE_ESCALATED, Declaration.office_id),
            _UNDECIDED,
            Declaration.escalated_at.is_not(None),
        )
        .order_by(Declaration.escalated_at, Declaration.id)
        .limit(MOST)
    )


@cache
def _lapsed(role: Role | None) -> Select[*tuple[Any, ...]]:
    """Build the statement of what has passed its deadline and is about to be swept, the first to go first."""
    return (
        select(*_PERSON, Declaration.expires_at)
        .join(Office, Office.id == Declaration.office_id)
        .where(in_scope(role, Do.ENTER_LATE, Declaration.office_id), _UNDECIDED, Declaration.expires_at < _NOW)
        .order_by(Declaration.expires_at, Declaration.id)
        .limit(MOST)
    )


@cache
def _taken_over(role: Role | None) -> Select[*tuple[Any, ...]]:
    """Build the statement of what other offices took over in the last days, the latest first (K8)."""
    former, by = aliased(Office), aliased(Officer)
    return (
        select(*_PERSON, Correction.at, Correction.note, former.code.label("former"), by.full_name.label("by"))
        .select_from(Correction)
        .join(Declaration, Declaration.id == Correction.declaration_id)
        .join(Office, Office.code == Correction.new_value)
        .join(former, former.code == Correction.old_value)
        .join(by, by.id == Correction.officer_id)
        .where(
            Correction.field == literal_column(f"'{FIELD}'"),
            in_scope(role, Do.DECIDE_ESCALATED, former.id),
            Correction.at >= bindparam("lately", type_=DateTime(timezone=True)),
        )
        .order_by(Correction.at.desc(), Correction.id.desc())
        .limit(MOST)
    )


@cache
def _due(role: Role | None) -> Select[*tuple[Any, ...]]:
    """Build the statement of the offices with deadlines that can be extended, and how many."""
    lapsed = func.count().filter(Declaration.expires_at < _NOW)
    window = Declaration.expires_at.between(
        bindparam("since", type_=DateTime(timezone=True)), bindparam("last", type_=DateTime(timezone=True))
    )
    return (
        select(Office.code, Office.name, func.count(), lapsed)
        .join(Declaration, Declaration.office_id == Office.id)
        .where(in_scope(role, Do.EXTEND_DEADLINES, Declaration.office_id), _UNDECIDED, window)
        .group_by(Office.code, Office.name)
        .order_by(Office.code)
    )


_PERSON = (
    Declaration.id,
    Declaration.receipt_code,
    Declaration.full_name,
    Declaration.bhxh_code,
    Office.code.label("office_code"),
    Office.name.label("office_name"),
)


def _person(row: Any) -> Values:
    return {
        "href": f"/desk/{row.receipt_code}",
        "full_name": row.full_name,
        "code_tail": mask_code(row.bhxh_code),
        "office": f"{row.office_code} {row.office_name}",
    }


def _report(row: Any) -> Values:
    return {"at": short_moment(row.escalated_at), "note": row.escalated_note or "", "by": row.by or ""}


def _taking(row: Any) -> Values:
    return {"at": short_moment(row.at), "former": row.former, "note": row.note, "by": row.by}


def _office(code: str, name: str, count: int, lapsed: int) -> Values:
    return {
        "code": code,
        "name": name,
        "today": count - lapsed,
        "lapsed": lapsed,
        "href": f"/desk/extend?office={code}",
    }
