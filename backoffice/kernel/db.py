"""The database: one engine a process, and `transaction()`, the only way to change anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import psycopg
from psycopg import OperationalError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from backoffice.kernel.cursors import QuickCursor

_engine: Engine | None = None
_factory: sessionmaker[Session] | None = None
_open: ContextVar[bool] = ContextVar("transaction_open", default=False)

STATEMENT_TIMEOUT_MS = 30_000
RESTED_SECONDS = 5


def configure(url: str, *, pool_size: int = 8) -> Engine:
    """Open the engine on `url` (postgresql+psycopg://…); a second call replaces the first."""
    global _engine, _factory
    if _engine is not None:
        _engine.dispose()
    _engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=8,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "application_name": "backoffice",
            "connect_timeout": 5,
            "cursor_factory": QuickCursor,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=10000 -c timezone=UTC",
        },
    )
    _factory = sessionmaker(_engine, expire_on_commit=False, autoflush=True)
    event.listen(_engine, "connect", _bound_prepared)
    event.listen(_engine, "checkin", _note_use)
    event.listen(_engine, "checkout", _check_rested)
    return _engine


def _bound_prepared(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Keep the server-side prepared statements few: a page has tens of statements, not thousands."""
    connection.prepared_max = 200


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _check_rested(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Ask a connection that has rested whether it still lives; a busy one is not asked, for asking takes time."""
    if time.monotonic() - record.info.get("used_at", time.monotonic()) > RESTED_SECONDS:
        try:
            connection.execute("")
            connection.rollback()
        except OperationalError as error:
            raise DisconnectionError from error


def engine() -> Engine:
    """Return the engine; raises RuntimeError before `configure`."""
    if _engine is None:
        raise RuntimeError("db.configure was not called")
    return _engine


def forget_connections() -> None:
    """Drop connections inherited by a forked child without closing the parent's sockets."""
    if _engine is not None:
        _engine.dispose(close=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one transaction: commit at the end of the block, roll back on any error.

    What was given to `before_commit` runs as its last statements, what was given to `after_commit` once the commit has
    succeeded, in order. A use case opens it; helpers take the session as their first parameter and never commit.
    Nesting raises RuntimeError: two use cases in one another are a mistake.
    """
    if _factory is None:
        raise RuntimeError("db.configure was not called")
    if _open.get():
        raise RuntimeError("a transaction is already open here: pass its session on")
    token = _open.set(True)
    try:
        with _factory() as session, session.begin():
            yield session
            for act in session.info.get("before_commit", ()):
                act()
    finally:
        _open.reset(token)
    for act in session.info.get("after_commit", ()):
        act()


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Open a savepoint: an error in the block takes back all that was done in it, and is raised on.

    Taken back is also what the block gave to `before_commit` and `after_commit`, and whatever else was appended to the
    lists of `session.info`: figures counted, jobs asked for. Hence `begin_nested` is called nowhere else.
    """
    noted = {name: len(those) for name, those in session.info.items()}
    try:
        with session.begin_nested():
            yield
    except BaseException:
        for name, those in list(session.info.items()):
            if name in noted:
                del those[noted[name] :]
            else:
                del session.info[name]
        raise


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection for one look by Core statements, without the session that costs as much as the look.

    For what every request asks first; everything else reads within its `transaction()`. Change nothing by it.
    """
    with engine().begin() as connection:
        yield connection


def connection_apart() -> psycopg.Connection[Any]:
    """Return a new connection in autocommit that belongs to no pool; whoever asked closes it."""
    pooled = engine().raw_connection()
    found: Any = pooled.driver_connection
    pooled.detach()
    found.rollback()
    found.autocommit = True
    return cast("psycopg.Connection[Any]", found)


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Call `act` once the transaction of `session` has been committed; never when it is rolled back."""
    session.info.setdefault("after_commit", []).append(act)


def before_commit(session: Session, act: Callable[[], object]) -> None:
    """Call `act` right before the transaction of `session` is committed, as a part of it."""
    session.info.setdefault("before_commit", []).append(act)
