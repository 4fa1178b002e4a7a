"""What every fault run has: a day that can pass at once, real workers to be killed, gateways that are not ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from backoffice.config import Settings
from backoffice.identity.redaction import redact_event
from backoffice.kernel.start import start
from backoffice.notices import doors
from tests.faults.desk import Desk
from tests.peers.fixtures import http_peer, smpp_peer
from tests.shifted import Shift, shifted

__all__ = ["http_peer", "smpp_peer"]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A fault run is told by its number, so that a round that fails can be run again."""
    if "round_number" in metafunc.fixturenames:
        metafunc.parametrize("round_number", range(ROUNDS))


@pytest.fixture
def time() -> Iterator[Shift]:
    """It is ten in the morning."""
    with shifted() as shift:
        shift.to_ten_in_the_morning()
        yield shift


@pytest.fixture
def desk(started: Settings, database: None, time: Shift) -> Iterator[Desk]:
    """The desk, on the database and the queue of all tests unless its settings are changed (`Desk.moved`)."""
    with ExitStack() as running:
        yield Desk(started, time, running)
        running.close()
    doors.close()
    start(started, processors=[redact_event])
