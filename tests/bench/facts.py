"""Undecided declarations of DESK, each used once, and what statements about them carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import psycopg

from backoffice.models import Item
from tests.bench.data import DESK

SEEN = [item.value for item in Item if item not in (Item.BIRTH_CERTIFICATE, Item.GUARDIAN)]
"""What is verified of an adult."""


@dataclass(frozen=True)
class Declared:
    """The columns of a declaration that are different for everybody."""

    id: int
    receipt_code: str
    bhxh_code: str
    full_name: str
    id_number: str
    date_of_birth: date
    province_code: str
    ward_code: str
    address_line: str
    phone: str

    def facts(self) -> dict[str, Any]:
        """Return the columns by name."""
        return {f"declarations.{field.name}": getattr(self, field.name) for field in fields(self)}


def fresh_declarations(connection: psycopg.Connection) -> Iterator[Declared]:
    """Yield undecided declarations of DESK that take the same way: not handed in, no e-mail, an address of today."""
    columns = ", ".join(field.name for field in fields(Declared))
    found = connection.execute(
        f"SELECT {columns} FROM declarations WHERE status = 'submitted' AND presented_at IS NULL AND email IS NULL "
        "AND supplement_at IS NULL AND district_code IS NULL AND bhxh_code > id_number "  # one order of their locks
        "AND expires_at > now() + interval '1 hour' "
        "AND office_id = (SELECT id FROM offices WHERE code = %s) ORDER BY id",
        [DESK],
    ).fetchall()
    return iter([Declared(*row) for row in found])


def verify_all(connection: psycopg.Connection, officer: int) -> None:
    """Fill the ledgers of all undecided declarations of DESK: each may be approved."""
    connection.execute(
        "INSERT INTO verifications (declaration_id, item, how, officer_id, at) "
        "SELECT d.id, item, 'seen', %s, now() FROM declarations d CROSS JOIN unnest(%s::text[]) AS item "
        "WHERE d.status = 'submitted' AND d.office_id = (SELECT id FROM offices WHERE code = %s) "
        "ON CONFLICT DO NOTHING",
        [officer, SEEN, DESK],
    )
    connection.execute("ANALYZE verifications")
