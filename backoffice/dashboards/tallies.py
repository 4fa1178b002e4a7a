"""Figures in the hand: of a place or a person, over a span of days, and how things are now. Plain values, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from backoffice.models import Figure, NoticeChannel
from backoffice.rules.figures import LONGER, MATCHED, MINUTES, MISSED, STANDING, UNKNOWN

SOON = timedelta(days=3)


class Tally(NamedTuple):
    """A sum: how many, and for decisions the seconds they took together."""

    number: int = 0
    seconds: int = 0


_NONE = Tally()


class Part(NamedTuple):
    """A line of figures as it is read: what was summed up, on which day."""

    day: date
    figure: Figure
    key: str
    number: int
    seconds: int


What = tuple[Figure, str]


@dataclass(frozen=True)
class Figures:
    """What happened from `since` to `until` (days in Vietnam, both inclusive), and how things are `today`.

    What happened is in the flows, by day, figure and key. How things are (`waiting` and so on) is always of now,
    whichever the span; it is nothing for a person.
    """

    since: date
    until: date
    today: date
    flows: Mapping[date, Mapping[What, Tally]] = field(default_factory=dict)
    standing: Mapping[Figure, Mapping[date, int]] = field(default_factory=dict)
    """By day of the deadline; 9999-12-31 where there is none."""

    def within(self, since: date, until: date) -> Figures:
        """Return the same of a shorter span, for a comparison: last week's days of two weeks read at once."""
        flows = {day: kept for day, kept in self.flows.items() if since <= day <= until}
        return Figures(since, until, self.today, flows, self.standing)

    def tally(self, figure: Figure, key: str | None = None) -> Tally:
        """Return the sum of a figure over the span: of one key, or of all."""
        found = [one for kept in self.flows.values() for what, one in kept.items() if _is(what, figure, key)]
        return Tally(sum(one.number for one in found), sum(one.seconds for one in found))

    def number(self, figure: Figure, key: str | None = None) -> int:
        """Return how often it happened in the span."""
        return self.tally(figure, key).number

    def by_day(self, figure: Figure, key: str | None = None) -> list[tuple[date, int]]:
        """Return how often it happened on each day of the span, in order, days without any too."""
        days = [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]
        return [(day, self.on(day, figure, key)) for day in days]

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

    def _due(self, figure: Figure, until: date = date.max) -> int:
        return sum(n for due, n in self.standing.get(figure, {}).items() if self.today <= due <= until)

    @property
    def waiting(self) -> int:
        """Not handed in yet, still in time (the queue's tab "Chưa đến nộp")."""
        return self._due(Figure.WAITING)

    @property
    def presented(self) -> int:
        """Handed in, being examined (the tab "Đã nộp, đang giải quyết")."""
        return self._due(Figure.PRESENTED)

    @property
    def supplement(self) -> int:
        """Something must still be brought, still in time (the tab "Chờ bổ sung")."""
        return self._due(Figure.SUPPLEMENT)

    @property
    def escalated(self) -> int:
        """Left to a supervisor (the tab "Báo lãnh đạo"); they are counted in one of the three above too."""
        return self._due(Figure.ESCALATED)

    @property
    def undecided(self) -> int:
        """All that is neither decided nor overdue."""
        return self.waiting + self.presented + self.supplement

    def due_by(self, until: date) -> int:
        """Return how many have a deadline from today to `until` (inclusive), whether never here or sent back."""
        return self._due(Figure.WAITING, until) + self._due(Figure.SUPPLEMENT, until)

    @property
    def due_today(self) -> int:
        """Their deadline is today (the tab "Hạn nộp hôm nay")."""
        return self.due_by(self.today)

    @property
    def due_in_3_days(self) -> int:
        """Their deadline is today or within three days."""
        return self.due_by(self.today + SOON)

    @property
    def declared(self) -> int:
        """Declarations that came in."""
        return self.number(Figure.DECLARED)

    @property
    def arrived(self) -> int:
        """How often one was handed in; once more after a supplement."""
        return self.number(Figure.ARRIVED)

    @property
    def approved(self) -> int:
        """How many were approved."""
        return self.number(Figure.APPROVED)

    @property
    def rejected(self) -> int:
        """How many were rejected."""
        return self.number(Figure.REJECTED)

    @property
    def decided(self) -> int:
        """How many were approved or rejected."""
        return self.approved + self.rejected

    @property
    def withdrawn(self) -> int:
        """How many were withdrawn: by the citizen, or another of the person was approved, or there is an account."""
        return self.number(Figure.WITHDRAWN)

    @property
    def expired(self) -> int:
        """How many were deleted because nobody handed them in."""
        return self.number(Figure.EXPIRED)

    @property
    def asked(self) -> int:
        """How often a supplement was asked for."""
        return self.number(Figure.ASKED)

    @property
    def notices_failed(self) -> int:
        """How many messages did not go or arrive."""
        return self.number(Figure.NOTICE_FAILED)

    @property
    def sms_failed(self) -> int:
        """How many SMS of these."""
        return self.number(Figure.NOTICE_FAILED, NoticeChannel.SMS.value)

    @property
    def mails_failed(self) -> int:
        """How many e-mails of these."""
        return self.number(Figure.NOTICE_FAILED, NoticeChannel.EMAIL.value)

    @property
    def reasons(self) -> dict[str, int]:
        """Why they were rejected: how often each code of rules.reasons was given, the most frequent first."""
        return self.by_key(Figure.REASON)

    @property
    def channels(self) -> dict[str, int]:
        """How they came in: how many by each channel (models.Channel), the most frequent first."""
        return self.by_key(Figure.DECLARED)

    @property
    def approval_rate(self) -> float | None:
        """The share of the decided that was approved, from 0 to 1; None when nothing was decided."""
        return self.approved / self.decided if self.decided else None

    @property
    def mean_seconds(self) -> float | None:
        """How long a decision took from the handing in, on average; None when nothing was handed in and decided."""
        timed = sum(self._classes().values())
        seconds = self.tally(Figure.APPROVED).seconds + self.tally(Figure.REJECTED).seconds
        return seconds / timed if timed else None

    @property
    def median_minutes(self) -> float | None:
        """The time that half of the decisions did not exceed, in minutes, to within its class; None without any.

        Above a day it says 1440: that much or more.
        """
        return median(self._classes())

    def share_within(self, minutes: int) -> float | None:
        """Return the share of decisions taken within so many `minutes` (one of rules.figures.MINUTES), from 0 to 1."""
        if minutes not in MINUTES:
            raise ValueError(f"{minutes} is no bound of a class")
        classes = self._classes()
        timed = sum(classes.values())
        within = sum(n for key, n in classes.items() if key != LONGER and int(key) <= minutes)
        return within / timed if timed else None

    def _classes(self) -> dict[str, int]:
        """Return how many decisions took how long, by class; those never handed in left out."""
        approved, rejected = self.by_key(Figure.APPROVED), self.by_key(Figure.REJECTED)
        both = {key: approved.get(key, 0) + rejected.get(key, 0) for key in approved.keys() | rejected.keys()}
        return {key: n for key, n in both.items() if key != UNKNOWN}

    @property
    def calls(self) -> int:
        """Calls at the hotline."""
        return self.number(Figure.CALL)

    @property
    def calls_matched(self) -> int:
        """Calls by somebody whose number and code fitted an account."""
        return self.number(Figure.CALL, MATCHED)

    @property
    def calls_missed(self) -> int:
        """The other calls."""
        return self.number(Figure.CALL, MISSED)

    @property
    def resets(self) -> int:
        """New passwords given out elsewhere than at a desk; `by_key(Figure.RESET)` says where."""
        return self.number(Figure.RESET)

    @property
    def unlocked(self) -> int:
        """How often an agent let passwords be tried again."""
        return self.number(Figure.UNLOCKED)


def gather(parts: Iterable[tuple[date, Figure, str, int, int]], since: date, until: date, today: date) -> Figures:
    """Return the figures that these lines say, those of one day, figure and key added up; what is nothing goes."""
    sums: dict[tuple[date, Figure, str], Tally] = {}
    for day, figure, key, number, seconds in parts:
        what = (day, figure, key)
        had = sums.get(what)
        sums[what] = Tally(number, seconds) if had is None else Tally(had.number + number, had.seconds + seconds)
    flows: dict[date, dict[What, Tally]] = {}
    standing: dict[Figure, dict[date, int]] = {}
    for (day, figure, key), tally in sums.items():
        if tally == _NONE:
            continue
        if figure in STANDING:
            standing.setdefault(figure, {})[day] = tally.number
        else:
            flows.setdefault(day, {})[figure, key] = tally
    return Figures(since, until, today, flows, standing)


def median(classes: Mapping[str, int]) -> float | None:
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


def _is(what: What, figure: Figure, key: str | None) -> bool:
    return what[0] is figure and (key is None or what[1] == key)
