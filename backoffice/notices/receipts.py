"""Receipts: what networks report of messages later (issue 5 item 3): late, twice, before their time, or made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import any_, delete, exists, literal_column, select
from sqlalchemy.orm import Session

from backoffice.gateways.delivery import Receipt, spellings
from backoffice.gateways.sms import marks, wording
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import GatewayMinute, Notice, NoticeStatus, StrayReceipt, columns_of
from backoffice.notices.outbox import settle

log = structlog.get_logger()

SILENCE = timedelta(hours=72)
"""After so long without a receipt nobody knows whether the message arrived; strays are kept as long."""
JUST_NOW = timedelta(minutes=5)
"""A receipt that was quicker than our record of its message is found within this; the sweep looks further back."""
MINUTES_KEPT = timedelta(days=7)
_ARRIVED, _NOT_ARRIVED, _REJECTED = 1, 2, 16
"""Kannel's types of receipt that are an end; 4 and 8 only say that it is under way."""
_UNDER_WAY = (NoticeStatus.SENT, NoticeStatus.UNKNOWN)


def report(gateway: str, mark: str, status: int) -> None:
    """Take what `gateway` reports by HTTP of the try that `mark` names: `status` as Kannel numbers it.

    Raises NotFound for a mark that we did not make; a message that exists no more is passed over.
    """
    named = marks.read_mark(gateway, mark)
    if named is None:
        log.warning("forged receipt", gateway_known=False)
        raise NotFound("Không có tin nào mang dấu này.")
    if status not in (_ARRIVED, _NOT_ARRIVED, _REJECTED):
        return
    notice_id, attempt = named
    with transaction() as session:
        notice = session.get(Notice, notice_id, with_for_update=True)
        if notice is not None:
            notice.gateway = notice.gateway or gateway
            reason = wording.of_state("REJECTD" if status == _REJECTED else "UNDELIV")
            _apply(session, notice, status == _ARRIVED, reason, is_of_this_try=notice.tries == attempt)


def take(gateway: str, receipts: Sequence[Receipt]) -> None:
    """Take receipts that came over the session with `gateway`; those of no message yet are kept (`match_strays`)."""
    with transaction() as session:
        strays = [stray for receipt in receipts if not _match(session, stray := _as_stray(gateway, receipt))]
        session.add_all(strays)
    if strays:
        match_strays()  # their messages may have been recorded while they were being kept


def match_strays(since: timedelta = JUST_NOW, limit: int = 1000) -> int:
    """Match receipts of the last while that came before their message was recorded; return how many were."""
    known = exists().where(
        columns_of(Notice).gateway == StrayReceipt.gateway,
        columns_of(Notice).gateway_id == any_(StrayReceipt.gateway_ids),
    )
    matched = 0
    with transaction() as session:
        strays = session.scalars(
            select(StrayReceipt)
            .where(StrayReceipt.at > clock.now() - since, known)
            .order_by(StrayReceipt.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for stray in strays:
            if _match(session, stray):
                session.delete(stray)
                matched += 1
    return matched


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


def _match(session: Session, receipt: StrayReceipt) -> bool:
    """Apply a receipt to the message it speaks of; tell whether there is one."""
    found = session.scalars(
        select(Notice)
        .where(Notice.gateway_id.in_(receipt.gateway_ids), Notice.gateway == receipt.gateway)
        .order_by(Notice.id.desc())
        .limit(10)
        .with_for_update()
    ).all()
    for spelling in receipt.gateway_ids:
        for notice in found:
            if notice.gateway_id == spelling and _is_of(notice, spelling, receipt):
                _apply(session, notice, receipt.arrived, receipt.reason, is_of_this_try=True)
                return True
    return False


def _is_of(notice: Notice, spelling: str, receipt: StrayReceipt) -> bool:
    """Tell whether the number fits; an id in another spelling is believed only with the number."""
    if receipt.phone_hash is None:
        return spelling == receipt.gateway_ids[0]
    return lookup_hash("phone", notice.recipient) == receipt.phone_hash


def _apply(session: Session, notice: Notice, arrived: bool, reason: str, *, is_of_this_try: bool) -> None:
    """Move the message (locked) to where the receipt says it is; said twice, or too late, it changes nothing."""
    if arrived:
        if notice.status not in (NoticeStatus.DELIVERED, NoticeStatus.CANCELLED):
            settle(session, notice, NoticeStatus.DELIVERED)
        return
    may_fail = notice.status in _UNDER_WAY or (is_of_this_try and notice.status is NoticeStatus.SENDING)
    if may_fail and is_of_this_try:
        settle(session, notice, NoticeStatus.FAILED, failure=reason)
