"""Issue 9, points 1 and 5: who sees which figures, how the page asks for them anew, and what it says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Role
from tests.factories import make_declaration, make_office, make_officer
from tests.house.askers import signed_in
from tests.signin.browser import HTMX

pytestmark = pytest.mark.usefixtures("database")


def browser(app: Flask, role: Role = Role.SUPERVISOR, office: str = "001") -> FlaskClient:
    with transaction() as session:
        officer_id = make_officer(session, role=role, office=make_office(session, office)).id
    return signed_in(app, officer_id)


def test_smoke(app: Flask):
    desk = browser(app)
    for path in ("/dashboard", "/dashboard/me", "/dashboard/officers"):
        answer = desk.get(path)
        assert answer.status_code == 200, answer.text
