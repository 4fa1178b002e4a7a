"""How much one asker and one number may ask, how often a code may be missed; who guesses is stopped and reported.

Counted before the gate is asked, and outside its transaction: what is refused or fails is counted too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backoffice.hotline.gate import read_code, read_phone
from backoffice.kernel import clock, limits
from backoffice.kernel.db import transaction
from backoffice.kernel.limits import Limit
from backoffice.models import ActorKind, Alarm, AlarmKind
from backoffice.rules.actors import Actor

HOUR = timedelta(hours=1)
BY_PHONE = Limit("hotline phone", 20, HOUR)
BY_AGENT = Limit("hotline agent", 60, timedelta(minutes=10))
BY_CLIENT = Limit("hotline client", 1800, timedelta(minutes=1))
"""A telephone system speaks for the whole country: 105,000 resets a day, at peaks several times that (domain 4)."""
MISSES_OF_AGENT = Limit("hotline agent missed", 10, HOUR)
MISSES_OF_PHONE = Limit("hotline phone missed", 10, HOUR)
MISSES_OF_CODE = Limit("hotline code missed", 20, HOUR)
"""From whatever numbers; the owner's own is heard all the same, or a stranger would shut the hotline for them."""
MISSES_OF_CLIENT = Limit("hotline client missed", 3000, HOUR)
"""Not 10: ten strangers' calls would shut the hotline for everybody. Each number is stopped after ten by itself."""

STOPPED = (
    "Có quá nhiều lần số điện thoại và mã số BHXH không khớp nên tạm dừng đối chiếu. Xin đợi {wait}, hoặc báo trưởng "
    "ca tổng đài. Người gọi có thể mang giấy tờ đến cơ quan BHXH gần nhất."
)
TOO_MANY = "Có quá nhiều lần đối chiếu trong thời gian ngắn. Chưa có gì thay đổi; xin đợi {wait} rồi thử lại."


@dataclass(frozen=True)
class _Bound:
    """What one asker, number or code may ask, and how often it may miss."""

    asks: Limit
    value: str
    misses: Limit | None = None


def admit(asker: Actor, phone: str) -> None:
    """Count that `asker` (an agent or a client) asks about `phone`; raises TooManyRequests."""
    bounds = _bounds(asker, phone)
    for bound in bounds:
        if bound.misses is not None:
            standing = limits.standing(bound.misses, bound.value)
            if standing.is_full(bound.misses):
                raise limits.too_many(STOPPED, standing)
    for bound in bounds:
        limits.spend(bound.asks, bound.value, TOO_MANY)


def note_miss(asker: Actor, code: str, phone: str) -> None:
    """Count a miss; the one that stops the asker, the number or the code raises MANY_MISSES, once.

    Raises TooManyRequests when the code was missed too often: whoever fits is not stopped by that.
    """
    for bound in _bounds(asker, phone):
        if bound.misses is not None and limits.count(bound.misses, bound.value).number == bound.misses.most:
            _alarm(asker)
    missed = limits.count(MISSES_OF_CODE, read_code(code))
    if missed.number == MISSES_OF_CODE.most:
        _alarm(asker)
    if missed.number > MISSES_OF_CODE.most:
        raise limits.too_many(STOPPED, missed)


def lift(kind: AlarmKind, *, officer_id: int | None, client_id: int | None) -> None:
    """Let whoever an alarm of `kind` has stopped go on: a supervisor has looked at it."""
    if kind is AlarmKind.MANY_MISSES and officer_id is not None:
        limits.forget(MISSES_OF_AGENT, str(officer_id))
    if kind is AlarmKind.MANY_MISSES and client_id is not None:
        limits.forget(MISSES_OF_CLIENT, str(client_id))


def _bounds(asker: Actor, phone: str) -> list[_Bound]:
    by_asker = (BY_AGENT, MISSES_OF_AGENT) if asker.kind is ActorKind.OFFICER else (BY_CLIENT, MISSES_OF_CLIENT)
    return [
        _Bound(by_asker[0], str(asker.id), by_asker[1]),
        _Bound(BY_PHONE, read_phone(phone), MISSES_OF_PHONE),
    ]


def _alarm(asker: Actor) -> None:
    who: dict[str, Any] = {"officer_id" if asker.kind is ActorKind.OFFICER else "client_id": asker.id}
    with transaction() as session:
        session.add(Alarm(kind=AlarmKind.MANY_MISSES, at=clock.now(), **who))
