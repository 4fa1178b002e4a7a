"""Administrative units of Vietnam, in both shapes a contact address may take (D3).

Until 30 June 2025 an address had province, district and ward (63 provinces); since 1 July 2025 it has province and ward
(34 provinces). Both are accepted, for citizens still write what stands on their card. Codes are those of the General
Statistics Office, text with leading zeros: province 2 digits, district 3, ward 5. Sources: backoffice/data/README.md.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from backoffice.kernel.errors import Fault, InvalidInput

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Unit:
    """One province, district or ward: `code`, full `name` ("Phường Ba Đình"), code of the unit above or ""."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that exists. `district` is None in the shape since July 2025; `ward` is None only in the five island
    districts that had no wards before it.
    """

    province: Unit
    district: Unit | None
    ward: Unit | None

    def one_line(self, line: str = "") -> str:
        """Return the address as an envelope shows it: street `line` (may be empty), ward, district, province."""
        units = (self.ward, self.district, self.province)
        return ", ".join(part for part in (line.strip(), *(unit.name for unit in units if unit)) if part)


@dataclass(frozen=True)
class _Shape:
    """One of the two ways the country is divided, each level by code."""

    provinces: Mapping[str, Unit]
    districts: Mapping[str, Unit]
    wards: Mapping[str, Unit]


def find_place(province: str, district: str | None, ward: str | None) -> Place:
    """Return the place these codes name: the shape before July 2025 when `district` is given, else the present one.

    Raises InvalidInput with one fault for each of province, district, ward that is missing, unknown, or does not lie in
    the unit above it. A district that never had wards takes an empty `ward`.
    """
    codes = [(code or "").strip() for code in (province, district, ward)]
    return _find_old(*codes) if codes[1] else _find_new(codes[0], codes[2])


def provinces(*, before_2025: bool = False) -> tuple[Unit, ...]:
    """Return the 34 provinces, or the 63 of before July 2025, in the order of their codes."""
    shape = _old() if before_2025 else _new()
    return tuple(shape.provinces.values())


def districts(province: str) -> tuple[Unit, ...]:
    """Return the districts the province had before July 2025, in the order of their codes; none if it is unknown."""
    return _districts_below().get(province, ())


def wards(province: str, district: str | None = None) -> tuple[Unit, ...]:
    """Return the wards of the `district` (before July 2025) or, without one, of the province as it is now.

    In the order of their codes; none if a code is unknown or the district does not lie in the province.
    """
    if not district:
        return _wards_below(_new).get(province, ())
    within = _old().districts.get(district)
    return _wards_below(_old).get(district, ()) if within and within.parent == province else ()


def province_now(code: str) -> Unit | None:
    """Return the present province of a code of either shape: itself, or the one it joined in July 2025."""
    merged = _merged().get(code)
    return merged[1] if merged else _new().provinces.get(code)


def ward_now(code: str) -> Unit | None:
    """Return the present ward of a code; its `parent` is the code of its province."""
    return _new().wards.get(code)


def former_district(ward: str) -> Unit | None:
    """Return the district, of before July 2025, in which a ward lay; present wards kept the code of a former one.

    None for the few new codes, and for what is no ward's code.
    """
    found = _old().wards.get(ward)
    return _old().districts[found.parent] if found else None


def former_ward(code: str) -> Unit | None:
    """Return the ward of before July 2025 with this code; its `parent` is the code of its district."""
    return _old().wards.get(code)


def district_named(code: str) -> Unit | None:
    """Return the district of before July 2025 with this code; its `parent` is the code of its former province."""
    return _old().districts.get(code)


def former_provinces(province: str) -> tuple[str, ...]:
    """Return the codes of the provinces of before July 2025 of which the present `province` is made."""
    return tuple(code for code in _old().provinces if (now := province_now(code)) and now.code == province)


def _find_new(province: str, ward: str) -> Place:
    shape, faults = _new(), []
    found, below = shape.provinces.get(province), shape.wards.get(ward)
    if found is None:
        faults.append(Fault("province", _province_fault(province)))
    if below is None:
        faults.append(Fault("ward", _new_ward_fault(ward)))
    elif found is not None and below.parent != province:
        faults.append(Fault("ward", f"{below.name} không thuộc {_inside(found)}. Xin chọn lại xã, phường."))
    if found is None or below is None or faults:
        raise InvalidInput(faults)
    return Place(found, None, below)


def _find_old(province: str, district: str, ward: str) -> Place:
    shape, faults = _old(), []
    top, middle, below = shape.provinces.get(province), shape.districts.get(district), shape.wards.get(ward)
    if top is None:
        faults.append(Fault("province", _missing("tỉnh, thành phố", province)))
    if middle is None:
        faults.append(Fault("district", _missing("quận, huyện", district)))
    elif top is not None and middle.parent != province:
        faults.append(Fault("district", f"{middle.name} không thuộc {_inside(top)}. Xin chọn lại quận, huyện."))
    faults += _old_ward_faults(middle, below, ward)
    if top is None or middle is None or faults:
        raise InvalidInput(faults)
    return Place(top, middle, below)


def _old_ward_faults(district: Unit | None, ward: Unit | None, code: str) -> list[Fault]:
    if ward is None:
        wardless = district is not None and not wards(district.parent, district.code)
        return [] if wardless and not code else [Fault("ward", _missing("xã, phường", code))]
    if district is not None and ward.parent != district.code:
        return [Fault("ward", f"{ward.name} không thuộc {_inside(district)}. Xin chọn lại xã, phường.")]
    return []


def _inside(unit: Unit) -> str:
    """Return the unit's name as it is written within a sentence: "tỉnh Tuyên Quang"."""
    return unit.name[:1].lower() + unit.name[1:]


def _missing(what: str, code: str) -> str:
    if not code:
        return f"Chưa chọn {what}. Xin chọn {what} trong danh mục."
    return f"Không có {what} mang mã {code[:12]}. Xin chọn {what} trong danh mục."


def _province_fault(code: str) -> str:
    """Say why there is no such province now; one that was merged names its successor."""
    merged = _merged().get(code)
    if merged is None:
        return _missing("tỉnh, thành phố", code)
    former, present = merged[0], _inside(merged[1])
    return (
        f"{former} đã hợp nhất vào {present} từ ngày 01/7/2025. "
        f"Xin chọn {present} cùng xã, phường mới, hoặc ghi thêm quận, huyện cũ."
    )


def _new_ward_fault(code: str) -> str:
    if code in _old().wards:
        former = _old().wards[code].name
        return (
            f"{former} (mã {code}) là đơn vị trước ngày 01/7/2025. "
            "Xin chọn xã, phường mới hoặc ghi thêm quận, huyện cũ."
        )
    return _missing("xã, phường", code)


@cache
def _districts_below() -> dict[str, tuple[Unit, ...]]:
    return _by_parent(_old().districts.values())


@cache
def _wards_below(shape: Callable[[], _Shape]) -> dict[str, tuple[Unit, ...]]:
    return _by_parent(shape().wards.values())


def _by_parent(units: Iterable[Unit]) -> dict[str, tuple[Unit, ...]]:
    below = sorted(units, key=lambda unit: unit.parent)  # a stable sort: they stay in the order of their codes
    return {parent: tuple(those) for parent, those in groupby(below, key=lambda unit: unit.parent)}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _units(name: str, parent: str = "") -> dict[str, Unit]:
    rows = sorted(_rows(name), key=lambda row: row["code"])
    return {row["code"]: Unit(row["code"], row["full_name"], row.get(parent, "")) for row in rows}


@cache
def _old() -> _Shape:
    return _Shape(
        _units("provinces_63_pre2025.csv"),
        _units("districts_pre2025.csv", "province_code"),
        _units("wards_pre2025.csv", "district_code"),
    )


@cache
def _new() -> _Shape:
    return _Shape(_units("provinces_34_2025.csv"), {}, _units("wards_34_2025.csv", "province_code"))


@cache
def _merged() -> dict[str, tuple[str, Unit]]:
    """Codes of provinces that ceased to exist → (their name, the province they joined)."""
    rows = _rows("province_merge_63_to_34.csv")
    present = _new().provinces
    return {
        row["old_code"]: (row["old_name"], present[row["new_code"]]) for row in rows if row["old_code"] not in present
    }
