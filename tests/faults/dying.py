"""A process of its own that SIGKILL ends at a chosen instant of what it does: nothing of it runs after that.

Or this one, in which a signal raises an error at that instant, as a job's time-out does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from backoffice.config import ROOT
from backoffice.kernel import db

_fork = multiprocessing.get_context("fork")
_OURS = str(ROOT / "backoffice")
Trace = Callable[[FrameType, str, Any], Any]


@dataclass(frozen=True)
class Instant:
    """When the function of this name in the module of that path is called, or returns, for the `time`th time."""

    module: str
    function: str
    event: str
    time: int = 1


def dies_at(instant: Instant, act: Callable[[], object]) -> bool:
    """Do `act` in a fork that is killed at the instant; return whether it was (else it came to its end)."""
    return _dies(_at(instant), act)


def dies_at_line(number: int, act: Callable[[], object]) -> bool:
    """Do `act` in a fork that is killed before the `number`th line of our own it would run; return whether it was."""
    return _dies(_at_line(number), act)


@contextmanager
def interrupted_at(instant: Instant, error: BaseException) -> Iterator[None]:
    """Have `error` raised at the instant, once, if this thread comes to it within the block."""

    def interrupt() -> None:
        raise error

    sys.settrace(_at(instant, interrupt))
    try:
        yield
    finally:
        sys.settrace(None)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dies(trace: Trace, act: Callable[[], object]) -> bool:
    child = _fork.Process(target=_run, args=(trace, act))
    child.start()
    child.join(60)
    assert child.exitcode in (0, -signal.SIGKILL), f"it ended by itself: {child.exitcode}"
    return child.exitcode != 0


def _run(trace: Trace, act: Callable[[], object]) -> None:
    db.forget_connections()
    sys.settrace(trace)
    act()
    sys.settrace(None)
    os._exit(0)


def _at(instant: Instant, act: Callable[[], None] = _kill) -> Trace:
    left, path = instant.time, f"{_OURS}/{instant.module}"

    def passed(event: str) -> None:
        nonlocal left
        was, left = left, left - (event == instant.event)
        if was and not left:
            act()

    def inside(_frame: FrameType, event: str, _value: Any) -> Any:
        passed(event)
        return inside

    def trace(frame: FrameType, event: str, _value: Any) -> Any:
        code = frame.f_code
        if code.co_name != instant.function or code.co_filename != path:
            return None
        passed(event)
        return inside

    return trace


def _at_line(number: int) -> Trace:
    left = number

    def inside(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal left
        left -= event == "line"
        if not left:
            _kill()
        return inside

    def trace(frame: FrameType, _event: str, _value: Any) -> Any:
        return inside if frame.f_code.co_filename.startswith(_OURS) else None

    return trace
