"""One door for what the figures count of a declaration: rules.lifecycle writes it and counts it (rules.figures)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from backoffice.config import ROOT

HOUSE = ROOT / "backoffice"
DOOR = "rules/lifecycle.py"
COUNTED = {"status", "office_id", "expires_at", "presented_at", "supplement_at", "escalated_at", "decided_at"}
WRITERS = {"values", "change", "update"}
"""Calls that write the columns they name; `change` alone, and not rows.change, is the door itself."""
OF_OTHERS = {
    "accounts/life.py": "status",  # of an account
    "decision/photo_links.py": "expires_at",  # of a link
    "notices/actions.py": "office_id",  # of a message, as the others of this room
    "notices/leases.py": "status",
    "notices/moving.py": "office_id",
    "notices/outbox.py": "status",
    "notices/undelivered.py": "office_id",
    "offices/moving.py": "office_id",  # of officers and their sessions
    "trail/alarm_watch.py": "office_id",  # of an alarm
}
ROWS = {
    "intake/actions.py": "inserted by add_under_new_code, which counts",
    "demo/life.py": "the same",
    "notices/catalogue.py": "never inserted",
    "notices/approving.py": "never inserted",
    "expiry/retention_acts.py": "deletes what was decided long ago: the count of those days stays",
}


def writes(source: str) -> Iterator[tuple[str, int]]:
    """Yield which counted column is written in which line, "a row" for a new declaration or one deleted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [one.attr for target in targets for one in ast.walk(target) if isinstance(one, ast.Attribute)]
            yield from ((name, node.lineno) for name in named if name in COUNTED)
        elif isinstance(node, ast.Call):
            yield from ((name, node.lineno) for name in _written_by(node))


def _written_by(call: ast.Call) -> Iterator[str]:
    name = _name(call.func)
    if name == "Declaration" or (name == "delete" and any(_name(one) == "Declaration" for one in _all(call.args))):
        yield "a row"
    is_door = name == "change" and isinstance(call.func, ast.Name)
    if name in WRITERS and not is_door:
        keys = [one.arg for one in call.keywords]
        keys += [one.value for one in _all(call.args) if isinstance(one, ast.Constant)]
        yield from (key for key in keys if key in COUNTED)
    if name == "setattr":
        yield from (one.value for one in call.args if isinstance(one, ast.Constant) and one.value in COUNTED)


def _all(nodes: list[ast.expr]) -> Iterator[ast.AST]:
    for node in nodes:
        yield from ast.walk(node)


def _name(called: ast.AST) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def test_nothing_that_is_counted_of_a_declaration_is_written_past_its_door():
    wrong = []
    for path in sorted(HOUSE.rglob("*.py")):
        place, source = path.relative_to(HOUSE).as_posix(), path.read_text("utf-8")
        if place == DOOR or "Declaration" not in source:
            continue
        for column, line in writes(source):
            if OF_OTHERS.get(place) != column and not (column == "a row" and place in ROWS):
                wrong.append(f"{place}:{line} {column}")
    assert wrong == []


def test_whoever_gives_a_declaration_to_another_office_writes_from_which_it_came():
    """By the trail's transfers the figures know where it was declared; a citizen's choice is counted by `redirect`."""
    givers = {}
    for path in sorted(HOUSE.rglob("*.py")):
        place, source = path.relative_to(HOUSE).as_posix(), path.read_text("utf-8")
        if place != DOOR and any(map(_gives, ast.walk(ast.parse(source)))):
            givers[place] = "TrailEvent.TRANSFER" in source and "from_office=" in source
    assert givers == {"decision/transfer.py": True, "offices/moving.py": True}


def _gives(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    is_change = _name(node.func) == "change" and any(one.arg == "office_id" for one in node.keywords)
    return is_change or _name(node.func) == "entrust"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("declaration.expires_at = None", ["expires_at"]),
        ("one.office_id, one.note = heir.id, ''", ["office_id"]),
        ("rows.change(session, declaration, presented_at=now)", ["presented_at"]),
        ("update(Declaration).values(escalated_at=None)", ["escalated_at"]),
        ("update(table_of(Declaration)).values({'office_id': 1})", ["office_id"]),
        ("setattr(declaration, 'supplement_at', now)", ["supplement_at"]),
        ("session.add(Declaration(**columns))", ["a row"]),
        ("delete(table_of(Declaration)).where(x)", ["a row"]),
        ("change(session, declaration, presented_at=now)", []),
        ("declaration.office_id == 3", []),
    ],
)
def test_every_way_to_write_it_is_seen(source: str, found: list[str]):
    assert [what for what, _ in writes(source)] == found


def test_a_savepoint_is_opened_by_the_one_that_takes_back_what_was_counted_in_it():
    opened = [
        path.relative_to(HOUSE).as_posix()
        for path in sorted(HOUSE.rglob("*.py"))
        if re.search(r"begin_nested\(|\bSAVEPOINT\b", path.read_text("utf-8"))
    ]
    assert opened == ["kernel/db.py"]
