"""One statement, asked again and again, whose answer is fetched only at the next: the database works meanwhile.

What was asked is with the database when `ask` returns (its bytes have left this process), so it is done even if this
process is killed in the next instant. One connection of its own, outside the pool and never in a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import pq
from sqlalchemy import Engine, Executable
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from backoffice.kernel import db
from backoffice.kernel.sockets import is_readable, is_writable

Told = Callable[[list[str] | None], None]
"""Is given the first column of the rows that came back, as text; None when the answer was lost with the connection."""
_NAME = b"asked"
_AWAY = (psycopg.Error, OSError, SQLAlchemyError)
SECONDS = db.STATEMENT_TIMEOUT_MS / 1000


class Pipe:
    """A connection for `statement` (Core, named parameters of plain types), kept while its engine is the one in use."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(  # type: ignore[attr-defined]
            dialect=postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        )
        self._sql: bytes = compiled.string.encode()
        self._order: list[str] = list(compiled.positiontup)
        self._fixed = {name: _as_text(bind.value) for name, bind in compiled.binds.items() if not bind.required}
        self._engine: Engine | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._told: Told | None = None

    def ask(self, known: Mapping[str, Any], told: Told) -> None:
        """Ask, and have `told` called with what came back: by the next `ask`, or by `settle`."""
        try:
            self.settle()
        finally:  # whatever became of the one before, this one is asked
            self._ask(known, told)

    def _ask(self, known: Mapping[str, Any], told: Told) -> None:
        fixed = self._fixed
        try:
            self._send([fixed[name] if name in fixed else _as_text(known[name]) for name in self._order])
        except BaseException as error:
            self.close()
            told(None)
            if not isinstance(error, _AWAY):
                raise
        else:
            self._told = told

    def settle(self) -> None:
        """Fetch the answer that is still out."""
        if self._told is None:
            return
        told, self._told = self._told, None
        try:
            found = self._fetch()
        except BaseException as error:
            self.close()
            told(None)
            if not isinstance(error, _AWAY):
                raise
        else:
            told(found)

    def close(self) -> None:
        """Give up the connection; what is asked later opens one anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _send(self, values: list[bytes | None]) -> None:
        pg = self._opened().pgconn
        pg.send_query_prepared(_NAME, values)
        while pg.flush():
            _wait(pg.socket, for_writing=True)

    def _fetch(self) -> list[str]:
        pg = self._opened().pgconn
        found: list[str] = []
        while True:
            pg.consume_input()
            while pg.is_busy():
                _wait(pg.socket)
                pg.consume_input()
            answer = pg.get_result()
            if answer is None:
                return found
            if answer.status != pq.ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError("what was asked could not be done")
            found = [(answer.get_value(row, 0) or b"").decode() for row in range(answer.ntuples)]

    def _opened(self) -> psycopg.Connection[Any]:
        if self._connection is not None and self._engine is not db.engine():
            self.close()
        if self._connection is None:
            self._engine = db.engine()
            self._connection = db.connection_apart()
            # Planned once: for arrays the planner would else think anew each time, for longer than the work takes.
            self._connection.execute("SET plan_cache_mode = force_generic_plan")
            self._connection.pgconn.prepare(_NAME, self._sql)
        return self._connection


def _as_text(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, datetime):
        return value.isoformat().encode()
    if isinstance(value, (list, tuple)):
        return b"{" + b",".join(_element(one) for one in value) + b"}"
    return str(value).encode()


def _element(value: Any) -> bytes:
    """Return one element of an array in PostgreSQL's own text form (manual, 8.15.2)."""
    text = _as_text(value)
    if text is None:
        return b"NULL"
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _wait(socket: int, *, for_writing: bool = False) -> None:
    """Wait until the database takes or says something; raises OSError when it is silent for too long."""
    if not (is_writable if for_writing else is_readable)(socket, SECONDS):
        raise OSError("the database is silent")
