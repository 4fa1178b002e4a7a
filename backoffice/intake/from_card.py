"""What the QR of a BHYT card or a CCCD fills in of a form (issue 10, point 2; domain 3, both layouts of each)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.qr import CitizenCard, HealthCard, read_citizen_card, read_health_card
from backoffice.identity.text import compact
from backoffice.intake.draft_values import PLACE, iso_day
from backoffice.models import IdType
from backoffice.rules.place_text import read_place

GROUPS: dict[str, tuple[str, ...]] = {
    "full_name": ("full_name",),
    "bhxh_code": ("bhxh_code",),
    "id_number": ("id_type", "id_number"),
    "date_of_birth": ("date_of_birth",),
    "address": PLACE,
}
"""What is filled in or left as one."""
CITIZEN, HEALTH = "căn cước/CCCD", "thẻ BHYT"
_FOREIGN = (
    "Mã QR trong ảnh không phải của thẻ BHYT hoặc căn cước/CCCD nên chưa điền gì. Xin chụp mã QR in trên thẻ, không "
    "phải mã trong ứng dụng hay mã thanh toán; hoặc gõ vào các mục dưới đây."
)


@dataclass(frozen=True)
class FromCard:
    """What a card says: `card` is its name within a sentence, `values` by the names of a draft; `sought` see Lies."""

    card: str
    values: Mapping[str, str]
    sought: str = ""


@dataclass(frozen=True)
class Filling:
    """What to write, by the names of a draft: `filled` into empty places, `kept` where something else stands.

    Both by the names of GROUPS; what stands there already and says the same is in neither.
    """

    filled: Mapping[str, Mapping[str, str]]
    kept: Mapping[str, Mapping[str, str]]


def read_card(text: str) -> FromCard:
    """Return what the QR text of a card says; raises Malformed when it is of neither kind."""
    try:
        return _of_citizen(read_citizen_card(text))
    except Malformed:
        return _of_other(text)


def _of_other(text: str) -> FromCard:
    try:
        return _of_health(read_health_card(text))
    except Malformed:
        raise Malformed(_FOREIGN, code="foreign_qr") from None


def fill(card: FromCard, standing: Mapping[str, str], names: tuple[str, ...]) -> Filling:
    """Sort what the card says by what stands in the form, of which only `names` are asked for."""
    filled: dict[str, Mapping[str, str]] = {}
    kept: dict[str, Mapping[str, str]] = {}
    for group, fields in GROUPS.items():
        said = {name: card.values[name] for name in fields if name in card.values and name in names}
        if not any(said.values()):
            continue
        if not any(standing.get(name, "").strip() for name in fields if name != "id_type"):
            filled[group] = said
        elif not all(is_same(name, standing.get(name, ""), value) for name, value in said.items()):
            kept[group] = said
    return Filling(filled, kept)


def is_same(name: str, typed: str, read: str) -> bool:
    """Tell whether what was typed says what was read, however it is spelled."""
    if name in ("full_name", "line"):
        return fold(typed) == fold(read)
    if name == "date_of_birth":
        return iso_day(typed) == iso_day(read)
    if name == "bhxh_code":
        return compact(typed)[-len(read) :] == read  # typed as the 15 characters of a card, too
    return compact(typed).casefold() == compact(read).casefold()


def _of_citizen(card: CitizenCard) -> FromCard:
    address, sought = _address(card.address)
    values = {
        "full_name": card.full_name,
        "id_type": IdType.CITIZEN_ID.value,
        "id_number": card.number,
        "date_of_birth": _day(card.date_of_birth),
    }
    return FromCard(CITIZEN, values | address, sought)


def _of_health(card: HealthCard) -> FromCard:
    address, sought = _address(card.address)
    values = {
        "full_name": card.full_name,
        "bhxh_code": card.code,
        "date_of_birth": _day(card.date_of_birth),
    }
    return FromCard(HEALTH, values | address, sought)


def _address(text: str) -> tuple[dict[str, str], str]:
    """Return the address by the names of a draft, and what to look for when no place could be told."""
    if not text:
        return {}, ""
    lies = read_place(text)
    codes = {"province": "", "district": "", "ward": ""}
    if lies.place is not None:
        units = {"province": lies.place.province, "district": lies.place.district, "ward": lies.place.ward}
        codes = {name: unit.code if unit else "" for name, unit in units.items()}
    return codes | {"line": lies.line}, lies.sought


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
