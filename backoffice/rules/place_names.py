"""Finding a ward by its name, as an officer types it: "Ba Đình, Hà Nội" (D3; in the shape since July 2025)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.rules.places import Place, Unit, find_place, provinces, wards

_KINDS = (
    "phuong ", "quan ", "huyen ", "thi xa ", "xa dao ", "xa ", "dac khu ", "thanh pho ", "tinh ",
    "p. ", "x. ", "tp. ", "tp ", "t. ",
)  # fmt: skip
_SHOWN = 4


def find_ward(text: str, province: str | None = None) -> Place:
    """Return the ward that `text` names: its 5-digit code, or its name and, after the last comma, that of its province.

    Capitals, diacritics and the words "phường", "xã", "tỉnh" do not matter. Where the text names no province and
    several wards have the name, the one in `province` (a code) is meant. Raises Malformed when none or several answer.
    """
    ward, *rest = (part.strip() for part in text.split(","))
    above = rest[-1] if rest else ""
    if not ward:
        raise Malformed(
            "Chưa có xã, phường. Xin ghi tên xã, phường, dấu phẩy, rồi tên tỉnh, thành phố.", code="missing"
        )
    found = [place for place in _named(ward) if not above or bare(place.province.name) == bare(above)]
    near = [place for place in found if place.province.code == province]
    if len(found) > 1 and len(near) == 1:
        found = near
    if len(found) == 1:
        return found[0]
    if found:
        raise Malformed(_several(found), code="ambiguous")
    where = f" ở {above[:60]}" if above else ""
    raise Malformed(
        f"Không có xã, phường “{ward[:60]}”{where}. Xin ghi theo tên từ ngày 01/7/2025, ví dụ “Ba Đình, Hà Nội”.",
        code="unknown",
    )


def ward_in(text: str, province: str) -> Unit | None:
    """Return the ward of the present `province` (a code) that `text` names: by its 5-digit code or by its name.

    Capitals, diacritics, apostrophes, blanks, the word for its kind, and y for i ("Sơn Quy", "Sơn Qui") do not matter;
    where several wards of the province answer, first the diacritics tell and then the word for the kind. None when none
    or several are left.
    """
    known = {ward.code: ward for ward in wards(province)}
    if text.strip() in known:
        return known[text.strip()]
    found = _spelt(province).get(_loose(bare(text)), ())
    accented = [ward for ward in found if _marks(ward.name) == _marks(text)] or found
    those = [ward for ward in accented if fold(ward.name) == fold(text)] or accented
    return those[0] if len(those) == 1 else None


def province_named(text: str) -> Unit | None:
    """Return the present province of this name or 2-digit code; None for none."""
    wanted = _loose(bare(text))
    return next((one for one in provinces() if wanted and wanted in (one.code, _loose(bare(one.name)))), None)


def ward_like(text: str, province: str) -> Unit | None:
    """Return the one ward of the `province` whose name looks most like `text`, to be asked about; None for none."""
    names = {ward.name: ward for ward in wards(province)}
    near = get_close_matches(text, names, n=1, cutoff=0.8)
    return names[near[0]] if near else None


def _named(ward: str) -> Sequence[Place]:
    """Return the wards of a code or name, with the word for its kind or without."""
    whole, short = fold(ward), bare(ward)
    found = [_place(*codes) for codes in _codes().get(ward, ()) or _codes().get(short, ())]
    exact = [place for place in found if place.ward and fold(place.ward.name) == whole]
    return exact or found


def _several(found: Sequence[Place]) -> str:
    told = "; ".join(place.one_line() for place in found[:_SHOWN])
    more = "; …" if len(found) > _SHOWN else ""
    return f"Có {len(found)} nơi mang tên này: {told}{more}. Xin ghi thêm dấu phẩy và tên tỉnh, thành phố."


def bare(name: str) -> str:
    """Return the name of a place folded, without the word for its kind: "ba dinh"."""
    folded = fold(name)
    kind = next((kind for kind in _KINDS if folded.startswith(kind)), "")
    return folded.removeprefix(kind) or folded


def _place(province: str, ward: str) -> Place:
    return find_place(province, None, ward)


def _loose(name: str) -> str:
    return "".join(char for char in fold(name) if char.isalnum()).replace("y", "i")


def _marks(name: str) -> list[str]:
    """Return the diacritics of the bare name, wherever in a syllable they are written ("Hòa", "Hoà")."""
    bare = name.casefold().split(maxsplit=1)[-1].removeprefix("đảo ")
    return sorted(char for char in unicodedata.normalize("NFD", bare) if not char.isascii())


@cache
def _spelt(province: str) -> Mapping[str, Sequence[Unit]]:
    """Return the wards of the province by their bare names, loosely spelt."""
    known: dict[str, list[Unit]] = defaultdict(list)
    for ward in wards(province):
        known[_loose(bare(ward.name))].append(ward)
    return dict(known)


@cache
def _codes() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return codes of province and ward, by the ward's code and by its bare name."""
    known: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for province in provinces():
        for ward in wards(province.code):
            for name in (ward.code, bare(ward.name)):
                known[name].append((province.code, ward.code))
    return dict(known)
