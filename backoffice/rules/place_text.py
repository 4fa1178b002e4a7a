"""Where an address in one line lies, as cards have it: "Số 2 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội" (D3, domain 3)."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.identity.names import fold
from backoffice.rules.place_names import bare
from backoffice.rules.place_search import find_places
from backoffice.rules.places import Place

_DISTRICTS = ("quan ", "huyen ", "thi xa ", "thanh pho ", "tp ", "tp.")
_WARDS = ("phuong ", "xa ", "thi tran ", "p.")


@dataclass(frozen=True)
class Lies:
    """What an address says: the place when just one has these names, and the line before it; else what to look for."""

    place: Place | None
    line: str
    sought: str


def read_place(address: str) -> Lies:
    """Return where `address` lies. With or without "phường", "xã"; in the shape of before July 2025 or of since.

    Where no place or several answer, `line` is all of it and `sought` its end, for a person to choose.
    """
    parts = [part.strip() for part in address.split(",") if part.strip()]
    for count in (3, 2):
        head, tail = parts[:-count], parts[-count:]
        found = _named(tail) if len(tail) == count and not (count == 2 and _has_district(parts)) else []
        if len(found) == 1:
            return Lies(found[0], ", ".join(head), "")
    return Lies(None, ", ".join(parts), ", ".join(parts[-3:]))


def _has_district(parts: list[str]) -> bool:
    """Tell whether the part before the province is said to be a district, or stands behind a ward of its own.

    Many a ward since July 2025 has the name of the district it lies in.
    """
    above = fold(parts[-3]) if len(parts) > 2 else ""
    return fold(parts[-2]).startswith(_DISTRICTS) or above.startswith(_WARDS)


def _named(names: list[str]) -> list[Place]:
    """Return the places whose ward, district and province have these very names, diacritics aside."""
    wanted = [bare(fold(name)) for name in names]
    return [place for place in find_places(" ".join(wanted), 50).places if _names(place) == wanted]


def _names(place: Place) -> list[str]:
    return [bare(fold(unit.name)) for unit in (place.ward, place.district, place.province) if unit]
