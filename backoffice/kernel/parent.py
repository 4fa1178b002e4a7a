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
    """Return what the forked child calls first; `number` then reaches it when the calling thread's process ends.

    Made for subprocess's preexec_fn: call this in the parent, and start the child from a thread that stays.
    Where the kernel cannot do it, nothing happens and the next start has to find what was left.
    """
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask
