"""What the desk asks of the database, statement by statement, so that a bare loop can ask the very same.

A recording is a list of steps: statements with their parameters, transaction ends, and marks put in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, event

COMMIT, ROLLBACK = "commit", "rollback"
_INSERTED = re.compile(r"\s*INSERT INTO (\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One statement with its parameters (`many`: a list of them), or without SQL a `mark`: commit, rollback, others."""

    sql: str = ""
    parameters: Any = None
    many: bool = False
    mark: str = ""


@dataclass(frozen=True)
class Fact:
    """Stands in a parameter for a value that is another each time; `name` is looked up when the step is run."""

    name: str


@dataclass
class Recorder:
    """Collects the steps of one engine while it is open."""

    steps: list[Step] = field(default_factory=list)

    def mark(self, name: str) -> None:
        """Note that something happened here that is no statement."""
        self.steps.append(Step(mark=name))

    def statements(self) -> list[Step]:
        """Return the statements alone."""
        return [step for step in self.steps if step.sql]


@contextmanager
def recording(engine: Engine) -> Iterator[Recorder]:
    """Record everything that `engine` sends inside the block."""
    kept = Recorder()

    def statement(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        kept.steps.append(Step(sql, parameters, many))

    def commit(_conn: Any) -> None:
        kept.mark(COMMIT)

    def rollback(_conn: Any) -> None:
        kept.mark(ROLLBACK)

    heard = {"before_cursor_execute": statement, "commit": commit, "rollback": rollback}
    for name, listener in heard.items():
        event.listen(engine, name, listener)
    try:
        yield kept
    finally:
        for name, listener in heard.items():
            event.remove(engine, name, listener)


def replay(connection: psycopg.Connection, steps: Sequence[Step], facts: Mapping[str, Any] | None = None) -> None:
    """Run the steps as they were, each result fetched; what an INSERT returns as id becomes the fact "<table>.id"."""
    known = dict(facts or {})
    with connection.cursor() as cursor:
        for step in steps:
            if step.sql:
                _run(cursor, step, known)
            elif step.mark == COMMIT:
                connection.commit()
            elif step.mark == ROLLBACK:
                connection.rollback()


def _run(cursor: psycopg.Cursor, step: Step, known: dict[str, Any]) -> None:
    parameters = filled(step.parameters, known)
    if step.many:
        cursor.executemany(step.sql, parameters)
        return
    cursor.execute(step.sql, parameters)
    if cursor.description is None:
        return
    rows = cursor.fetchall()
    inserted = _INSERTED.match(step.sql)
    if inserted and rows and cursor.description[0].name == "id":
        known[f"{inserted[1]}.id"] = rows[0][0]


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """Return `value` with each Fact replaced by what is known under its name."""
    if isinstance(value, Fact):
        return known[value.name]
    if isinstance(value, _Text):
        return value.pattern.format(**known)
    if isinstance(value, dict):
        return {name: filled(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if isinstance(value, tuple):
        return tuple(filled(inner, known) for inner in value)
    if isinstance(value, Json | Jsonb):
        return type(value)(filled(value.obj, known))
    return value


@dataclass(frozen=True)
class _Text:
    """A text that contains facts."""

    pattern: str


def generalise(steps: Sequence[Step], facts: Mapping[str, Any]) -> list[Step]:
    """Return the steps with every parameter that is one of `facts` (or a text that contains one) standing for it."""
    return [replace(step, parameters=_general(step.parameters, facts)) if step.sql else step for step in steps]


def _general(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _general(inner, facts) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_general(inner, facts) for inner in value)
    if isinstance(value, Json | Jsonb):
        return type(value)(_general(value.obj, facts))
    for name, known in facts.items():
        if type(known) is type(value) and known == value:
            return Fact(name)
    return _general_text(value, facts) if isinstance(value, str) else value


def _general_text(text: str, facts: Mapping[str, Any]) -> Any:
    pattern = text.replace("{", "{{").replace("}", "}}")
    for name, known in facts.items():
        if isinstance(known, str) and len(known) >= 8:
            pattern = pattern.replace(known, "{" + name + "}")
    return _Text(pattern) if pattern != text and pattern.format(**facts) == text else text


def explain_away(general: Sequence[Step], facts: Mapping[str, Any], other: Sequence[Step]) -> None:
    """Raise ValueError unless the general steps with `facts` are `other` but for times: then nothing was overlooked."""
    if len(general) != len(other):
        raise ValueError(f"{len(general)} steps became {len(other)}: the two runs did different things")
    for mine, theirs in zip(general, other, strict=True):
        if (mine.sql, mine.mark) != (theirs.sql, theirs.mark):
            raise ValueError(f"another statement: {mine.sql or mine.mark} / {theirs.sql or theirs.mark}")
        if _plain(filled(mine.parameters, facts)) != _plain(theirs.parameters):
            raise ValueError(f"unexplained parameters of {mine.sql[:200]}: {mine.parameters} / {theirs.parameters}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Json | Jsonb):
        return _plain(value.obj)
    return "a time" if isinstance(value, datetime) else value
