"""Whether a corner of the card is cut off by the edge of the photo: a note for who takes it, never a refusal.

The edges of the card are looked for as straight lines (Hough's transform on the gradient's own direction). One side
that is seen whole, with both its corners, and the two sides that go out from it tell where the card's other corners
must be, for its proportions are known (ISO/IEC 7810, ID-1). They have to lie well outside the photo, the two sides have
to be seen all the way to its edge, and no whole card may be found: a scan that the card fills shows no side and says
nothing, nor does a card on a table of its own colour, or held by fingers all around.

Measured on drawn cards (tests/gateways/photos/cards.py), 300 of each sort, on tables light and dark, of wood, planks,
tiles, cloth, on a sheet of paper; turned by up to 8 degrees, tilted, shaded, blurred, noisy, with fingers on them:
noted are of whole cards 0.7 %, of whole ones that hardly fit 0.3 %, of scans none; of cards with one corner cut off
47 %, with two 57 %. It takes 3 to 4 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backoffice.gateways.photos.decode import fit

CUT_LIMIT = 0.06
"""Of the card's length: so far outside a corner has to lie. Its rounding alone is 0.037."""
EDGE = 256
RATIO = 85.6 / 53.98
"""Length to height of a card."""
STEP = 4.0
"""Grey levels per pixel from which something is an edge."""
_SLOPES = np.linspace(-0.28, 0.28, 31)
"""Of lines against the photo's edges: up to 15 degrees."""
_LINES = 8
_AROUND = 100
"""So far outside, in pixels, a line's middle may lie."""
_Reals = NDArray[np.floating[Any]]
_Counts = NDArray[np.integer[Any]]


class _Line(NamedTuple):
    """A straight edge at `at + slope * (along - middle)`; it gets lighter across it when `sign` is 1, darker at -1.

    `hits`, `seen`: up to each pixel along it how many showed the edge, and how many lie in the photo.
    """

    slope: float
    at: float
    sign: int
    hits: _Counts
    seen: _Counts

    def seen_as(self, start: float, end: float) -> tuple[int, int]:
        """Return of how many pixels from `start` to `end` the edge shows, and how many lie in the photo."""
        low, high = (int(np.clip(round(one), 0, len(self.hits) - 1)) for one in sorted((start, end)))
        return int(self.hits[high] - self.hits[low]), int(self.seen[high] - self.seen[low])


class _Side(NamedTuple):
    """A side between two parallels: where it meets them (along, across), its length, how much of it shows."""

    line: _Line
    first: tuple[float, float]
    second: tuple[float, float]
    length: float
    hits: int
    seen: int


class _Frame(NamedTuple):
    """The photo as lines along one of its edges see it."""

    along: int
    across: int

    def outside(self, point: tuple[float, float]) -> float:
        """Return how many pixels a point lies outside; below 0 inside."""
        return max(-point[0], point[0] - (self.along - 1), -point[1], point[1] - (self.across - 1))


def cut_corner(grey: Image.Image) -> float:
    """Return how far outside the photo a corner of the card lies, in lengths of the card; 0.0 for none, or unsure."""
    small = grey if max(grey.size) <= EDGE else grey.resize(fit(grey.size, EDGE), Image.Resampling.BOX)
    if min(small.size) < 100:
        return 0.0
    right, down = _gradients(np.asarray(small).astype(np.float32))
    level, upright = _lines(down, right), _lines(right.T, down.T)
    found = 0.0
    for parallels, others, frame in (
        (level, upright, _Frame(small.width, small.height)),
        (upright, level, _Frame(small.height, small.width)),
    ):
        for first, second in permutations(parallels, 2):
            if not _are_opposite(first, second, frame):
                continue
            sides = list(_sides(first, second, others, frame))
            if any(_is_whole(first, second, one, other, frame) for one, other in permutations(sides, 2)):
                return 0.0
            found = max([found, *(_outside(first, second, side, frame) for side in sides)])
    return found


def _gradients(pixels: _Reals) -> tuple[_Reals, _Reals]:
    """Return how much lighter it gets to the right and downwards, in grey levels per pixel (Sobel)."""
    right, down = np.zeros_like(pixels), np.zeros_like(pixels)
    rows = pixels[:-2] + 2 * pixels[1:-1] + pixels[2:]
    right[1:-1, 1:-1] = (rows[:, 2:] - rows[:, :-2]) / 8
    columns = pixels[:, :-2] + 2 * pixels[:, 1:-1] + pixels[:, 2:]
    down[1:-1, 1:-1] = (columns[2:] - columns[:-2]) / 8
    return right, down


def _lines(steep: _Reals, flat: _Reals) -> list[_Line]:
    """Return the clearest straight edges that lie more or less along the arrays' second axis.

    `steep`, `flat`: the gradient across and along that axis.
    """
    across, along = np.nonzero((np.abs(steep) > STEP) & (np.abs(flat) < 0.35 * np.abs(steep)))
    if len(across) < 40:
        return []
    votes = _votes(across, along, steep[across, along], -flat[across, along] / steep[across, along], steep.shape)
    found: list[_Line] = []
    for _ in range(_LINES):
        best = int(votes.argmax())
        if votes.flat[best] < 0.18 * steep.shape[1]:
            break
        is_lighter, slope, at = (int(one) for one in np.unravel_index(best, votes.shape))
        found.append(_line(steep, float(_SLOPES[slope]), at - _AROUND, 1 if is_lighter else -1))
        votes[is_lighter, max(0, slope - 6) : slope + 7, max(0, at - 4) : at + 5] = 0
    return found


def _votes(across: _Counts, along: _Counts, steep: _Reals, slope: _Reals, shape: tuple[int, ...]) -> _Reals:
    """Return for each (darker or lighter, slope, place) how many pixels lie on such an edge."""
    count, places = len(_SLOPES), shape[0] + 2 * _AROUND
    nearest = np.rint((slope - _SLOPES[0]) / (_SLOPES[1] - _SLOPES[0])).astype(int)
    votes = np.zeros((2, count, places), np.float32)
    for beside in (-1, 0, 1):
        step = np.clip(nearest + beside, 0, count - 1)
        place = np.rint(across - _SLOPES[step] * (along - shape[1] / 2)).astype(int) + _AROUND
        index = ((steep > 0) * count + step) * places + np.clip(place, 0, places - 1)
        votes += np.bincount(index, minlength=votes.size).reshape(votes.shape)
    wide: _Reals = votes.copy()
    wide[:, :, 1:] += votes[:, :, :-1]
    wide[:, :, :-1] += votes[:, :, 1:]
    return wide


def _line(steep: _Reals, slope: float, at: int, sign: int) -> _Line:
    high, wide = steep.shape
    along = np.arange(wide)
    across = np.rint(at + slope * (along - wide / 2)).astype(int)
    is_seen = (across >= 2) & (across < high - 2) & (along >= 2) & (along < wide - 2)
    shows = np.zeros(wide, bool)
    for beside in (-1, 0, 1):
        shows |= sign * steep[np.clip(across + beside, 0, high - 1), along] > STEP
    hits, seen = np.cumsum(np.append(0, shows & is_seen)), np.cumsum(np.append(0, is_seen))
    return _Line(slope, at, sign, hits, seen)


def _are_opposite(first: _Line, second: _Line, frame: _Frame) -> bool:
    """Tell whether two lines may be the card's two sides, in this order."""
    is_apart = second.at - first.at > 0.2 * frame.across
    return is_apart and first.sign != second.sign and abs(first.slope - second.slope) < 0.15


def _sides(first: _Line, second: _Line, others: list[_Line], frame: _Frame) -> Iterator[_Side]:
    """Give the lines that stand upright between two parallels."""
    for line in others:
        if abs((first.slope + second.slope) / 2 + line.slope) < 0.1:
            ends = [_meet(parallel, line, frame) for parallel in (first, second)]
            length = float(np.hypot(ends[0][0] - ends[1][0], ends[0][1] - ends[1][1]))
            yield _Side(line, ends[0], ends[1], length, *line.seen_as(ends[0][1], ends[1][1]))


def _meet(parallel: _Line, upright: _Line, frame: _Frame) -> tuple[float, float]:
    """Return where a line along the frame meets one across it."""
    start = upright.at - upright.slope * frame.across / 2
    across = parallel.at + parallel.slope * (start - frame.along / 2)
    across /= 1 - parallel.slope * upright.slope
    return start + upright.slope * across, across


def _is_whole(first: _Line, second: _Line, one: _Side, other: _Side, frame: _Frame) -> bool:
    """Tell whether the four lines are the outline of a card, or of something much like one, that is all there."""
    if one.line.at > other.line.at or one.line.sign == other.line.sign:
        return False
    upper, lower = (np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(one[1:3], other[1:3], strict=True))
    long, short = sorted(((upper + lower) / 2, (one.length + other.length) / 2), reverse=True)
    if short < 1 or not 0.8 < long / short / RATIO < 1.2 or long * short < 0.15 * frame.along * frame.across:
        return False
    corners = (one.first, one.second, other.first, other.second)
    if max(map(frame.outside, corners)) > 0.02 * long:
        return False
    ways = [first.seen_as(one.first[0], other.first[0]), second.seen_as(one.second[0], other.second[0])]
    hits = one.hits + other.hits + sum(way[0] for way in ways)
    return bool(hits >= 0.75 * (one.seen + other.seen + sum(way[1] for way in ways)))


def _outside(first: _Line, second: _Line, side: _Side, frame: _Frame) -> float:
    """Return how far outside, in lengths of the card, it must end that goes out from `side`; 0.0 when unsure.

    It may be the card's short side or its long one: where the photo does not tell, the card has to end outside by both.
    """
    if max(frame.outside(side.first), frame.outside(side.second)) > -1 or side.hits < 0.8 * side.seen:
        return 0.0
    way = 1 if side.line.sign == first.sign else -1
    lines = ((first, side.first), (second, side.second))
    room = min(frame.along - 2 - start[0] if way > 0 else start[0] - 1 for _, start in lines)
    far, near = (_ends(lines, side.length, side.length * ratio, way, frame) for ratio in (RATIO, 1 / RATIO))
    if far <= 0:
        return 0.0
    if room > 1.15 * side.length / RATIO:  # then a card standing on its long side would end here, and its edges with it
        beyond = 1.05 * side.length / RATIO
        end = min(room, side.length * RATIO)
        goes_on = all(_is_seen(line, start[0] + way * beyond, start[0] + way * end) for line, start in lines)
        return far if goes_on else 0.0
    return min(far, near) if near > 0 else 0.0


def _ends(
    lines: tuple[tuple[_Line, tuple[float, float]], ...], side: float, length: float, way: int, frame: _Frame
) -> float:
    """Return how far outside a card ends whose sides go so far, in its lengths; 0.0 unless they are seen that far."""
    if side * length < 0.2 * frame.along * frame.across:
        return 0.0
    most = 0.0
    for line, (along, across) in lines:
        run = way * length / float(np.hypot(1, line.slope))
        hits, seen = line.seen_as(along, along + run)
        if seen < 0.3 * length or hits < 0.85 * seen:
            return 0.0
        most = max(most, frame.outside((along + run, across + line.slope * run)))
    return most / max(side, length)


def _is_seen(line: _Line, start: float, end: float) -> bool:
    hits, seen = line.seen_as(start, end)
    return hits >= 0.8 * max(seen, 1)
