"""One child of the supervisor: started in a session of its own, watched, read line by line, ended whole."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from backoffice.embedded import processes
from backoffice.kernel.parent import dying_with_parent

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0


class Stage(IntEnum):
    """When a child starts: at once, when all `once` children have ended well, or when the desk is open."""

    AT_ONCE = 0
    PREPARED = 1
    OPEN = 2


@dataclass(frozen=True)
class ChildSpec:
    """What to run as `name`: its command, and what its environment has beyond ours.

    `once`: it prepares something and then ends. `orphaned` is the signal it gets when we are killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    stage: Stage = Stage.AT_ONCE
    orphaned: signal.Signals = signal.SIGTERM


class Child:
    """A running (or crashed, or waiting) child; not thread-safe: the supervisor's one loop owns it."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.due: float | None = None
        self.output = -1
        self.silent = False
        self._process: subprocess.Popen[bytes] | None = None
        self._crashes = 0
        self._started = 0.0
        self._unfinished = b""

    def start(self) -> None:
        """Start it as the leader of a session of its own; the kernel ends it should we be killed.

        What it writes is read from the descriptor `output`.
        """
        self.due, self.silent = None, False
        self._started = time.monotonic()
        self.output, theirs = os.pipe()
        os.set_blocking(self.output, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                list(self.spec.command),
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
                preexec_fn=dying_with_parent(self.spec.orphaned),
            )
        finally:
            os.close(theirs)

    @property
    def unburied(self) -> bool:
        """Tell whether it was started and its end was not yet dealt with."""
        return self._process is not None

    @property
    def running(self) -> bool:
        """Tell whether its main process lives."""
        return self._process is not None and self._process.poll() is None

    def bury(self) -> tuple[int, list[str]]:
        """Kill what is left of it; return its exit code (negative: a signal) and its last lines."""
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} was not started")
        processes.end_session(self._process.pid)
        code = self._process.wait()
        lines = self.read(last=True)
        os.close(self.output)
        self._process, self.output = None, -1
        return code, lines

    def plan_restart(self) -> float:
        """Decide when it starts again, later at each crash in a row; return the pause in seconds."""
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._crashes = 0
        pause: float = min(FIRST_PAUSE * 2**self._crashes, LONGEST_PAUSE)
        self._crashes += 1
        self.due = time.monotonic() + pause
        return pause

    def read(self, *, last: bool = False) -> list[str]:
        """Return the whole lines it has written since the last call (`last`: the unfinished one too).

        Afterwards `silent` tells that nothing can come any more.
        """
        while chunk := self._available():
            self._unfinished += chunk
        *lines, self._unfinished = self._unfinished.split(b"\n")
        if last and self._unfinished:
            lines, self._unfinished = [*lines, self._unfinished], b""
        return [line.decode(errors="replace") for line in lines]

    def _available(self) -> bytes:
        try:
            chunk = os.read(self.output, 65536)
        except BlockingIOError:
            return b""
        self.silent = not chunk
        return chunk

    def ask_to_stop(self) -> None:
        """Ask its main process to end (SIGTERM); it takes its own children along."""
        if self._process is not None and self.running:
            self._process.terminate()


def fate(code: int) -> str:
    """Return an exit code in words: "exit code 3", "SIGKILL"."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
