"""Tools of these tests: waiting with a deadline, and a supervisor in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from backoffice.embedded.processes import alive

DEADLINE_SECONDS = 60.0

PRELUDE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from backoffice.embedded.children import ChildSpec, Stage
from backoffice.embedded.supervisor import Supervisor
folder = Path(sys.argv[1])

def spec(name, code, **more):
    return ChildSpec(name, [sys.executable, "-c", CHILD + code, str(folder)], **more)

CHILD = '''
import os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
def note(name):
    (folder / name).open("a").write(f"{os.getpid()}\\\\n")
'''
"""


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until `true` holds; fail naming `what` when it does not in time."""
    assert _in_time(true), f"never happened: {what}"


def _in_time(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def noted(path: Path) -> list[int]:
    """Return the process numbers written to a file, one a line."""
    return [int(line) for line in path.read_text().split()] if path.exists() else []


class Script:
    """A Python program that runs beside the test; what it writes is kept in a file."""

    def __init__(self, folder: Path, code: str) -> None:
        self.log = folder / "output.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PRELUDE + code, str(folder)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Script:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def output(self) -> str:
        return self.log.read_text()

    def says(self, text: str) -> bool:
        """Wait for `text`; tell whether it came in time, and print all there is when it did not."""
        if _in_time(lambda: text in self.output):
            return True
        print(self.output)
        return False

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> int:
        return self.process.wait(DEADLINE_SECONDS)


def all_gone(pids: list[int]) -> bool:
    """Wait until none of the processes, one at least, lives; tell whether they ended in time."""
    return bool(pids) and _in_time(lambda: not any(map(alive, pids)))


def is_root() -> bool:
    return os.getuid() == 0
