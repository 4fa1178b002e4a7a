"""Reports as the tests ask for them, and their workbooks as readers open them."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from sqlalchemy.orm import Session, undefer

from backoffice.dashboards import report_actions, report_making
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.models import Officer, Report, ReportState
from backoffice.rules.actors import Actor


def make_report(session: Session, officer: Officer, **values: Any) -> Report:
    """A report on the officer's own office and one day, asked for."""
    defaults: dict[str, Any] = {
        "token": hashing.new_token(),
        "officer_id": officer.id,
        "office_id": officer.office_id,
        "span": "day",
        "first_day": date(2026, 11, 2),
        "last_day": date(2026, 11, 2),
        "with_officers": False,
        "state": ReportState.ASKED,
        "asked_at": clock.now(),
    }
    report = Report(**defaults | values)
    session.add(report)
    session.flush()
    return report


def ask(actor: Actor, span: str, day: date, office: str = "", *, officers: bool = False) -> str:
    """Ask as the form does; return the token."""
    form = {"span": span, "day": day.isoformat(), "office": office}
    return report_actions.ask(actor, form | ({"officers": "on"} if officers else {}))


def report(token: str) -> Report:
    with transaction() as session:
        return session.query(Report).filter_by(token=token).options(undefer(Report.file)).one()


def made(actor: Actor, *args: Any, **more: Any) -> Any:
    """Ask for a report, let it be made, take it and open the workbook."""
    token = ask(actor, *args, **more)
    assert report_making.make_one()
    return load_workbook(BytesIO(report_actions.download(actor, token).data))


def table(book: Any, sheet: str) -> dict[str, dict[str, Any]]:
    """The rows of a sheet by their first cell that is not empty, each by the headings; a day by its date."""
    page = book[sheet]
    head = int(page.freeze_panes[1:].lstrip("ABCDEFGH")) - 1
    titles = [cell.value for cell in page[head]]
    rows = [dict(zip(titles, [cell.value for cell in row], strict=True)) for row in page.iter_rows(min_row=head + 1)]
    return {next(value for value in row.values() if value not in (None, "")): row for row in rows}
