"""Is it alive, is it ready: for load balancers and the supervisor."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from backoffice.kernel import clock, db, queue
from backoffice.models import TrailCheck
from backoffice.rules import sealed
from backoffice.web.guard import public

pages = Blueprint("health", __name__)
CHECKED_WITHIN = timedelta(days=2)


@pages.get("/healthz")
@public
def alive() -> Response:
    """Answer 200 as long as the process serves."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
def ready() -> Response:
    """Answer 200 when the database answers, else 503; a queue that is out is said but does not stop the desk.

    Nor does a trail that was tampered with: `trail` is "ok", "broken", "unsealed" (rows wait for more than an hour),
    "unchecked" (no result of the last two days) or "acknowledged" (broken, but looked into and nothing new), for a
    monitor to alarm on. A desk that went out for it would help whoever broke it.
    """
    found = {"database": _database(), "queue": _queue()}
    response = jsonify(status="ok" if found["database"] else "out", **found, trail=_trail())
    response.status_code = 200 if found["database"] else 503
    return response


def _database() -> bool:
    try:
        with db.engine().connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar_one())
    except SQLAlchemyError:
        return False


def _trail() -> str:
    """Return what the newest verification found, and whether the sealing keeps up."""
    said = TrailCheck.ok, TrailCheck.acknowledged_at, TrailCheck.finished_at
    last = select(*said).where(TrailCheck.finished_at.is_not(None)).order_by(TrailCheck.finished_at.desc()).limit(1)
    try:
        with db.engine().connect() as connection:
            found = connection.execute(last).one_or_none()
            is_late = sealed.is_late(connection)
    except SQLAlchemyError:
        return "unchecked"
    if found is None or found.finished_at < clock.now() - CHECKED_WITHIN:
        return "unsealed" if is_late else "unchecked"
    if not found.ok and found.acknowledged_at is None:
        return "broken"
    if is_late:
        return "unsealed"
    return "ok" if found.ok else "acknowledged"


def _queue() -> bool:
    try:
        return bool(queue.connection().ping())
    except (RedisError, OSError):
        return False
