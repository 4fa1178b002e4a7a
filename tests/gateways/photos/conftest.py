"""A pool for the tests: one worker, started at first use, ended with the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backoffice.gateways.photos import PhotoPool


@pytest.fixture(scope="session")
def pool() -> Iterator[PhotoPool]:
    made = PhotoPool(workers=1)
    yield made
    made.close()
