"""Sums in the hand: what happened from one day to another, and how things stood and stand. Plain values, pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple, Self

from backoffice.models import Figure, Stood


class Tally(NamedTuple):
    """A sum: how many, and for decisions the seconds they took together."""

    number: int = 0
    seconds: int = 0


class Part(NamedTuple):
    """A line of figures as it is read: what was summed up, on which day."""

    day: date
    figure: Figure
    key: str
    number: int
    seconds: int


What = tuple[Figure, str]


@dataclass(frozen=True)
class Sums:
    """What happened from `since` to `until` (days in Vietnam, both inclusive), and how things are `today`.

    What happened is in the flows, by day, figure and key. How things are is always of now, whichever the span; it is
    nothing for a person.
    """

    since: date
    until: date
    today: date
    flows: Mapping[date, Mapping[What, Tally]] = field(default_factory=dict)
    standing: Mapping[Figure, Mapping[date, int]] = field(default_factory=dict)
    """By day of the deadline; 9999-12-31 where there is none."""
    mornings: Mapping[date, Mapping[Stood, int]] = field(default_factory=dict)
    """How things stood when a day began; a day on which nobody noted it is not there."""
    lists: int = 0
    """Lists of units in work."""

    def within(self, since: date, until: date) -> Self:
        """Return the same of a shorter span, for a comparison: last week's days of two weeks read at once."""
        flows = {day: kept for day, kept in self.flows.items() if since <= day <= until}
        return replace(self, since=since, until=until, flows=flows)

    @property
    def counts_anything(self) -> bool:
        """Tell whether anything happened in the span, or stands now."""
        return any(self.flows.values()) or any(self.standing.values())

    @property
    def days(self) -> list[date]:
        """Return the days of the span, in order."""
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]

    def tally(self, figure: Figure, key: str | None = None) -> Tally:
        """Return the sum of a figure over the span: of one key, or of all."""
        found = [one for kept in self.flows.values() for what, one in kept.items() if _is(what, figure, key)]
        return Tally(sum(one.number for one in found), sum(one.seconds for one in found))

    def number(self, figure: Figure, key: str | None = None) -> int:
        """Return how often it happened in the span."""
        return self.tally(figure, key).number

    def by_day(self, figure: Figure, key: str | None = None) -> list[tuple[date, int]]:
        """Return how often it happened on each day of the span, in order, days without any too."""
        return [(day, self.on(day, figure, key)) for day in self.days]

    def on(self, day: date, figure: Figure, key: str | None = None) -> int:
        """Return how often it happened on one day of the span."""
        return sum(one.number for what, one in self.flows.get(day, {}).items() if _is(what, figure, key))

    def by_key(self, figure: Figure) -> dict[str, int]:
        """Return how often it happened in the span by key, the most frequent first; keys without any are left out."""
        sums: dict[str, int] = {}
        for kept in self.flows.values():
            for (what, key), one in kept.items():
                if what is figure:
                    sums[key] = sums.get(key, 0) + one.number
        return {key: n for key, n in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])) if n}

    def due(self, figure: Figure, until: date = date.max) -> int:
        """Return how many stand so with a deadline from today to `until` (inclusive)."""
        return sum(n for due, n in self.standing.get(figure, {}).items() if self.today <= due <= until)

    def stood(self, day: date, what: Stood) -> int | None:
        """Return how many stood so when the day began; None when nobody noted it."""
        kept = self.mornings.get(day)
        return None if kept is None else kept.get(what)


def _is(what: What, figure: Figure, key: str | None) -> bool:
    return what[0] is figure and (key is None or what[1] == key)
