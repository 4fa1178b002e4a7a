"""An exact search and the review page it opens, signed in: session, permission, claim, flags, trail row and all."""

from __future__ import annotations

from tests.bench.data import DESK
from tests.bench.measure import Row
from tests.bench.rows.sizes import by_size
from tests.bench.sets import Bench

CODES = {"submitted": 40, "approved": 10}


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    return by_size(bench, "lookup", codes(bench), times=60, growth=1.15)


def codes(bench: Bench) -> list[str]:
    """Return BHXH codes of people of DESK, who are the same in every set."""
    bench.set("small")
    with bench.engines.superuser("bench_small") as connection:
        return [
            code
            for status, number in CODES.items()
            for (code,) in connection.execute(
                "SELECT bhxh_code FROM declarations WHERE status = %s "
                "AND office_id = (SELECT id FROM offices WHERE code = %s) ORDER BY bhxh_code LIMIT %s",
                [status, DESK, number],
            )
        ]
