"""An officer of office 00114 at a browser, and a declaration there."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from backoffice.kernel.db import transaction
from backoffice.models import Declaration
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.browser import Desk
from tests.factories import make_declaration, make_officer


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def desk(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "tieptan")


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session, full_name="Nguyễn Thử Mẫu", email="nguoi.thu@example.vn")
