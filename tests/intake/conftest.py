"""An office that receives, and a machine that may send."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.models import Scope
from backoffice.rules.actors import Actor, client_actor
from tests.factories import make_client, make_office


@pytest.fixture(scope="session")
def app(started: Settings) -> Flask:
    """The application with the surfaces of intake alone, as an outward server would run it."""
    from backoffice.app import create_app

    made = create_app(replace(started, surfaces=("portal", "api")))
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture
def machine(database: None) -> tuple[Actor, str]:
    """A machine with scope intake, and its key; office 00114 is there."""
    with transaction() as session:
        make_office(session)
        client, key = make_client(session, Scope.INTAKE)
        return client_actor(client), key


@pytest.fixture
def key(machine: tuple[Actor, str]) -> str:
    """The key of a machine with scope intake."""
    return machine[1]


@pytest.fixture
def sender(machine: tuple[Actor, str]) -> Actor:
    """A machine with scope intake."""
    return machine[0]
