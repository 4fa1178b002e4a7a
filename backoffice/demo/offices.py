"""Offices from a CSV file like backoffice/data/bhxh_offices_demo.csv, under one root, 000 BHXH Việt Nam (D8)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backoffice.identity.names import fold
from backoffice.identity.text import visible
from backoffice.models import Office, OfficeKind
from backoffice.rules.office_names import office_name, short_name
from backoffice.rules.places import DATA

DEMO_OFFICES = DATA / "bhxh_offices_demo.csv"
COLUMNS = (
    "code", "parent_code", "level", "name", "province_code", "gso_district_code", "address", "phone", "provenance",
)  # fmt: skip
ROOT_CODE = "000"
KINDS = {"PROVINCE": OfficeKind.PROVINCE, "DISTRICT": OfficeKind.DISTRICT}


class UnfitFile(Exception):
    """The file cannot be read as a list of offices; the sentence says where (English: administrators read it)."""


@dataclass(frozen=True)
class OfficeRow:
    """One office as the file lists it, with the codes of its province and district before July 2025; "" where empty."""

    code: str
    parent_code: str
    kind: OfficeKind
    name: str
    province_code: str
    gso_district_code: str
    address: str
    phone: str
    provenance: str


ROOT = OfficeRow(ROOT_CODE, "", OfficeKind.ROOT, "BHXH Việt Nam", "", "", "", "", "root")


def read_offices(path: Path) -> list[OfficeRow]:
    """Return the offices of a UTF-8 CSV file with the columns COLUMNS (others are ignored), parents before children.

    Raises UnfitFile for missing columns, an unknown level, a code twice, or a parent that is not in the file.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := set(COLUMNS) - set(reader.fieldnames or ()):
            raise UnfitFile(f"{path.name} lacks the columns {', '.join(sorted(missing))}")
        rows = [_row(path, number, line) for number, line in enumerate(reader, 2)]
    known = {ROOT_CODE}
    for row in sorted(rows, key=lambda row: row.kind is OfficeKind.DISTRICT):
        if row.code in known or row.parent_code not in known:
            raise UnfitFile(f"{path.name}: office {row.code} stands there twice, or its parent does not")
        known.add(row.code)
    return sorted(rows, key=lambda row: (row.kind is OfficeKind.DISTRICT, row.code))


def add_offices(session: Session, rows: Sequence[OfficeRow]) -> dict[str, int]:
    """Add the root and those of `rows` (parents first) that are missing; return the ids of all of them by code."""
    for level in OfficeKind:
        present = {office.code: office for office in session.scalars(select(Office))}
        wanted = [row for row in (ROOT, *rows) if row.kind is level and row.code not in present]
        if wanted:
            session.execute(insert(Office), [_values(row, present.get(row.parent_code)) for row in wanted])
    codes = [row.code for row in rows]
    found = session.execute(select(Office.code, Office.id).where(Office.code.in_([ROOT_CODE, *codes])))
    return dict(found.all())


def _row(path: Path, number: int, line: dict[str, Any]) -> OfficeRow:
    """Return one line of the file; a province without a parent hangs under the root."""
    values = {name: visible(line[name] or "") for name in COLUMNS}
    kind = KINDS.get(values.pop("level"))
    if kind is None or not values["code"] or not values["name"]:
        raise UnfitFile(f"{path.name}, line {number}: level must be {' or '.join(KINDS)}, code and name must be given")
    values["parent_code"] = values["parent_code"] or ROOT_CODE
    return OfficeRow(**values, kind=kind)


def _values(row: OfficeRow, parent: Office | None) -> dict[str, Any]:
    name = office_name(row.name)
    return {
        "code": row.code,
        "name": name,
        "folded_name": fold(name),
        "short_name": short_name(name),
        "kind": row.kind,
        "parent_id": parent.id if parent else None,
        "path": f"{parent.path if parent else ''}{row.code}.",
        "province_code": row.province_code or None,
        "address": row.address or None,
        "phone": row.phone or None,
        "provenance": row.provenance,
    }
