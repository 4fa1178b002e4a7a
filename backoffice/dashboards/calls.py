"""The hotline's figures for the root's supervisors, and the calls they count. Nothing here is a citizen's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import BigInteger, DateTime, Select, bindparam, literal_column, select, true
from sqlalchemy.orm import Session

from backoffice.dashboards import asked, shares, view
from backoffice.dashboards.figures import hotline
from backoffice.dashboards.list_parts import PAGE
from backoffice.dashboards.numbers import share, short_day
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.view import DAYS, cell
from backoffice.dashboards.whose import OfficerFigures
from backoffice.desk.labels import short_moment
from backoffice.identity.text import row_number
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import NotFound
from backoffice.models import Figure, HotlineCall, Officer, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.figures import MATCHED, MISSED
from backoffice.rules.permissions import HOTLINE, Do, require

Values = dict[str, Any]
RESET, OPENED = "reset", "open"
KINDS: dict[str, str] = {
    "": "Cuộc gọi",
    MATCHED: "Cuộc gọi khớp",
    MISSED: "Cuộc gọi không khớp",
    RESET: "Cấp mật khẩu mới",
    OPENED: "Mở lại đăng nhập",
}
"""Which calls are listed: all, those whose number and code matched or not, those in which an agent did something."""
PLACES: dict[str, str] = {"hotline": "Nhân viên tổng đài", "assistant": "Trợ lý ảo", "email": "Qua thư điện tử"}
_COUNTED: dict[str, tuple[Figure, str | None]] = {
    "": (Figure.CALL, None),
    MATCHED: (Figure.CALL, MATCHED),
    MISSED: (Figure.CALL, MISSED),
    RESET: (Figure.RESET, "hotline"),
    OPENED: (Figure.UNLOCKED, None),
}


@dataclass(frozen=True)
class Calls:
    """Which calls are asked for: of which days (both inclusive), of which kind (KINDS), of whom (None: everybody)."""

    since: date
    until: date
    kind: str = ""
    officer_id: int | None = None

    def href(self, base: str, before: int | None = None) -> str:
        """Return the address of the list under `base`."""
        given = {"since": self.since.isoformat(), "until": self.until.isoformat(), "kind": self.kind}
        more = {"officer": self.officer_id, "before": before}
        known = {name: one for name, one in (given | more).items() if one}
        return f"{base}?{urlencode(known)}"


ALL, MINE = "/dashboard/hotline/calls", "/dashboard/me/calls"


def read(given: Mapping[str, str]) -> Calls:
    """Return what an address asks for; raises InvalidInput (since, until), NotFound (the rest)."""
    days = asked.days(given)
    kind = given.get("kind", "")
    officer = row_number(given["officer"]) if given.get("officer") else None
    if kind not in KINDS or (given.get("officer") and officer is None):
        raise NotFound
    return Calls(*days, kind, officer)


@clock.held()
def show_hotline(officer: Actor) -> Values:
    """Return what templates/dashboards/hotline.html shows: the hotline, its agents. NotFound below the root."""
    require(officer, Do.SEE_DASHBOARD, HOTLINE)
    today = clock.today()
    with transaction() as session:
        found = hotline(session, today - DAYS, today, agents_since=today)
    week, _ = shares.two_weeks(found.figures)
    return {
        "as_of": f"{clock.local(clock.now()):%H:%M}",
        "today": short_day(today),
        "flows": flows(found.figures, ALL),
        "places": shares.parts(
            found.figures,
            lambda of: of.by_key(Figure.RESET),
            PLACES,
            lambda key, number: _by_place(key, number, week),
        ),
        "agents": [_agent(one) for one in found.agents],
        "columns": [KINDS[kind] for kind in (MATCHED, MISSED, RESET, OPENED)],
    }


@clock.held()
def show_calls(officer: Actor, wanted: Calls, before: str = "", *, mine: bool = False) -> Values:
    """Return a page of calls, the latest first: everybody's for the root's supervisors, or the officer's own.

    Raises NotFound out of scope, and for an officer who had no such call.
    """
    if mine:
        require(officer, Do.SEE_OWN_FIGURES)
        wanted = replace(wanted, officer_id=officer.id)
    else:
        require(officer, Do.SEE_DASHBOARD, HOTLINE)
    last = row_number(before)
    with transaction() as session:
        rows = _calls(session, wanted, last)
    if wanted.officer_id is not None and not rows and not mine and last is None:
        raise NotFound
    more = wanted.href(MINE if mine else ALL, rows[PAGE - 1][0]) if len(rows) > PAGE else None
    return {
        "rows": [_call(*row) for row in rows[:PAGE]],
        "more_href": more,
        "heading": KINDS[wanted.kind],
        "when": asked.in_words(wanted.since, wanted.until),
        "who": rows[0][3] if wanted.officer_id is not None and rows and not mine else "",
        "mine": mine,
    }


def flows(figures: Figures, base: str) -> list[Values]:
    """Return what happened at the hotline: today and a week ago, in seven days and in the seven before."""
    return [view.flow(KINDS[kind], figures, *_COUNTED[kind], partial(link, base, kind)) for kind in KINDS]


def link(base: str, kind: str, since: date, until: date) -> str:
    """Return the address of the calls of a kind (KINDS) under `base`."""
    return Calls(since, until, kind).href(base)


def _by_place(key: str, number: int, week: Figures) -> Values:
    has_list = key == "hotline"
    return cell(number, Calls(week.since, week.until, RESET).href(ALL) if has_list else "", PLACES.get(key, key))


def _agent(one: OfficerFigures) -> Values:
    figures, today = one.figures, one.figures.today
    cells = [
        cell(figures.number(*_COUNTED[kind]), Calls(today, today, kind, one.officer_id).href(ALL), KINDS[kind])
        | {"name": f"{one.name}, {KINDS[kind]}"}
        for kind in (MATCHED, MISSED, RESET, OPENED)
    ]
    return {"name": one.name, "cells": cells, "share": share(figures.calls_missed, figures.calls)}


def _calls(session: Session, wanted: Calls, last: int | None) -> list[tuple[Any, ...]]:
    begins, ends = asked.instants(wanted.since, wanted.until)
    known = {"begins": begins, "ends": ends, "officer": wanted.officer_id or 0, "before": last or 0}
    return _statement(wanted.kind, wanted.officer_id is not None, last is not None).rows(session, known)


@cache
def _statement(kind: str, of_one: bool, is_later: bool) -> Direct:
    of, who, rows = _acts(kind) if kind in (RESET, OPENED) else _of_calls(kind)
    moment = DateTime(timezone=True)
    rows = rows.join(Officer, Officer.id == who).where(
        of.at >= bindparam("begins", type_=moment), of.at < bindparam("ends", type_=moment)
    )
    if of_one:
        rows = rows.where(who == bindparam("officer", type_=BigInteger()))
    if is_later:
        rows = rows.where(of.id < bindparam("before", type_=BigInteger()))
    return Direct(rows.order_by(of.id.desc()).limit(PAGE + 1))


def _of_calls(kind: str) -> tuple[Any, Any, Select[*tuple[Any, ...]]]:
    rows: Select[*tuple[Any, ...]] = select(HotlineCall.id, HotlineCall.at, HotlineCall.matched, Officer.full_name)
    if kind:
        rows = rows.where(HotlineCall.matched.is_(kind == MATCHED))
    return HotlineCall, HotlineCall.officer_id, rows


def _acts(kind: str) -> tuple[Any, Any, Select[*tuple[Any, ...]]]:
    """Return what was done in calls, from the trail: twice in one call is two, each at its own moment and day."""
    rows = select(TrailRow.id, TrailRow.at, true(), Officer.full_name).where(
        TrailRow.event == literal_column(f"'{TrailEvent.HOTLINE_ACT}'"),
        TrailRow.facts["act"].astext == literal_column(f"'{kind}'"),
        TrailRow.facts["done"].astext == literal_column("'true'"),
    )
    return TrailRow, TrailRow.actor_id, rows


def _call(_id: int, at: Any, matched: bool, name: str) -> Values:
    return {"at": short_moment(at), "matched": matched, "name": name}
