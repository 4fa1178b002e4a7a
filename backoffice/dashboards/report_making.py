"""Making the reports that were asked for: a worker takes the oldest, reads all in one snapshot, writes the file.

The row is the work. Whoever takes one says at every step that they are at it, and is asked each time whether it is
still theirs: a cancelled one is dropped at the next step, one whose maker was killed is taken up by somebody else, and
a maker thought dead who comes back finds it is theirs no more. So it may be killed at any instant and run by many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from psycopg.errors import QueryCanceled
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from backoffice.dashboards import figures, report_queries
from backoffice.dashboards.report_contents import Contents, Officer, number_of_sheets, sheets
from backoffice.dashboards.report_spans import Days, Span, before, same_part, until_today
from backoffice.gateways.sheets.book import Book
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import OfficeKind, Report, ReportFault, ReportState
from backoffice.models import Officer as OfficerRow

log = structlog.get_logger()

JOB = "backoffice.dashboards.report_jobs.make"
MOST_TRIES = 3


class NoLongerOurs(Exception):
    """The report was cancelled, or somebody else took it up."""


@dataclass(frozen=True)
class Work:
    """A report that was taken: which, and the how manieth try this is."""

    id: int
    number: int

    def note(self, **values: Any) -> None:
        """Write how far it is; raises NoLongerOurs."""
        with transaction() as session:
            mine = Report.id == self.id, Report.state == ReportState.WORKING, Report.tries == self.number
            noted = session.execute(update(Report).where(*mine).values(worked_at=clock.now(), **values))
            if not noted.rowcount:  # type: ignore[attr-defined]
                raise NoLongerOurs


def make_one() -> bool:
    """Make the report that has waited longest; tell whether there was one.

    A fault ends it with the reason, a statement that took too long too; what the database only refused for now
    (OperationalError) is taken up again later.
    """
    work = _take()
    if work is None:
        return False
    try:
        _make(work)
    except NoLongerOurs:
        log.info("report dropped", report=work.id)
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):  # it would take as long again
            _fail(work, ReportFault.SLOW)
        else:
            log.warning("report left for later", report=work.id, error=type(error.orig).__name__)
    except queue.OutOfTime:
        _fail(work, ReportFault.SLOW)
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, whoever waits is told)
        log.error("report failed", report=work.id, error=type(error).__name__)
        _fail(work, ReportFault.BROKEN)
    return True


def _take() -> Work | None:
    """Take the next report, end those that were tried too often."""
    with transaction() as session:
        while report := report_queries.waiting(session):
            now = clock.now()
            if report.tries < MOST_TRIES:
                report.state, report.worked_at = ReportState.WORKING, now
                report.tries, report.done, report.total = report.tries + 1, 0, 0
                return Work(report.id, report.tries)
            report.state, report.fault, report.ended_at = ReportState.FAILED, ReportFault.LOST, now
            session.flush()
        return None


def _make(work: Work) -> None:
    contents = _read(work)
    total = number_of_sheets(contents) + 2
    work.note(done=1, total=total)
    book, lines = Book(contents.title, contents.asked_by), 0
    for number, sheet in enumerate(sheets(contents), 2):
        book.add(sheet)
        lines += len(sheet.rows)
        work.note(done=number)
    data = book.data()
    ended = {"state": ReportState.DONE, "ended_at": clock.now(), "done": total}
    work.note(file=data, size=len(data), lines=lines, **ended)
    log.info("report made", report=work.id, lines=lines)


def _fail(work: Work, fault: ReportFault) -> None:
    try:
        work.note(state=ReportState.FAILED, fault=fault, ended_at=clock.now())
    except NoLongerOurs:
        log.info("report dropped", report=work.id)


def _read(work: Work) -> Contents:
    """Read all of it in one snapshot: with a decision between two statements the sheets would differ."""
    with transaction() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        report = session.scalars(select(Report).where(Report.id == work.id).options(joinedload(Report.officer))).one()
        return _contents(session, report, clock.now())


def _contents(session: Session, report: Report, now: datetime) -> Contents:
    span, days, office = Span(report.span), Days(report.first_day, report.last_day), report.office
    part = until_today(days, clock.local(now).date())
    former = same_part(before(span, days), part) if part != days else before(span, days)
    is_root = office.kind is OfficeKind.ROOT
    return Contents(
        office_id=office.id,
        office=f"{office.code} {office.name}",
        span=span,
        days=days,
        asked_by=f"{report.officer.full_name} ({report.officer.username})",
        asked_at=report.asked_at,
        read_at=now,
        now=figures.read(session, office.path, *part),
        before=figures.read(session, office.path, *former),
        offices=figures.by_office(session, office.path, *part),
        officers=_officers(session, office.id, part) if report.with_officers else None,
        hotline=figures.hotline(session, *part).figures if is_root else None,
    )


def _officers(session: Session, office_id: int, days: Days) -> list[Officer]:
    found = figures.by_officer(session, office_id, *days)
    query = select(OfficerRow.id, OfficerRow.username).where(OfficerRow.id.in_([one.officer_id for one in found]))
    names = {row.id: row.username for row in session.execute(query)}
    return [Officer(one.name, names.get(one.officer_id, ""), one.figures) for one in found]
