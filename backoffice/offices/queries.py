"""Reads of the room: the tree by levels, the search, one office with what belongs to it, what hinders closing it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.models import Declaration, Office, OfficeKind, OfficeMerge, Officer, OfficeWard
from backoffice.rules.places import provinces, wards
from backoffice.rules.serving import PLANNED

MOST_FOUND = 100
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 8
_FEWEST_LETTERS_OF_A_WARD = 3


class Line(NamedTuple):
    """An office as a list shows it; `below`: how many offices in work hang right under it."""

    office: Office
    successor: Office | None
    below: int


@dataclass(frozen=True)
class Hindrance:
    """Why an office cannot be closed: how many of what, as a sentence with what to do."""

    sentence: str


def children(session: Session, parent_id: int | None, *, closed: bool) -> list[Line]:
    """Return the offices right under `parent_id` (None: the root alone) by code; `closed`: the closed ones too."""
    query = _lines().where(Office.parent_id == parent_id).order_by(Office.code)
    return _read(session, query if closed else query.where(Office.closed_at.is_(None)))


def search(session: Session, q: str, *, closed: bool, most: int = MOST_FOUND) -> tuple[list[Line], bool]:
    """Return up to `most` offices that `q` finds, and whether there are more; those in work first, then by code.

    Each word is in the name, with or without diacritics, or begins the code; or all of it names a ward that is served.
    One that was merged is always found: its line leads to the successor. Other closed ones only if `closed`.
    """
    words = _WORD.findall(fold(q[:200]))[:_MOST_WORDS]
    if not words:
        return [], False
    named = and_(*(or_(Office.folded_name.contains(word, autoescape=True), _begins(word)) for word in words))
    query = _lines().where(or_(named, Office.id.in_(_serving(words))))
    if not closed:
        query = query.where(or_(Office.closed_at.is_(None), Office.successor_id.is_not(None)))
    found = _read(session, query.order_by(Office.closed_at.is_not(None), Office.code).limit(most + 1))
    return found[:most], len(found) > most


def merged_into(session: Session, office: Office) -> Sequence[Office]:
    """Return the offices that were merged into this one, also by way of others, by code."""
    return session.scalars(select(Office).where(Office.successor_id == office.id).order_by(Office.code)).all()


def own_children(session: Session, office: Office) -> Sequence[Office]:
    """Return the offices right under this one, closed ones too, without those that were merged, by code."""
    below = select(Office).where(Office.parent_id == office.id, Office.successor_id.is_(None))
    return session.scalars(below.order_by(Office.code)).all()


def open_merge_of(session: Session, office: Office) -> OfficeMerge | None:
    """Return the merge that is planned for the office."""
    return session.scalars(select(OfficeMerge).where(OfficeMerge.office_id == office.id, *PLANNED)).one_or_none()


def open_merges_into(session: Session, office: Office) -> Sequence[tuple[OfficeMerge, Office]]:
    """Return the merges planned into the office, each with the office that is to go, by day."""
    found = session.execute(
        select(OfficeMerge, Office)
        .join(Office, Office.id == OfficeMerge.office_id)
        .where(OfficeMerge.successor_id == office.id, *PLANNED)
        .order_by(OfficeMerge.on_day, OfficeMerge.id)
    )
    return [(merge, former) for merge, former in found]


def done_merge_of(session: Session, office: Office) -> OfficeMerge | None:
    """Return the merge by which the office ended."""
    return session.scalars(
        select(OfficeMerge).where(OfficeMerge.office_id == office.id, OfficeMerge.done_at.is_not(None))
    ).one_or_none()


class Counts(NamedTuple):
    """What belongs to an office now."""

    declarations: int
    officers: int
    stand_ins: int
    offices: int


def counts(session: Session, office: Office) -> Counts:
    """Return how many open declarations, officers, stand-ins and offices in work the office has."""
    of_declarations = select(func.count()).where(
        Declaration.office_id == office.id, Declaration.status == literal_column("'submitted'")
    )
    enabled = Officer.disabled_at.is_(None)
    officers = select(func.count()).where(Officer.office_id == office.id, enabled)
    standing_in = select(func.count()).where(
        Officer.second_office_id == office.id, Officer.second_until >= clock.today(), enabled
    )
    below = select(func.count()).where(Office.parent_id == office.id, Office.closed_at.is_(None))
    asked = (of_declarations, officers, standing_in, below)
    row = session.execute(select(*(one.scalar_subquery() for one in asked))).one()
    return Counts(*row)


def hindrances(session: Session, office: Office) -> list[Hindrance]:
    """Return what is in the way of closing the office, each as a sentence."""
    had = counts(session, office)
    plans = open_merge_of(session, office) is not None, bool(open_merges_into(session, office))
    told = (
        (had.declarations, f"Còn {had.declarations} hồ sơ chưa giải quyết: xin giải quyết, hoặc hợp nhất cơ quan."),
        (had.officers, f"Còn {had.officers} cán bộ đang làm việc: xin chuyển cơ quan cho họ trước."),
        (had.stand_ins, f"Còn {had.stand_ins} cán bộ làm thay tại đây: xin kết thúc việc làm thay trước."),
        (had.offices, f"Còn {had.offices} cơ quan cấp dưới đang hoạt động: xin đóng hoặc chuyển đi trước."),
        (plans[0], "Đang có kế hoạch hợp nhất cơ quan này: xin hủy kế hoạch trước."),
        (plans[1], "Đang có kế hoạch hợp nhất cơ quan khác vào đây: xin hủy kế hoạch đó trước."),
    )
    return [Hindrance(sentence) for is_there, sentence in told if is_there]


def parents(session: Session, branch: str) -> Sequence[Office]:
    """Return the offices in work of `branch` (a path) that may have others under them, by code."""
    wanted = select(Office).where(
        func.starts_with(Office.path, branch), Office.closed_at.is_(None), Office.kind != OfficeKind.DISTRICT
    )
    return session.scalars(wanted.order_by(Office.code)).all()


def in_work(session: Session, branch: str, kind: OfficeKind) -> Sequence[Office]:
    """Return the offices in work of `branch` (a path) and `kind`, by code."""
    wanted = select(Office).where(
        func.starts_with(Office.path, branch), Office.closed_at.is_(None), Office.kind == kind
    )
    return session.scalars(wanted.order_by(Office.code)).all()


def _lines() -> Select[Office, Office, int]:
    below, successor = aliased(Office), aliased(Office)
    number = select(func.count()).where(below.parent_id == Office.id, below.closed_at.is_(None)).scalar_subquery()
    return select(Office, successor, number).outerjoin(successor, successor.id == Office.successor_id)


def _read(session: Session, query: Select[Office, Office, int]) -> list[Line]:
    return [Line(*row) for row in session.execute(query)]


def _begins(word: str) -> ColumnElement[bool]:
    return Office.code.startswith(word, autoescape=True)


def _serving(words: list[str]) -> Select[int]:
    """Return the ids of offices that serve a ward whose name holds these words, each at the beginning of one."""
    codes = []
    if max(map(len, words)) >= _FEWEST_LETTERS_OF_A_WARD:
        sought = [f" {word}" for word in words]
        codes = [code for code, name in _wards() if all(word in name for word in sought)]
    return select(OfficeWard.office_id).where(OfficeWard.ward_code.in_(codes))


@cache
def _wards() -> list[tuple[str, str]]:
    """Codes of the present wards, each with its folded name after a blank."""
    return [(ward.code, f" {fold(ward.name)}") for province in provinces() for ward in wards(province.code)]
