"""Scanning the presented ID and saying that an item was seen, signed in, on a claimed declaration: HTMX's fragment.
And how much the review page transfers when all that stays the same is at hand: without photos, not compressed.

Two cards in turn, one equal and one with another birth, so that each scan changes the ledger. The limit sends the same
statements and renders the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from tests.bench.browser import Browser
from tests.bench.facts import Declared, fresh_declarations
from tests.bench.measure import Row, at_most, by_turns
from tests.bench.served import HTMX, Tape, act, pair
from tests.bench.sets import Bench

REACH = 2.5
TIMES, WARM = 60, 12
WEIGHT = 120
"""Kilobytes: on a line of 400 kbit/s they take 2.4 s."""

Form = dict[str, str]


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("small")
    with bench.engines.superuser("bench_small") as connection:
        declared = next(fresh_declarations(connection))
    path = f"/desk/{declared.receipt_code}"
    works: dict[str, tuple[str, list[Form]]] = {
        "scan": (f"{path}/scan", [{"text": _card(declared, "02011931")}, {"text": _card(declared)}]),
        "verify": (f"{path}/verify", [{"item": "portrait", "how": "seen"}]),
    }
    with ExitStack() as stack:
        opened = stack.enter_context(pair(settings, "quay", partial(_record, path, works)))
        asked = {"ours": opened.ours, "limit": opened.limit}
        acts: dict[str, Callable[[int], object]] = {}
        for side, browser in asked.items():
            browser.headers |= HTMX
            for work, (address, forms) in works.items():
                acts[f"{side} {work}"] = partial(_act, browser, address, forms)
        by_turns(acts, WARM, count=1)
        taken = by_turns(acts, TIMES)
        weight = _weight(opened.ours, path)
    fragments = (at_most(f"{work}, fragment", taken[f"ours {work}"], taken[f"limit {work}"], REACH) for work in works)
    return [*fragments, weight]


def _weight(browser: Browser, path: str) -> Row:
    """Return the row of the page itself; scripts and styles are kept for a year."""
    for name in HTMX:
        del browser.headers[name]
    page = browser.get(path)
    if page.status != 200:
        raise RuntimeError(f"the review page was answered {page.status}")
    kilobytes = len(page.body) / 1000
    return Row("review page, warm", f"{kilobytes:.0f} kB", "–", None, f"≤ {WEIGHT} kB", kilobytes <= WEIGHT)


def _record(path: str, works: dict[str, tuple[str, list[Form]]], tape: Tape) -> None:
    """Record each act after it was done once: the first scan also marks the person as present."""
    tape.act(f"{path}/claim", {})
    for address, forms in works.values():
        for form in (*forms, *forms):
            tape.act(address, form)


def _act(browser: Browser, address: str, forms: list[Form], number: int) -> None:
    act(browser, address, forms[number % len(forms)])


def _card(declared: Declared, birth: str = "") -> str:
    born = birth or f"{declared.date_of_birth:%d%m%Y}"
    return f"{declared.id_number}||{declared.full_name}|{born}|Nam|{declared.address_line}|25042021"
