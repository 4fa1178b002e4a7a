"""The peers as fixtures: imported by the conftest of whoever talks to them. One that is not here is said loudly."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.peers.kannel import Kannel, missing
from tests.peers.peer import Peer

SMPP = Path(__file__).parent / "smpp"
StartPeer = Callable[..., Peer]


def smpp_command() -> list[str] | None:
    """Return how the SMPP server is started, None where node or its packages are not."""
    node = shutil.which("node")
    return [node, str(SMPP / "server.js")] if node and (SMPP / "node_modules" / "smpp").is_dir() else None


@pytest.fixture
def smpp_peer() -> Iterator[StartPeer]:
    """Start npm's smpp as a server in the modes given."""
    command = smpp_command()
    if command is None:
        pytest.skip("NO SMPP SERVER FOUND: its tests were NOT run (install nodejs and npm; npm ci in tests/peers/smpp)")
    with ExitStack() as running:
        yield lambda **modes: running.enter_context(Peer(command, modes, cwd=SMPP))


@pytest.fixture
def http_peer() -> Iterator[StartPeer]:
    """Start an HTTP gateway, in a process of its own, in the modes given."""
    command = [sys.executable, "-m", "tests.peers.http_gateway"]
    with ExitStack() as running:
        yield lambda **modes: running.enter_context(Peer(command, modes))


@pytest.fixture(scope="session")
def kannel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    """A running Kannel, one a test worker."""
    if missing():
        pytest.skip(f"NO KANNEL FOUND ({', '.join(missing())}): its tests were NOT run (install kannel, kannel-extras)")
    with Kannel(tmp_path_factory.mktemp("kannel")) as running:
        yield running
