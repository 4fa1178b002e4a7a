"""Writing one row at once, where the unit of work costs more than it gives: hot paths write a handful of known rows.

Both keep the object as the session would have it after a flush. Statements are built once a shape.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, inspect
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from backoffice.kernel.direct import Direct

_KEY = "key_of_row"


def add(session: Session, thing: DeclarativeBase) -> None:
    """INSERT the new `thing` now; its id is set, and what was not given is None or the column's own default."""
    columns, statement = _insert(type(thing))
    given = inspect(thing).dict
    values = {name: given.get(name, default) for name, default in columns}
    (key,) = statement.values(session, values)
    for name, value in (*values.items(), ("id", key)):
        set_committed_value(thing, name, value)
    make_transient_to_detached(thing)
    session.add(thing)


def change(session: Session, thing: DeclarativeBase, **values: Any) -> None:
    """UPDATE these columns of `thing`, a row with an id that this session has, now."""
    statement = _update(type(thing), tuple(values))
    statement.rows(session, {_KEY: cast(Any, thing).id, **values})
    for name, value in values.items():
        set_committed_value(thing, name, value)


@cache
def _insert(model: type[DeclarativeBase]) -> tuple[list[tuple[str, Any]], Direct]:
    """Return the columns to be given with their defaults (plain values alone), and the statement."""
    table = cast(Table, model.__table__)
    columns = [c for c in table.c if not c.primary_key and c.computed is None and c.server_default is None]
    given = {c.name: bindparam(c.name, type_=c.type) for c in columns}
    statement = Direct(table.insert().inline().values(given).returning(table.c.id))
    return [(c.name, _default(c.default)) for c in columns], statement


def _default(default: Any) -> Any:
    if default is None:
        return None
    if not default.is_scalar:
        raise TypeError("a column whose default is computed must be given to rows.add")
    return default.arg


@cache
def _update(model: type[DeclarativeBase], names: tuple[str, ...]) -> Direct:
    table = cast(Table, model.__table__)
    given = {name: bindparam(name, type_=table.c[name].type) for name in names}
    return Direct(table.update().where(table.c.id == bindparam(_KEY, type_=table.c.id.type)).values(given))
