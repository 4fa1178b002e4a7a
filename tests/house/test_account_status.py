"""One door for where an account stands: accounts.life moves it, accounts.actions opens it (design 4)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.config import ROOT

HOUSE = ROOT / "backoffice"
MOVES = {"accounts/life.py"}
OPENS = {"accounts/actions.py"}
OTHER_DOORS = {"rules/lifecycle.py", "notices/outbox.py"}
"""Of declarations and of notices; they hold no account in their hands."""
WRITERS = {"values", "change", "update"}
"""Calls that write the columns they name."""


def writes(source: str) -> Iterator[tuple[str, int]]:
    """Yield how a status is written and in which line: "moved" for a row that is there, "opened" for a new account."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Attribute)]
            if any(one.attr == "status" for one in named):
                yield "moved", node.lineno
        elif isinstance(node, ast.Call):
            named_status = any(one.arg == "status" for one in node.keywords)
            if named_status and _name(node.func) in WRITERS:
                yield "moved", node.lineno
            elif named_status and _name(node.func) == "Account":
                yield "opened", node.lineno
            elif _name(node.func) == "setattr" and any(
                isinstance(one, ast.Constant) and one.value == "status" for one in node.args
            ):
                yield "moved", node.lineno


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def knows_accounts(path: Path) -> bool:
    """Tell whether a module can have an account in its hands: it names the model, or the enum of its statuses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Name) and node.id in ("Account", "AccountStatus") for node in ast.walk(tree))


def test_no_other_place_writes_where_an_account_stands():
    wrong = []
    for path in sorted(HOUSE.rglob("*.py")):
        place = path.relative_to(HOUSE).as_posix()
        doors = {"moved": MOVES | OTHER_DOORS, "opened": OPENS}
        if knows_accounts(path):
            wrong += [f"{place}:{line}" for how, line in writes(path.read_text("utf-8")) if place not in doors[how]]
    assert wrong == []


def test_the_doors_are_where_it_is_written():
    """Else the test above would look past everything."""
    for place, how in ((one, how) for doors, how in ((MOVES, "moved"), (OPENS, "opened")) for one in doors):
        assert how in {found for found, _ in writes((HOUSE / place).read_text("utf-8"))}, place


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("account.status = AccountStatus.LOCKED", ["moved"]),
        ("account.status, account.closed_at = CLOSED, now", ["moved"]),
        ("rows.change(session, account, status=to)", ["moved"]),
        ("update(Account).where(Account.id == 1).values(status='locked')", ["moved"]),
        ("setattr(account, 'status', to)", ["moved"]),
        ("Account(bhxh_code=code, status=AccountStatus.ISSUED)", ["opened"]),
        ("account.status == AccountStatus.LOCKED", []),
        ("show(template, status=422)", []),
    ],
)
def test_every_way_to_write_a_status_is_seen(source: str, found: list[str]):
    assert [how for how, _ in writes(source)] == found
