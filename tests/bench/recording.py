"""What the desk asks of the database, statement by statement, so that a bare loop can ask the very same.

A recording is a list of steps: statements with their parameters, transaction ends, and marks put in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import psycopg
from psycopg import Binary
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, event

from backoffice.kernel.cursors import QuickCursor

COMMIT, ROLLBACK = "commit", "rollback"
_WRAPPERS = Json | Jsonb | Binary
_TELLING = 8
"""Characters of a value that can be told within a text."""
_INSERTED = re.compile(r"\s*INSERT INTO (\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One statement with its parameters (`many`: a list of them), or without SQL a `mark`: commit, rollback, others.

    `is_open` tells that facts stand in the parameters.
    """

    sql: str = ""
    parameters: Any = None
    many: bool = False
    mark: str = ""
    is_open: bool = False


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
    ends = {name: (lambda _conn, name=name: kept.mark(name)) for name in (COMMIT, ROLLBACK)}
    for name, listener in ends.items():
        event.listen(engine, name, listener)
    own = {name: act for name, act in vars(QuickCursor).items() if name in ("execute", "executemany")}
    one, many = QuickCursor.execute, QuickCursor.executemany
    QuickCursor.execute = _noting(kept, one, many=False)  # type: ignore[method-assign]
    QuickCursor.executemany = _noting(kept, many, many=True)  # type: ignore[method-assign]
    try:
        yield kept
    finally:
        for name in ("execute", "executemany"):
            if name in own:
                setattr(QuickCursor, name, own[name])
            else:
                delattr(QuickCursor, name)  # as it was: inherited
        for name, listener in ends.items():
            event.remove(engine, name, listener)


def _noting(kept: Recorder, act: Callable[..., Any], *, many: bool) -> Callable[..., Any]:
    """Note what goes to the driver, whichever way it came there."""

    def noted(cursor: QuickCursor, sql: str, parameters: Any = None, **more: Any) -> Any:
        if sql:
            kept.steps.append(Step(sql, parameters, many))
        return act(cursor, sql, parameters, **more)

    return noted


def replay(
    connection: psycopg.Connection, steps: Sequence[Step], acts: Mapping[str, Callable[[], None]] | None = None
) -> None:
    """Run the steps as they were, each result fetched; `acts` are done at their marks.

    What an INSERT returns as id becomes the fact "<table>.id" for the statements after it.
    """
    known: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for step in steps:
            if step.sql:
                _run(cursor, step, known)
            elif step.mark == COMMIT:
                connection.commit()
            elif step.mark == ROLLBACK:
                connection.rollback()
            elif acts:
                acts[step.mark]()


def _run(cursor: psycopg.Cursor, step: Step, known: dict[str, Any]) -> None:
    parameters = filled(step.parameters, known) if step.is_open else step.parameters
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


def prefilled(steps: Sequence[Step], known: Mapping[str, Any]) -> list[Step]:
    """Return the steps with every fact in place that is `known`; the others wait for `replay`."""
    return [_prefilled(step, known) if step.is_open else step for step in steps]


def _prefilled(step: Step, known: Mapping[str, Any]) -> Step:
    parameters = filled(step.parameters, known)
    return replace(step, parameters=parameters, is_open=_has_facts(parameters))


def _has_facts(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_facts(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_has_facts(inner) for inner in value)
    return isinstance(value, Fact | _Text) or (isinstance(value, _WRAPPERS) and _has_facts(value.obj))


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """Return `value` with each Fact replaced by what is known under its name; what is not known stays."""
    if isinstance(value, Fact):
        return known.get(value.name, value)
    if isinstance(value, _Text):
        return value.filled(known)
    if isinstance(value, dict):
        return {name: filled(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if isinstance(value, tuple):
        return tuple(filled(inner, known) for inner in value)
    if isinstance(value, _WRAPPERS):
        return type(value)(filled(value.obj, known))
    return value


@dataclass(frozen=True)
class _Text:
    """A text that contains facts: `parts` in turn words and names of facts."""

    parts: tuple[str, ...]

    def filled(self, known: Mapping[str, Any]) -> Any:
        """Return the text, or itself while a fact is missing."""
        if any(name not in known for name in self.parts[1::2]):
            return self
        return "".join(part if place % 2 == 0 else known[part] for place, part in enumerate(self.parts))


def generalise(steps: Sequence[Step], facts: Mapping[str, Any]) -> list[Step]:
    """Return the steps with every parameter that is one of `facts` (or a text that contains one) standing for it."""
    if len(set(facts.values())) < len(facts):
        raise ValueError("two facts have the same value")
    made = [replace(step, parameters=_general(step.parameters, facts)) if step.sql else step for step in steps]
    return [replace(step, is_open=_has_facts(step.parameters)) for step in made]


def _general(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _general(inner, facts) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_general(inner, facts) for inner in value)
    if isinstance(value, _WRAPPERS):
        return type(value)(_general(value.obj, facts))
    for name, known in facts.items():
        if type(known) is type(value) and known == value:
            return Fact(name)
    return _general_text(value, facts) if isinstance(value, str) else value


def _general_text(text: str, facts: Mapping[str, Any]) -> Any:
    names = {known: name for name, known in facts.items() if isinstance(known, str) and len(known) >= _TELLING}
    parts = re.split("(" + "|".join(map(re.escape, names)) + ")", text) if names else [text]
    if len(parts) == 1:
        return text
    return _Text(tuple(names[part] if place % 2 else part for place, part in enumerate(parts)))


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
    if isinstance(value, _WRAPPERS):
        return _plain(value.obj)
    return "a time" if isinstance(value, date) else value
