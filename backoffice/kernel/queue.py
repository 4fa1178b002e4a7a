"""Background jobs by RQ. A job is a nudge that carries ids alone; what must not be lost is a row (outbox)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.timeouts import BaseTimeoutException
from sqlalchemy.orm import Session

from backoffice.kernel import db

log = structlog.get_logger()

COUNTER = "counter"
DEFAULT = "default"
BULK = "bulk"
LANES = (COUNTER, DEFAULT, BULK)
"""In the order of urgency: somebody waits for it, the day's work, lists and reminders."""
JOB_SECONDS = 120
OutOfTime = BaseTimeoutException
"""Is raised in the midst of a job that has taken so long: pass it on."""
ASKED_MS = 5000

_redis: Redis | None = None
_url: str | None = None


def configure(url: str) -> None:
    """Use the Redis-protocol server at `url` (redis://…, rediss://…, unix://…)."""
    global _redis, _url
    _url = url
    _redis = None


def connection() -> Redis:
    """Return the client, made on first use: short time-outs, for a dead queue must not hold the desk up."""
    global _redis
    if _redis is None:
        if _url is None:
            raise RuntimeError("queue.configure was not called")
        _redis = Redis.from_url(_url, socket_connect_timeout=1, socket_timeout=5, health_check_interval=30)
    return _redis


def worker_connection() -> Redis:
    """Return a client for RQ workers, which block on the socket for long."""
    if _url is None:
        raise RuntimeError("queue.configure was not called")
    return Redis.from_url(_url, socket_connect_timeout=5, health_check_interval=30)


def enqueue(job: str, *ids: int, lane: str = DEFAULT) -> bool:
    """Ask the workers of `lane` to run the function at dotted path `job` with `ids`.

    Returns False when the queue is out: the rows are there, the periodic sweep will find them.
    """
    try:
        Queue(lane, connection=connection()).enqueue_call(
            job, args=ids, timeout=JOB_SECONDS, result_ttl=0, failure_ttl=24 * 3600, description=job
        )
    except (RedisError, OSError) as error:
        log.warning("queue out, left to the sweep", job=job, error=type(error).__name__)
        return False
    return True


def ask(job: str, *, lane: str = DEFAULT) -> bool:
    """Ask for `job`, one that does whatever there is to do: asked for again before it begins (`begin`), once is enough.

    What a dying worker took with it can be asked for again after ASKED_MS. Returns False when the queue is out.
    """
    try:
        is_first = connection().set(_asked(job), 1, nx=True, px=ASKED_MS)
    except (RedisError, OSError) as error:
        log.warning("queue out, left to the sweep", job=job, error=type(error).__name__)
        return False
    if not is_first or enqueue(job, lane=lane):
        return True
    begin(job)
    return False


def begin(job: str) -> None:
    """Note that `job` begins: what is asked for from now on is the next one."""
    with suppress(RedisError, OSError):
        connection().delete(_asked(job))


def _asked(job: str) -> str:
    return f"asked:{job}"


def ask_after_commit(session: Session, job: str, *, lane: str = DEFAULT) -> None:
    """Ask for `job` once the transaction of `session` is committed, and once a transaction."""
    asked: list[str] = session.info.setdefault("asked_jobs", [])
    if job not in asked:
        asked.append(job)
        db.after_commit(session, partial(ask, job, lane=lane))
