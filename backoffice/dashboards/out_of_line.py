"""What is out of line, in plain sentences: pure rules over numbers, so that each can be tested by its edges.

A rule speaks only where the numbers are large enough to mean something: a small office must not be alarmed by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backoffice.dashboards.numbers import in_words, share

ENOUGH = 10
"""So many cases at the least before a share is compared with another."""
FEW = 5
"""So many cases at the least before their growth is spoken of."""
LONG_WAIT_DAYS = 2
"""Handed in and undecided for more than so many working days' decisions is a backlog."""
SLOWER = 1.5
"""So many times last week's median is slower."""
HALF = 0.5


class Topic(StrEnum):
    """What a sentence is about; the page knows where each is seen to."""

    ESCALATED = "escalated"
    DUE_TODAY = "due_today"
    BACKLOG = "presented"
    OFFICE = "office"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    SLOWER = "slower"
    MISSES = "misses"


@dataclass(frozen=True)
class Sentence:
    """Something out of line: what about, whether it needs an act now, and the sentence that says so."""

    topic: Topic
    is_urgent: bool
    text: str
    office_code: str = ""
    """Of topic OFFICE: which office it is."""


@dataclass(frozen=True)
class Week:
    """Seven days: decisions and what else is compared with the seven days before."""

    approved: int = 0
    rejected: int = 0
    failed: int = 0
    median_minutes: int | None = None
    """From the arrival at the desk to the decision; None when nothing was decided."""
    calls: int = 0
    misses: int = 0

    @property
    def decided(self) -> int:
        """Return how many were approved or rejected."""
        return self.approved + self.rejected


@dataclass(frozen=True)
class Situation:
    """What the rules look at, of one scope."""

    escalated: int = 0
    due_today: int = 0
    presented: int = 0
    per_day: float = 0
    """Decisions on a working day on average, of the last two weeks."""
    expired: int = 0
    """Since Monday; `expired_before`: from Monday to the same day a week ago."""
    expired_before: int = 0
    week: Week = Week()
    before: Week = Week()


@dataclass(frozen=True)
class OfOffice:
    """One office among those under a province or the country."""

    code: str
    name: str
    due_today: int


def sentences(now: Situation) -> list[Sentence]:
    """Return what is out of line in one scope, what needs an act now first."""
    found = [one for rule in _RULES if (one := rule(now)) is not None]
    return sorted(found, key=lambda one: not one.is_urgent)


def crowded_office(offices: Sequence[OfOffice]) -> Sentence | None:
    """Return a sentence when one office of three or more has over half of what is due today in all of them."""
    total = sum(one.due_today for one in offices)
    if len(offices) < 3 or total < ENOUGH:
        return None
    most = max(offices, key=lambda one: one.due_today)
    if most.due_today <= HALF * total:
        return None
    text = (
        f"Trong {in_words(total)} hồ sơ có hạn nộp hôm nay, riêng {most.name} ({most.code}) có "
        f"{in_words(most.due_today)} ({share(most.due_today, total)}). Xem có cần hỗ trợ đơn vị này không."
    )
    return Sentence(Topic.OFFICE, True, text, most.code)


def _escalated(now: Situation) -> Sentence | None:
    if not now.escalated:
        return None
    return Sentence(
        Topic.ESCALATED,
        True,
        f"{in_words(now.escalated)} hồ sơ cán bộ đã báo lãnh đạo, đang chờ quyết định.",
    )


def _due_today(now: Situation) -> Sentence | None:
    if now.due_today < FEW or not now.per_day or now.due_today <= now.per_day:
        return None
    return Sentence(
        Topic.DUE_TODAY,
        True,
        f"Hôm nay {in_words(now.due_today)} hồ sơ hết hạn nộp, nhiều hơn số giải quyết được trung bình mỗi ngày làm "
        f"việc ({in_words(round(now.per_day))}). Nếu người dân đến cả, cần thêm người ở quầy.",
    )


def _backlog(now: Situation) -> Sentence | None:
    if now.presented < ENOUGH or not now.per_day or now.presented <= LONG_WAIT_DAYS * now.per_day:
        return None
    return Sentence(
        Topic.BACKLOG,
        True,
        f"{in_words(now.presented)} hồ sơ đã nộp mà chưa giải quyết xong, bằng khoảng "
        f"{in_words(round(now.presented / now.per_day))} ngày làm việc.",
    )


def _rejected(now: Situation) -> Sentence | None:
    this, last = now.week, now.before
    if min(this.decided, last.decided) < ENOUGH or this.rejected < FEW:
        return None
    if this.rejected * last.decided < 2 * last.rejected * this.decided:
        return None
    return Sentence(
        Topic.REJECTED,
        False,
        f"Tỷ lệ không chấp nhận 7 ngày qua là {share(this.rejected, this.decided)}, 7 ngày trước đó là "
        f"{share(last.rejected, last.decided)}. Xem các lý do ở dưới.",
    )


def _expired(now: Situation) -> Sentence | None:
    if now.expired < FEW or now.expired < 2 * now.expired_before:
        return None
    return Sentence(
        Topic.EXPIRED,
        False,
        f"Từ thứ Hai đến nay {in_words(now.expired)} tờ khai đã quá hạn và bị xóa; cùng thời gian tuần trước là "
        f"{in_words(now.expired_before)}.",
    )


def _failed(now: Situation) -> Sentence | None:
    this, last = now.week.failed, now.before.failed
    if this < FEW or this < 2 * last:
        return None
    return Sentence(
        Topic.FAILED,
        False,
        f"{in_words(this)} tin nhắn, thư không gửi được trong 7 ngày qua; 7 ngày trước đó là {in_words(last)}. "
        "Xem cổng gửi tin và danh sách tin chưa đến.",
    )


def _slower(now: Situation) -> Sentence | None:
    this, last = now.week, now.before
    if min(this.decided, last.decided) < ENOUGH or this.median_minutes is None or not last.median_minutes:
        return None
    if this.median_minutes < SLOWER * last.median_minutes:
        return None
    return Sentence(
        Topic.SLOWER,
        False,
        f"Từ khi nộp đến khi có kết quả, một nửa số hồ sơ mất quá {in_words(this.median_minutes)} phút trong 7 ngày "
        f"qua; 7 ngày trước đó là {in_words(last.median_minutes)} phút.",
    )


def _misses(now: Situation) -> Sentence | None:
    this, last = now.week, now.before
    if min(this.calls, last.calls) < ENOUGH or this.misses < FEW:
        return None
    if this.misses * last.calls < 2 * last.misses * this.calls:
        return None
    return Sentence(
        Topic.MISSES,
        False,
        f"{share(this.misses, this.calls)} cuộc gọi tổng đài trong 7 ngày qua không khớp số điện thoại và mã số; "
        f"7 ngày trước đó là {share(last.misses, last.calls)}. Có thể có người dò thông tin.",
    )


_RULES: tuple[Callable[[Situation], Sentence | None], ...] = (
    _escalated,
    _due_today,
    _backlog,
    _rejected,
    _expired,
    _failed,
    _slower,
    _misses,
)
