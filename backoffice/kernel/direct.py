"""Statements compiled once and handed to the driver as they are: for what is asked hundreds of times a second.

SQLAlchemy takes some 140 µs around a statement that psycopg takes 40 for; on the hot paths that was half of the time
(`make bench`). What is written stays Core: types, names and dialect are SQLAlchemy's, only the way there is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

WAITS_FOR_DISK = func.set_config("synchronous_commit", bindparam("commit", type_=Text()), True)
"""Said in a statement that writes, with the parameter `commit` ("on" or "off"): whether its transaction waits for the
disk. If not, what it wrote within the last half second is lost when the database or its machine crashes, only then."""
COMMIT = select(WAITS_FOR_DISK.label("setting")).cte("commit")
"""The same, said once for a statement of many rows."""
Row = tuple[Any, ...]
_Process = Callable[[Any], Any]


class Direct:
    """One statement with named parameters. Rows come as tuples, in the order of its columns.

    It must hold no IN of an open list (use `one_of`) and take every parameter each time. Pending changes of
    the session are flushed first, errors are SQLAlchemy's.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: _Compiled | None = None

    def rows(self, where: Session | Connection, known: Mapping[str, Any]) -> list[Row]:
        """Return all rows."""
        connection = _connection(where)
        if self._compiled is None:
            self._compiled = _Compiled(self._statement, connection.dialect)
        return self._compiled.rows(connection, known)

    def first(self, where: Session | Connection, known: Mapping[str, Any]) -> Row | None:
        """Return the first row, None when there is none."""
        rows = self.rows(where, known)
        return rows[0] if rows else None

    def values(self, where: Session | Connection, known: Mapping[str, Any]) -> list[Any]:
        """Return the first column of all rows."""
        return [row[0] for row in self.rows(where, known)]


def one_of(column: ColumnElement[Any] | InstrumentedAttribute[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a text column is one of `words`, as an array: an IN would be built anew each time."""
    return column == any_(bindparam("words", list(words), type_=ARRAY(Text), unique=True))


def numbered(name: str, *more: str) -> TableValuedAlias:
    """Return the ids in the array parameter `name` as a table: `id`, and `number` from 1.

    `more` are array parameters of ids, as long: each is a column of its own name.
    """
    arrays = [bindparam(one, type_=ARRAY(BigInteger)) for one in (name, *more)]
    columns = [column(one, BigInteger) for one in ("id", *more)]
    return func.unnest(*arrays).table_valued(*columns, with_ordinality="number", name="these").render_derived()


def part_of(run: ColumnElement[Any], number: ColumnElement[Any], size: int) -> ColumnElement[bytes]:
    """Return the `number`th part, from 1, of a run of parts of `size` bytes.

    Many hashes go as one run: the driver takes 9 µs for each bytes in an array.
    """
    return func.substr(run, (cast(number, Integer) - 1) * size + 1, size, type_=LargeBinary)


class _Compiled:
    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._sql: str = compiled.string
        if "POSTCOMPILE" in self._sql:
            raise TypeError("a statement handed to the driver holds no IN of an open list")
        self._fixed: dict[str, Any] = {}
        self._given: list[tuple[str, _Process | None]] = []
        for name, bind in compiled.binds.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required or (bind.value is None and bind.callable is None and not bind.unique):
                self._given.append((name, process))
            else:
                self._fixed[name] = process(bind.effective_value) if process else bind.effective_value
        self.read = reader(compiled, dialect)

    def rows(self, connection: Connection, known: Mapping[str, Any]) -> list[Row]:
        given = {name: process(known[name]) if process else known[name] for name, process in self._given}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, self._fixed | given)
            found: list[Row] = list(cursor.fetchall()) if cursor.description else []
        except psycopg.Error as error:
            raise _wrapped(self._sql, error) from error
        finally:
            cursor.close()
        return self.read(found)


def _connection(where: Session | Connection) -> Connection:
    if isinstance(where, Connection):
        return where
    where.flush()
    return where.connection()


def reader(compiled: Any, dialect: Dialect) -> Callable[[list[Row]], list[Row]]:
    """Return what makes of rows as the driver reads them those of the compiled statement's types."""
    processes: list[tuple[int, _Process]] = []
    for place, read in enumerate(compiled._result_columns):
        kind: TypeEngine[Any] = read.type
        process = kind.dialect_impl(dialect).result_processor(dialect, None)
        if process is not None:
            processes.append((place, process))

    def processed(row: Row) -> Row:
        values = list(row)
        for place, process in processes:
            values[place] = process(values[place])
        return tuple(values)

    return (lambda rows: [processed(row) for row in rows]) if processes else (lambda rows: rows)


def _wrapped(sql: str, error: psycopg.Error) -> Exception:
    return DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True)
