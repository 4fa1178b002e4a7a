"""Intake against names that no honest machine sends."""

from __future__ import annotations

from backoffice.intake.checks import Checker
from backoffice.intake.fields import NewDeclaration, read_fields
from backoffice.intake.photo_parts import prepare_photos

ENDLESS = "a" + "\u0301\u0323" * 60_000
"""Python sorts combining marks in quadratic time: in full this would hold a process for a quarter of a minute."""


def test_a_part_and_a_field_of_endless_names_are_faults_named_in_short():
    checker = Checker()
    prepare_photos(NewDeclaration(population_db_verified=True), {ENDLESS: b"x"}, checker)
    faults = [*checker.faults, *read_fields({ENDLESS: 1})[1]]
    assert [len(fault.field) for fault in faults if fault.code == "extra_forbidden"] == [64, 64]
