"""So many a second, over all processes: one clock for each name in the queue's server (generic cell rate algorithm).

A wiped server forgets the last second; one that is away leaves each process to its own pace.
"""

from __future__ import annotations

import time

import structlog
from redis.exceptions import RedisError

from backoffice.kernel.queue import connection

log = structlog.get_logger()

_NEXT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if due > now + 600000000 then due = now end
local wait = due - now - tonumber(ARGV[2])
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', due + ARGV[1]), 'PX', 60000)
return 0
"""
"""Takes a place and returns 0, or returns the microseconds until one is free; a clock set back is forgotten."""
_own: dict[str, float] = {}
"""Name → when this process's next place is, while the server is away."""


def wait_for(name: str, rate: float, ahead: float) -> float:
    """Take the next place of `rate` a second under `name`; return 0, or the seconds until one can be had.

    `ahead`: so many seconds of places this caller may take before their time: who must not wait passes the others.
    """
    try:
        found = connection().eval(_NEXT, 1, f"pace:{name}", str(1_000_000 / rate), str(ahead * 1_000_000))
    except (RedisError, OSError) as error:
        log.warning("pace not shared, queue out", name=name, error=type(error).__name__)
        return _own_pace(name, rate, ahead)
    return int(found) / 1_000_000


def _own_pace(name: str, rate: float, ahead: float) -> float:
    now = time.monotonic()
    due = max(_own.get(name, 0.0), now)
    wait = due - now - ahead
    if wait > 0:
        return wait
    _own[name] = due + 1 / rate
    return 0.0
