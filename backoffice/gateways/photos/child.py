"""One worker process as the server sees it: started, asked, held to its time, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import cast

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.wire import Request, Status, read_answer, send_request

_WORKER = "backoffice.gateways.photos.worker"


class WorkerDied(Exception):
    """A worker ended while doing a job: killed for time (`timed_out`), by the kernel, or by a fault of a library."""

    def __init__(self, timed_out: bool, exit_code: int | None) -> None:
        super().__init__(f"photo worker died: timed out {timed_out}, exit code {exit_code}")
        self.timed_out = timed_out


class Child:
    """One worker process. Used by one thread at a time, except `alive`, `pid` and `stop`.

    Starting it raises OSError, EOFError or ValueError when it does not come up within START_SECONDS.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program, nothing from outside in it
            [sys.executable, "-P", "-s", "-m", _WORKER],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        self._requests, self._answers = cast(FileIO, self._process.stdin), cast(FileIO, self._process.stdout)
        self._serial = 0
        self._timed_out = False
        try:
            with self._within(limits.START_SECONDS):
                read_answer(self._answers, 0, 0)  # READY
        except BaseException:
            self.discard()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, job: str, data: bytes, seconds: float) -> tuple[Status, bytes]:
        """The answer to one request; `WorkerDied` when there is none, ValueError when it makes no sense."""
        self._serial += 1
        try:
            with self._within(seconds):
                send_request(self._requests, Request(self._serial, job, data, seconds))
                answer = read_answer(self._answers, self._serial, limits.MAX_ANSWER_BYTES)
        except (OSError, EOFError) as error:
            raise WorkerDied(self._timed_out, self._process.returncode) from error
        if answer[0] == Status.NO_MEMORY:
            self.stop()  # it ends by itself, but the next photo shall not meet it
        return answer

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Kill the worker when the block takes longer, and when it ends in any error: it may be in mid-answer."""
        deadline = Deadline(seconds, self._time_out)
        try:
            yield
        except BaseException:
            self.stop()
            raise
        finally:
            deadline.over()

    def _time_out(self) -> None:
        self._timed_out = True
        self._process.kill()

    def stop(self) -> None:
        """End the process and reap it. There is nothing in it that is worth a gentle end."""
        self._process.kill()
        self._process.wait()

    def discard(self) -> None:
        """Give back what the server holds for a worker that has ended."""
        self._requests.close()
        self._answers.close()

    def let_go(self) -> None:
        """Forget a worker that is another process's child."""
        self._process.returncode = 0  # never wait for it
        self.discard()


def _environment() -> dict[str, str]:
    """A worker's whole environment: none of the server's keys, and few memory arenas (each takes 64 MiB of address)."""
    return {
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ},
    }


class Deadline:
    """Calls `strike` after `seconds` unless `over` was called; never after that."""

    def __init__(self, seconds: float, strike: Callable[[], None]) -> None:
        self._strike = strike
        self._lock = threading.Lock()
        self._over = False
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        """The work is done: do not strike any more."""
        with self._lock:
            self._over = True
        self._timer.cancel()

    def _fire(self) -> None:
        with self._lock:
            if not self._over:
                self._strike()
