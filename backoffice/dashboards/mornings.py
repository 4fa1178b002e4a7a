"""Noting how things stand when a day begins: what waits, what is due, lists in work; of each office with its branch.

A standing figure has no past: tomorrow nobody can tell how many waited today. So the folding job notes them right after
midnight, from the sums it has just made, and the dashboard compares a morning with that of a week ago. A morning that
passed without the job stays empty: what stands at noon is nothing to compare a morning with.
"""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import text

from backoffice.dashboards.folding import MOST, fold_some
from backoffice.dashboards.tallies import SOON
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import KeptData
from backoffice.models.batch import OPEN_STAGES
from backoffice.rules import figure_branches, retention
from backoffice.rules.figure_branches import ANCESTORS

OPENING = time(7)
"""Until then a morning may be noted: afterwards the desks are at work."""
_STAGES = ", ".join(f"'{stage.value}'" for stage in OPEN_STAGES)
_NOTED = text("""
    SELECT 1 FROM figure_mornings
    WHERE day = :today AND office_id = (SELECT id FROM offices WHERE parent_id IS NULL ORDER BY id LIMIT 1) LIMIT 1
""")
_NOTE = text(f"""
    INSERT INTO figure_mornings (office_id, day, figure, number)
    SELECT o.id, :today, k.figure, coalesce(sum(b.number), 0)
    FROM offices AS o
    CROSS JOIN (VALUES
        ('waiting', ARRAY['waiting'], '9999-12-31'::date),
        ('presented', ARRAY['presented'], '9999-12-31'),
        ('supplement', ARRAY['supplement'], '9999-12-31'),
        ('escalated', ARRAY['escalated'], '9999-12-31'),
        ('due_today', ARRAY['waiting', 'supplement'], :today),
        ('due_in_3_days', ARRAY['waiting', 'supplement'], :soon)
    ) AS k (figure, sums, until)
    LEFT JOIN figure_branches AS b
        ON b.office_id = o.id AND b.day BETWEEN :today AND k.until AND b.figure = ANY (k.sums)
    GROUP BY o.id, k.figure
    UNION ALL
    SELECT all_of.id, :today, 'lists', coalesce(l.number, 0)
    FROM offices AS all_of
    LEFT JOIN (
        SELECT a.id, count(*) AS number
        FROM batches JOIN offices AS o ON o.id = batches.office_id {ANCESTORS}
        WHERE batches.stage IN ({_STAGES}) GROUP BY a.id
    ) AS l ON l.id = all_of.id
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - nothing of it comes from outside
_TIDY = text("DELETE FROM figure_mornings WHERE day <= :last")


def note() -> bool:
    """Note how things stand this morning, once; drop what has had its time. Tell whether it was noted now.

    Nothing is noted after OPENING, nor while more steps wait than one transaction adds up: the next minute is soon.
    """
    with clock.held(), transaction() as session:
        today = clock.today()
        if clock.local(clock.now()).time() >= OPENING or session.execute(_NOTED, {"today": today}).first():
            return False
        if not figure_branches.held(session) or fold_some(session, MOST) >= MOST:
            return False
        session.execute(_NOTE, {"today": today, "soon": today + SOON})
        session.execute(_TIDY, {"last": _last()})
    return True


def _last() -> date:
    """Return the last day that has had its time."""
    return clock.local(retention.cutoff(KeptData.MORNINGS)).date()
