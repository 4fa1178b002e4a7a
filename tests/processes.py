"""Real processes beside the tests: their environment, a served desk, a worker, any command of the desk.

A command of the desk is forked from a process of the tests' own that has read all modules (as a worker forks its jobs):
to start Python and to read them takes ten times as long as what is tested. It has a session, a process number and
connections of its own, its environment is the one it is given, and nothing of the tests is in it. What a start from
nothing does is tested in tests/embedded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from backoffice.config import ROOT, Settings
from tests.shifted import run_shifted

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_NAMES = (
    "app_env", "database_url", "database_owner_url", "redis_url", "secret_key", "lookup_key", "trail_key",
    "photo_store_url", "photo_keys", "sms_url", "smtp_url", "public_url",
)  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process of its own works on the tests' desk."""
    given = {name.upper(): str(getattr(settings, name)) for name in _NAMES}
    return os.environ | given | {"VAR_DIR": str(settings.var)}


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve `app` on loopback; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


class Process:
    """`backoffice` with these arguments, its clock `ahead` of ours: a process that can be killed, and be waited for."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], ahead: timedelta = timedelta()) -> None:
        heard, said = _forks.Pipe(duplex=False)
        given = (said, arguments, dict(environment), ahead)
        self._process = _forks.Process(target=_run, args=given, daemon=True)
        self._process.start()
        said.close()
        with heard:
            heard.recv()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Return how it ended (minus the signal that ended it), None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float = 60) -> int:
        """Return how it ended; fail when it does not in time."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"{self.pid} does not end"
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL it, and whatever it has started."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.shifted", "tests.loaded"])


def _run(started: Connection, arguments: tuple[str, ...], environment: Mapping[str, str], ahead: timedelta) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    started.send("here")
    started.close()
    run_shifted(ahead, arguments)


@contextmanager
def working(settings: Settings) -> Iterator[Process]:
    """Run a real worker on both lanes."""
    worker = Process("worker", environment=environment(settings))
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait()
