"""Which office a row without a code speaks of: published lists give names, new and former, but no codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from backoffice.identity.names import fold
from backoffice.models import Office, OfficeKind
from backoffice.rules.places import former_district, province_now

_KINDS = re.compile(r"^(bhxh|bao hiem xa hoi) (co so|khu vuc|thanh pho|thi xa|quan|huyen|tp\.?|tx\.?|q\.|h\.)?\s*")


def bare_name(name: str) -> str:
    """Return the name folded, without "BHXH" and the word for its kind: "dong da"."""
    return _KINDS.sub("", fold(name)).strip() or fold(name)


def candidates(offices: Iterable[Office], province: str) -> list[Office]:
    """Return the district offices in work of the present `province`, whatever province they were in before."""
    return [
        office
        for office in offices
        if office.kind is OfficeKind.DISTRICT and office.closed_at is None and _lies_in(office, province)
    ]


def province_office(offices: Iterable[Office], province: str) -> Office | None:
    """Return the office of the present `province`: that of the former one whose number it kept."""
    found = [one for one in offices if one.kind is OfficeKind.PROVINCE and one.closed_at is None]
    return next((one for one in found if one.province_code == province), None)


def same_office(near: Sequence[Office], name: str, former: str) -> list[Office]:
    """Return the offices of `near` that the row may mean: none for a new one.

    First whose name it has, then whose name it had before, then whose name is the same but for the word for its kind.
    """
    ways: list[Callable[[Office], bool]] = [lambda one: one.folded_name == fold(name)]
    if former:
        ways += [
            lambda one: one.folded_name == fold(former),
            lambda one: bare_name(one.name) == bare_name(former) and not bare_name(former).isdigit(),
        ]
    else:
        ways.append(lambda one: bare_name(one.name) == bare_name(name))
    for fits in ways:
        if found := [one for one in near if fits(one)]:
            return found
    return []


def likeliest(found: Sequence[Office], wards: Sequence[str]) -> Office | None:
    """Return the office of the former district in which most of the `wards` (codes) lay; None when that tells nothing.

    A town and the district around it had one name, and one office has both now.
    """
    districts = Counter(district for ward in wards if (district := former_district(ward)))
    named = Counter({(f"bhxh {fold(one.name)}", one.parent): number for one, number in districts.items()})
    numbers = [named[one.folded_name, one.province_code or ""] for one in found]
    most = max(numbers, default=0)
    return found[numbers.index(most)] if most and numbers.count(most) == 1 else None


def _lies_in(office: Office, province: str) -> bool:
    now = province_now(office.province_code) if office.province_code else None
    return now is not None and now.code == province
