"""A peer in a process of its own: it says what happens to it in lines of JSON, and is told what to do in others."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backoffice.config import ROOT

SECONDS = 60.0
"""So long is waited for what must happen."""
Event = dict[str, Any]


class Peer:
    """A running peer; `events` is what it has said so far."""

    def __init__(self, command: Sequence[str], modes: dict[str, Any], *, cwd: Path = ROOT) -> None:
        self.events: list[Event] = []
        self._news = threading.Condition()
        self._is_waited_for = False
        self._process = subprocess.Popen(
            [*command, json.dumps(modes)],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait("listening")["port"])

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Return its process number."""
        return self._process.pid

    def tell(self, **order: Any) -> None:
        """Switch modes, or have it do an `act`; returns when it has, and all is read that it said before."""
        with self._news:
            told = len(_which(self.events, "told", {}))
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self.wait("told", told + 1)

    def caught_up(self) -> None:
        """Return when all is read that it had said until now."""
        if self._process.poll() is None and not self._is_waited_for:
            self.tell()

    def said(self, event: str, **facts: Any) -> list[Event]:
        """Return what it has said of that kind until now, of those facts."""
        self.caught_up()
        with self._news:
            return _which(self.events, event, facts)

    def count(self, event: str, **facts: Any) -> int:
        """Return how often it has said that."""
        return len(self.said(event, **facts))

    def wait(self, event: str, times: int = 1, **facts: Any) -> Event:
        """Wait until it has said that so many times and return the last of them; fails when it never does."""
        found: list[Event] = []

        def is_said() -> bool:
            found[:] = _which(self.events, event, facts)
            return len(found) >= times or self._process.poll() is not None

        self._until(is_said, f"{times} × {event} {facts or ''}")
        assert len(found) >= times, f"the peer ended before {times} × {event}: {self.events[-5:]}"
        return found[times - 1]

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until `true` holds, looking again whenever it says something."""
        self._until(true, what)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _until(self, true: Callable[[], bool], what: str) -> None:
        with self._news:
            self._is_waited_for = True
            try:
                assert self._news.wait_for(true, SECONDS), f"never happened: {what}; last {self.events[-5:]}"
            finally:
                self._is_waited_for = False

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def _which(events: list[Event], event: str, facts: dict[str, Any]) -> list[Event]:
    return [
        one for one in events if one["event"] == event and all(one.get(name) == value for name, value in facts.items())
    ]
