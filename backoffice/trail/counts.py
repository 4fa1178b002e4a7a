"""Counts of the trail as a page shows them: by who acted, or by days."""

from __future__ import annotations

from typing import Any

from backoffice.kernel import clock
from backoffice.trail.lines import Names
from backoffice.trail.queries import ActorCount, DayCount
from backoffice.trail.words import ACTORS

Values = dict[str, Any]


def people_of(rows: list[ActorCount], names: Names) -> list[Values]:
    """Return who did or saw how much: who, username, kind, office, number, looks, decisions, last."""
    names.learn(rows)
    found = []
    for row in rows:
        who, username = names.who(row.actor_kind, row.actor_id)
        found.append(
            {
                "who": who,
                "username": username,
                "kind": ACTORS[row.actor_kind],
                "office": names.office(row.office_id),
                "number": row.number,
                "looks": row.looks,
                "decisions": row.decisions,
                "last": f"{clock.local(row.last):%H:%M %d/%m/%Y}",
            }
        )
    return found


def days_of(rows: list[DayCount]) -> list[Values]:
    """Return what was done by days: day, number, people, decisions, hours."""
    return [
        {
            "day": f"{row.day[8:]}/{row.day[5:7]}/{row.day[:4]}",
            "number": row.number,
            "people": row.people,
            "decisions": row.decisions,
            "hours": f"{clock.local(row.first):%H:%M} – {clock.local(row.last):%H:%M}",
        }
        for row in rows
    ]
