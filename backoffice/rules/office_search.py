"""Finding the office to go to: by name or code, old ones too, and by how near it is to where somebody lives (D8).

Positions of offices and wards are not known well enough to measure miles. Near is: who serves the ward; then whoever is
of the former district the ward lay in; then of the former province; then of the present one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, true
from sqlalchemy.orm import aliased

from backoffice.identity.names import fold
from backoffice.models import Office, OfficeKind, OfficeWard
from backoffice.rules.place_names import bare
from backoffice.rules.places import (
    Unit,
    district_named,
    former_district,
    former_provinces,
    former_ward,
    province_now,
    ward_now,
    wards,
)

MOST_WORDS = 8
FORMER = aliased(Office)
"""An office that was merged into the one that is looked for; made once, for making it costs as much as the search."""
_WORD = re.compile(r"[^\W_]+")


class Nearness(StrEnum):
    """How near an office is; the order is that of the members."""

    SERVES_WARD = "serves_ward"
    SAME_FORMER_DISTRICT = "same_former_district"
    SAME_FORMER_PROVINCE = "same_former_province"
    SAME_PROVINCE = "same_province"


@dataclass(frozen=True)
class Home:
    """Where somebody lives: `ward` as it is now, if known, the former `district`, and the present `province`."""

    ward: Unit | None
    district: Unit | None
    province: str


def home_of(ward: str | None, district: str | None = None) -> Home | None:
    """Return where a ward (code of before or since July 2025) or a former `district` (code) is; None when unknown.

    A ward that is known tells all; the district is asked where none is given, or it is not known.
    """
    present, former = ward_now(ward or ""), former_ward(ward or "")
    lay_in = former_district(ward or "") or district_named(district or "")
    above = present.parent if present else lay_in.parent if lay_in else ""
    province = province_now(above)
    if province is None or ((ward and not (present or former)) and lay_in is None):
        return None
    return Home(present, lay_in, province.code)


def words_of(q: str) -> list[str]:
    """Return the words that are looked for, folded."""
    return _WORD.findall(fold(q[:500]))[:MOST_WORDS]


def named(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that each word is in the office's name or begins its code, or so of one merged into it."""
    heirs = select(FORMER.successor_id).where(FORMER.successor_id.is_not(None), _says(FORMER, words))
    return or_(_says(Office, words), Office.id.in_(heirs))


def receiving() -> ColumnElement[bool]:
    """Return the condition that people may go there: it is open, and not the root."""
    return and_(Office.closed_at.is_(None), Office.kind != OfficeKind.ROOT)


def in_province(home: Home) -> ColumnElement[bool]:
    """Return the condition that the office lies in the present province, by its old number too, or serves the ward."""
    lies_there = Office.province_code.in_(former_provinces(home.province))
    return or_(lies_there, _serves([home.ward.code])) if home.ward else lies_there


def distance(home: Home) -> ColumnElement[int]:
    """Return a number that grows with the distance: two for each member of Nearness, a province's office the second."""
    ways: list[tuple[ColumnElement[bool], int]] = []
    if home.ward:
        ways.append((_serves([home.ward.code]), 0))
    if home.district:
        ways.append((_of_district(home.district, home.province), 2))
        ways.append((Office.province_code == home.district.parent, 4))
    kind = case((Office.kind == OfficeKind.PROVINCE, 1), else_=0)
    return (case(*ways, else_=6) if ways else case((Office.id.is_not(None), 6))) + kind


def nearness(number: int) -> Nearness:
    """Return what a `distance` means."""
    return list(Nearness)[number // 2]


def _says(office: type[Office], words: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        true(),
        *(
            or_(office.folded_name.contains(word, autoescape=True), office.code.istartswith(word, autoescape=True))
            for word in words
        ),
    )


def _serves(codes: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(OfficeWard.office_id == Office.id, OfficeWard.ward_code.in_(codes))


def _of_district(district: Unit, province: str) -> ColumnElement[bool]:
    """Hold for the office named after the district, and for those that serve a ward which lay in it."""
    there = [ward.code for ward in wards(province) if former_district(ward.code) == district]
    by_name = Office.folded_name.endswith(f" {bare(district.name)}", autoescape=True)
    return or_(and_(Office.province_code == district.parent, by_name), _serves(there))
