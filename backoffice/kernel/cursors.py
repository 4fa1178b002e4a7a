"""A cursor that describes its columns only to who looks: SQLAlchemy asks each time, and looks the first time alone.

Making psycopg's descriptions costs some 4 µs a column, a declaration has fifty (`make bench`, profile of the lookup).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from psycopg import Column, Cursor


class QuickCursor(Cursor[Any]):
    """psycopg's cursor, its `description` made when it is looked into."""

    @property
    def description(self) -> Sequence[Column] | None:  # type: ignore[override]
        """Return the columns of the result, or None when the statement gave none."""
        result = self.pgresult
        return _Columns(self, result.nfields) if result is not None and result.nfields else super().description


class _Columns(Sequence[Column]):
    def __init__(self, cursor: QuickCursor, count: int) -> None:
        self._cursor, self._count = cursor, count
        self._made: list[Column] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Column: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Column]: ...

    def __getitem__(self, index: int | slice) -> Column | Sequence[Column]:
        if self._made is None:
            self._made = [Column(self._cursor, number) for number in range(self._count)]
        return self._made[index]
