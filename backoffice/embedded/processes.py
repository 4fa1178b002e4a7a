"""Processes of the operating system: found by the folder or the session they belong to, ended in steps."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

POLL_SECONDS = 0.02


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Poll `true` until it holds or `seconds` have passed; tell whether it held."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def alive(pid: int) -> bool:
    """Tell whether a process `pid` runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[:1] != ["Z"]


def _stat(pid: int) -> list[str]:
    """Return the fields after the name in /proc/<pid>/stat: state, parent, group, session, …; empty when gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def working_in(folder: Path) -> list[int]:
    """Return the pids of all other processes whose working folder is `folder` (empty where there is no /proc)."""
    real, found = os.path.realpath(folder), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == real and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def in_session(session: int) -> list[int]:
    """Return the pids of all living processes of a session, whatever their group (empty where there is no /proc)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if len(fields) > 3 and fields[3] == str(session) and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def end_session(session: int) -> None:
    """Kill what is left of the session of a child that was started as its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    for pid in in_session(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


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
