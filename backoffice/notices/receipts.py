"""Receipts: what networks report of messages later (issue 5 item 3): late, twice, before their time, or made up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import any_, bindparam, delete, exists, literal_column, select
from sqlalchemy.orm import Session

from backoffice.gateways.delivery import Receipt, spellings
from backoffice.gateways.sms import marks, wording
from backoffice.kernel import clock
from backoffice.kernel.db import reading, transaction
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import NotFound, Unavailable
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import GatewayMinute, Notice, NoticeStatus, StrayReceipt, columns_of
from backoffice.notices.outbox import settle

log = structlog.get_logger()

SILENCE = timedelta(hours=72)
"""After so long without a receipt nobody knows whether the message arrived; strays are kept as long."""
JUST_NOW = timedelta(minutes=5)
"""A receipt that was quicker than our record of its message is found within this; the sweep looks further back."""
LOOKS, BETWEEN_LOOKS = 4, 0.3
"""So often, and after so many seconds, a message that is being recorded is looked at again."""
MINUTES_KEPT = timedelta(days=7)
_ARRIVED, _NOT_ARRIVED, _REJECTED = 1, 2, 16
"""Kannel's types of receipt that are an end; 4 and 8 only say that it is under way."""
_R = columns_of(StrayReceipt)
_STRAY = Direct(select(_R.id).where(_R.at > bindparam("after", type_=_R.at.type)).limit(1))
_UNDER_WAY = (NoticeStatus.SENT, NoticeStatus.UNKNOWN)


def report(gateway: str, mark: str, status: int, *, pause: float = BETWEEN_LOOKS) -> None:
    """Take what `gateway` reports by HTTP of the try that `mark` names: `status` as Kannel numbers it.

    Raises NotFound for a mark that we did not make, Unavailable when the message is still being handed over (a
    gateway asks again); a message that exists no more is passed over.
    """
    named = marks.read_mark(gateway, mark)
    if named is None:
        log.warning("forged receipt", gateway_known=False)
        raise NotFound("Không có tin nào mang dấu này.")
    if status not in (_ARRIVED, _NOT_ARRIVED, _REJECTED):
        return
    notice_id, attempt = named
    for _ in range(LOOKS):
        if _reported(gateway, notice_id, attempt, status):
            return
        time.sleep(pause)
    raise Unavailable("Tin này đang được gửi. Xin báo lại sau ít phút.")


def _reported(gateway: str, notice_id: int, attempt: int, status: int) -> bool:
    """Apply it; False for the failure of a message that is being handed over this moment: to whom, is not known."""
    with transaction() as session:
        notice = session.get(Notice, notice_id, with_for_update=True)
        if notice is None:
            return True
        if status == _ARRIVED:
            notice.gateway = gateway
            _arrived(session, notice)
            return True
        if notice.tries == attempt and notice.status is NoticeStatus.SENDING:
            return False
        if notice.tries == attempt and notice.gateway == gateway:
            _failed(session, notice, wording.of_state("REJECTD" if status == _REJECTED else "UNDELIV"))
        return True


def take(gateway: str, receipts: Sequence[Receipt]) -> None:
    """Take receipts that came over the session with `gateway`; those of no message yet are kept (`match_strays`)."""
    with transaction() as session:
        strays = _matched(session, [_as_stray(gateway, receipt) for receipt in receipts])
        session.add_all(strays)
    if strays:
        match_strays()  # their messages may have been recorded while they were being kept


def match_strays(since: timedelta = JUST_NOW, limit: int = 1000) -> int:
    """Match receipts of the last while that came before their message was recorded; return how many were."""
    after = clock.now() - since
    if not _are_strays(after):
        return 0
    known = exists().where(
        columns_of(Notice).gateway == StrayReceipt.gateway,
        columns_of(Notice).gateway_id == any_(StrayReceipt.gateway_ids),
    )
    with transaction() as session:
        strays = session.scalars(
            select(StrayReceipt)
            .where(StrayReceipt.at > after, known)
            .order_by(StrayReceipt.id.desc())
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        left = set(_matched(session, strays))
        for stray in strays:
            if stray not in left:
                session.delete(stray)
        return len(strays) - len(left)


def _are_strays(after: datetime) -> bool:
    """Tell whether any receipt of that time is kept at all: mostly none is, and each slice of sending asks."""
    with reading() as connection:
        return _STRAY.first(connection, {"after": after}) is not None


def presume_unknown(limit: int = 500) -> int:
    """Say of SMS without a receipt for 72 hours that it is not known whether they arrived; return how many."""
    presumed = 0
    while True:
        with transaction() as session:
            silent = session.scalars(
                select(Notice)
                .where(literal_column("status = 'sent' AND channel = 'sms'"), Notice.sent_at < clock.now() - SILENCE)
                .order_by(Notice.sent_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            for notice in silent:
                settle(session, notice, NoticeStatus.UNKNOWN, failure=wording.SILENT)
        presumed += len(silent)
        if len(silent) < limit:
            return presumed


def drop_old() -> None:
    """Forget receipts that found no message, and what gateways did last week."""
    now = clock.now()
    with transaction() as session:
        session.execute(delete(StrayReceipt).where(StrayReceipt.at < now - SILENCE))
        session.execute(delete(GatewayMinute).where(GatewayMinute.minute < now - MINUTES_KEPT))


def _as_stray(gateway: str, receipt: Receipt) -> StrayReceipt:
    return StrayReceipt(
        gateway=gateway,
        gateway_ids=spellings(receipt.gateway_id),
        phone_hash=lookup_hash("phone", receipt.phone) if receipt.phone else None,
        arrived=receipt.arrived,
        reason=receipt.reason_vi,
        at=clock.now(),
    )


def _matched(session: Session, receipts: Sequence[StrayReceipt]) -> list[StrayReceipt]:
    """Apply receipts to the messages they speak of, those in one order for everybody; return those of none."""
    found = [(receipt, _notice_of(session, receipt)) for receipt in receipts]
    for receipt, notice_id in sorted(found, key=lambda pair: pair[1] or 0):
        if notice_id is not None:
            notice = session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
            if notice is not None and receipt.arrived:
                _arrived(session, notice)
            elif notice is not None:
                _failed(session, notice, receipt.reason)
    return [receipt for receipt, notice_id in found if notice_id is None]


def _notice_of(session: Session, receipt: StrayReceipt) -> int | None:
    """Return the id of the message a receipt speaks of, None when there is none."""
    known = columns_of(Notice)
    found = session.execute(
        select(known.id, known.gateway_id, known.recipient)
        .where(known.gateway_id.in_(receipt.gateway_ids), known.gateway == receipt.gateway)
        .order_by(known.id.desc())
        .limit(10)
    ).all()
    for spelling in receipt.gateway_ids:
        for notice_id, gateway_id, recipient in found:
            if gateway_id == spelling and _is_of(recipient, spelling, receipt):
                return int(notice_id)
    return None


def _is_of(recipient: str, spelling: str, receipt: StrayReceipt) -> bool:
    """Tell whether the number fits; an id in another spelling is believed only with the number."""
    if receipt.phone_hash is None:
        return spelling == receipt.gateway_ids[0]
    return lookup_hash("phone", recipient) == receipt.phone_hash


def _arrived(session: Session, notice: Notice) -> None:
    """Let the message (locked) have arrived; said twice it changes nothing."""
    if notice.status not in (NoticeStatus.DELIVERED, NoticeStatus.CANCELLED):
        settle(session, notice, NoticeStatus.DELIVERED)


def _failed(session: Session, notice: Notice, reason: str) -> None:
    """Let the message (locked) not have arrived, unless it has, or is tried again."""
    if notice.status in _UNDER_WAY:
        settle(session, notice, NoticeStatus.FAILED, failure=reason)
