"""Asking PERMITS whether somebody may do something: the slowest of every act, role and thing."""

from __future__ import annotations

import time
from contextlib import suppress
from statistics import median

from backoffice.kernel.errors import DomainError
from backoffice.models import ActorKind, Office, Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from tests.bench.measure import Row, no_more_than
from tests.bench.sets import Bench

MOST = 20.0
CALLS, TIMES = 200, 9


class _Thing:
    office_id = 2
    office = Office(code="00114", path="000.001.00114.")


def measure(_bench: Bench) -> list[Row]:
    """Return the row."""
    taken = {(do, role): _microseconds(do, role) for do in Do for role in Role}
    do, role = max(taken, key=lambda asked: taken[asked])
    slowest = taken[do, role]
    ours = f"{slowest:.1f} µs ({do.value}, {role.value}), median {median(taken.values()):.1f} µs"
    return [no_more_than("PERMITS check", ours, slowest, MOST, "µs")]


def _microseconds(do: Do, role: Role) -> float:
    """Return what one check takes as the actions ask it, a refusal too: the median of some series of calls."""
    actor = Actor(ActorKind.OFFICER, 1, role=role, office_id=1, office_path="000.001.")
    series = []
    for _ in range(TIMES):
        start = time.perf_counter()
        for _ in range(CALLS):
            with suppress(DomainError):
                require(actor, do, _Thing)
        series.append((time.perf_counter() - start) / CALLS * 1e6)
    return median(series)
