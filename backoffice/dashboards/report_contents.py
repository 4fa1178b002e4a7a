"""The sheets of a report, made of figures read in one snapshot: so its totals agree, whatever goes on meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.dashboards.report_lines import (
    CALLS,
    CHANNELS,
    FLOWS,
    NOTICES,
    OF_DAY,
    OF_OFFICER,
    STANDING,
    Line,
)
from backoffice.dashboards.report_spans import Days, Span, told
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.whose import OfficeFigures
from backoffice.gateways.sheets.book import Cell, Head, Kind, Sheet, Value
from backoffice.kernel import clock
from backoffice.models import Figure
from backoffice.rules.reasons import WORDING, Reason, reason_of


@dataclass(frozen=True)
class Officer:
    """What one officer did at the office."""

    name: str
    username: str
    figures: Figures


@dataclass(frozen=True)
class Contents:
    """All that a report is made of: what it is about, who asked, when it was read, the figures."""

    office_id: int
    office: str
    """Code and name."""
    span: Span
    days: Days
    """The whole span; the figures are of the part that has come."""
    asked_by: str
    asked_at: datetime
    read_at: datetime
    now: Figures
    before: Figures
    """Of as many days of the span before."""
    offices: Sequence[OfficeFigures]
    officers: Sequence[Officer] | None = None
    """None: not told apart."""
    hotline: Figures | None = None
    """None: not for this office."""

    @property
    def title(self) -> str:
        """Return the heading of the whole."""
        return f"Báo cáo mở tài khoản giao dịch điện tử – {told(self.span, self.days)}"

    @property
    def is_whole(self) -> bool:
        """Tell whether every day of the span was over when it was read."""
        return clock.local(self.read_at).date() > self.days.last


Row = list[Value]


def sheets(of: Contents) -> Iterator[Sheet]:
    """Yield the sheets, one after the other."""
    yield _summary(of)
    yield _by_office(of)
    if of.officers is not None:
        yield _by_officer(of, of.officers)
    yield _reasons(of)
    yield _keyed(of, "Kênh", "Tờ khai mới theo kênh", "Kênh", of.now.channels, CHANNELS)
    failed = of.now.by_key(Figure.NOTICE_FAILED)
    yield _keyed(of, "Tin nhắn", "Tin nhắn, thư không đến", "Cách gửi", failed, NOTICES)
    if of.hotline is not None:
        yield _by_day(of, "Tổng đài", "Tổng đài theo ngày", of.hotline, CALLS)
    yield _by_day(of, "Theo ngày", "Theo ngày", of.now, OF_DAY)


def number_of_sheets(of: Contents) -> int:
    """Return how many sheets there will be."""
    return 6 + (of.officers is not None) + (of.hotline is not None)


def _summary(of: Contents) -> Sheet:
    heads = [
        Head("Chỉ tiêu", Kind.TEXT, 40),
        Head("Kỳ này", width=14),
        Head("Kỳ trước", width=14),
        Head("Tăng, giảm", width=14),
        Head("Cách tính", Kind.TEXT, 90),
    ]
    lines = FLOWS if of.hotline is None else (*FLOWS, *CALLS)
    rows: list[Row] = []
    for line in lines:
        now, before = (_source(of, line, figures) for figures in (of.now, of.before))
        rows.append([line.label, line.cell(now), *_compared(of, line, now, before), line.meaning])
    rows += [[f"{line.label} (lúc lập)", line.cell(of.now), None, None, line.meaning] for line in STANDING]
    return Sheet("Tổng hợp", heads, rows, [of.title, *_facts(of), _compared_with(of)])


def _source(of: Contents, line: Line, figures: Figures) -> Figures:
    return of.hotline if line in CALLS and of.hotline is not None else figures


def _compared(of: Contents, line: Line, now: Figures, before: Figures) -> tuple[Value, Value]:
    if line in CALLS:
        return None, None
    is_now, was = line.read(now), line.read(before)
    change = None if is_now is None or was is None else is_now - was
    return Cell(was, line.kind), Cell(change, line.kind)


def _facts(of: Contents) -> list[str]:
    """Return what every reader has to know: of whom, of which days, who asked, when it was read."""
    today = clock.local(of.read_at).date()
    if of.is_whole:
        days = f"Số liệu đủ các ngày từ {of.days.first:%d/%m/%Y} đến {of.days.last:%d/%m/%Y}."
    elif today == of.days.first:
        days = f"Ngày {today:%d/%m/%Y} chưa hết: số liệu tính đến lúc lập."
    else:
        last = f"ngày {today:%d/%m/%Y} chưa hết, số liệu tính đến lúc lập"
        days = f"Chưa hết kỳ: từ {of.days.first:%d/%m/%Y} các ngày đã qua là đủ; {last}."
    return [
        f"Cơ quan: {of.office}" + (" và các cơ quan trực thuộc" if len(of.offices) > 1 else ""),
        f"Người yêu cầu: {of.asked_by}, lúc {_moment(of.asked_at)}. Số liệu lấy lúc {_moment(of.read_at)}.",
        days,
    ]


def _compared_with(of: Contents) -> str:
    since, until = of.before.since, of.before.until
    part = "" if of.is_whole else " (cùng số ngày đầu kỳ)"
    if since == until:
        return f"Kỳ trước: ngày {since:%d/%m/%Y}{part}."
    return f"Kỳ trước: {since:%d/%m/%Y} – {until:%d/%m/%Y}{part}."


def _by_office(of: Contents) -> Sheet:
    lines = (*FLOWS, *STANDING)
    heads = [Head("Mã", Kind.TEXT, 9), Head("Cơ quan", Kind.TEXT, 38), *_heads(FLOWS), *_heads(STANDING, " (lúc lập)")]
    rows: list[Row] = [
        [one.code, f"{one.name} (đã đóng)" if one.is_closed else one.name, *_cells(lines, one.figures)]
        for one in of.offices
    ]
    total = ["", "Cộng", *_cells(lines, of.now)]
    return Sheet("Theo cơ quan", heads, rows, ["Theo cơ quan", *_facts(of)], total)


def _by_officer(of: Contents, officers: Sequence[Officer]) -> Sheet:
    heads = [Head("Cán bộ", Kind.TEXT, 30), Head("Tên đăng nhập", Kind.TEXT, 18), *_heads(OF_OFFICER)]
    rows: list[Row] = [[one.name, one.username, *_cells(OF_OFFICER, one.figures)] for one in officers]
    note = (
        "Chỉ để bố trí công việc. Số liệu từng cán bộ chỉ chính cán bộ đó và lãnh đạo phụ trách cơ quan được xem; "
        "không dùng để xếp hạng."
    )
    own = next((one.figures for one in of.offices if one.office_id == of.office_id), of.now)
    if any(rest := _rest(OF_OFFICER, own, [one.figures for one in officers])):
        rows.append(["Hệ thống, không do cán bộ nào", "", *rest])
    total = ["Cộng của cơ quan", "", *_cells(OF_OFFICER, own)]
    return Sheet("Theo cán bộ", heads, rows, ["Theo cán bộ", *_facts(of), note], total)


def _rest(lines: Sequence[Line], whole: Figures, parts: Sequence[Figures]) -> Row:
    """Return what of the whole is of none of the parts, of the lines that can be added up."""
    numbers = [line if line.kind is Kind.NUMBER else None for line in lines]
    return [(line.read(whole) or 0) - sum(line.read(one) or 0 for one in parts) if line else None for line in numbers]


def _reasons(of: Contents) -> Sheet:
    counts, rejected = Counter[Reason](), of.now.rejected
    for code, number in of.now.reasons.items():
        counts[reason_of(code)] += number  # of unusable photos the code says which, too
    rows: list[Row] = [
        [WORDING[reason].screen, counts[reason], _share(counts[reason], rejected)]
        for reason in sorted(Reason, key=lambda one: -counts[one])
    ]
    heads = [Head("Lý do", Kind.TEXT, 60), Head("Số lần nêu"), Head("Tỷ lệ trên số không chấp nhận", Kind.SHARE, 20)]
    note = (
        f"Không chấp nhận {rejected} tờ khai. Một tờ khai có thể có nhiều lý do, nên số lần nêu cộng lại có thể lớn "
        "hơn số tờ khai."
    )
    total: Row = ["Cộng số lần nêu", counts.total(), None]
    return Sheet("Lý do không chấp nhận", heads, rows, ["Lý do không chấp nhận", *_facts(of), note], total)


def _keyed(
    of: Contents, name: str, title: str, heading: str, counts: Mapping[str, int], labels: Mapping[str, str]
) -> Sheet:
    whole = sum(counts.values())
    keys = [*labels, *(key for key in counts if key not in labels)]
    rows: list[Row] = [[labels.get(key, key), counts.get(key, 0), _share(counts.get(key, 0), whole)] for key in keys]
    heads = [Head(heading, Kind.TEXT, 40), Head("Số lượng"), Head("Tỷ lệ", Kind.SHARE)]
    return Sheet(name, heads, rows, [title, *_facts(of)], ["Cộng", whole, _share(whole, whole)])


def _by_day(of: Contents, name: str, title: str, figures: Figures, lines: Sequence[Line]) -> Sheet:
    days = Days(figures.since, figures.until).each
    rows: list[Row] = [[day, _weekday(day), *_cells(lines, figures.within(day, day))] for day in days]
    heads = [Head("Ngày", Kind.DAY, 12), Head("Thứ", Kind.TEXT, 10), *_heads(lines)]
    return Sheet(name, heads, rows, [title, *_facts(of)], ["Cộng", "", *_cells(lines, figures)])


def _heads(lines: Sequence[Line], more: str = "") -> list[Head]:
    return [Head(line.heading + more, line.kind) for line in lines]


def _cells(lines: Sequence[Line], figures: Figures) -> Row:
    return [line.read(figures) for line in lines]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _weekday(day: date) -> str:
    return ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")[day.weekday()]


def _moment(at: datetime) -> str:
    return f"{clock.local(at):%H:%M ngày %d/%m/%Y}"
