"""`make bench`: every row of the table with its limit, in one run. Arguments name the rows to measure; default: all."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

from tests.bench.engines import running
from tests.bench.measure import Row, machine, report, saying
from tests.bench.sets import Bench

ROWS = (
    "lookup",
    "queue",
    "names",
    "ledger",
    "approval",
    "intake",
    "photo",
    "outbox",
    "sms_http",
    "sms_smpp",
    "sms_counter",
    "sign_in",
    "hotline",
    "form01",
    "sweep",
    "sweep_beside",
    "permits",
    "trail",
    "dashboard",
    "figures_cost",
    "batches",
)
ON_REQUEST = ("peers",)


def main(wanted: list[str]) -> int:
    """Measure, print the table, and return 1 when a row missed its bar."""
    unknown = set(wanted) - {*ROWS, *ON_REQUEST}
    if unknown:
        sys.stderr.write(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join((*ROWS, *ON_REQUEST))}\n")
        return 2
    sys.stdout.write(machine() + "\n\n")
    sys.stdout.flush()
    rows: list[Row] = []
    with running() as engines:
        bench = Bench(engines)
        for name in wanted or ROWS:
            with saying(name):
                rows += _measured(name, bench)
    sys.stdout.write("\n")
    return 0 if report(rows) else 1


def _measured(name: str, bench: Bench) -> list[Row]:
    """Return the rows of one module; one that fails is a missed row, and the others are measured all the same."""
    try:
        rows: list[Row] = import_module(f"tests.bench.rows.{name}").measure(bench)
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        return [Row(name, f"failed: {error}"[:60], "–", None, "–", False)]
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
