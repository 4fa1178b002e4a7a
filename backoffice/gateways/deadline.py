"""A bound on the whole of a call: sockets bound only each step of it, and a peer that drips keeps every step short."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

TICK = 0.1
"""Seconds between two looks: a call may take that much longer."""
REST = 5.0
"""Seconds without a call after which the watch stops looking until the next."""


@dataclass(eq=False)
class Cut:
    """One call that is watched; `done` once its connection was cut."""

    at: float
    cut: Callable[[], object]
    done: bool = False


def begin(seconds: float, cut: Callable[[], object]) -> Cut:
    """Begin a call that may take `seconds`: then `cut` is called, from another thread, to make it end."""
    watched = Cut(time.monotonic() + seconds, cut)
    _watch().add(watched)
    return watched


def end(call: Cut) -> None:
    """End a call: it is cut no more when this returns."""
    _watch().remove(call)


@contextmanager
def within(seconds: float, cut: Callable[[], object]) -> Iterator[Cut]:
    """Let the block take `seconds`; then `cut` is called, from another thread, to make it end (shut a socket down)."""
    watched = begin(seconds, cut)
    try:
        yield watched
    finally:
        end(watched)


class _Watch:
    """One thread a process that looks after all calls."""

    def __init__(self) -> None:
        self._calls: set[Cut] = set()
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._rests = False
        threading.Thread(target=self._look, name="deadlines", daemon=True).start()

    def add(self, call: Cut) -> None:
        with self._lock:
            self._calls.add(call)
            if self._rests:
                self._news.notify()

    def remove(self, call: Cut) -> None:
        with self._lock:
            self._calls.discard(call)

    def _look(self) -> None:
        quiet_since = time.monotonic()
        while True:
            with self._lock:
                now = time.monotonic()
                late = [call for call in self._calls if call.at <= now]
                self._calls.difference_update(late)
                if self._calls or late:
                    quiet_since = now
                elif now - quiet_since > REST:
                    self._rests = True
                    self._news.wait()
                    self._rests = False
                    quiet_since = time.monotonic()
                for call in late:  # under the lock: whoever ends now waits, or what comes after it would be cut
                    call.done = True
                    with suppress(Exception):  # what is cut may have ended by itself
                        call.cut()
            time.sleep(TICK)


_running: _Watch | None = None
_making = threading.Lock()


def _watch() -> _Watch:
    """Return the watch of this process."""
    global _running
    if _running is None:
        with _making:
            if _running is None:
                _running = _Watch()
    return _running


def _begin_anew() -> None:
    """Forget what a parent had before a fork: its watch watches nothing here."""
    global _running, _making
    _running, _making = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
