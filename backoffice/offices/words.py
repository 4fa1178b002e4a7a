"""How offices and their history read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Office, OfficeKind
from backoffice.offices.forms import wards_lines
from backoffice.offices.history import Changed
from backoffice.offices.values import LABELS, phone_text

KINDS: dict[OfficeKind, str] = {
    OfficeKind.ROOT: "Cấp trung ương",
    OfficeKind.PROVINCE: "Cấp tỉnh",
    OfficeKind.DISTRICT: "Cấp cơ sở",
}
_OF_OFFICES = ("parent", "successor")
_NOTHING = "(trống)"


def state(office: Office) -> dict[str, str]:
    """Return whether the office serves, as a label and its tone."""
    if office.closed_at is None:
        return {"label": "Đang hoạt động", "tone": "good"}
    day = f"{clock.local(office.closed_at):%d/%m/%Y}"
    if office.successor_id is not None:
        return {"label": f"Đã hợp nhất {day}", "tone": "none"}
    return {"label": f"Đã đóng {day}", "tone": "none"}


def phone(number: str | None) -> str:
    """Return a phone number in groups, "" for none."""
    return phone_text(number) if number else ""


def map_href(office: Office) -> str:
    """Return a link to OpenStreetMap: the office's position, else a search for its address; "" without either."""
    latitude, longitude = office.latitude, office.longitude
    if latitude is not None and longitude is not None:
        place = f"{latitude:.5f}/{longitude:.5f}"
        return f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{place}"
    return f"https://www.openstreetmap.org/search?query={quote(office.address)}" if office.address else ""


def wards(codes: Sequence[str], province_code: str | None) -> list[str]:
    """Return the names of wards, those of another province with its name."""
    return wards_lines(tuple(codes), province_code).splitlines()


def told(session: Session, changes: Sequence[Changed], province_code: str | None) -> list[dict[str, Any]]:
    """Return changes in words: at, who, label, old, new; a field that had or has nothing says so.

    Wards outside the office's province are named with theirs.
    """
    names = _names(session, changes)
    lines = []
    for one in changes:
        old, new = (_value(one.field, value, names) for value in (one.old, one.new))
        if one.field == "wards":
            old, new = _difference(one.old, one.new, province_code)
        lines.append(
            {
                "at": f"{clock.local(one.at):%H:%M %d/%m/%Y}",
                "who": one.who or "Hệ thống",
                "label": LABELS.get(one.field, one.field),
                "old": old,
                "new": new,
            }
        )
    return lines


def _names(session: Session, changes: Iterable[Changed]) -> dict[str, str]:
    """Return the names of the offices that the changes speak of, by code."""
    codes = {code for one in changes if one.field in _OF_OFFICES for code in (one.old, one.new) if code}
    if not codes:
        return {}
    found = session.execute(select(Office.code, Office.name).where(Office.code.in_(codes)))
    return {row.code: row.name for row in found}


def _value(field: str, value: str | None, names: dict[str, str]) -> str:
    if not value:
        return _NOTHING
    if field in _OF_OFFICES:
        return f"{value} {names.get(value, '')}".strip()
    if field == "kind":
        return KINDS[OfficeKind(value)] if value in set(OfficeKind) else value
    if field == "phone":
        return phone(value)
    if field == "closed":
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"
    return value


def _difference(old: str | None, new: str | None, province_code: str | None) -> tuple[str, str]:
    """Return which wards went and which came."""
    before, after = set((old or "").split()), set((new or "").split())
    gone, came = (wards(sorted(some), province_code) for some in (before - after, after - before))
    return ("bớt: " + "; ".join(gone) if gone else "", "thêm: " + "; ".join(came) if came else "")
