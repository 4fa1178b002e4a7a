"""The queue's first page and one four fifths down, for a reception officer of a big office and for a supervisor.

The limit sends the same statements; what the keyset query costs alone, without session, counts, flags and trail, is
told too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack

from tests.bench.browser import Browser
from tests.bench.measure import Row, at_most, by_turns, told
from tests.bench.recording import Step
from tests.bench.rows.sizes import BARE, REACH, WARM
from tests.bench.served import Tape, pair
from tests.bench.sets import Bench

OFFICERS = {"quaylon": "queue", "lanhdao": "queue of a branch"}
TIMES = 20
FIRST = "/desk?list=waiting"
_MORE = re.compile(r"/desk\?list=waiting&amp;after=[^\"]+")


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    return [row for officer, work in OFFICERS.items() for row in _rows(bench, officer, work)]


def _rows(bench: Bench, officer: str, work: str) -> list[Row]:
    paths = {"page 1": FIRST}

    def record(tape: Tape) -> None:
        paths["80 % deep"] = _deep(tape)
        for path in paths.values():
            tape.get(path)
            tape.only(path, BARE, _lists)

    with ExitStack() as stack:
        opened = stack.enter_context(pair(bench.set("large"), officer, record))
        asked = {"ours": opened.ours, "limit": opened.limit}
        asked["bare"] = Browser(opened.limit.port, {"X-Variant": BARE})
        acts = {
            f"{side} {page}": _fetching(browser, path)
            for page, path in paths.items()
            for side, browser in asked.items()
        }
        by_turns(acts, WARM, count=1)
        taken = by_turns(acts, TIMES)
    rows = [at_most(f"{work}, {page}", taken[f"ours {page}"], taken[f"limit {page}"], REACH) for page in paths]
    rows.append(at_most(f"{work}, deep / first", taken["ours 80 % deep"], taken["ours page 1"], 1.2))
    rows += [told(f"{work}, {page}, / its query alone", taken[f"ours {page}"], taken[f"bare {page}"]) for page in paths]
    return rows


def _fetching(browser: Browser, path: str) -> Callable[[int], None]:
    def fetch(_number: int) -> None:
        answer = browser.get(path)
        if answer.status != 200:
            raise RuntimeError(f"the queue was answered {answer.status}")

    return fetch


def _deep(tape: Tape) -> str:
    """Walk the whole queue and return the address of the page four fifths down."""
    walked, page = [FIRST], tape.look(FIRST)
    while found := _MORE.search(page):
        walked.append(found[0].replace("&amp;", "&"))
        page = tape.look(walked[-1])
    return walked[len(walked) * 4 // 5]


def _lists(step: Step) -> bool:
    """Tell whether this is the statement that reads a page of the queue."""
    return "LEFT OUTER JOIN claims" in step.sql and "LIMIT" in step.sql
