"""Few statements, asked again and again, whose answer is fetched only at the next: the database works meanwhile.

What was asked is with the database when `ask` returns (its bytes have left this process), so it is done even if this
process is killed in the next instant. One connection of its own, outside the pool and never in a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, Executable
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from backoffice.kernel import db
from backoffice.kernel.direct import Row, reader
from backoffice.kernel.sockets import is_readable, is_writable

Told = Callable[[list[Row] | None], None]
"""Is given the rows that came back, empty ones of a statement that names none; None when the answer was lost with the
connection."""
_AWAY = (psycopg.Error, OSError, SQLAlchemyError)
SECONDS = db.STATEMENT_TIMEOUT_MS / 1000


class _Prepared:
    """A statement (Core, named parameters of plain types) as the driver wants it."""

    def __init__(self, name: str, statement: Executable) -> None:
        dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.name: bytes = name.encode()
        self.sql: bytes = compiled.string.encode()
        binds = [(name, compiled.binds[name]) for name in compiled.positiontup]
        self._fixed = [None if bind.required else _as_text(bind.value) for _, bind in binds]
        self._given = [(place, name) for place, (name, bind) in enumerate(binds) if bind.required]
        self.read = reader(compiled, dialect)

    def values(self, known: Mapping[str, Any]) -> list[bytes | None]:
        """Return the parameters in their order."""
        values = self._fixed.copy()
        for place, name in self._given:
            values[place] = _as_text(known[name])
        return values


class Pipe:
    """A connection for `statements`, by names of theirs, kept while its engine is the one in use."""

    def __init__(self, **statements: Executable) -> None:
        self._prepared = {name: _Prepared(name, statement) for name, statement in statements.items()}
        self._engine: Engine | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._told: tuple[Told, _Prepared] | None = None

    def ask(self, which: str, known: Mapping[str, Any], told: Told) -> None:
        """Ask that statement, and have `told` called with what came back: by the next `ask`, or by `settle`."""
        try:
            self.settle()
        finally:  # whatever became of the one before, this one is asked
            self._ask(self._prepared[which], known, told)

    def _ask(self, prepared: _Prepared, known: Mapping[str, Any], told: Told) -> None:
        try:
            self._send(prepared, prepared.values(known))
        except BaseException as error:
            self.close()
            told(None)
            if not isinstance(error, _AWAY):
                raise
        else:
            self._told = told, prepared

    def settle(self) -> None:
        """Fetch the answer that is still out."""
        if self._told is None:
            return
        (told, prepared), self._told = self._told, None
        try:
            found = prepared.read(self._fetch())
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

    def _send(self, prepared: _Prepared, values: list[bytes | None]) -> None:
        pg = self._opened().pgconn
        pg.send_query_prepared(prepared.name, values)
        while pg.flush():
            _wait(pg.socket, for_writing=True)

    def _fetch(self) -> list[Row]:
        pg = self._opened().pgconn
        found: list[Row] = []
        pg.consume_input()
        while True:
            while pg.is_busy():
                _wait(pg.socket)
                pg.consume_input()
            answer = pg.get_result()
            if answer is None:
                return found
            found = self._rows(answer)

    def _rows(self, answer: PGresult) -> list[Row]:
        if answer.status == pq.ExecStatus.COMMAND_OK:
            return [()] * (answer.command_tuples or 0)
        if answer.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError("what was asked could not be done")
        loading = Transformer(self._connection)
        loading.set_pgresult(answer)
        return loading.load_rows(0, answer.ntuples, tuple)

    def _opened(self) -> psycopg.Connection[Any]:
        if self._connection is not None and self._engine is not db.engine():
            self.close()
        if self._connection is None:
            self._engine = db.engine()
            self._connection = db.connection_apart()
            # Planned once: for arrays the planner would else think anew each time, for longer than the work takes.
            self._connection.execute("SET plan_cache_mode = force_generic_plan")
            for one in self._prepared.values():
                self._connection.pgconn.prepare(one.name, one.sql)
        return self._connection


def _as_text(value: Any) -> bytes | None:
    if value is None:
        return None
    write = _WRITERS.get(type(value))
    return write(value) if write is not None else str(value).encode()


def _element(value: Any) -> bytes:
    """Return one element of an array in PostgreSQL's own text form (manual, 8.15.2)."""
    text = _as_text(value)
    if text is None:
        return b"NULL"
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _array(values: list[Any] | tuple[Any, ...]) -> bytes:
    return b"{" + b",".join(_element(one) for one in values) + b"}"


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    str: str.encode,
    bool: lambda value: b"t" if value else b"f",
    datetime: lambda value: value.isoformat().encode(),
    list: _array,
    tuple: _array,
}


def _wait(socket: int, *, for_writing: bool = False) -> None:
    """Wait until the database takes or says something; raises OSError when it is silent for too long."""
    if not (is_writable if for_writing else is_readable)(socket, SECONDS):
        raise OSError("the database is silent")
