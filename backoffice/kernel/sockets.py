"""Waiting for a socket, whatever its number: select() knows only the first 1,024 of a process."""

from __future__ import annotations

import select
from typing import Protocol


class HasNumber(Protocol):
    """A socket, or what stands for one."""

    def fileno(self) -> int:
        """Return its descriptor."""


def is_readable(sock: int | HasNumber, seconds: float) -> bool:
    """Tell whether there is something to read, an end or a fault included, waiting at most `seconds` for it."""
    return _has_happened(sock, select.POLLIN, seconds)


def is_writable(sock: int | HasNumber, seconds: float) -> bool:
    """Tell whether something can be written, waiting at most `seconds` for it."""
    return _has_happened(sock, select.POLLOUT, seconds)


def _has_happened(sock: int | HasNumber, what: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(sock, what)
    return bool(poll.poll(seconds * 1000))
