"""What a check found and somebody looked into: said by a seal, which nobody makes without TRAIL_KEY.

The trail stays broken and every check goes on naming it; but what is found anew stands out, and the retention goes on.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import SealKind, TrailCheck
from backoffice.trail import chain, rounds
from backoffice.trail.calendar import this_month
from backoffice.trail.findings import unlike
from backoffice.trail.rows import Where
from backoffice.trail.sealing import ONE_SEALER, Head, append, head_of, taken, tell

LONGEST_NOTE = 1000
_NO_CHECK = (
    "Không có lần kiểm tra số {number} đã xong. Xin xem số ở trang “Nhật ký truy cập” hoặc trong nhật ký hệ thống."
)
_NOT_LAST = "Lần kiểm tra số {number} không phải lần cuối (số {last}). Chưa ghi gì; xin xem kết quả của lần cuối."
_CLEAN = "Lần kiểm tra số {number} không tìm thấy gì sai, nên không có gì để ghi nhận."
_NO_NOTE = "Xin ghi đã tìm hiểu thế nào, ai quyết định, không ghi dữ liệu cá nhân."
_BUSY = "Nhật ký đang được niêm phong. Chưa ghi gì; xin làm lại sau ít giây."


def acknowledge(check_id: int, note: str) -> Head:
    """Write into the chain that what the check `check_id` found was looked into, and return the new head.

    `note` says how, without personal data: it stays for good. Raises InvalidInput (note), NotFound, Conflict (not_last,
    nothing_found, busy).
    """
    said = visible(note)[:LONGEST_NOTE]
    if not said:
        raise InvalidInput([Fault("note", _NO_NOTE)], _NO_NOTE)
    with transaction() as session:
        row = _last(session, check_id)
        if not taken(session, ONE_SEALER):
            raise Conflict(_BUSY, code="busy")
        head = head_of(session)
        head = append(session, head, [_link(row, said, head.to_id)])
        row.acknowledged_at = clock.now()
    tell(head, 0)
    return head


def is_known(where: Where, check: TrailCheck) -> bool:
    """Tell whether all that the check found stands in the last acknowledgement."""
    known = chain.keys(config.current().trail_key)
    for link, digest in rounds.newest(where, SealKind.ACKNOWLEDGED):
        if chain.fits(known, link, digest):
            return not unlike(check.progress.get("tally", {"": (1, 0)}), json.loads(link.row_marks)["tally"])
    return False


def _last(session: Session, check_id: int) -> TrailCheck:
    ended = select(TrailCheck).where(TrailCheck.finished_at.is_not(None))
    last = session.scalars(ended.order_by(TrailCheck.finished_at.desc(), TrailCheck.id.desc()).limit(1)).first()
    found = session.scalars(ended.where(TrailCheck.id == check_id)).one_or_none() if 0 < check_id < 2**63 else None
    if found is None or last is None:
        raise NotFound(_NO_CHECK.format(number=check_id))
    if found.id != last.id:
        raise Conflict(_NOT_LAST.format(number=check_id, last=last.id), code="not_last")
    if found.ok:
        raise Conflict(_CLEAN.format(number=check_id), code="nothing_found")
    return found


def _link(row: TrailCheck, note: str, to_id: int) -> chain.Link:
    said: dict[str, Any] = {"check": row.id, "note": note, "tally": row.progress["tally"]}
    return chain.Link(
        id=0, kind=SealKind.ACKNOWLEDGED, month=this_month(), from_id=to_id, to_id=to_id, count=row.findings,
        row_marks=json.dumps(said, sort_keys=True).encode(), marked_at=None, key_id="", previous=b"",
        sealed_at=clock.now(),
    )  # fmt: skip
