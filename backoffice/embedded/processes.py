"""Processes of the operating system: found by the folder they work in, ended in steps, never outliving their parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Poll `true` until it holds or `seconds` have passed; tell whether it held."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def dying_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` after which the kernel sends `number` to the child when this thread's process ends.

    Only Linux can do this; elsewhere it does nothing and the next start has to find what was left.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def alive(pid: int) -> bool:
    """Tell whether a process `pid` runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def working_in(folder: Path) -> list[int]:
    """Return the pids of all other processes whose working folder is `folder` (empty where there is no /proc)."""
    real, found = os.path.realpath(folder), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == real and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def end(pids: Iterable[int], steps: Iterable[tuple[signal.Signals, float]]) -> bool:
    """Send each signal of `steps` to the living `pids` and wait its seconds; tell whether all are gone."""
    asked = tuple(pids)

    def gone() -> bool:
        return not any(map(alive, asked))

    for number, seconds in steps:
        for pid in filter(alive, asked):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until(gone, seconds):
            break
    return gone()
