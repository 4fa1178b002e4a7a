"""Searches by one officer of DESK on 10,000 and on 1,000,000 declarations, each against its limit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from tests.bench.browser import Browser
from tests.bench.measure import Figure, Row, at_most, by_turns, told
from tests.bench.recording import Step
from tests.bench.served import Tape, pair, search
from tests.bench.sets import Bench

REACH = 2.5
WARM = 12
"""Requests before anything is measured: templates compiled, statements prepared, pages read."""
BARE = "bare:"


def by_size(
    bench: Bench, work: str, texts: list[str], *, times: int, growth: float, bare: Callable[[Step], bool] | None = None
) -> list[Row]:
    """Return the rows of searching for `texts`, `times` a side and round: each size, and the growth between them.

    `bare` tells the one statement that must be sent at the very least: what that alone costs is told too.
    """

    def record(tape: Tape) -> None:
        for text in texts:
            tape.search(text)
            if bare is not None:
                tape.only(text, BARE, bare)

    acts: dict[str, Callable[[int], object]] = {}
    with ExitStack() as stack:
        for size in ("small", "large"):
            opened = stack.enter_context(pair(bench.set(size), "quay", record))
            asked = {"ours": opened.ours, "limit": opened.limit}
            if bare is not None:
                asked["bare"] = Browser(opened.limit.port, {"X-Variant": BARE})
            for side, browser in asked.items():
                acts[f"{side} {size}"] = partial(_search, browser, texts)
        by_turns(acts, WARM, count=1)
        return _rows(work, by_turns(acts, times), growth)


def _search(browser: Browser, texts: list[str], number: int) -> None:
    search(browser, texts[number % len(texts)])


def _rows(work: str, taken: dict[str, Figure], growth: float) -> list[Row]:
    rows = [
        at_most(f"{work}, 10,000", taken["ours small"], taken["limit small"], REACH),
        at_most(f"{work}, 1,000,000", taken["ours large"], taken["limit large"], REACH),
        at_most(f"{work}, 1,000,000 / 10,000", taken["ours large"], taken["ours small"], growth),
    ]
    if "bare large" in taken:
        rows.append(told(f"{work}, 1,000,000, / its query alone", taken["ours large"], taken["bare large"]))
    return rows
