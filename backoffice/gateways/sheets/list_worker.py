"""The program that reads one list (`python -m backoffice.gateways.sheets.list_worker`) and ends.

It is given a line of JSON ({"columns", "people", "most"}) and the file, and answers a line of JSON: the table, or why
it cannot be taken. It may take MEMORY bytes of address space beyond its own, SECONDS of time (SIGALRM with its default
action), writes no file, and has none of the server's environment or connections.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from backoffice.gateways.sheets.listing import read_list
from backoffice.gateways.sheets.refusal import too_big
from backoffice.gateways.sheets.table import Column
from backoffice.kernel.errors import InvalidInput

MEMORY = 384 * 1024 * 1024
SECONDS = 30.0


def main() -> None:
    """Read one list from standard input."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    confine()
    asked = json.loads(sys.stdin.buffer.readline())
    answer = json.dumps(_answer(asked, sys.stdin.buffer.read()), ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode())


def confine() -> None:
    """Set this process's limits for good: memory, no core dump, no file longer than nothing."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        most = int(statm.read_text().split()[0]) * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(asked: dict[str, Any], data: bytes) -> dict[str, Any]:
    columns = [Column(**{**one, "also": tuple(one["also"])}) for one in asked["columns"]]
    try:
        return {"table": read_list(data, columns, asked["people"], most=asked["most"]).packed()}
    except MemoryError:
        return fault_of(too_big())
    except InvalidInput as refusal:
        return fault_of(refusal)


def fault_of(refusal: InvalidInput) -> dict[str, Any]:
    """Return why a file cannot be taken, as an answer."""
    return {"fault": {"code": refusal.faults[0].code, "sentence": refusal.message}}


if __name__ == "__main__":
    main()
