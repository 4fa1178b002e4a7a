"""What the page of reports shows: the form, and how far each of the officer's reports has come."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.dashboards import report_queries as queries
from backoffice.dashboards.report_forms import earliest
from backoffice.dashboards.report_spans import Days, Span, file_part, told
from backoffice.dashboards.report_words import FAULTS, KEPT, SPANS, STATES
from backoffice.kernel import clock
from backoffice.models import KeptData, Report, ReportState
from backoffice.rules.actors import Actor
from backoffice.rules.retention import term

Values = dict[str, Any]


def page(session: Session, actor: Actor, typed: Mapping[str, str]) -> Values:
    """Return what the whole page shows."""
    today = clock.today()
    below = queries.offices_under(session, actor)
    return {
        "spans": [{"value": span.value, "label": label} for span, label in SPANS.items()],
        "typed": {"span": Span.MONTH.value, "day": today.isoformat(), "office": actor.office_code, **typed},
        "today": today.isoformat(),
        "earliest": earliest().isoformat(),
        "below": [{"code": one.code, "name": one.name} for one in below],
        "own": {"code": actor.office_code, "name": actor.office_name},
        **listed(session, actor),
    }


def listed(session: Session, actor: Actor) -> Values:
    """Return the officer's reports, how many are under way, and a mark of all that is shown of them."""
    lines = [_line(report) for report in queries.own(session, actor)]
    mark = hashlib.sha256(repr([sorted(line.items()) for line in lines]).encode()).hexdigest()[:16]
    return {"reports": lines, "under_way": sum(line["open"] for line in lines), "state": mark, "kept": KEPT}


def file_name(report: Report) -> str:
    """Return the name of its file, ASCII: "bao-cao-001-quy-2026-4.xlsx"."""
    part = file_part(Span(report.span), Days(report.first_day, report.last_day))
    return f"bao-cao-{report.office.code}-{part}{'-can-bo' if report.with_officers else ''}.xlsx"


def _line(report: Report) -> Values:
    label, tone = STATES[report.state]
    ended = report.ended_at
    return {
        "token": report.token,
        "span": told(Span(report.span), Days(report.first_day, report.last_day)),
        "office": f"{report.office.code} {report.office.name}",
        "officers": report.with_officers,
        "asked_at": report.asked_at,
        "label": label,
        "tone": tone,
        "open": report.state in queries.OPEN,
        "is_done": report.state is ReportState.DONE,
        "may_again": report.state in (ReportState.FAILED, ReportState.CANCELLED),
        "why": FAULTS[report.fault] if report.fault else "",
        "progress": _progress(report),
        "size": _size(report.size),
        "until": ended + term(KeptData.REPORTS) if ended and report.state is ReportState.DONE else None,
        "name": file_name(report),
    }


def _progress(report: Report) -> int:
    """Return how far it is, in per cent; only a finished one is all there."""
    return min(99, 100 * report.done // report.total) if report.total else 0


def _size(number: int | None) -> str:
    return f"{max(1, round((number or 0) / 1024))} KB"
