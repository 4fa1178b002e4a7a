"""The geometry of charts, in units of their own view box: what templates/dashboards/_charts.html draws as SVG.

Pure: numbers in, places out. Whatever a chart shows stands in a table beside it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.dashboards.numbers import in_words

SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 112, 28, 4
BAR_WIDTH = 200
COLUMNS_WIDTH, COLUMNS_HEIGHT = 640, 200
COLUMNS_LEFT, COLUMNS_TOP, COLUMNS_BOTTOM = 52, 10, 24
_GAP = 0.3
"""Of a column's place that stays free."""
_STEPS = (10, 15, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Spark:
    """A line without axes, broken where nothing is known: each run of it is "x,y x,y …".

    `x` and `y` are the last place, `base` where nothing would lie.
    """

    runs: tuple[str, ...]
    x: float
    y: float
    base: float


@dataclass(frozen=True)
class Piece:
    """A part of a column: which series, where its rectangle lies."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Column:
    """One column of a chart: its label and the middle of its foot, and its parts from the foot up."""

    label: str
    x: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Tick:
    """A line across the chart: the number it stands for, and where."""

    label: str
    y: float


@dataclass(frozen=True)
class Columns:
    """A chart of stacked columns over an axis from 0."""

    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]


def spark(numbers: Sequence[float | None]) -> Spark | None:
    """Return the line through `numbers`, the greatest at the top, 0 at the foot; None for fewer than two known ones.

    Where a number is None the line is broken.
    """
    known = [number for number in numbers if number is not None]
    if len(known) < 2:
        return None
    most, wide = max(1, *known), SPARK_WIDTH - 2 * SPARK_EDGE
    runs: list[list[tuple[float, float]]] = [[]]
    for at, number in enumerate(numbers):
        if number is None:
            runs.append([])
        else:
            runs[-1].append((round(SPARK_EDGE + wide * at / (len(numbers) - 1), 1), _spark_height(number, most)))
    drawn = [run for run in runs if run]
    x, y = drawn[-1][-1]
    return Spark(tuple(_run(run) for run in drawn), x, y, SPARK_HEIGHT - SPARK_EDGE)


def _run(places: list[tuple[float, float]]) -> str:
    """Return the points of a line; one alone goes to itself, so that its round end is a dot."""
    return " ".join(f"{x:g},{y:g}" for x, y in (places * 2 if len(places) == 1 else places))


def _spark_height(number: float, most: float) -> float:
    return round(SPARK_EDGE + (SPARK_HEIGHT - 2 * SPARK_EDGE) * (1 - max(0, number) / most), 1)


def bar(number: int, most: int) -> float:
    """Return how long the bar of `number` is where that of `most` fills it; what is not nothing is seen."""
    if number <= 0 or most <= 0:
        return 0
    return max(2.0, round(BAR_WIDTH * min(number, most) / most, 1))


def columns(labels: Sequence[str], series: Sequence[Sequence[int]]) -> Columns:
    """Return a chart with a column for each label, of each series' number for it, the first series at the foot."""
    sums = [sum(max(0, numbers[at]) for numbers in series) for at in range(len(labels))]
    top = _top(max(sums, default=0))
    place = (COLUMNS_WIDTH - COLUMNS_LEFT) / max(1, len(labels))
    return Columns(
        tuple(_column(at, label, [numbers[at] for numbers in series], place, top) for at, label in enumerate(labels)),
        tuple(Tick(in_words(number), _height(number, top)) for number in sorted({0, top // 2, top})),
    )


def _column(at: int, label: str, numbers: Sequence[int], place: float, top: int) -> Column:
    left = COLUMNS_LEFT + place * (at + _GAP / 2)
    pieces, below = [], 0
    for which, number in enumerate(numbers):
        if number <= 0:
            continue
        foot, below = _height(below, top), below + number
        head = _height(below, top)
        pieces.append(Piece(which, round(left, 1), head, round(place * (1 - _GAP), 1), round(foot - head, 1)))
    return Column(label, round(left + place * (1 - _GAP) / 2, 1), tuple(pieces))


def _height(number: int, top: int) -> float:
    high = COLUMNS_HEIGHT - COLUMNS_TOP - COLUMNS_BOTTOM
    return round(COLUMNS_TOP + high * (1 - number / top), 1)


def _top(most: int) -> int:
    """Return the even round number at or above `most` that the axis ends with: 2, 4, … 18, 20, 30, 40, 60, …"""
    half = max(1, -(-most // 2))
    if half < 10:
        return 2 * half
    tenth = int("1" + "0" * (len(str(half)) - 2))
    return 2 * next(step * tenth for step in _STEPS if step * tenth >= half)
