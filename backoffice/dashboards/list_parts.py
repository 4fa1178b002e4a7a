"""What the statements of lists are made of: each office gives its first rows by an index, then they are merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)

from backoffice.models import Office

PAGE = 50
MOMENT = DateTime(timezone=True)
PATH = bindparam("path", type_=Text())
BEGINS, ENDS = bindparam("begins", type_=MOMENT), bindparam("ends", type_=MOMENT)
MIDNIGHT, LAST = bindparam("midnight", type_=MOMENT), bindparam("last", type_=MOMENT)
AFTER = tuple_(bindparam("after_moment", type_=MOMENT), bindparam("after_id", type_=BigInteger()))
Rows = Select[Any]


def of_scope(is_alone: bool) -> ColumnElement[bool]:
    """Return which offices the list is of."""
    return Office.id == bindparam("office", type_=BigInteger()) if is_alone else func.starts_with(Office.path, PATH)


def merged(parts: list[Rows], *, newest: bool = True) -> Rows:
    """Return the first rows of all parts together."""
    those = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("those")
    order = (those.c.moment.desc(), those.c.id.desc()) if newest else (those.c.moment, those.c.id)
    return select(those.c.id, those.c.moment, those.c.gone).order_by(*order).limit(PAGE + 1)


def of_each(offices: ColumnElement[bool], first: Callable[[], Rows]) -> Rows:
    """Return the rows of `first` (which names Office.id) for each of the offices."""
    each = first().correlate(Office).lateral("each_one")
    return select(each.c.id, each.c.moment, each.c.gone).select_from(Office).join(each, true()).where(offices)


def row(id_: Any, moment: Any, *, gone: bool = False) -> Rows:
    """Return a row of a list."""
    return select(id_.label("id"), moment.label("moment"), literal(gone).label("gone"))


def newest_of(rows: Rows, id_: Any, moment: Any, is_later: bool) -> Rows:
    """Return the first page of rows, or the one after a key, the newest first."""
    if is_later:
        rows = rows.where(tuple_(moment, id_) < AFTER)
    return rows.order_by(moment.desc(), id_.desc()).limit(PAGE + 1)


def ids_here() -> Select[Any]:
    """Return the ids of the offices of the branch."""
    here = Office.__table__.alias("here")
    return select(here.c.id).where(func.starts_with(here.c.path, PATH))
