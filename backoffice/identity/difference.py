"""The three-way difference: declared, read from the QR on the uploaded photo, scanned at the desk (issue 4, item 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from backoffice.identity.bhxh_code import group_code
from backoffice.identity.likeness import Likeness, is_bare, likeness
from backoffice.identity.marking import Segment, differing, either, segments
from backoffice.identity.papers import SEXES
from backoffice.identity.said import Birth, Said


class Field(StrEnum):
    """The fields compared, in the order of the table; the names of Said's values."""

    NUMBER = "number"
    OLD_NUMBER = "old_number"
    PASSPORT = "passport"
    BHXH_CODE = "bhxh_code"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    SEX = "sex"
    ADDRESS = "address"


class Verdict(StrEnum):
    """What comparing came to, the gravest last; INFORMATION is a difference that decides nothing."""

    UNKNOWN = "unknown"
    SAME = "same"
    INFORMATION = "information"
    SAME_BUT_FORM = "same_but_form"
    DIFFERENT = "different"

    @property
    def kind(self) -> str:
        """Return the tone it is shown in: good, near, bad or none."""
        return {Verdict.SAME: "good", Verdict.SAME_BUT_FORM: "near", Verdict.DIFFERENT: "bad"}.get(self, "none")

    @property
    def word(self) -> str:
        """Return the word beside the sign, "" where nothing was compared."""
        return _WORDS[self]


_WORDS = {
    Verdict.UNKNOWN: "",
    Verdict.SAME: "trùng",
    Verdict.INFORMATION: "để biết",
    Verdict.SAME_BUT_FORM: "gần giống",
    Verdict.DIFFERENT: "khác",
}
_GRAVITY = {verdict: grade for grade, verdict in enumerate(Verdict)}


@dataclass(frozen=True)
class Cell:
    """One value as shown: `text` ("" for none), the same cut into `segments`, and how it agrees (not of `declared`)."""

    text: str = ""
    segments: tuple[Segment, ...] = ()
    verdict: Verdict = Verdict.UNKNOWN


@dataclass(frozen=True)
class Difference:
    """One field: three cells, the gravest verdict, and `why` in Vietnamese ("máy quét không gửi dấu"), "" if plain."""

    field: Field
    declared: Cell
    photo: Cell
    scanned: Cell
    verdict: Verdict
    why: str


def differences(declared: Said, photo: Said, scanned: Said, fields: Iterable[Field] = Field) -> list[Difference]:
    """Return one Difference for each of `fields`, by default all in the table's order.

    Photo and scan are each compared with what was declared or, where nothing was, the scan with the photo. Only names
    and births can be the same but for form; an address never differs more than for INFORMATION. Differing characters
    are marked, diacritics not among them where one side has none.
    """
    return [_difference(field, *(getattr(said, field) for said in (declared, photo, scanned))) for field in fields]


def as_information(line: Difference, why: str) -> Difference:
    """Return the line with its difference as information, for a paper that may say something else; else unchanged."""
    if line.verdict is not Verdict.DIFFERENT:
        return line
    declared, photo, scanned = map(_informing, (line.declared, line.photo, line.scanned))
    return Difference(line.field, declared, photo, scanned, Verdict.INFORMATION, why)


def _informing(cell: Cell) -> Cell:
    verdict = Verdict.INFORMATION if cell.verdict is Verdict.DIFFERENT else cell.verdict
    return Cell(cell.text, segments(cell.text), verdict)


class _Found(NamedTuple):
    """What comparing two values came to; `marks` where the differing characters are worth marking."""

    verdict: Verdict
    why: str = ""
    marks: bool = False


def _difference(field: Field, *values: Any) -> Difference:
    show, judge = _RULES[field]
    texts = ["" if value is None else show(value) for value in values]
    base, *others = [at for at in range(3) if values[at] is not None] or [0]
    found = {at: judge(values[base], values[at], _Source(base, at)) for at in others}
    verdicts = [found[at].verdict if at in found else Verdict.UNKNOWN for at in range(3)]
    gravest = max(verdicts, key=_GRAVITY.__getitem__)
    marks = _marks(field, texts, base, [at for at in others if found[at].marks])
    declared, photo, scanned = (
        Cell(texts[at], segments(texts[at], marks.get(at, ())), verdicts[at]) for at in range(3)
    )
    whys = dict.fromkeys(one.why for one in found.values() if one.why and one.verdict is gravest)
    return Difference(field, declared, photo, scanned, gravest, ", ".join(whys))


def _marks(field: Field, texts: list[str], base: int, others: list[int]) -> dict[int, list[bool]]:
    """Return by column which characters differ between the base and the others; the base has all of its marks."""
    marks: dict[int, list[bool]] = {}
    for at in others:
        is_folded = field is Field.NAME and (is_bare(texts[base]) or is_bare(texts[at]))
        of_base, marks[at] = differing(texts[base], texts[at], folded=is_folded)
        marks[base] = either(marks.get(base, of_base), of_base)
    return marks


class _Source(NamedTuple):
    """Which columns are compared: 0 declared, 1 the photo's QR, 2 the scan."""

    base: int
    other: int

    @property
    def differs(self) -> str:
        """Return what is said of a difference."""
        if self.base:
            return "giấy tờ vừa quét khác mã QR trên ảnh"
        return "khác mã QR trên ảnh" if self.other == 1 else "khác giấy tờ vừa quét"


def _exactly(a: object, b: object, source: _Source) -> _Found:
    return _Found(Verdict.SAME) if a == b else _different(source)


def _codes(a: str, b: str, source: _Source) -> _Found:
    """A code of 10 digits and one of 12 may be one person's."""
    return _exactly(a, b, source) if len(a) == len(b) else _Found(Verdict.UNKNOWN)


def _different(source: _Source) -> _Found:
    return _Found(Verdict.DIFFERENT, source.differs, marks=True)


def _names(a: str, b: str, source: _Source) -> _Found:
    found = likeness(a, b)
    if found is Likeness.DIFFERENT:
        return _different(source)
    if found is Likeness.SAME:
        return _Found(Verdict.SAME)
    why = _WHYS_OF_PHOTO.get(found) if source.other == 1 else None
    return _Found(Verdict.SAME_BUT_FORM, why or _WHYS[found], marks=found is Likeness.MARKS)


def _addresses(a: str, b: str, source: _Source) -> _Found:
    found = _names(a, b, source) if _count_letters(a) == _count_letters(b) else _different(source)
    if found.verdict is Verdict.DIFFERENT:
        return _Found(Verdict.INFORMATION, "địa chỉ khác, chỉ để biết")
    return found._replace(marks=False)


def _count_letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _births(a: Birth, b: Birth, source: _Source) -> _Found:
    if a[0] is not None and b[0] is not None:
        return _exactly(a, b, source)
    if a[1] != b[1]:
        return _different(source)
    return _Found(Verdict.SAME_BUT_FORM, "giấy tờ chỉ ghi năm sinh")


_WHYS = {
    Likeness.CASE: "chỉ khác chữ hoa, chữ thường",
    Likeness.SPACING: "chỉ khác khoảng trắng, dấu nối",
    Likeness.TONE_PLACE: "chỉ khác chỗ đặt dấu",
    Likeness.READ_BARE: "máy quét không gửi dấu",
    Likeness.DECLARED_BARE: "khai không dấu",
    Likeness.INPUT_METHOD: "bộ gõ tiếng Việt làm đổi chữ",
    Likeness.MARKS: "khác dấu, xin xem kỹ",
    Likeness.LOST_LETTERS: "máy quét làm mất chữ có dấu, xin xem trên giấy tờ",
}
_WHYS_OF_PHOTO = {
    Likeness.READ_BARE: "mã QR trên ảnh không có dấu",
    Likeness.LOST_LETTERS: "mã QR trên ảnh thiếu chữ có dấu, xin xem trên giấy tờ",
}


def _shown_birth(birth: Birth) -> str:
    return f"{birth[0]:%d/%m/%Y}" if birth[0] else str(birth[1])


def _grouped(number: str) -> str:
    return " ".join((number[:3], number[3:6], number[6:])) if len(number) == 9 else group_code(number)


_RULES: dict[Field, tuple[Callable[[Any], str], Callable[[Any, Any, _Source], _Found]]] = {
    Field.NUMBER: (_grouped, _exactly),
    Field.OLD_NUMBER: (_grouped, _exactly),
    Field.PASSPORT: (str, _exactly),
    Field.BHXH_CODE: (_grouped, _codes),
    Field.NAME: (str, _names),
    Field.DATE_OF_BIRTH: (_shown_birth, _births),
    Field.SEX: (SEXES.__getitem__, _exactly),
    Field.ADDRESS: (str, _addresses),
}
