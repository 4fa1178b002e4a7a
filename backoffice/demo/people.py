"""Invented people for the demo. Nobody here is real, and no number here can be anybody's.

- BHXH codes begin with 00, which no province has.
- Citizen IDs fit sex, century and province, but their last six digits begin with 9; the state counts from 000001.
- Old ID numbers begin with 9, which no province had.
- Phones are a real network's prefix and then 000, and never end in the numbers the sandbox treats in its own way.
- Names are put together from parts drawn by how often they occur; addresses are real wards with made-up lines.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from backoffice.identity.papers import Sex
from backoffice.rules.places import DATA, districts, find_place, provinces, wards

FIRST_BIRTH, LAST_BIRTH = date(1948, 1, 1), date(2006, 12, 31)  # all of age from 2025 on
FIRST_CARD, LAST_CARD = date(2021, 3, 1), date(2024, 6, 28)  # while the CCCD of this layout was issued
SHARE_OF_OLD_ADDRESSES = 0.25
SHARE_WITH_OLD_ID = 0.6
PREFIXES = ("032", "033", "034", "035", "036", "037", "038", "039", "070", "076", "077", "078", "079", "081", "082")
FEMALE_BOOST = 6  # the counts come from where women were few: for them, names that are women's alone count more
WOMENS_MIDDLES = frozenset(
    ("Ngọc", "Thanh", "Minh", "Hồng", "Thu", "Kim", "Phương", "Hoài", "Khánh", "Xuân", "Như", "Bảo", "Thùy", "Hà")
)  # of the middles the source gives no sex for, the ones that women have too
LINES: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: f"Số {rng.randint(1, 400)}, đường số {rng.randint(1, 60)}",
    lambda rng: f"Số {rng.randint(1, 90)}, ngõ {rng.randint(2, 300)}, tổ {rng.randint(1, 40)}",
    lambda rng: f"Thôn {rng.randint(1, 12)}",
    lambda rng: f"Xóm {rng.randint(1, 12)}",
    lambda rng: f"Tổ dân phố {rng.randint(1, 30)}",
    lambda rng: f"Ấp {rng.randint(1, 9)}, nhà số {rng.randint(1, 200)}",
)


@dataclass(frozen=True)
class Person:
    """Somebody invented. Codes of the address are those of rules.places; `district_code` only in the older shape.

    `card_issued` is the day the citizen ID was issued; `phone` has 10 digits, `bhxh_code` 10, `old_id` 9.
    """

    full_name: str
    sex: Sex
    date_of_birth: date
    citizen_id: str
    old_id: str | None
    card_issued: date
    bhxh_code: str
    phone: str
    province_code: str
    district_code: str | None
    ward_code: str
    address_line: str

    @property
    def address(self) -> str:
        """The address in one line, as it stands on the card."""
        return find_place(self.province_code, self.district_code, self.ward_code).one_line(self.address_line)


def invent_person(rng: random.Random) -> Person:
    """Return a new adult drawn from `rng`; the same state of `rng` gives the same person."""
    sex: Sex = rng.choice(("male", "female"))
    born = _day_between(rng, FIRST_BIRTH, LAST_BIRTH)
    province, district, ward = _address(rng)
    return Person(
        full_name=_full_name(rng, sex),
        sex=sex,
        date_of_birth=born,
        citizen_id=_citizen_id(rng, sex, born),
        old_id=_old_id(rng, born),
        card_issued=_day_between(rng, FIRST_CARD, LAST_CARD),
        bhxh_code=f"00{rng.randrange(10**8):08}",
        phone=f"{rng.choice(PREFIXES)}000{rng.randint(10, 9999):04}",
        province_code=province,
        district_code=district,
        ward_code=ward,
        address_line=rng.choice(LINES)(rng),
    )


def _full_name(rng: random.Random, sex: Sex) -> str:
    """Return family, middle and given name that go with the sex and repeat no word."""
    while True:
        parts = (_draw(rng, "family", None), _draw(rng, "middle", sex), _draw(rng, "given", sex))
        words = " ".join(parts).split()
        if len(set(words)) == len(words):
            return " ".join(words)


def _draw(rng: random.Random, kind: str, sex: Sex | None) -> str:
    names, weights = _names(kind, sex)
    return rng.choices(names, cum_weights=weights)[0]


@cache
def _names(kind: str, sex: Sex | None) -> tuple[Sequence[str], Sequence[int]]:
    """Return the parts of names that go with `sex` and their counts, added up."""
    names, weights = [], [0]
    with (DATA / f"names_{kind}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            weight = int(row["count"]) * _weight(row["name"], kind, row.get("gender_hint"), sex)
            if weight:
                names.append(row["name"])
                weights.append(weights[-1] + weight)
    return names, weights[1:]


def _weight(name: str, kind: str, hint: str | None, sex: Sex | None) -> int:
    """Return how much more often than counted a part is drawn for `sex`; 0 when it does not go with it."""
    if sex is None:
        return 1
    if sex == "male":
        return 0 if hint == "F" else 1
    if hint == "M" or (kind == "middle" and hint == "U" and name not in WOMENS_MIDDLES):
        return 0
    return FEMALE_BOOST if hint == "F" else 1


def _citizen_id(rng: random.Random, sex: Sex, born: date) -> str:
    province = rng.choice(provinces(before_2025=True)).code
    century = (born.year - 1900) // 100 * 2 + (sex == "female")
    return f"0{province}{century}{born.year % 100:02}9{rng.randrange(100_000):05}"


def _old_id(rng: random.Random, born: date) -> str | None:
    """Who turned 14 before the CCCD came (2016) may have had a CMND."""
    had_one = born.year <= 2001 and rng.random() < SHARE_WITH_OLD_ID
    return f"9{rng.randrange(10**8):08}" if had_one else None


def _address(rng: random.Random) -> tuple[str, str | None, str]:
    """Return the codes of province, district (or None) and ward."""
    old = rng.random() < SHARE_OF_OLD_ADDRESSES
    while True:
        province = rng.choice(provinces(before_2025=old)).code
        district = rng.choice(districts(province)).code if old else None
        choice = wards(province, district)
        if choice:
            return province, district, rng.choice(choice).code


def _day_between(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))
