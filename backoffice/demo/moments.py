"""When things happen in the demo: people declare from morning to late evening, officers act in office hours (K4)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backoffice.kernel import clock
from backoffice.rules.deadlines import deadline_day, is_working_day, reminder_day

DECLARING_HOURS = (time(6, 30), time(22, 45))
OFFICE_HOURS = ((time(8, 5), time(11, 25)), (time(13, 35), time(16, 50)))
REMINDERS_AT = time(8, 1)
SHORTEST = timedelta(minutes=10)
"""An office that has been open for less today has done nothing yet."""
LOOK_BACK = 30


@dataclass(frozen=True)
class Moments:
    """Instants before `now` (aware) in a house where what was declared can be handed in for `days` days."""

    now: datetime
    days: int

    @property
    def today(self) -> date:
        """The calendar day in Vietnam."""
        return clock.local(self.now).date()

    @property
    def is_open(self) -> bool:
        """Tell whether the offices are working at this moment, and have been for a while."""
        hours = [(_at(self.today, start), _at(self.today, end)) for start, end in OFFICE_HOURS]
        within = any(start + SHORTEST < self.now < end for start, end in hours)
        return within and is_working_day(self.today)

    def open_days(self) -> list[date]:
        """Return the days on which what was declared can still be handed in, those whose deadline is nearest first."""
        return [day for day in self._back(0, self.days + LOOK_BACK) if deadline_day(day, self.days) >= self.today]

    def lapsed_days(self) -> list[date]:
        """Return some days on which what was declared has expired meanwhile, the oldest first."""
        days = self._back(self.days + 1, self.days + 2 * LOOK_BACK)
        return [day for day in days if deadline_day(day, self.days) < self.today]

    def office_days(self) -> list[date]:
        """Return the days on which the offices worked, the latest first: today too once they have been open a while."""
        return [day for day in reversed(self._back(0, 2 * LOOK_BACK)) if self._opening(day)]

    def declaring(self, rng: random.Random, day: date, before: datetime | None = None) -> datetime:
        """Return a moment of `day` when somebody declares, not after `before` (default: now)."""
        start, end = (_at(day, hour) for hour in DECLARING_HOURS)
        end = min(end, before or self.now)
        if end <= start:
            start = _at(day, time.min)
        return _between(rng, start, max(start, end))

    def office_hour(self, rng: random.Random, day: date) -> datetime:
        """Return a moment of `day` (one of office_days) when an officer acts."""
        return _between(rng, *rng.choice(self._opening(day)))

    def reminder(self, declared_at: datetime) -> datetime | None:
        """Return when the reminder of what was declared then went out; None when that is still to come (K5)."""
        last = clock.end_of_day(deadline_day(clock.local(declared_at).date(), self.days))
        at = _at(reminder_day(last), REMINDERS_AT)
        return at if declared_at < at <= self.now else None

    def _back(self, nearest: int, furthest: int) -> list[date]:
        return [self.today - timedelta(days=back) for back in range(furthest, nearest - 1, -1)]

    def _opening(self, day: date) -> list[tuple[datetime, datetime]]:
        if not is_working_day(day):
            return []
        latest = self.now - timedelta(minutes=2)
        spans = [(_at(day, start), min(_at(day, end), latest)) for start, end in OFFICE_HOURS]
        return [(start, end) for start, end in spans if end - start > SHORTEST]


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=clock.VIETNAM)


def _between(rng: random.Random, start: datetime, end: datetime) -> datetime:
    return start + timedelta(seconds=int((end - start).total_seconds() * rng.random()))
