"""Figures in the hand, by their names: of a place or a person, over a span of days. Plain values, pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.dashboards import times
from backoffice.dashboards.sums import Sums, Tally, What
from backoffice.models import Figure, NoticeChannel
from backoffice.rules.figures import MATCHED, MISSED, STANDING

SOON = timedelta(days=3)
_NONE = Tally()


@dataclass(frozen=True)
class Figures(Sums):
    """Sums, by the names under which they are shown."""

    @property
    def waiting(self) -> int:
        """Not handed in yet, still in time (the queue's tab "Chưa đến nộp")."""
        return self.due(Figure.WAITING)

    @property
    def presented(self) -> int:
        """Handed in, being examined (the tab "Đã nộp, đang giải quyết")."""
        return self.due(Figure.PRESENTED)

    @property
    def supplement(self) -> int:
        """Something must still be brought, still in time (the tab "Chờ bổ sung")."""
        return self.due(Figure.SUPPLEMENT)

    @property
    def escalated(self) -> int:
        """Left to a supervisor (the tab "Báo lãnh đạo"); they are counted in one of the three above too."""
        return self.due(Figure.ESCALATED)

    @property
    def undecided(self) -> int:
        """All that is neither decided nor overdue."""
        return self.waiting + self.presented + self.supplement

    def due_by(self, until: date) -> int:
        """Return how many have a deadline from today to `until` (inclusive), whether never here or sent back."""
        return self.due(Figure.WAITING, until) + self.due(Figure.SUPPLEMENT, until)

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
        timed = sum(times.timed(self.classes).values())
        seconds = self.tally(Figure.APPROVED).seconds + self.tally(Figure.REJECTED).seconds
        return seconds / timed if timed else None

    @property
    def median_minutes(self) -> float | None:
        """The time that half of the decisions did not exceed, in minutes, to within its class; None without any.

        Above a day it says 1440: that much or more.
        """
        return times.median(times.timed(self.classes))

    def share_within(self, minutes: int) -> float | None:
        """Return the share of decisions taken within so many `minutes` (one of rules.figures.MINUTES), from 0 to 1."""
        return times.share_within(times.timed(self.classes), minutes)

    @property
    def classes(self) -> dict[str, int]:
        """How many decisions took how long, by class; UNKNOWN of those never handed in."""
        approved, rejected = self.by_key(Figure.APPROVED), self.by_key(Figure.REJECTED)
        return {key: approved.get(key, 0) + rejected.get(key, 0) for key in approved.keys() | rejected.keys()}

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
