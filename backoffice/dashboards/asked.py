"""What an address of a list asks for: which days, which part. Offices, days and codes stand in it, nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from backoffice.dashboards.listed import CHANNELS, DECISIONS, NOW, WAYS, Listed, Took
from backoffice.identity.text import row_number
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.rules.reasons import Reason

FURTHEST = timedelta(days=29)
"""So far back lists go: a term may be 30 days (config.RETENTION_DAYS), and then no list would agree with its figure."""
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True)
class Asked:
    """One list: what, of which days (both inclusive, in Vietnam), and which part; "" and None narrow nothing."""

    what: Listed
    since: date
    until: date
    key: str = ""
    """A channel of declarations or of messages."""
    reason: Reason | None = None
    took: Took | None = None
    officer_id: int | None = None

    def href(self, office_code: str, after: str | None = None) -> str:
        """Return the address of the list, of its page that begins `after`."""
        given = {"office": office_code}
        if self.what not in NOW:
            given |= {"since": self.since.isoformat(), "until": self.until.isoformat()}
        more = {"key": self.key, "reason": self.reason, "took": self.took, "officer": self.officer_id, "after": after}
        return f"/dashboard/list/{self.what}?{urlencode(given | {name: one for name, one in more.items() if one})}"


def instants(since: date, until: date) -> tuple[datetime, datetime]:
    """Return the first instant of these days (both inclusive, in Vietnam), and the first after them."""
    begins, ends = (datetime.combine(day, time.min, tzinfo=clock.VIETNAM) for day in (since, until + timedelta(days=1)))
    return begins, ends


def in_words(since: date, until: date) -> str:
    """Return "ngày 30/11/2026" or "từ 24/11/2026 đến 30/11/2026"."""
    return f"ngày {since:%d/%m/%Y}" if since == until else f"từ {since:%d/%m/%Y} đến {until:%d/%m/%Y}"


def read(what: Listed, given: Mapping[str, str]) -> Asked:
    """Return what is asked for; without days that of today. Raises InvalidInput (since, until), NotFound (the rest)."""
    today = clock.today()
    if what in NOW:
        return Asked(what, today, today)
    since, until = days(given)
    return Asked(
        what,
        since,
        until,
        key=_key(what, given.get("key", "")),
        reason=_word(Reason, given.get("reason", ""), what is Listed.REJECTED),
        took=_word(Took, given.get("took", ""), what in DECISIONS),
        officer_id=_officer(given.get("officer", ""), what in DECISIONS),
    )


def days(given: Mapping[str, str]) -> tuple[date, date]:
    """Return the days `since` and `until` of an address, today where it names none; InvalidInput for unfit ones."""
    today = clock.today()
    since, until = (_day(name, given.get(name, ""), today) for name in ("since", "until"))
    if since > until:
        raise _refused("since", "Ngày bắt đầu sau ngày kết thúc. Xin chọn lại từ trang số liệu.")
    if until > today:
        raise _refused("until", "Ngày này chưa đến nên chưa có gì để xem. Xin chọn lại từ trang số liệu.")
    if since < today - FURTHEST:
        furthest = f"Danh sách chỉ xem được trong {FURTHEST.days} ngày gần nhất; trước đó xin dùng Báo cáo Excel."
        raise _refused("since", furthest)
    return since, until


def _day(name: str, text: str, today: date) -> date:
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        raise _refused(name, "Ngày chưa đúng. Xin chọn lại từ trang số liệu.") from None


def _refused(name: str, sentence: str) -> InvalidInput:
    return InvalidInput([Fault(name, sentence)], sentence)


def _key(what: Listed, text: str) -> str:
    known = {Listed.DECLARED: CHANNELS, Listed.FAILED: WAYS}.get(what, {})
    if text and text not in known:
        raise NotFound
    return text


def _word(of: type[_Word], text: str, is_fit: bool) -> _Word | None:
    if not text:
        return None
    try:
        word = of(text)
    except ValueError:
        raise NotFound from None
    if not is_fit:
        raise NotFound
    return word


def _officer(text: str, is_fit: bool) -> int | None:
    if not text:
        return None
    number = row_number(text)
    if number is None or not is_fit:
        raise NotFound
    return number
