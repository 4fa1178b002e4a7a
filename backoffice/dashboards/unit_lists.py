"""Lists of units in work, as a line each: who sent which file and how far it is. Nothing in it names a citizen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.dashboards.numbers import in_words
from backoffice.desk.labels import BATCH_STAGES, short_moment
from backoffice.kernel.direct import Direct
from backoffice.models import Batch, BatchStage, Office, Unit


class _Line(NamedTuple):
    id: int
    token: str
    file_name: str
    stage: BatchStage
    rows: int
    faults: int
    created_at: datetime
    unit_code: str | None
    unit_name: str | None
    office_code: str
    office_name: str


_LINES = Direct(
    select(Batch.id, Batch.token, Batch.file_name, Batch.stage, Batch.rows, Batch.faults, Batch.created_at)
    .add_columns(Unit.code, Unit.name, Office.code, Office.name)
    .join(Office, Office.id == Batch.office_id)
    .outerjoin(Unit, Unit.id == Batch.unit_id)
    .where(Batch.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
)


def lines(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what templates/dashboards/list.html shows of these lists, in their order."""
    found = {row[0]: _Line(*row) for row in _LINES.rows(session, {"ids": list(ids)})} if ids else {}
    return [_shown(found[one]) for one in ids if one in found]


def _shown(line: _Line) -> dict[str, Any]:
    state, tone = BATCH_STAGES[line.stage]
    return {
        "href": f"/batches/{line.token}",
        "file": line.file_name,
        "unit": f"{line.unit_code} {line.unit_name}" if line.unit_code else "Chưa ghi đơn vị",
        "at": short_moment(line.created_at),
        "state": state,
        "tone": tone,
        "rows": in_words(line.rows),
        "faults": in_words(line.faults),
        "office": f"{line.office_code} {line.office_name}",
    }
