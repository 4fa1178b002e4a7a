"""A list in review as a workbook, for the unit to see what is wrong with which row: text cells alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy.orm import Session

from backoffice.batches import lines, queries
from backoffice.batches.columns import columns_of
from backoffice.batches.faults import sentence
from backoffice.batches.grid import SAMPLE, known
from backoffice.batches.view import state_words
from backoffice.gateways.sheets import Column
from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Batch, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, record_each
from backoffice.rules.permissions import Do

_UNTOLD = dict.fromkeys(("full_name", "date_of_birth", "phone"), "[không ghi ra tệp]")
"""In place of what was declared: the file leaves the house, and the unit knows what it wrote itself."""
_FIRST = Column("number", "Dòng", width=8)
_LAST = (
    Column("state", "Tình trạng", width=18),
    Column("faults", "Cần xem lại", width=70),
)


class Export(NamedTuple):
    """The workbook and its file's name, ASCII."""

    name: str
    data: bytes


def export(actor: Actor, token: str, which: str) -> Export:
    """Return the rows of `which` ("", a state, a fault) with what is wrong; written down for each declaration shown.

    Raises Forbidden, NotFound.
    """
    which = known(which) if which != SAMPLE else ""
    with transaction() as session:
        batch = queries.find(session, actor, Do.SEE_BATCH, token)
        record(session, TrailEvent.BATCH_EXPORT, actor, batch=batch.id)
        if those := lines.declared_in(session, batch, which):
            record_each(session, TrailEvent.BATCH_EXPORT, actor, those, batch=batch.id)
        made = write_table("Rà soát", (_FIRST, *columns_of(batch.kind), *_LAST), _rows(session, batch, which))
    return Export(f"ra-soat-{clock.today():%Y%m%d}.xlsx", made)


def _rows(session: Session, batch: Batch, which: str) -> Iterator[dict[str, str]]:
    for row in lines.every_row(session, batch, which):
        told = list(dict.fromkeys(sentence(one, _UNTOLD) for one in row.faults))
        yield {
            **row.values,
            "number": str(row.number),
            "state": state_words(row.state, batch.kind)[0],
            "faults": "\n".join([*([row.reason] if row.reason else []), *told]),
        }
