"""The sign-in room, opened for the test's settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backoffice import config
from backoffice.config import Settings


@pytest.fixture(autouse=True)
def room(database: None, settings: Settings) -> Iterator[None]:
    """The room as the tests' application has it."""
    config.use(settings)
    yield
    config.use(settings)


@pytest.fixture
def in_production(room: None, settings: Settings) -> None:
    """The room as it is where real citizens are."""
    config.use(replace(settings, app_env="production"))
