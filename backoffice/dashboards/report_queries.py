"""Reports as they are looked for: an officer's own, those that wait to be made; and the offices they may be about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, undefer

from backoffice.kernel import clock, queue
from backoffice.models import KeptData, Office, Report, ReportState
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.retention import cutoff, term
from backoffice.rules.scopes import in_scope, scope_values

KEPT = term(KeptData.REPORTS)
SHOWN = 50
"""So many of an officer's reports are listed, the newest first."""
STRAY = timedelta(seconds=queue.JOB_SECONDS)
"""Whoever makes a report says so at every step and has no more time than this: silent for so long, they are dead."""
SAME = timedelta(minutes=1)
"""Asked for again within so long, one that was made meanwhile is the same: a second click, not a second wish."""
_TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
OPEN = (ReportState.ASKED, ReportState.WORKING)


def office_in_scope(session: Session, actor: Actor, code: str) -> Office | None:
    """Return the office with this code, None when the actor may not see its figures or there is none."""
    query = select(Office).where(Office.code == code, in_scope(actor.role, Do.SEE_DASHBOARD, Office.id))
    return session.scalars(query, scope_values(actor)).one_or_none()


def has_offices_under(session: Session, office: Office) -> bool:
    """Tell whether an office in work hangs under it, so that it is no single office; those merged into it are none."""
    under = Office.parent_id == office.id, Office.closed_at.is_(None)
    return bool(session.scalar(select(exists().where(*under))))


def offices_under(session: Session, actor: Actor) -> Sequence[Office]:
    """Return the offices in work right under the actor's, in the order of their codes: what the form proposes."""
    under = Office.parent_id == actor.office_id, Office.closed_at.is_(None)
    return session.scalars(select(Office).where(*under).order_by(Office.code)).all()


def own(session: Session, actor: Actor) -> Sequence[Report]:
    """Return the actor's reports of offices they may still see, newest first, without the files."""
    query = select(Report).where(*_reachable(actor)).order_by(Report.id.desc()).limit(SHOWN)
    return session.scalars(query, scope_values(actor)).all()


def find(session: Session, actor: Actor, token: str, *, locked: bool = False, with_file: bool = False) -> Report | None:
    """Return the actor's report with this token, None when it is another's, of an office out of scope, or over.

    When `locked` it is held until the transaction ends.
    """
    if not _TOKEN.fullmatch(token):
        return None
    query = select(Report).where(Report.token == token, *_reachable(actor))
    if with_file:
        query = query.options(undefer(Report.file))
    if locked:
        query = query.with_for_update(of=Report)
    return session.scalars(query, scope_values(actor)).one_or_none()


def waiting(session: Session) -> Report | None:
    """Return the oldest report that waits to be made or whose maker is silent, locked; passes over what is held."""
    silent = and_(Report.state == ReportState.WORKING, Report.worked_at < clock.now() - STRAY)
    due = or_(Report.state == ReportState.ASKED, silent)
    query = select(Report).where(due).order_by(Report.id).limit(1)
    return session.scalars(query.with_for_update(of=Report, skip_locked=True)).one_or_none()


def same(session: Session, wanted: Report) -> str | None:
    """Return the token of the officer's report of the very same that is not made yet, or was asked for just now."""
    columns = (Report.officer_id, Report.office_id, Report.with_officers, Report.span, Report.first_day)
    just_made = and_(Report.state == ReportState.DONE, Report.asked_at > clock.now() - SAME)
    query = select(Report.token).where(
        or_(Report.state.in_(OPEN), just_made), *(one == getattr(wanted, one.key) for one in columns)
    )
    return session.scalars(query.order_by(Report.id.desc()).limit(1)).first()


def number_open(session: Session, officer_id: int) -> int:
    """Return how many of the officer's reports are not made yet."""
    mine = Report.officer_id == officer_id, Report.state.in_(OPEN)
    return session.scalar(select(func.count()).where(*mine)) or 0


def number_since(session: Session, officer_id: int, since: datetime) -> int:
    """Return how many reports the officer asked for since then."""
    mine = Report.officer_id == officer_id, Report.asked_at > since
    return session.scalar(select(func.count()).where(*mine)) or 0


def _reachable(actor: Actor) -> list[ColumnElement[bool]]:
    kept = or_(Report.ended_at.is_(None), Report.ended_at >= cutoff(KeptData.REPORTS))
    return [Report.officer_id == actor.id, kept, in_scope(actor.role, Do.SEE_DASHBOARD, Report.office_id)]
