"""An officer of office 00114 who helps citizens at the counter."""

from __future__ import annotations

import pytest

from backoffice.kernel.db import transaction
from backoffice.rules.actors import Actor
from tests.factories import make_actor


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, username="tieptan", full_name="Trần Thử Cán Bộ", email="canbo@example.vn")


@pytest.fixture
def colleague(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session, username="dongnghiep", full_name="Lê Thử Đồng Nghiệp")
