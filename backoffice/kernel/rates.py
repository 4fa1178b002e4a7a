"""How often a stranger may ask: counted in the queue's server, under keyed hashes of addresses.

A wiped or missing server lets everybody pass: these limits spare the machine, they guard no secret.
"""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address

import structlog
from redis import Redis
from redis.exceptions import RedisError

from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.queue import connection

log = structlog.get_logger()

ASKED_AGAIN = 2.0
"""Seconds for which a server that did not answer is not asked: one that hangs would hold up every request."""
_FROM_ADDRESS = (
    "Có quá nhiều lần gửi từ mạng này nên hệ thống tạm dừng nhận. Chưa có gì thay đổi; xin đợi {wait} giây rồi thử lại."
)
_away: tuple[Redis | None, float] = (None, 0.0)
"""The client that got no answer, and until when (time.monotonic) it is not asked."""


def count(what: str, address: str, most: int, seconds: int) -> None:
    """Count that `address` asks for `what`; raises TooManyRequests beyond `most` in a span of `seconds`."""
    spend(what, neighbourhood(address), most, seconds, _FROM_ADDRESS)


def spend(what: str, value: str, most: int, seconds: int, sentence: str) -> None:
    """Count that `value` (an id, an address) asks for `what`, in one round trip.

    Raises TooManyRequests with `sentence` beyond `most` in a span of `seconds`: "{most}" and "{wait}" in it become the
    limit and how many seconds are left.
    """
    key = f"rate:{what}:{lookup_hash('rate', value).hex()}"
    server = connection()
    if _is_away(server):
        return
    try:
        pipe = server.pipeline()
        pipe.set(key, 0, ex=seconds, nx=True)
        pipe.incr(key)
        pipe.ttl(key)
        _, number, left = pipe.execute()
    except (RedisError, OSError) as error:
        _note_away(server)
        log.warning("rate not counted, queue out", what=what, error=type(error).__name__)
        return
    if number > most:
        wait = max(1, left)
        raise TooManyRequests(sentence.format(most=most, wait=wait), retry_after=wait)


def _is_away(server: Redis) -> bool:
    return _away[0] is server and time.monotonic() < _away[1]


def _note_away(server: Redis) -> None:
    global _away
    _away = (server, time.monotonic() + ASKED_AGAIN)


def neighbourhood(address: str) -> str:
    """Return the address as it is counted: IPv6 by its /64, of which one household has them all."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return (int(found) >> 64).to_bytes(8, "big").hex()
    return str(found.ipv4_mapped if isinstance(found, IPv6Address) else found)
