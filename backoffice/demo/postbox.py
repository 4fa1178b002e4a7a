"""How the demo's messages of the past fared: as the sandbox would have let them; none is sent now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Notice, NoticeChannel, NoticeStatus
from backoffice.notices import outbox

ON_THE_WAY = timedelta(seconds=4)


def let_arrive(session: Session, declaration_id: int) -> None:
    """Let every message about the declaration that waits have gone out, and arrived if it could (K5, K2, K3)."""
    waiting = (Notice.declaration_id == declaration_id) & (Notice.status == NoticeStatus.QUEUED)
    for notice in session.scalars(select(Notice).where(waiting).order_by(Notice.id)).all():
        notice.tries = 1
        to, failure = _fate(notice)
        with clock.at(clock.now() + ON_THE_WAY):
            outbox.settle(session, notice, NoticeStatus.SENDING)
            outbox.settle(session, notice, to, failure=failure, gateway_id=f"sandbox-{notice.id}-1")
            notice.gateway = "sandbox" if notice.channel is NoticeChannel.SMS else "sandbox-mail"


def _fate(notice: Notice) -> tuple[NoticeStatus, str | None]:
    """Return how the sandbox treats the recipient (the contract: 0001 fails for good, 0003 never has a receipt)."""
    if notice.channel is NoticeChannel.SMS and notice.recipient.endswith("0001"):
        return NoticeStatus.FAILED, "Nhà mạng báo thuê bao không tồn tại. Xin kiểm tra lại số điện thoại với công dân."
    if notice.channel is NoticeChannel.SMS and notice.recipient.endswith("0003"):
        return NoticeStatus.SENT, None
    return NoticeStatus.DELIVERED, None
