"""Adding up: steps of figures become part of the sums, in one transaction each; readers see one or the other."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from backoffice.kernel.db import transaction
from backoffice.rules import figure_branches
from backoffice.rules.figure_branches import ANCESTORS

MOST = 20_000
"""Steps a transaction."""
ROUNDS = 20
"""Transactions a call: a job stays well below its time."""

# Up to an id and not a list of ids: of a table that is now empty and now full the planner knows nothing, and would
# look through all of it for each of the list.
_FOLD = text(f"""
    WITH gone AS (
        DELETE FROM figure_deltas
        WHERE id <= (SELECT max(id) FROM (SELECT id FROM figure_deltas ORDER BY id LIMIT :most) AS first)
        RETURNING office_id, day, figure, key, officer_id, number, seconds
    ), days AS (
        INSERT INTO figure_days AS d (office_id, day, figure, key, officer_id, number, seconds)
        SELECT office_id, day, figure, key, officer_id, sum(number), sum(seconds) FROM gone
        GROUP BY office_id, day, figure, key, officer_id
        HAVING sum(number) <> 0 OR sum(seconds) <> 0
        ON CONFLICT (office_id, day, figure, key, officer_id)
        DO UPDATE SET number = d.number + excluded.number, seconds = d.seconds + excluded.seconds
    ), branches AS (
        INSERT INTO figure_branches AS b (office_id, day, figure, key, number, seconds)
        SELECT a.id, g.day, g.figure, g.key, sum(g.number), sum(g.seconds)
        FROM (
            SELECT office_id, day, figure, key, sum(number) AS number, sum(seconds) AS seconds FROM gone
            GROUP BY office_id, day, figure, key
        ) AS g
        JOIN offices AS o ON o.id = g.office_id
        {ANCESTORS}
        GROUP BY a.id, g.day, g.figure, g.key
        HAVING sum(g.number) <> 0 OR sum(g.seconds) <> 0
        ON CONFLICT (office_id, day, figure, key)
        DO UPDATE SET number = b.number + excluded.number, seconds = b.seconds + excluded.seconds
    )
    SELECT count(*) FROM gone
""")  # noqa: S608 - nothing of it comes from outside
_NOTHING = [
    text(f"DELETE FROM {table} WHERE number = 0 AND seconds = 0")  # noqa: S608
    for table in ("figure_days", "figure_branches")
]
"""Sums that came to nothing: else each day's deadlines would leave rows for ever."""


def fold(most: int = MOST) -> int:
    """Add up what there is, `most` steps a transaction; return how many steps there were.

    Of several at once one works, the others return 0. Killed in the midst it has done a part of it and broken nothing.
    """
    total = 0
    for _ in range(ROUNDS):
        with transaction() as session:
            done = fold_some(session, most) if figure_branches.held(session) else 0
        total += done
        if done < most:
            break
    return total


def fold_some(session: Session, most: int) -> int:
    """Add up at most so many steps; the caller holds the lock of the sums. Return how many there were."""
    done: int = session.execute(_FOLD, {"most": most}).scalar_one()
    if done:
        for nothing in _NOTHING:
            session.execute(nothing)
    return done
