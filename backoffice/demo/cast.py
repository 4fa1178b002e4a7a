"""The demo's people as they are needed: no two share a number, and they live where their office is."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from backoffice.demo.offices import OfficeRow
from backoffice.demo.people import PREFIXES, Person, invent_person
from backoffice.identity.names import fold
from backoffice.identity.papers import Sex
from backoffice.rules.places import wards

SHARE_OF_NEW_ADDRESSES = 0.6
SHARE_WITH_EMAIL = 0.4
NEW_WARDS = {"00114": ("00640", "00664", "00679", "00685")}
"""Wards of since July 2025 within the former district of an office, where it is worth telling."""


class Cast:
    """Invents people for the offices given by code; `rng` alone decides who comes."""

    def __init__(self, rng: random.Random, offices: Mapping[str, OfficeRow]) -> None:
        self._rng = rng
        self._offices = offices
        self._taken: set[str] = set()

    def somebody(self, office: str, *, sex: Sex | None = None, with_old_id: bool = False) -> Person:
        """Return somebody new who lives near `office`; of a sex, or with an old ID number, where that is asked for."""
        while True:
            person = invent_person(self._rng)
            numbers = {person.bhxh_code, person.phone, person.citizen_id}
            fits = (sex is None or person.sex == sex) and (person.old_id is not None or not with_old_id)
            if fits and self._taken.isdisjoint(numbers):
                self._taken |= numbers
                return self._at_home(person, office)

    def a_phone(self, ending: str) -> str:
        """Return a number nobody has that ends in `ending`, which the sandbox's gateway may treat in its own way."""
        while True:
            phone = f"{self._rng.choice(PREFIXES)}000{ending}"
            if phone not in self._taken:
                self._taken.add(phone)
                return phone

    def an_email(self, person: Person) -> str | None:
        """Return an address of `person` in a domain that is nobody's (RFC 2606); most have none."""
        if self._rng.random() >= SHARE_WITH_EMAIL:
            return None
        names = fold(person.full_name).split()
        return f"{names[-1]}.{names[0]}{person.date_of_birth:%y}@example.com"

    def _at_home(self, person: Person, office: str) -> Person:
        row = self._offices[office]
        if office in NEW_WARDS and self._rng.random() < SHARE_OF_NEW_ADDRESSES:
            ward = self._rng.choice(NEW_WARDS[office])
            return replace(person, province_code=row.province_code, district_code=None, ward_code=ward)
        near = wards(row.province_code, row.gso_district_code)
        return replace(
            person,
            province_code=row.province_code,
            district_code=row.gso_district_code,
            ward_code=self._rng.choice(near).code,
        )
