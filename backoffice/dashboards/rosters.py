"""Figures in rows: of each office under another, of each officer of one office. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from backoffice.dashboards.listed import Listed
from backoffice.dashboards.numbers import minutes, share
from backoffice.dashboards.shares import median_of
from backoffice.dashboards.view import Links
from backoffice.dashboards.whose import Board, OfficeFigures, OfficerFigures

Shown = dict[str, Any]
OFFICE_COLUMNS = ("Chưa đến nộp", "Hạn hôm nay", "Hạn 3 ngày", "Báo lãnh đạo", "Đã duyệt hôm nay", "Quá hạn hôm nay")


def offices(below: Iterable[OfficeFigures], links: Links) -> list[Shown]:
    """Return a line for each office right under one, with all under that."""
    return [
        {
            "code": one.code,
            "name": one.name,
            "note": "đã đóng" if one.is_closed else "",
            "href": f"/dashboard?office={one.code}",
            "cells": _office_cells(one, links),
        }
        for one in below
    ]


def _office_cells(one: OfficeFigures, links: Links) -> list[Shown]:
    today, figures = one.figures.today, one.figures
    now = (
        (Listed.WAITING, figures.waiting),
        (Listed.DUE_TODAY, figures.due_today),
        (Listed.DUE_SOON, figures.due_in_3_days),
        (Listed.ESCALATED, figures.escalated),
    )
    done = ((Listed.APPROVED, figures.approved), (Listed.EXPIRED, figures.expired))
    cells = [links.now(what, number, office=one) for what, number in now]
    cells += [links.during(what, number, today, today, office=one) for what, number in done]
    return [
        shown | {"label": label, "name": f"{one.name}, {label}"}
        for shown, label in zip(cells, OFFICE_COLUMNS, strict=True)
    ]


OFFICER_COLUMNS = ("Đã duyệt", "Không chấp nhận", "Tỷ lệ duyệt", "Một nửa xong trong")
TODAYS_COLUMNS = (*OFFICER_COLUMNS, "Giải quyết cùng ngày tuần trước")


def officers(those: Iterable[OfficerFigures], since: date, until: date, links: Links) -> list[Shown]:
    """Return what each officer of one office decided from `since` to `until`; who decided nothing is left out."""
    return [
        _officer(one, OFFICER_COLUMNS, _officer_cells(one, since, until, links)) for one in those if one.figures.decided
    ]


def todays_officers(found: Board, links: Links) -> list[Shown]:
    """Return the same of today, and how many each decided on the same day a week ago."""
    before = {one.officer_id: one.figures for one in found.officers_before}
    shown = []
    for one in found.officers:
        if not one.figures.decided:
            continue
        today, then = one.figures.today, before.get(one.officer_id)
        cells = _officer_cells(one, today, today, links)
        day, number = (then.since, then.decided) if then else (today, 0)
        cells.append(links.during(Listed.DECIDED, number, day, day, officer_id=one.officer_id))
        shown.append(_officer(one, TODAYS_COLUMNS, cells))
    return shown


def _officer(one: OfficerFigures, columns: tuple[str, ...], cells: list[Shown]) -> Shown:
    labelled = [
        shown | {"label": label, "name": f"{one.name}, {label}"} for shown, label in zip(cells, columns, strict=True)
    ]
    return {"name": one.name, "cells": labelled}


def _officer_cells(one: OfficerFigures, since: date, until: date, links: Links) -> list[Shown]:
    figures = one.figures
    decided = ((Listed.APPROVED, figures.approved), (Listed.REJECTED, figures.rejected))
    return [
        *(links.during(what, number, since, until, officer_id=one.officer_id) for what, number in decided),
        {"text": share(figures.approved, figures.decided), "href": ""},
        {"text": minutes(median_of(figures)), "href": ""},
    ]
