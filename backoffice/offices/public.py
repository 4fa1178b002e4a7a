"""The public's search for an office: by name, code or place, and the nearest to a ward (D8). Facts of offices alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session

from backoffice.identity.names import fold
from backoffice.identity.text import visible
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeKind, OfficeWard
from backoffice.offices import words
from backoffice.offices.sheet import wards_by_office
from backoffice.rules import office_search
from backoffice.rules.office_search import Home, Nearness, distance, home_of, in_province, named, receiving
from backoffice.rules.place_names import bare, province_named
from backoffice.rules.places import Unit, provinces, wards
from backoffice.rules.places import province_now as province_of
from backoffice.rules.serving import serving

MOST_SHOWN = 20
MOST_WARDS = 12
LONGEST_SEARCH = 200
_BEFORE_NAME = re.compile(
    r"^(bhxh |bao hiem xa hoi |co quan )*(co so |thanh pho |thi xa |quan |huyen |phuong |xa |dac khu |tinh |tp |tx )?"
)
_SERVES = {
    Nearness.SERVES_WARD: "Phục vụ xã, phường này",
    Nearness.SAME_FORMER_DISTRICT: "Cùng quận, huyện trước đây",
}


@dataclass(frozen=True)
class Found:
    """An office as people need it; `nearness` is "" or how near in words, `formerly` names what was merged into it."""

    code: str
    name: str
    address: str
    phone: str
    phone_digits: str
    email: str
    map_href: str
    wards: Sequence[str]
    nearness: str
    formerly: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """What a search found; `wards` are those the words may mean, each with its province, to be chosen from.

    `more_wards`: so many others have the name too.
    """

    offices: Sequence[Found]
    more: bool
    home: str
    wards: Sequence[tuple[str, str]]
    more_wards: int = 0


def find(q: str = "", province: str = "", ward: str = "") -> Answer:
    """Return open offices for words `q`, in the present `province` (code), nearest to `ward` (code) first.

    Words need no diacritics and may be of a name, a code, a province or a ward, old names and codes too; what is not
    known as a code of a place is not looked at. Whose full name is sought comes first, wherever a ward is called so.
    With nothing asked, or nothing but signs, nothing is found.
    """
    sought = visible(q[:LONGEST_SEARCH])
    home = home_of(ward) or (Home(None, None, province) if _is_province(province) else None)
    by_ward = bool(home and home.ward)
    if not by_ward and (not _plain(sought) if sought else home is None):
        return Answer([], False, "", [])
    meant = [] if by_ward else _wards_named(sought, province if _is_province(province) else "")
    with transaction() as session:
        if len(meant) == 1 and session.scalar(select(exists().where(receiving(), _is_called(sought)))) is False:
            home = home_of(meant[0].code)
        offices = _offices(session, sought, home, by_ward=bool(home and home.ward))
        shown = _shown(session, offices[:MOST_SHOWN], home, sought)
    choices = [(one.code, _with_province(one)) for one in meant[:MOST_WARDS]] if len(meant) > 1 else []
    place = home.ward if home else None
    home_name = _with_province(place) if place else ""
    return Answer(shown, len(offices) > MOST_SHOWN, home_name, choices, max(0, len(meant) - MOST_WARDS))


def by_code(code: str) -> Found | None:
    """Return the office to go to for a code, that of one that was merged too; None where nobody receives any more."""
    with transaction() as session:
        office = session.scalars(select(Office).where(Office.code == visible(code[:20]))).one_or_none()
        office = serving(session, office) if office else None
        if office is None or office.closed_at is not None or office.kind is OfficeKind.ROOT:
            return None
        return _shown(session, [(office, 0)], None, "")[0]


def province_of_ward(ward: str) -> str:
    """Return the code of the present province of a ward (code of before or since July 2025), "" for what is none."""
    home = home_of(ward) if ward else None
    return home.province if home else ""


def _offices(session: Session, sought: str, home: Home | None, *, by_ward: bool) -> Sequence[tuple[Office, int]]:
    """Return offices with their distance; a chosen ward decides alone, words then only say where it is."""
    near = distance(home) if home else case((Office.id.is_not(None), 0))
    query = select(Office, near).where(receiving())
    if home:
        query = query.where(in_province(home))
    if sought and not by_ward:
        accented = func.lower(Office.name) != sought.lower()
        query = query.where(_is_meant(sought)).order_by(
            Office.code != sought, ~_is_called(sought), accented, ~_is_named(_plain(sought)), ~_is_named(_core(sought))
        )
    rows = session.execute(query.order_by(near, Office.code).limit(MOST_SHOWN + 1))
    return [(office, number) for office, number in rows]


def _is_meant(sought: str) -> ColumnElement[bool]:
    """Hold where the words, as they were typed or without those for kinds, are of the office or its place."""
    return or_(*(_speaks_of(phrase) for phrase in {_plain(sought), _core(sought)}))


def _speaks_of(phrase: str) -> ColumnElement[bool]:
    """Hold where each word is of the name, the code or the province, or all of them are of a ward that is served."""
    each = [or_(named([word]), Office.province_code.in_(_provinces_with(word))) for word in phrase.split()]
    served = [ward.code for ward in _wards_with(phrase)]
    serves = select(OfficeWard.office_id).where(OfficeWard.ward_code.in_(served))
    return or_(and_(true(), *each), Office.id.in_(serves))


def _is_called(sought: str) -> ColumnElement[bool]:
    """Hold where this is the full name of the office, or of one that was merged into it; diacritics do not matter."""
    name, former = fold(sought), office_search.FORMER
    heirs = select(former.successor_id).where(former.successor_id.is_not(None), former.folded_name == name)
    return or_(Office.folded_name == name, Office.id.in_(heirs))


def _is_named(phrase: str) -> ColumnElement[bool]:
    return Office.folded_name.endswith(f" {phrase}", autoescape=True)


def _plain(text: str) -> str:
    return " ".join(office_search.words_of(text))


def _core(sought: str) -> str:
    """Return the words that tell places apart: "BHXH quận Ba Đình, thành phố Hà Nội" is "ba dinh ha noi"."""
    parts = (_BEFORE_NAME.sub("", f"{_plain(part)} ").strip() for part in sought.split(","))
    return " ".join(" ".join(parts).split()[: office_search.MOST_WORDS]) or _plain(sought)


def _shown(session: Session, found: Sequence[tuple[Office, int]], home: Home | None, sought: str) -> Sequence[Found]:
    ids = [office.id for office, _ in found]
    served = wards_by_office(session, ids)
    former: dict[int | None, list[str]] = {}
    for one in session.scalars(select(Office).where(Office.successor_id.in_(ids)).order_by(Office.code)):
        former.setdefault(one.successor_id, []).append(f"{one.name} (mã {one.code})")
    return [
        Found(
            code=office.code,
            name=office.name,
            address=office.address or "",
            phone=words.phone(office.phone),
            phone_digits=office.phone or "",
            email=office.email or "",
            map_href=words.map_href(office),
            wards=words.wards(served.get(office.id, ()), office.province_code),
            nearness=_SERVES.get(office_search.nearness(number), "") if home and home.ward else "",
            formerly=former.get(office.id, []),
        )
        for office, number in found
    ]


def _is_province(code: str) -> bool:
    return any(one.code == code for one in provinces())


def _with_province(ward: Unit) -> str:
    above = province_of(ward.parent)
    return f"{ward.name}, {above.name}" if above else ward.name


def _wards_named(sought: str, province: str) -> list[Unit]:
    """Return the wards whose very name is sought, in `province` or the one named after a comma, where there is one."""
    name, _, above = sought.partition(",")
    core, there = _core(name), province_named(above.rpartition(",")[2] or above)
    found = [ward for ward in _wards_with(core) if bare(ward.name) == core]
    wanted = province or (there.code if there else "")
    return [ward for ward in found if not wanted or ward.parent == wanted]


def _wards_with(phrase: str) -> list[Unit]:
    if not any(char.isalpha() for char in phrase):
        return []
    return [ward for name, ward in _all_wards() if f" {phrase} " in name]


def _provinces_with(word: str) -> list[str]:
    """Return the codes of provinces, old and present, whose own or present name has the word."""
    return [code for code, names in _province_words().items() if word in names]


@cache
def _all_wards() -> list[tuple[str, Unit]]:
    return [(f" {bare(ward.name)} ", ward) for one in provinces() for ward in wards(one.code)]


@cache
def _province_words() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for before in (True, False):
        for one in provinces(before_2025=before):
            now = province_of(one.code) or one
            found.setdefault(one.code, set()).update(fold(bare(one.name)).split(), bare(now.name).split())
    return found
