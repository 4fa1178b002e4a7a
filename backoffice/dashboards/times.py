"""Times at the desk, counted in classes (rules.figures.MINUTES): their median, the share of the quick. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backoffice.rules.figures import LONGER, MINUTES, UNKNOWN

Classes = Mapping[str, int]
"""How many decisions took how long, by class (keys of rules.figures.time_key)."""


def timed(classes: Classes) -> dict[str, int]:
    """Return the same without what was never handed in, which has no time."""
    return {key: number for key, number in classes.items() if key != UNKNOWN}


def median(classes: Classes) -> float | None:
    """Return the median in minutes of times put into classes (keys of rules.figures.time_key), evenly within each."""
    half, passed, lower = sum(classes.values()) / 2, 0, 0
    if not half:
        return None
    for upper in MINUTES:
        here = classes.get(str(upper), 0)
        if here and passed + here >= half:
            return lower + (upper - lower) * (half - passed) / here
        passed, lower = passed + here, upper
    return float(MINUTES[-1])


def share_within(classes: Classes, minutes: int) -> float | None:
    """Return the share decided within so many `minutes` (one of rules.figures.MINUTES), from 0 to 1; None of none."""
    if minutes not in MINUTES:
        raise ValueError(f"{minutes} is no bound of a class")
    whole = sum(classes.values())
    within = sum(number for key, number in classes.items() if key != LONGER and int(key) <= minutes)
    return within / whole if whole else None
