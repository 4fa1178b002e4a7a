"""Plans of recorded statements, and what in them reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from tests.bench.recording import Step

BIG = frozenset(
    ("declarations", "accounts", "account_holds", "credential_issues", "notices", "trail", "photos", "tombstones",
     "verifications", "desk_scans", "figure_days", "figure_branches")
)  # fmt: skip
"""Tables that grow with the country. Not among them: claims, sessions, offices, officers."""
EMPTY_COST = 20
"""What reading a month at most costs that has no rows yet: to look into its index would cost as much."""


def plan_of(connection: psycopg.Connection, step: Step) -> dict[str, Any]:
    """Return the plan PostgreSQL makes for the statement with its parameters; nothing is run."""
    parameters = step.parameters[0] if step.many else step.parameters
    found = connection.execute("EXPLAIN (FORMAT JSON) " + step.sql, parameters).fetchone()
    plan: dict[str, Any] = found[0][0]["Plan"] if found else {}
    return plan


def read_whole(plan: dict[str, Any]) -> list[str]:
    """Return the big tables that the plan reads from end to end; of the trail's months those that have rows."""
    return sorted({_table(node) for node in _nodes(plan) if node["Node Type"] == "Seq Scan"} & BIG)


def _table(node: dict[str, Any]) -> str:
    name: str = node["Relation Name"]
    is_month = name.startswith("trail_") and name not in ("trail_seals", "trail_checks", "trail_alarms")
    return "trail" if is_month and node["Total Cost"] > EMPTY_COST else name


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
