"""Asking for a report, stopping it, asking again, taking the file (issue 9, point 3). A worker makes it meanwhile.

The row is the work (report_making): a lost queue loses nothing. A file opens for whoever asked
alone, as long as they may see that office.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.dashboards import report_forms, report_queries, report_view
from backoffice.dashboards.report_forms import Asked
from backoffice.dashboards.report_making import JOB
from backoffice.dashboards.report_words import GONE, NOT_YET
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound, TooManyRequests
from backoffice.kernel.hashing import new_token
from backoffice.models import KeptData, Officer, Report, ReportState, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.retention import cutoff

MOST_OPEN = 3
"""Reports of one officer that are not made yet."""
MOST_A_DAY = 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class File:
    """A finished report: its name, ASCII, and its bytes."""

    name: str
    data: bytes


def show(actor: Actor, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page shows: the form, filled with what was `typed`, and the actor's reports. Raises Forbidden."""
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        return report_view.page(session, actor, typed or {})


def show_list(actor: Actor) -> dict[str, Any]:
    """Return the actor's reports alone, with a mark of how they stand. Raises Forbidden."""
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        return report_view.listed(session, actor)


def ask(actor: Actor, form: Mapping[str, str]) -> str:
    """Ask for the report that the form describes and return its token; the same asked for twice is one.

    Raises Forbidden, InvalidInput, Conflict (too_many) with too many unfinished, TooManyRequests.
    """
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        return _ask(session, actor, report_forms.read(session, actor, form))


def again(actor: Actor, token: str) -> str:
    """Ask for the same report once more and return the new one's token. Raises as `ask`, NotFound."""
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        former = _own(session, actor, token)
        form = {
            "span": former.span,
            "day": former.first_day.isoformat(),
            "office": former.office.code,
            "officers": "on" if former.with_officers else "",
        }
        return _ask(session, actor, report_forms.read(session, actor, form))


def cancel(actor: Actor, token: str) -> None:
    """Stop a report; one that has ended stays as it is. Raises Forbidden, NotFound."""
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        report = _own(session, actor, token, locked=True)
        if report.state in report_queries.OPEN:
            report.state, report.ended_at = ReportState.CANCELLED, clock.now()


def download(actor: Actor, token: str) -> File:
    """Return the finished file; that it was taken is noted. Raises Forbidden, NotFound, Conflict (not_yet)."""
    require(actor, Do.SEE_DASHBOARD)
    with transaction() as session:
        report = _own(session, actor, token, with_file=True)
        if report.state is not ReportState.DONE or report.file is None:
            raise Conflict(NOT_YET, code="not_yet")
        facts: dict[str, Any] = {"count": report.lines, "report": report.id, "office": report.office_id}
        facts |= {"since": report.first_day.isoformat(), "until": report.last_day.isoformat()}
        record(session, TrailEvent.EXPORT, actor, what="report", officers=report.with_officers, **facts)
        return File(report_view.file_name(report), report.file)


def tidy() -> int:
    """Delete the reports that have had their time; return how many."""
    with transaction() as session:
        gone = session.execute(delete(Report).where(Report.ended_at < cutoff(KeptData.REPORTS)))
        return int(gone.rowcount)  # type: ignore[attr-defined]


def _own(session: Session, actor: Actor, token: str, *, locked: bool = False, with_file: bool = False) -> Report:
    report = report_queries.find(session, actor, token, locked=locked, with_file=with_file)
    if report is None:
        raise NotFound(GONE)
    return report


def _ask(session: Session, actor: Actor, asked: Asked) -> str:
    """Keep the wish, unless it is there already. The officer is held meanwhile, so two clicks come one by one."""
    mine = select(Officer.id).where(Officer.id == actor.id).with_for_update(key_share=True)
    report = _wish(asked, session.scalars(mine).one())
    require(actor, Do.SEE_DASHBOARD, report)
    if same := report_queries.same(session, report):
        return same
    _refuse_many(session, report.officer_id)
    session.add(report)
    session.flush()
    queue.ask_after_commit(session, JOB, lane=queue.BULK)
    return report.token


def _wish(asked: Asked, officer_id: int) -> Report:
    return Report(
        token=new_token(),
        officer_id=officer_id,
        office_id=asked.office.id,
        office=asked.office,
        with_officers=asked.with_officers,
        span=asked.span.value,
        first_day=asked.days.first,
        last_day=asked.days.last,
        state=ReportState.ASKED,
        asked_at=clock.now(),
    )


def _refuse_many(session: Session, officer_id: int) -> None:
    if report_queries.number_open(session, officer_id) >= MOST_OPEN:
        raise Conflict(
            f"Bạn đang có {MOST_OPEN} báo cáo chưa lập xong nên chưa nhận thêm. Xin đợi một báo cáo xong, hoặc "
            "hủy bớt.",
            code="too_many",
        )
    if report_queries.number_since(session, officer_id, clock.now() - DAY) >= MOST_A_DAY:
        raise TooManyRequests(
            f"Bạn đã yêu cầu {MOST_A_DAY} báo cáo trong 24 giờ nên chưa nhận thêm. Các báo cáo đã lập vẫn tải "
            "được; xin yêu cầu tiếp vào ngày mai.",
            retry_after=int(DAY.total_seconds()),
        )
