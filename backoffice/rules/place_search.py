"""Finding where somebody lives by a few words, in both shapes of an address (D3): "phuc xa ba dinh", "ba dinh hn".

Each word begins a word of the ward's, district's or province's name; diacritics, capitals and commas do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from backoffice.identity.names import fold
from backoffice.rules.place_names import bare
from backoffice.rules.places import Place, districts, provinces, wards

MOST_WORDS, LONGEST = 10, 200
_WORD = re.compile(r"[^\W_]+")
_SHORT = {
    "hn": "ha noi", "hcm": "ho chi minh", "tphcm": "ho chi minh", "sg": "ho chi minh", "tp": "thanh pho",
    "tx": "thi xa", "dn": "da nang", "hp": "hai phong", "ct": "can tho",
}  # fmt: skip
_NUMBERED = re.compile(r"([pq])(\d{1,2})", re.ASCII)


@dataclass(frozen=True)
class Found:
    """Places that answer to the words, the likeliest first; `more`: there are others."""

    places: Sequence[Place]
    more: bool


def find_places(text: str, most: int = 10) -> Found:
    """Return up to `most` places that `text` may mean: those since July 2025 before those of before, of equal names."""
    text = text[:LONGEST]
    words = _words(text)
    if not words or not any(len(word) > 1 or word.isdigit() for word in words):
        return Found([], False)
    starts = [f" {word}" for word in words]
    found = [entry for entry in _entries() if all(start in entry.text for start in starts)]
    said, spelt = bare(" ".join(words)), unicodedata.normalize("NFC", text).casefold()
    found.sort(key=lambda one: (one.rank(said), one.is_spelt_otherwise(spelt), one.is_former, len(one.text)))
    return Found([entry.place for entry in found[:most]], len(found) > most)


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    """All names folded, with a blank before each word."""
    name: str
    """The bare name of the ward, or of the district without wards."""
    place: Place

    @property
    def is_former(self) -> bool:
        """Tell whether it is in the shape of before July 2025."""
        return self.place.district is not None

    def rank(self, said: str) -> int:
        """Return 0 when this very name is said, 1 when it comes first or is begun, else 2."""
        if said == self.name:
            return 0
        return 1 if said.startswith(f"{self.name} ") or self.name.startswith(said) else 2

    def is_spelt_otherwise(self, spelt: str) -> bool:
        """Tell whether the name has other diacritics than a text that has some."""
        if spelt.isascii():
            return False
        lowest = self.place.ward or self.place.district or self.place.province
        return lowest.name.casefold().partition(" ")[2] not in spelt


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        numbered = _NUMBERED.fullmatch(word)
        if numbered:
            found += ["phuong" if numbered[1] == "p" else "quan", numbered[2]]
        else:
            found += _SHORT.get(word, word).split()
    return found[:MOST_WORDS]


@cache
def _entries() -> tuple[_Entry, ...]:
    present = [Place(one, None, ward) for one in provinces() for ward in wards(one.code)]
    former = [
        Place(one, district, ward)
        for one in provinces(before_2025=True)
        for district in districts(one.code)
        for ward in wards(one.code, district.code) or (None,)
    ]
    return tuple(map(_entry, [*present, *former]))


def _entry(place: Place) -> _Entry:
    units = [unit for unit in (place.ward, place.district, place.province) if unit]
    return _Entry(f" {' '.join(_plain(unit.name) for unit in units)} ", bare(units[0].name), place)


@cache
def _plain(name: str) -> str:
    """Return the words of a name, folded; the same few thousand names stand for all places."""
    return " ".join(_WORD.findall(fold(name)))
