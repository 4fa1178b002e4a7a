"""Is it alive, is it ready: for load balancers and the supervisor."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backoffice.kernel import db, queue
from backoffice.web.guard import public

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@public
def alive() -> Response:
    """Answer 200 as long as the process serves."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
def ready() -> Response:
    """Answer 200 when the database answers, else 503; a queue that is out is said but does not stop the desk."""
    found = {"database": _database(), "queue": _queue()}
    response = jsonify(status="ok" if found["database"] else "out", **found)
    response.status_code = 200 if found["database"] else 503
    return response


def _database() -> bool:
    try:
        with db.engine().connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar_one())
    except SQLAlchemyError:
        return False


def _queue() -> bool:
    try:
        return bool(queue.connection().ping())
    except (RedisError, OSError):
        return False
