"""Embedded Valkey: a queue on a Unix socket that comes back after any end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from backoffice.embedded.folders import EngineError
from backoffice.embedded.valkey import EmbeddedValkey
from tests.embedded.helpers import eventually


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path / "valkey") as engine:
        yield engine


def test_it_listens_on_its_socket_alone_and_never_drops_a_job_for_room(valkey: EmbeddedValkey) -> None:
    with Redis.from_url(valkey.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    socket = Path(valkey.url.removeprefix("unix://"))
    assert socket.stat().st_mode & 0o077 == 0


def test_after_kill_9_the_next_start_has_what_was_written(valkey: EmbeddedValkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("job", "kept")
    os.kill(valkey.pid or 0, signal.SIGKILL)
    eventually(lambda: valkey.pid is None, "its end")
    valkey.start()
    with Redis.from_url(valkey.url) as client:
        assert client.get("job") == b"kept"


def test_a_server_left_without_its_parent_is_stopped_and_replaced(valkey: EmbeddedValkey) -> None:
    executable = os.readlink(f"/proc/{valkey.pid}/exe")
    options = ["--port", "0", "--unixsocket", "left.sock", "--dir", str(valkey.data)]
    valkey.stop()
    orphan = subprocess.Popen([executable, *options], cwd=valkey.data, stdout=subprocess.DEVNULL)
    try:
        eventually((valkey.data / "left.sock").exists, "the orphan")
        valkey.start()
        assert orphan.wait(30) == 0
    finally:
        orphan.kill()
    assert valkey.is_ready()


def test_an_unreadable_file_of_jobs_is_put_aside_for_nothing_depends_on_it(valkey: EmbeddedValkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.set("job", "kept")
    valkey.stop()
    for path in (valkey.data / "appendonlydir").glob("*.manifest"):
        path.write_text("torn")
    valkey.start()
    with Redis.from_url(valkey.url) as client:
        assert client.get("job") is None
    assert (valkey.data / "appendonlydir.broken").is_dir()


def test_a_folder_in_use_is_refused_and_the_holder_is_named(valkey: EmbeddedValkey) -> None:
    with pytest.raises(EngineError, match=f"in use by process {os.getpid()}"):
        EmbeddedValkey(valkey.data).start()
    assert valkey.is_ready()


def test_destroy_leaves_nothing(valkey: EmbeddedValkey) -> None:
    valkey.destroy()
    assert valkey.pid is None
    assert not valkey.data.exists()
