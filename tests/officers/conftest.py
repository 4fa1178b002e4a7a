"""The room with its offices: the root, two provinces, an office under each; an administrator of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from backoffice import config
from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.models import Role
from backoffice.rules.actors import Actor, officer_actor
from tests.factories import make_office, make_officer


@dataclass(frozen=True)
class House:
    """Who administers and supervises: the root, the province 001, and her colleague of the root."""

    root: Actor
    second_root: Actor
    province: Actor
    supervisor: Actor


@pytest.fixture(autouse=True)
def room(database: None, settings: Settings) -> Iterator[None]:
    config.use(settings)
    yield
    config.use(settings)


@pytest.fixture
def house(room: None) -> House:
    with transaction() as session:
        for code in ("000", "001", "00114", "00115", "002", "00201"):
            make_office(session, code)

        def an(username: str, role: Role, office: str) -> Actor:
            return officer_actor(make_officer(session, username, role=role, office=make_office(session, office)))

        return House(
            root=an("goc", Role.ADMINISTRATOR, "000"),
            second_root=an("goc2", Role.ADMINISTRATOR, "000"),
            province=an("tinh", Role.ADMINISTRATOR, "001"),
            supervisor=an("lanhdao", Role.SUPERVISOR, "001"),
        )
