"""Children that never outlive their parent: the kernel ends them, whatever ended the parent (Linux alone can)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None) if _LINUX else None


def dying_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a preexec_fn for subprocess, made in the parent, after which the child gets `number` when that ends.

    Start the child from a thread that stays: its end counts as the parent's. Where the kernel cannot do it,
    nothing happens and the next start has to find what was left.
    """
    parent = os.getpid()
    return lambda: die_with(parent, number)


def die_with(parent: int, number: signal.Signals) -> None:
    """Let the kernel send `number` to this process, a child of the process `parent`, when that one ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
