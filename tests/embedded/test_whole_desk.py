"""`backoffice up` with the real application: opened, stopped, killed, opened again (issue 2 item 1)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backoffice.embedded.postgres import EmbeddedPostgres
from tests.embedded.helpers import eventually

# Offices and staff, as the demo has them, without its declarations and their drawn photos.
PREPARE = """
import sys
from pathlib import Path
from backoffice import config
from backoffice.demo import offices, plan, staff
from backoffice.embedded import keys
from backoffice.embedded.postgres import EmbeddedPostgres
from backoffice.kernel import migrate, start
from backoffice.kernel.db import transaction
var = Path(sys.argv[1])
with EmbeddedPostgres(var / "postgres") as postgres:
    addresses = {"DATABASE_URL": postgres.app_url, "DATABASE_OWNER_URL": postgres.owner_url,
                 "REDIS_URL": "unix:///nobody.sock", "PUBLIC_URL": "http://localhost"}
    keys.write_settings(var, {}, addresses)
    settings = config.load()
    start.start(settings)
    migrate.upgrade(settings)
    with transaction() as session:
        ids = offices.add_offices(session, offices.read_offices(offices.DEMO_OFFICES))
        staff.add_staff(session, ids, plan.OFFICES[1:], keys.write_demo(var))
"""
NOT_OURS = ("APP_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT")


class Desk:
    """A whole desk in a var/ of its own."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.log = folder / "output.txt"
        self.environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        self.environment["VAR_DIR"] = str(self.var)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])

    @contextmanager
    def open(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run `backoffice up` until the block ends; return when it says that the desk is open."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "backoffice.cli", "up", "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            eventually(lambda: "The desk is open" in self.said or process.poll() is not None, f"open: {self.said}")
            assert process.poll() is None, self.said
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def said(self) -> str:
        return self.log.read_text()

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def processes(self) -> list[int]:
        """Return every process that has this var/ in its command or environment, or works in it."""
        roots = [os.fsencode(self.var), os.fsencode(os.path.realpath(self.var / "postgres"))]
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                traces = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                traces += os.readlink(os.fsencode(entry / "cwd"))
            except OSError:
                continue
            if any(root in traces for root in roots):
                found.append(int(entry.name))
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that was prepared and does not run."""
    made = Desk(tmp_path_factory.mktemp("whole"))
    subprocess.run([sys.executable, "-c", PREPARE, made.var], env=made.environment, check=True)
    yield made
    EmbeddedPostgres(made.var / "postgres").destroy()


def test_the_desk_opens_says_the_logins_and_ctrl_c_leaves_no_process(desk: Desk) -> None:
    with desk.open() as process:
        logins = json.loads((desk.var / "demo.json").read_text())["logins"]
        assert f"http://127.0.0.1:{desk.port}" in desk.said
        assert all(name in desk.said and password in desk.said for name, password in logins.items())
        assert "csrf_token" in desk.page("/login")
        eventually(lambda: desk.said.count("working") == 2 and "scheduling" in desk.said, "workers and scheduler")
        assert len(desk.processes()) > 5
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert desk.processes() == []


def test_after_kill_9_of_the_supervisor_the_next_start_serves_again(desk: Desk) -> None:
    with desk.open() as process:
        process.kill()
        process.wait()
    with desk.open() as process:
        assert "csrf_token" in desk.page("/login")
        assert json.loads(desk.page("/readyz"))["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    eventually(lambda: desk.processes() == [], "the end of what was killed")
