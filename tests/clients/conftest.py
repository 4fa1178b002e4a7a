"""Administrators of the whole country and of a part of it, and a machine."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.kernel.db import transaction
from backoffice.models import Role, Scope
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_client, make_office
from tests.house.askers import signed_in


@pytest.fixture
def admin(database: None) -> Actor:
    """An administrator of the root office."""
    with transaction() as session:
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"), full_name="Lê Thử Quản")


@pytest.fixture
def province_admin(database: None) -> Actor:
    """An administrator of a province."""
    with transaction() as session:
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "001"))


@pytest.fixture
def machine(database: None) -> tuple[int, str]:
    """The number of a machine with scope intake, and its key."""
    with transaction() as session:
        client, key = make_client(session, Scope.INTAKE)
        return client.id, key


@pytest.fixture
def browser(app: Flask, admin: Actor) -> FlaskClient:
    """The administrator's browser."""
    assert admin.id is not None
    return signed_in(app, admin.id)
