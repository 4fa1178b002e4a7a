"""Intake against names that no honest machine sends."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from backoffice.intake.checks import Checker
from backoffice.intake.fields import NewDeclaration, read_fields
from backoffice.intake.known import Known
from backoffice.intake.photo_parts import prepare_photos
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from tests.factories import make_declaration

ENDLESS = "a" + "\u0301\u0323" * 60_000
"""Python sorts combining marks in quadratic time: in full this would hold a process for a quarter of a minute."""


def test_a_part_and_a_field_of_endless_names_are_faults_named_in_short():
    checker = Checker()
    prepare_photos(Known(NewDeclaration(population_db_verified=True)), {ENDLESS: b"x"}, checker)
    faults = [*checker.faults, *read_fields({ENDLESS: 1})[1]]
    assert [len(fault.field) for fault in faults if fault.code == "extra_forbidden"] == [64, 64]


def test_k4_form_01_is_gone_with_the_deadline_though_the_sweep_is_late(client: FlaskClient):
    with transaction() as session:
        living = make_declaration(session)
        overdue = make_declaration(session, expires_at=clock.now() - timedelta(seconds=1))
    assert client.get(f"/form01/{living.form01_token}.pdf").status_code == 200
    assert client.get(f"/form01/{overdue.form01_token}.pdf").status_code == 404
