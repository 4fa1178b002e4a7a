"""Whose photo is it, and which one: by the BHXH code and a word in the names of file and folders (D12 b).

`0123456789_mattruoc.jpg`, `0123456789/Mặt trước.JPG`, `Mặt trước/0123456789.jpg` and `Lớp 10A/0123456789-MT.jpeg` mean
the same. A name that holds a code alone is the portrait: that is what most units send. The file's own name counts
before that of its folder, the nearest folder before the others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from backoffice.gateways.photos.bundle import Entry
from backoffice.identity.names import fold
from backoffice.models import PhotoKind

WORDS: dict[PhotoKind, tuple[str, ...]] = {
    PhotoKind.ID_FRONT: ("mat truoc",),
    PhotoKind.ID_BACK: ("mat sau",),
    PhotoKind.BIRTH_CERTIFICATE: ("khai sinh", "birth certificate"),
    PhotoKind.PORTRAIT: ("chan dung", "portrait", "anh the", "4x6"),
}
"""Count wherever they stand in a name; blanks and dashes between do not matter."""
ALONE: dict[str, PhotoKind] = {
    "truoc": PhotoKind.ID_FRONT,
    "front": PhotoKind.ID_FRONT,
    "mt": PhotoKind.ID_FRONT,
    "sau": PhotoKind.ID_BACK,
    "back": PhotoKind.ID_BACK,
    "gks": PhotoKind.BIRTH_CERTIFICATE,
    "birth": PhotoKind.BIRTH_CERTIFICATE,
    "cd": PhotoKind.PORTRAIT,
    "anh": PhotoKind.PORTRAIT,
}
"""Count only when nothing else stands there beside the code: people are called Sáu and Anh."""
_NOISE = re.compile(r"cccd|cmnd|anh(?=[a-z])")
_CARD = re.compile(r"(?<![a-z0-9])[a-z]{2}[1-5]\d{2}(\d{10})(?!\d)", re.ASCII)
_CODE = re.compile(r"(?<!\d)(\d{12}|\d{10})(?!\d)", re.ASCII)
_PARTED = re.compile(r"(?<=\d)[ .](?=\d)", re.ASCII)
_NESTED = (".zip", ".rar", ".7z", ".tar", ".gz")
_OTHERS = (".txt", ".xlsx", ".xls", ".docx", ".doc", ".pdf", ".csv")
Key = tuple[str, PhotoKind]


@dataclass
class Meant:
    """What the files of a zip mean: one of each key, keys that several claim, and files that mean nobody."""

    one: dict[Key, Entry] = field(default_factory=dict)
    doubled: dict[Key, list[Entry]] = field(default_factory=dict)
    odd: list[tuple[str, str]] = field(default_factory=list)
    """(code of why, path): nested, not_photo, no_code, two_codes."""


def meaning_of(entries: Iterable[Entry]) -> Meant:
    """Return what the files mean; the very same photo twice is one."""
    meant, claimed = Meant(), defaultdict(list)
    for entry in entries:
        found = meaning(entry.path)
        if isinstance(found, str):
            meant.odd.append((found, entry.path))
        else:
            claimed[found].append(entry)
    for key, those in claimed.items():
        if len({(one.size, one.crc) for one in those}) == 1:
            meant.one[key] = those[0]
        else:
            meant.doubled[key] = those
    return meant


def meaning(path: str) -> Key | str:
    """Return code (10 or 12 digits) and kind of the photo at `path`, else why it means nobody."""
    parts = [fold(part) for part in path.split("/")]
    name = parts[-1]
    if name.endswith(_NESTED):
        return "nested"
    if name.endswith(_OTHERS):
        return "not_photo"
    parts[-1] = name.rpartition(".")[0] or name
    for part in reversed(parts):
        codes = _codes(part)
        if len(codes) > 1:
            return "two_codes"
        if codes:
            return codes.pop(), _kind(parts)
    return "no_code"


def _codes(part: str) -> set[str]:
    text = _CARD.sub(r" \1 ", part)
    return set(_CODE.findall(text)) or set(_CODE.findall(_PARTED.sub("", text)))


def _kind(parts: list[str]) -> PhotoKind:
    for part in reversed(parts):
        joined = re.sub(r"[\W_]", "", _CODE.sub("", _CARD.sub("", part)))
        for kind, words in WORDS.items():
            if any(word.replace(" ", "") in joined for word in words):
                return kind
        letters = re.sub(r"\d", "", joined)
        if kind_alone := ALONE.get(letters) or ALONE.get(_NOISE.sub("", letters)):
            return kind_alone
    return PhotoKind.PORTRAIT
