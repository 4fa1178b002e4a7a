"""What is asked of the trail, as typed: a period, a kind of act, an office; and the token that keeps it for paging."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.rules.actors import Actor
from backoffice.trail.words import Group

GOOD_FOR = timedelta(minutes=30)
"""So long what was found can be paged through and exported; then it is asked anew."""
_PURPOSE = "trail search"
_LONGEST_TOKEN = 4000


class What(StrEnum):
    """About what the trail is asked."""

    PERSON = "person"
    OFFICER = "officer"
    ACTS = "acts"


PERIODS: dict[str, tuple[str, int]] = {
    "today": ("Hôm nay", 1),
    "week": ("7 ngày", 7),
    "month": ("30 ngày", 30),
    "year": ("12 tháng", 366),
}
USUAL: dict[What, str] = {What.PERSON: "year", What.OFFICER: "week", What.ACTS: "today"}
MOST_DAYS: dict[What, int] = {What.PERSON: 3700, What.OFFICER: 366, What.ACTS: 31}
"""Days that one search may span: a person's acts are few, those of a whole country are not."""


YEARS = range(2000, 2101)
"""Of days that can be asked for; beyond them calendars and time zones end."""


@dataclass(frozen=True)
class Asked:
    """One question: of whom, `since` and `until` (days in Vietnam, both included), narrowed to a kind of act."""

    what: What
    since: date
    until: date
    shown: str = ""
    """About whom, as the page says it: a masked code or a receipt code, an officer's name, an office's."""
    subjects: tuple[str, ...] = ()
    """The person's keyed hashes, as hex, that of their code first."""
    files: tuple[int, ...] = ()
    """The ids of the person's declarations."""
    officer_id: int | None = None
    office_id: int | None = None
    office_path: str = ""
    group: Group | None = None

    @property
    def begins(self) -> datetime:
        """Return the first instant of the period."""
        return datetime.combine(self.since, time.min, tzinfo=clock.VIETNAM)

    @property
    def ends(self) -> datetime:
        """Return the first instant after it."""
        return datetime.combine(self.until + timedelta(days=1), time.min, tzinfo=clock.VIETNAM)

    def facts(self) -> dict[str, Any]:
        """Return what the trail keeps of the question: codes and ids."""
        return {
            "what": self.what.value,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "group": self.group.value if self.group else "",
            "officer": self.officer_id,
            "office": self.office_id,
        }


def read_period(what: What, form: Mapping[str, str]) -> tuple[date, date]:
    """Return first and last day of `period` (a key of PERIODS, "" the usual), or of `since` and `until` (YYYY-MM-DD).

    Raises InvalidInput (period, since, until) for what is none, runs backwards or is longer than MOST_DAYS.
    """
    today = clock.today()
    if not form.get("since") and not form.get("until"):
        days = _days(what, form.get("period", ""))
        return today - timedelta(days=days - 1), today
    until = _day("until", form.get("until", "")) or today
    since = _day("since", form.get("since", "")) or until
    if since > until:
        raise InvalidInput([Fault("since", "Ngày đầu sau ngày cuối. Xin sửa lại khoảng thời gian.")])
    if (until - since).days >= MOST_DAYS[what]:
        raise InvalidInput([Fault("since", _too_long(what))])
    return since, until


def read_group(form: Mapping[str, str]) -> Group | None:
    """Return the kind of act chosen, None for all."""
    chosen = form.get("group", "")
    return Group(chosen) if chosen in set(Group) else None


def to_token(asked: Asked, officer: Actor) -> str:
    """Return the question sealed for `officer` alone, at this office, to stand in an address for half an hour."""
    kept = asdict(asked) | {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "at": clock.now().timestamp(),
    }
    return urlsafe_b64encode(seal(_PURPOSE, _owner(officer), json.dumps(kept).encode())).decode()


def from_token(token: str, officer: Actor) -> Asked:
    """Return what `to_token` sealed; raises NotFound when it was not for this officer here, or is too old."""
    try:
        if len(token) > _LONGEST_TOKEN:
            raise BrokenSeal
        kept = json.loads(unseal(_PURPOSE, _owner(officer), urlsafe_b64decode(token.encode("ascii"))))
    except (BrokenSeal, ValueError):
        raise _lapsed() from None
    if clock.now().timestamp() - kept.pop("at") > GOOD_FOR.total_seconds():
        raise _lapsed()
    days = {name: date.fromisoformat(kept[name]) for name in ("since", "until")}
    group = Group(kept["group"]) if kept["group"] else None
    return Asked(**kept | days | {"what": What(kept["what"]), "group": group, **_tuples(kept)})


def _owner(officer: Actor) -> str:
    """Return for whom it is: who works elsewhere now, or as something else, may not see the same people."""
    return f"{officer.id} {officer.role} {officer.office_id}"


def _tuples(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(kept[name]) for name in ("subjects", "files")}


def narrowed(asked: Asked, form: Mapping[str, str]) -> Asked:
    """Return the same question for another period and kind of act; raises as `read_period`."""
    since, until = read_period(asked.what, form)
    return replace(asked, since=since, until=until, group=read_group(form))


def _days(what: What, period: str) -> int:
    _, days = PERIODS.get(period or USUAL[what], ("", 0))
    if not days:
        raise InvalidInput([Fault("period", "Xin chọn một khoảng thời gian trong danh sách.")])
    if days > MOST_DAYS[what]:
        raise InvalidInput([Fault("period", _too_long(what))])
    return days


def _too_long(what: What) -> str:
    return f"Xin chọn khoảng thời gian không quá {MOST_DAYS[what]} ngày."


def _day(field: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if day.year not in YEARS:
        raise InvalidInput([Fault(field, "Ngày không đúng. Xin chọn lại ngày.")])
    return day


def _lapsed() -> NotFound:
    return NotFound("Kết quả tra cứu này đã hết 30 phút, hoặc không phải của bạn ở nơi làm việc này. Xin tra cứu lại.")
