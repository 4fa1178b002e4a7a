"""How the gateways fare: in use or out, how much they take, what waits. No contents, no recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.desk.fates import state_of
from backoffice.desk.labels import short_moment
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Gateway, GatewayMinute, Notice, NoticeStatus
from backoffice.notices import doors, outbox
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may

Values = dict[str, Any]
SHORT, LONG = timedelta(minutes=5), timedelta(hours=1)
LANES: dict[str, str] = {
    queue.COUNTER: "Tại quầy (gửi trước)",
    queue.DEFAULT: "Trong ngày",
    queue.BULK: "Danh sách, nhắc hạn",
}


@dataclass(frozen=True)
class Door:
    """A gateway of the settings: its name, messages a second (0: as many as can be), and whether it is for mail."""

    name: str
    rate: float
    is_mail: bool


@dataclass(frozen=True)
class Given:
    """What one gateway was given in a while, and how it answered."""

    taken: int = 0
    refused: int = 0
    down: int = 0
    milliseconds: int = 0
    lately: int = 0
    """Taken within SHORT."""

    @property
    def calls(self) -> int:
        """Return how many calls there were."""
        return self.taken + self.refused + self.down


def show_gateways(officer: Actor) -> Values:
    """Return what an open page asks for by itself."""
    with transaction() as session:
        return {"gateways": gateway_page(session, officer)}


def gateway_page(session: Session, officer: Actor) -> Values:
    """Return the sentence for everybody ("" while nothing is out), and the tables for those who watch gateways."""
    all_doors = _doors()
    known = {one.name: one for one in session.scalars(select(Gateway).where(Gateway.opened_at.is_not(None)))}
    out = [(door, known[door.name]) for door in all_doors if door.name in known]
    as_of = f"{clock.local(clock.now()):%H:%M:%S}"
    values: Values = {"sentences": _sentences(all_doors, out), "as_of": as_of, "rows": None}
    if may(officer, Do.WATCH_GATEWAYS):
        given = _given(session)
        values["rows"] = [_row(door, known.get(door.name), given.get(door.name, Given())) for door in all_doors]
        values["lanes"] = _lanes(session)
        values |= _summary(len(all_doors), len(out), values["lanes"]) | {"alone": not may(officer, Do.SEE_NOTICES)}
    return values | {"state": state_of((values["sentences"], values["rows"], values.get("lanes")))}


def _doors() -> list[Door]:
    ways = doors.current()
    found = [Door(getattr(one, "name", "sandbox"), getattr(one, "rate", 0), False) for one in ways.sms]
    return [*found, Door(getattr(ways.mail, "name", "smtp"), 0, True)]


def _sentences(all_doors: Sequence[Door], out: Sequence[tuple[Door, Gateway]]) -> list[str]:
    """Return what who serves citizens must know, in a sentence for SMS and one for mail."""
    told = []
    silent = [gateway for door, gateway in out if not door.is_mail]
    since = min((one.opened_at for one in silent if one.opened_at), default=None)
    if silent and len(silent) == sum(not door.is_mail for door in all_doors):
        told.append(
            f"Nhà mạng đang gián đoạn từ {short_moment(since)}. Tin nhắn đang đợi trong hệ thống, hệ thống tự gửi lại."
        )
    elif silent:
        told.append(
            f"Một nhà mạng đang gián đoạn từ {short_moment(since)}. Hệ thống gửi qua nhà mạng khác, tin có thể chậm."
        )
    for door, gateway in out:
        if door.is_mail:
            at = short_moment(gateway.opened_at)
            told.append(f"Máy chủ thư đang gián đoạn từ {at}. Thư đang đợi trong hệ thống, hệ thống tự gửi lại.")
    return told


def _summary(total: int, out: int, lanes: Sequence[Values]) -> Values:
    due = sum(lane["due"] for lane in lanes)
    return {
        "summary": f"{out}/{total} cổng đang gián đoạn" if out else "đang dùng bình thường",
        "tone": "bad" if out else "good",
        "waiting": f"{due} tin đang đợi gửi" if due else "không có tin nào đợi gửi",
    }


def _row(door: Door, gateway: Gateway | None, given: Given) -> Values:
    rate = f"{door.rate:g} tin/giây" if door.rate else "không giới hạn"
    return {
        "name": door.name,
        "what": "Thư điện tử" if door.is_mail else "Tin nhắn",
        "tone": "bad" if gateway else "good",
        "state": "Đang gián đoạn" if gateway else "Đang dùng",
        "detail": _detail(gateway) if gateway else "",
        "lately": _per_minute(given.lately, SHORT),
        "hour": _per_minute(given.taken, LONG),
        "limit": "" if door.is_mail else rate,
        "shares": _shares(given),
        "mean": f"{given.milliseconds / given.calls:,.0f} ms".replace(",", ".") if given.calls else "–",
    }


def _detail(gateway: Gateway) -> str:
    reason = f", vì: {gateway.reason.rstrip('.')}" if gateway.reason else ""
    since = f"Từ {short_moment(gateway.opened_at)}{reason}."
    now = clock.now()
    if gateway.trial_until is not None and gateway.trial_until > now:
        return f"{since} Đang gửi thử."
    if gateway.open_until is not None and gateway.open_until > now:
        return f"{since} Gửi thử lúc {clock.local(gateway.open_until):%H:%M:%S}."
    return f"{since} Gửi thử ngay khi có tin kế tiếp."


def _shares(given: Given) -> str:
    """Return "98 % nhận · 1 % từ chối · 1 % gián đoạn" of the calls of the last hour."""
    if not given.calls:
        return "–"
    parts = (("nhận", given.taken), ("từ chối", given.refused), ("gián đoạn", given.down))
    return " · ".join(f"{_percent(number, given.calls)} {word}" for word, number in parts)


def _percent(part: int, whole: int) -> str:
    """Return "1,5 %"; what is there never reads as nothing, nor a rest as all."""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "dưới 0,1\u00a0%"
    if 99.9 < share < 100:
        return "hơn 99,9\u00a0%"
    return f"{share:.1f}".rstrip("0").rstrip(".").replace(".", ",") + "\u00a0%"


def _per_minute(number: int, within: timedelta) -> str:
    each = number / (within / timedelta(minutes=1))
    return f"{each:.1f}".rstrip("0").rstrip(".").replace(".", ",") if number else "0"


def _given(session: Session) -> dict[str, Given]:
    """Return what each gateway was given in the last hour, and lately."""
    now = clock.now()
    taken_lately = func.coalesce(func.sum(GatewayMinute.taken).filter(GatewayMinute.minute > now - SHORT), 0)
    sums = [func.sum(getattr(GatewayMinute, name)) for name in ("taken", "refused", "down", "milliseconds")]
    query = (
        select(GatewayMinute.gateway, *sums, taken_lately)
        .where(GatewayMinute.minute > now - LONG)
        .group_by(GatewayMinute.gateway)
    )
    return {name: Given(*map(int, numbers)) for name, *numbers in session.execute(query)}


def _lanes(session: Session) -> list[Values]:
    """Return for each lane what is to be sent now, since when the oldest of it waits, and what is put off."""
    now = clock.now()
    is_due = Notice.next_try_at <= now
    query = (
        select(
            Notice.lane,
            func.count().filter(is_due),
            func.count().filter(~is_due),
            func.min(Notice.created_at).filter(is_due),
            func.min(Notice.next_try_at).filter(~is_due),
        )
        .where(outbox.is_status(NoticeStatus.QUEUED))
        .group_by(Notice.lane)
    )
    found: dict[str, Any] = {lane: numbers for lane, *numbers in session.execute(query)}
    shown = []
    for lane, words in LANES.items():
        due, later, oldest, soonest = found.get(lane, (0, 0, None, None))
        shown.append(
            {
                "lane": words,
                "due": due,
                "oldest": _waiting(oldest, now),
                "later": later,
                "next": short_moment(soonest),
            }
        )
    return shown


def _waiting(since: datetime | None, now: datetime) -> str:
    """Return "12 giây", "5 phút", "3 giờ": how long the oldest has waited."""
    if since is None:
        return "–"
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 60:
        return f"{seconds} giây"
    minutes = seconds // 60
    return f"{minutes} phút" if minutes < 120 else f"{minutes // 60} giờ"
