"""One PostgreSQL cluster on disk: made, served by a process, and cleared of what a killed run left on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from backoffice.embedded import processes
from backoffice.embedded.folders import EngineError
from backoffice.embedded.programs import MAJOR
from backoffice.kernel.parent import dying_with_parent

SUPERUSER = "postgres"
STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_INITDB = (
    "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8", f"--username={SUPERUSER}",
)  # fmt: skip
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # A look at the trail without bounds of time locks each of its months (64 by default), with an index of each.
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Neither values nor statements in the log: they hold citizens' data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class _AsEngine(TypedDict, total=False):
    cwd: Path
    env: dict[str, str]
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Cluster:
    """The cluster in `home`, served by the user `uid` on a socket in the folder `sockets`."""

    home: Path
    sockets: Path
    uid: int
    durable: bool

    @property
    def path(self) -> Path:
        """Return the folder of the cluster itself, in which all its processes work."""
        return self.home / "cluster"

    def make(self, programs: Path) -> None:
        """Make it unless it is there; raises EngineError when initdb fails or another version made it.

        It is made under another name first: one half made by a killed run is never taken for whole.
        """
        if not self.path.is_dir():
            half_made = self.path.with_name("cluster.new")
            shutil.rmtree(half_made, ignore_errors=True)
            self._initdb(programs, half_made)
            half_made.rename(self.path)
        made_by = (self.path / "PG_VERSION").read_text().strip()
        if made_by != MAJOR:
            raise EngineError(f"{self.path} was made by PostgreSQL {made_by}, this is {MAJOR}: start anew (RESET=1).")

    def _initdb(self, programs: Path, folder: Path) -> None:
        careless = [] if self.durable else ["--no-sync"]
        with subprocess.Popen(  # noqa: S603
            [str(programs / "initdb"), *_INITDB, *careless, "-D", str(folder)],
            **self._as_engine(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        ) as run:
            try:
                said, _ = run.communicate()
            except BaseException:
                run.terminate()
                raise
        if run.returncode:
            raise EngineError(f"initdb failed:\n{said.decode(errors='replace')}")

    def serve(self, programs: Path) -> subprocess.Popen[bytes]:
        """Start the server and return its process, which stops when we are killed."""
        settings = _SETTINGS | ({} if self.durable else _CARELESS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                [str(programs / "postgres"), "-D", str(self.path), "-k", str(self.sockets), *options],
                **self._as_engine(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGINT),
            )

    def _as_engine(self) -> _AsEngine:
        """Return the Popen arguments of the engine's user, with an environment free of PG* variables."""
        who: _AsEngine = {}
        if self.uid != os.getuid():
            who = {"user": self.uid, "group": self.uid, "extra_groups": []}
        return {"cwd": self.home, "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, **who}

    def clear(self) -> None:
        """End a server that a killed run left, and remove the pid files and sockets of one that is gone.

        Where there is no /proc the server itself refuses to start beside another one.
        """
        pid_file = self.path / "postmaster.pid"
        main = _recorded_pid(pid_file)
        if main in processes.working_in(self.path):
            processes.end([main], STOP_STEPS)
        # Without their parent the others end by themselves; SIGQUIT and SIGKILL are for one that hangs.
        others = processes.working_in(self.path)
        gone = processes.wait_until(lambda: not any(map(processes.alive, others)), 5.0)
        if not gone and not processes.end(others, STOP_STEPS[1:]):
            raise EngineError(f"Processes {others} still use {self.path} and cannot be ended.")
        if Path("/proc/self").exists():
            # The server refuses to start when a number in these is in use again, or its process not yet reaped.
            pid_file.unlink(missing_ok=True)
            for path in self.sockets.glob(".s.PGSQL.*"):
                path.unlink(missing_ok=True)

    def last_words(self, lines: int = 12) -> str:
        """Return the end of the server's log."""
        try:
            return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"


def _recorded_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
