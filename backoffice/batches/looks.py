"""Writing down whose rows of a list were shown.

What the alarm of many lookups makes of it (trail.unusual): a grid that shows what the list itself says is no search, so
it counts for nobody; a row whose fault tells what was declared otherwise does (`told`), towards the bound of lists, for
else a file of guessed codes would read out names and phones unseen. A person whose photos are opened beside a row
(a review with `batch`) counts towards a bound of its own, wide enough to step through a school. Whoever is approved
that day was looked at for a reason, as everywhere. Out of hours each of them is unusual.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from backoffice.batches.faults import TELLING
from backoffice.batches.lines import Line
from backoffice.desk.looks import REMEMBERED, has_reviewed
from backoffice.kernel import clock
from backoffice.models import Batch, Declaration, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, record_each


def note_rows(session: Session, actor: Actor, batch: Batch, shown: Collection[Line]) -> None:
    """Write down that these rows were shown: one row of the trail for the list, one for each declaration."""
    record(session, TrailEvent.BATCH_SEE, actor, batch=batch.id, count=len(shown))
    told: dict[int, Declaration] = {}
    others: dict[int, Declaration] = {}
    for row, declaration in shown:
        if declaration is not None:
            those = told if any(one["code"] in TELLING for one in row.faults) else others
            those[declaration.id] = declaration
    if told:
        record_each(session, TrailEvent.BATCH_SEE, actor, told.values(), batch=batch.id, told=True)
    if others:
        record_each(session, TrailEvent.BATCH_SEE, actor, others.values(), batch=batch.id)


def note_photos(session: Session, actor: Actor, batch: Batch, declaration: Declaration) -> None:
    """Write down that the photos of a declaration are opened beside its row, once in 12 hours: the desk's own look."""
    if not has_reviewed(session, declaration, actor, clock.now() - REMEMBERED):
        record(session, TrailEvent.REVIEW, actor, declaration=declaration, batch=batch.id)
        session.flush()
