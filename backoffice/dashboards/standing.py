"""How things stand: numbers of now, and how they stood this morning and a week ago. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backoffice.dashboards.listed import NAMES, Listed
from backoffice.dashboards.numbers import NOTHING, change, in_words, short_day
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.view import WEEK, Links, line
from backoffice.models import Stood

Shown = dict[str, Any]
_STOOD: dict[Listed, Stood] = {
    Listed.DUE_TODAY: Stood.DUE_TODAY,
    Listed.DUE_SOON: Stood.DUE_SOON,
    Listed.WAITING: Stood.WAITING,
    Listed.PRESENTED: Stood.PRESENTED,
    Listed.SUPPLEMENT: Stood.SUPPLEMENT,
    Listed.ESCALATED: Stood.ESCALATED,
    Listed.LISTS: Stood.LISTS,
}


def tiles(figures: Figures, links: Links) -> list[Shown]:
    """Return how things are now, and what expired since Monday."""
    today = figures.today
    monday = today - timedelta(days=today.weekday())
    now = {
        Listed.DUE_TODAY: (figures.due_today, ""),
        Listed.DUE_SOON: (figures.due_in_3_days, "kể cả hôm nay"),
        Listed.WAITING: (figures.waiting, "còn trong hạn"),
        Listed.PRESENTED: (figures.presented, ""),
        Listed.SUPPLEMENT: (figures.supplement, ""),
        Listed.ESCALATED: (figures.escalated, "chờ lãnh đạo quyết định" if figures.escalated else ""),
        Listed.LISTS: (figures.lists, ""),
    }
    expired = figures.within(monday, today).expired
    before = figures.within(monday - WEEK, today - WEEK).expired
    lapsed = links.during(Listed.EXPIRED, expired, monday, today, label="Quá hạn, đã xóa từ thứ Hai")
    return [
        *(links.now(what, number) | {"more": more} for what, (number, more) in now.items()),
        lapsed | {"more": f"cùng kỳ tuần trước {in_words(before)}"},
    ]


def mornings(figures: Figures) -> Shown:
    """Return how things stood when today began, and on the same day a week ago, with a line of the mornings between.

    They open no list: what waited then is not kept. Below a week of them a sentence says since when there are any.
    """
    today = figures.today
    return {
        "heads": ["Đầu ngày hôm nay", f"Đầu ngày {short_day(today - WEEK)}"],
        "lines": [_morning(figures, what) for what in _STOOD] if figures.mornings else [],
        "said": _said(figures),
    }


def _morning(figures: Figures, what: Listed) -> Shown:
    today = figures.today
    now, before = (figures.stood(day, _STOOD[what]) for day in (today, today - WEEK))
    days = [today - timedelta(days=back) for back in reversed(range(14))]
    return {
        "label": NAMES[what],
        "cells": [NOTHING if one is None else in_words(one) for one in (now, before)],
        "change": NOTHING if now is None or before is None else change(now, before),
        **line(f"{NAMES[what]}, đầu mỗi ngày", [figures.stood(day, _STOOD[what]) for day in days]),
    }


def _said(figures: Figures) -> str:
    noted, today = figures.mornings, figures.today
    if not noted:
        return "Chưa có gì để so sánh: số này được ghi lại lúc 0 giờ mỗi ngày, sau một tuần sẽ so được với tuần trước."
    if min(noted) > today - WEEK:
        return f"Chưa đủ một tuần để so sánh: số đầu ngày được ghi từ {short_day(min(noted))}."
    missed = [day for day in (today, today - WEEK) if day not in noted]
    if missed:
        return f"Đầu ngày {' và '.join(map(short_day, missed))} hệ thống không chạy nên không so sánh được."
    return "Số ghi lúc 0 giờ, trước giờ làm việc; so với cùng thứ của tuần trước. Số đã qua không có danh sách."
