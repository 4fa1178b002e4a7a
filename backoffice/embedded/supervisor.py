"""The supervisor: starts children and engines, restarts what crashes and says so, leaves nothing behind."""

from __future__ import annotations

import contextlib
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol

from backoffice.embedded.children import Child, ChildSpec, Stage, fate
from backoffice.embedded.folders import EngineError

TICK = 0.1
PATIENCE = 5.0
OPEN_ANYWAY = 20.0
ENGINE_PAUSE = 5.0


class Engine(Protocol):
    """An embedded engine: its number while it runs, and how to start it (again)."""

    @property
    def pid(self) -> int | None:
        """Return the number of its process, None when it does not run."""

    def start(self) -> None:
        """Start it, after a crash too; raises EngineError."""


def say(line: str) -> None:
    """Write a line to the terminal; a closed terminal stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


class Supervisor:
    """Runs `specs` until it is asked to stop (Ctrl-C, SIGTERM, SIGHUP).

    Children start by their stage; `is_open` is asked until it first says yes, then `opened` is called and the last
    stage starts (after 20 s it starts anyway: its start takes processor time from the first page). `engines` (by
    name) run already; one that crashes is started again.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        engines: dict[str, Engine] | None = None,
        is_open: Callable[[], bool] = lambda: True,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        self._children = [Child(spec) for spec in specs]
        self._engines = engines or {}
        self._engines_due = dict.fromkeys(self._engines, 0.0)
        self._is_open: Callable[[], bool] | None = is_open
        self._opened = opened
        self._stage = Stage.AT_ONCE
        self._began = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._stops_asked = 0
        self._failed: str | None = None

    def run(self) -> int:
        """Run until asked to stop, then stop all; return 0, or 1 when a `once` child failed."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in _STOPPING}
        try:
            self._enter(Stage.AT_ONCE)
            while not self._stops_asked and self._failed is None:
                self._read_output()
                self._watch()
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0 if self._failed is None else 1

    def stop(self) -> None:
        """End every child by SIGTERM; after five seconds, or at a second Ctrl-C, kill it and all it started."""
        deadline = time.monotonic() + PATIENCE
        for child in self._children:
            child.due = None
            child.ask_to_stop()
        while any(child.running for child in self._children):
            if time.monotonic() > deadline or self._stops_asked > 1:
                break
            self._read_output()
        for child in self._children:
            if child.unburied:
                self._bury(child)
        self._selector.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def _start(self, child: Child) -> None:
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _read_output(self) -> None:
        for key, _ in self._selector.select(TICK):
            child: Child = key.data
            self._show(child, child.read())
            if child.silent:
                self._selector.unregister(key.fileobj)

    def _show(self, child: Child, lines: list[str]) -> None:
        for line in lines:
            say(f"{child.spec.name:<10}| {line}")

    def _watch(self) -> None:
        for child in self._children:
            if child.unburied and not child.running:
                self._deal_with_end(child)
            elif child.due is not None and time.monotonic() >= child.due:
                self._start(child)
        for name, engine in self._engines.items():
            if engine.pid is None and time.monotonic() >= self._engines_due[name]:
                self._restart_engine(name, engine)
        if self._failed is None:  # else what waits for the preparation would run for a moment
            self._open()

    def _bury(self, child: Child) -> int:
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.output)
        code, lines = child.bury()
        self._show(child, lines)
        return code

    def _deal_with_end(self, child: Child) -> None:
        code = self._bury(child)
        if not child.spec.once:
            pause = child.plan_restart()
            say(f"{child.spec.name} stopped ({fate(code)}); starting it again in {pause:g} s.")
        elif code:
            self._failed = child.spec.name
            say(f"{child.spec.name} failed ({fate(code)}); stopping.")

    def _restart_engine(self, name: str, engine: Engine) -> None:
        say(f"{name} stopped; starting it again.")
        try:
            engine.start()
        except EngineError as error:
            self._engines_due[name] = time.monotonic() + ENGINE_PAUSE
            say(f"{name} does not start: {error}")

    def _open(self) -> None:
        if self._stage == Stage.AT_ONCE and not any(child.spec.once and child.unburied for child in self._children):
            self._enter(Stage.PREPARED)
        if self._stage == Stage.AT_ONCE:
            return
        if self._is_open is not None and self._is_open():
            self._is_open = None
            self._opened()
        waited = time.monotonic() - self._began
        if self._stage == Stage.PREPARED and (self._is_open is None or waited > OPEN_ANYWAY):
            self._enter(Stage.OPEN)

    def _enter(self, stage: Stage) -> None:
        self._stage, self._began = stage, time.monotonic()
        for child in self._children:
            if child.spec.stage == stage:
                self._start(child)


_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
