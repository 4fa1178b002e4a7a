"""What all tables share: naming, column types, text enums."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, cast

from sqlalchemy import BigInteger, Column, DateTime, Enum, Identity, MetaData, Table, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.sql.base import ReadOnlyColumnCollection

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]


def words(enum: type[StrEnum], *, closed: bool = True) -> Enum:
    """Return a column type that keeps the StrEnum's values as text, held by a CHECK unless the list will grow."""
    return Enum(
        enum,
        native_enum=False,
        length=32,
        create_constraint=closed,
        name=enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def table_of(model: type[Base]) -> Table:
    """Return the plain table of a model, to write rows to without the unit of work."""
    return cast(Table, model.__table__)


def columns_of(model: type[Base]) -> ReadOnlyColumnCollection[str, Column[Any]]:
    """Return the plain columns of a table, for statements that want rows: half the cost of asking for attributes."""
    return table_of(model).c


class Base(DeclarativeBase):
    """The mother of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: dict[Any, Any] = {datetime: DateTime(timezone=True), str: Text(), int: BigInteger()}
