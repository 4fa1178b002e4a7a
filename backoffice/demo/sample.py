"""A declaration as the app sends it, of somebody who does not exist."""

from __future__ import annotations

from typing import Any

from backoffice.demo.people import Person


def sample_declaration(person: Person, office: str) -> dict[str, Any]:
    """Return the JSON part of POST /api/v1/declarations for `person`, to be handed in at `office`."""
    address: dict[str, str] = {"province": person.province_code, "ward": person.ward_code, "line": person.address_line}
    if person.district_code:
        address["district"] = person.district_code
    return {
        "purpose": "register",
        "bhxh_code": person.bhxh_code,
        "full_name": person.full_name,
        "id_type": "citizen_id",
        "id_number": person.citizen_id,
        "date_of_birth": person.date_of_birth.isoformat(),
        "address": address,
        "phone": person.phone,
        "email": "nguoi.thu@example.vn",
        "send_form01_by_email": True,
        "office_code": office,
        "consent": True,
        "undertaking": True,
    }
