"""What a report is asked for with, as typed: a span and a day in it, an office, whether officers are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backoffice.dashboards import report_queries as queries
from backoffice.dashboards.report_spans import Days, Span, days_of
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Office
from backoffice.rules.actors import Actor

YEARS_BACK = 5
"""A report looks back so many calendar years besides the present one."""
_LONGEST = 40


@dataclass(frozen=True)
class Asked:
    """What a report is to be about."""

    office: Office
    span: Span
    days: Days
    with_officers: bool


def read(session: Session, actor: Actor, form: Mapping[str, str]) -> Asked:
    """Read span (day, week, month, quarter), day (ISO), office (a code; "": the actor's own), officers (on).

    Raises InvalidInput with every fault at its field; an office out of scope is one that does not exist.
    """
    faults: list[Fault] = []
    span = _read_span(form.get("span", ""), faults)
    day = _read_day(form.get("day", ""), faults)
    office = _read_office(session, actor, form.get("office", ""), faults)
    with_officers = bool(form.get("officers"))
    if office and with_officers and queries.has_offices_under(session, office):
        faults.append(
            Fault(
                "officers",
                f"{office.name} có cơ quan trực thuộc nên báo cáo không nêu từng cán bộ. Xin nhập mã một cơ quan "
                "cấp cơ sở, hoặc bỏ chọn mục này.",
            )
        )
    if faults or not (span and day and office):
        raise InvalidInput(faults)
    return Asked(office, span, days_of(span, day), with_officers)


def earliest() -> date:
    """Return the first day that may be asked for."""
    return date(clock.today().year - YEARS_BACK, 1, 1)


def _read_span(text: str, faults: list[Fault]) -> Span | None:
    try:
        return Span(text)
    except ValueError:
        faults.append(Fault("span", "Xin chọn khoảng thời gian: ngày, tuần, tháng hoặc quý."))
        return None


def _read_day(text: str, faults: list[Fault]) -> date | None:
    clean = visible(text[:_LONGEST])
    if not clean:
        faults.append(Fault("day", "Xin chọn một ngày nằm trong khoảng thời gian cần báo cáo."))
        return None
    try:
        day = date.fromisoformat(clean)
    except ValueError:
        faults.append(Fault("day", "Ngày không có trong lịch. Xin chọn lại ngày."))
        return None
    if day > clock.today():
        faults.append(Fault("day", "Ngày này chưa đến nên chưa có số liệu. Xin chọn hôm nay hoặc ngày đã qua."))
    elif day < earliest():
        faults.append(Fault("day", f"Báo cáo chỉ lập được từ ngày {earliest():%d/%m/%Y}. Xin chọn ngày sau đó."))
    return day


def _read_office(session: Session, actor: Actor, text: str, faults: list[Fault]) -> Office | None:
    code = visible(text[:_LONGEST]) or actor.office_code
    office = queries.office_in_scope(session, actor, code)
    if office is None:
        faults.append(
            Fault("office", "Không có cơ quan này trong phạm vi của bạn. Xin nhập mã cơ quan, ví dụ 001 hoặc 00114.")
        )
    return office
