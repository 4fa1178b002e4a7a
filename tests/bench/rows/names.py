"""A search for names by the beginnings of their words, in the own office."""

from __future__ import annotations

from tests.bench.measure import Row
from tests.bench.rows.sizes import by_size
from tests.bench.sets import Bench

TEXTS = ["nguyen van", "tran thi h", "le th", "pham minh", "Hoàng", "ngu th la", "vo van t", "dang h"]


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    return by_size(bench, "name search", TEXTS, times=40, growth=1.5, bare=lambda step: "to_tsquery" in step.sql)
