"""How many declarations one phone may be named in on the public form: each sends it a message (D10).

Counted in the declarations themselves, of one phone one after the other: so parallel sendings cannot pass together, and
what was refused, or pressed twice, counts for nothing.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.kernel import clock
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Channel, Declaration, DeclarationVersion

SPAN = timedelta(days=1)
MOST = 6
MOST_CORRECTIONS = 10
"""Of one declaration: each may send another phone a message."""
_FOR_PHONE = (
    "Số điện thoại này đã được dùng gửi nhiều tờ khai trong hôm nay. Nội dung đã điền vẫn còn; xin đợi {wait}, hoặc "
    "đến cơ quan BHXH gần nhất."
)
_CORRECTIONS = (
    "Tờ khai này đã được sửa nhiều lần trong hôm nay. Nội dung đang sửa vẫn còn, bản đã gửi vẫn như trước; xin đợi "
    "{wait} rồi bấm Gửi lại, hoặc nói với cán bộ khi đến nộp."
)


def hold(session: Session, phone: str) -> None:
    """Keep others from declaring `phone` (normal form) on the public form until the transaction ends.

    Raises TooManyRequests when so many have in the last day.
    """
    key = int.from_bytes(lookup_hash("declared phone", phone)[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(key)))
    mine = Declaration.phone == phone, Declaration.channel == Channel.PORTAL
    _require_fewer(session, select(Declaration.declared_at).where(*mine), Declaration.declared_at, MOST, _FOR_PHONE)


def hold_corrections(session: Session, declaration_id: int) -> None:
    """Raise TooManyRequests when the declaration, locked by the caller, was corrected so often in the last day."""
    at, of_it = DeclarationVersion.replaced_at, DeclarationVersion.declaration_id == declaration_id
    _require_fewer(session, select(at).where(of_it), at, MOST_CORRECTIONS, _CORRECTIONS)


def _require_fewer(
    session: Session,
    query: Select[datetime],
    at: InstrumentedAttribute[datetime],
    most: int,
    sentence: str,
) -> None:
    now = clock.now()
    times = session.scalars(query.where(at > now - SPAN).order_by(at.desc()).limit(max(most, 1))).all()
    if len(times) < most:
        return
    left = max(1, math.ceil(((times[-1] if times else now) + SPAN - now).total_seconds()))
    raise TooManyRequests(sentence.format(wait=_in_words(left)), retry_after=left)


def _in_words(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes} phút" if minutes < 120 else f"{math.ceil(minutes / 60)} giờ"
