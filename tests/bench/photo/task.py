"""What both photo programs are: a loop over standard input. Imports nothing of the product's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path


def serve(acts: dict[str, Callable[[bytes], object]]) -> None:
    """Read the photo named by the first argument, then answer lines: an act's name by its seconds, memory by bytes.

    "memory <act>" tells what the process took at most, beyond what it had, the first time it did the act.
    """
    data = Path(sys.argv[1]).read_bytes()
    for line in sys.stdin:
        words = line.split()
        answer = (
            _memory(lambda: acts[words[1]](data)) if words[0] == "memory" else _seconds(lambda: acts[words[0]](data))
        )
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _memory(act: Callable[[], object]) -> float:
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    before = _status("VmRSS")
    act()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
