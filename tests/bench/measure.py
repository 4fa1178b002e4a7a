"""Interleaved rounds, medians, spread, and the table of rows: what was measured against which limit."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

ROUNDS = 3
LONGEST = 2.5
"""Seconds of a side after which a round takes no further samples."""
PACKAGES = ("flask", "werkzeug", "jinja2", "sqlalchemy", "psycopg", "gunicorn", "pillow", "typst", "redis", "rq")


@dataclass(frozen=True)
class Figure:
    """One figure a round (seconds, or things a second); its median and spread."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the extremes, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.middle if self.middle else 0.0


@dataclass(frozen=True)
class Row:
    """One line of the table; `holds` is None for what is told as information only."""

    work: str
    ours: str
    limit: str
    ratio: float | None
    reach: str
    holds: bool | None


def rounds(sides: Mapping[str, Callable[[], float]], count: int = ROUNDS) -> dict[str, Figure]:
    """Run every side once a round, `count` rounds, in turned order every other round; each call returns its figure."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(count):
        names = list(sides)
        for name in names if turn % 2 == 0 else reversed(names):
            taken[name].append(sides[name]())
    return {name: Figure(tuple(values)) for name, values in taken.items()}


def by_turns(acts: Mapping[str, Callable[[int], object]], times: int, count: int = ROUNDS) -> dict[str, Figure]:
    """Call `act(number)` of every side in turn, `times` times a round, fewer when they get long; `count` rounds.

    A side's figure of a round is the median of its seconds. In turn, for a shared machine is quick for a second and
    slow for the next one.
    """
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(count):
        for name, figure in _one_round(acts, times).items():
            taken[name].append(figure)
    return {name: Figure(tuple(values)) for name, values in taken.items()}


def _one_round(acts: Mapping[str, Callable[[int], object]], times: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in acts}
    end = time.perf_counter() + LONGEST * len(acts)
    for number in range(times):
        for name in taken if number % 2 == 0 else reversed(taken):
            start = time.perf_counter()
            acts[name](number)
            taken[name].append(time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return {name: median(values) for name, values in taken.items()}


def at_most(work: str, ours: Figure, limit: Figure, most: float) -> Row:
    """Ours may take at most `most` times the seconds of the limit."""
    ratio = ours.middle / limit.middle
    return Row(work, seconds(ours), seconds(limit), ratio, f"≤ {most:g}×", ratio <= most)


def at_least(work: str, ours: Figure, limit: Figure, least: float, unit: str) -> Row:
    """Ours must do at least the share `least` of the limit's things a second."""
    ratio = ours.middle / limit.middle
    return Row(work, _rate(ours, unit), _rate(limit, unit), ratio, f"≥ {least:.0%}", ratio >= least)


def no_more_than(work: str, ours: str, value: float, most: float, unit: str) -> Row:
    """An absolute bar: `value` is at most `most` (in `unit`)."""
    return Row(work, ours, "–", None, f"≤ {most:g} {unit}", value <= most)


def told(work: str, ours: Figure, limit: Figure | None = None) -> Row:
    """Information, no bar: both in seconds."""
    if limit is None:
        return Row(work, seconds(ours), "–", None, "–", None)
    return Row(work, seconds(ours), seconds(limit), ours.middle / limit.middle, "–", None)


def beside(work: str, ours: Figure, limit: Figure, unit: str) -> Row:
    """Information, no bar: things a second of both."""
    return Row(work, _rate(ours, unit), _rate(limit, unit), ours.middle / limit.middle, "–", None)


def said(work: str, what: str) -> Row:
    """Information in words."""
    return Row(work, what, "–", None, "–", None)


def seconds(figure: Figure) -> str:
    """Return milliseconds with the spread."""
    return f"{figure.middle * 1000:.1f} ms ±{figure.spread:.0%}"


def _rate(figure: Figure, unit: str) -> str:
    return f"{figure.middle:.1f} {unit} ±{figure.spread:.0%}"


def report(rows: Iterable[Row]) -> bool:
    """Print the table; return whether every bar was reached."""
    lines = [("work", "ours", "limit", "ratio", "reach", "verdict"), *(_line(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    for number, line in enumerate(lines):
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")
        if number == 0:
            sys.stdout.write("  ".join("-" * width for width in widths) + "\n")
    return all(line[5] != "MISSED" for line in lines)


def _line(row: Row) -> tuple[str, str, str, str, str, str]:
    verdict = {True: "reached", False: "MISSED", None: "information"}[row.holds]
    return row.work, row.ours, row.limit, f"{row.ratio:.2f}" if row.ratio is not None else "–", row.reach, verdict


def machine() -> str:
    """Return what ran where: cores, load, versions."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    parts = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores, load {load}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}\n{parts}"
    )


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Say on stderr what is being done and how long it took."""
    start = time.monotonic()
    yield
    sys.stderr.write(f"  {what}: {time.monotonic() - start:.1f} s\n")
    sys.stderr.flush()
