"""How much one asker may ask, how often a number or a code may be missed; who guesses is stopped and reported.

Counted before the gate is asked, and outside its transaction: what is refused or fails is counted too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backoffice.hotline.gate import read_code, read_phone
from backoffice.kernel import clock, limits
from backoffice.kernel.db import transaction
from backoffice.kernel.limits import Limit
from backoffice.models import ActorKind, Alarm, AlarmKind
from backoffice.rules.actors import Actor

HOUR = timedelta(hours=1)
BY_AGENT = Limit("hotline agent", 60, timedelta(minutes=10))
BY_CLIENT = Limit("hotline client", 1800, timedelta(minutes=1))
"""A telephone system speaks for the whole country: 105,000 resets a day, at peaks several times that (domain 4)."""
MISSES_OF_AGENT = Limit("hotline agent missed", 30, HOUR)
"""An honest agent hears one caller in ten who does not fit; ten strangers must not put one out of work."""
MISSES_OF_PHONE = Limit("hotline phone missed", 10, HOUR)
MISSES_OF_CODE = Limit("hotline code missed", 20, HOUR)
"""Of a number, of a code: who fits is heard all the same, or a stranger would shut the hotline for the owner."""
MISSES_OF_CLIENT = Limit("hotline client missed", 3000, HOUR)
"""Not 10: ten strangers' calls would shut the hotline for everybody. Each number is stopped after ten by itself."""

STOPPED = (
    "Có quá nhiều lần số điện thoại và mã số BHXH không khớp nên tạm dừng đối chiếu. Xin đợi {wait}, hoặc báo trưởng "
    "ca tổng đài. Người gọi có thể mang giấy tờ đến cơ quan BHXH gần nhất."
)
TOO_MANY = "Có quá nhiều lần đối chiếu trong thời gian ngắn. Chưa có gì thay đổi; xin đợi {wait} rồi thử lại."


def admit(asker: Actor) -> None:
    """Count that `asker` (an agent or a client) asks; raises TooManyRequests."""
    asks, misses = _limits_of(asker)
    standing = limits.standing(misses, str(asker.id))
    if standing.is_full(misses):
        raise limits.too_many(STOPPED, standing)
    limits.spend(asks, str(asker.id), TOO_MANY)


def note_miss(asker: Actor, code: str, phone: str) -> None:
    """Count a miss; the one that stops the asker, the number or the code raises MANY_MISSES, once.

    Raises TooManyRequests when number or code were missed too often: whoever fits is not stopped by that.
    """
    _, of_asker = _limits_of(asker)
    missed = [(of_asker, str(asker.id)), (MISSES_OF_PHONE, read_phone(phone)), (MISSES_OF_CODE, read_code(code))]
    counted = [(limit, limits.count(limit, value)) for limit, value in missed]
    if any(one.number == limit.most for limit, one in counted):
        _alarm(asker)
    for limit, one in counted[1:]:
        if one.number > limit.most:
            raise limits.too_many(STOPPED, one)


def lift(kind: AlarmKind, *, officer_id: int | None, client_id: int | None) -> None:
    """Let whoever an alarm of `kind` has stopped go on: a supervisor has looked at it."""
    if kind is AlarmKind.MANY_MISSES and officer_id is not None:
        limits.forget(MISSES_OF_AGENT, str(officer_id))
    if kind is AlarmKind.MANY_MISSES and client_id is not None:
        limits.forget(MISSES_OF_CLIENT, str(client_id))


def _limits_of(asker: Actor) -> tuple[Limit, Limit]:
    """Return how much the asker may ask, and how often miss."""
    is_agent = asker.kind is ActorKind.OFFICER
    return (BY_AGENT, MISSES_OF_AGENT) if is_agent else (BY_CLIENT, MISSES_OF_CLIENT)


def _alarm(asker: Actor) -> None:
    who: dict[str, Any] = {"officer_id" if asker.kind is ActorKind.OFFICER else "client_id": asker.id}
    with transaction() as session:
        session.add(Alarm(kind=AlarmKind.MANY_MISSES, at=clock.now(), **who))
