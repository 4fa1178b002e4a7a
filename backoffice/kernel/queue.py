"""Background jobs by RQ. A job is a nudge that carries ids alone; what must not be lost is a row (outbox)."""

from __future__ import annotations

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.orm import Session

from backoffice.kernel import db

log = structlog.get_logger()

COUNTER = "counter"
DEFAULT = "default"
LANES = (COUNTER, DEFAULT)
JOB_SECONDS = 120

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


def enqueue_after_commit(session: Session, job: str, *ids: int, lane: str = DEFAULT) -> None:
    """Enqueue once the transaction of `session` is committed; the same job is asked for once a transaction."""
    asked: set[tuple[str, tuple[int, ...]]] = session.info.setdefault("asked_jobs", set())
    if (job, ids) in asked:
        return
    asked.add((job, ids))

    def ask() -> None:
        enqueue(job, *ids, lane=lane)

    db.after_commit(session, ask)
