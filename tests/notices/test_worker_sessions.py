"""A real worker with a real message centre: one session for all it sends, receipts taken while it rests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backoffice.config import Settings
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import outbox
from tests.embedded.helpers import eventually
from tests.notices.gateways import notices
from tests.peers.fixtures import StartPeer, smpp_peer
from tests.processes import working

__all__ = ["smpp_peer"]
pytestmark = pytest.mark.usefixtures("database")


def post(lane: str) -> None:
    with transaction() as session:
        outbox.post(session, NoticeKind.REJECTED, NoticeChannel.SMS, "0981234567", lane=lane, body="BHXH: thu")


def delivered() -> int:
    return [notice.status for notice in notices()].count(NoticeStatus.DELIVERED)


def test_a_worker_binds_once_and_sends_all_lanes_over_that_session(settings: Settings, smpp_peer: StartPeer) -> None:
    peer = smpp_peer(ids="hex", receipt_ids="decimal")
    theirs = replace(settings, sms_url=f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=smsc")
    with working(theirs):
        peer.wait("bind")  # before the first message: receipts of yesterday may wait there
        for number, lane in enumerate((queue.COUNTER, queue.DEFAULT, queue.COUNTER), 1):
            post(lane)
            eventually(lambda number=number: delivered() == number, f"receipt {number}")  # type: ignore[misc]
    assert peer.count("bind") == 1
    assert {(notice.gateway, notice.tries) for notice in notices()} == {("smsc", 1)}
    peer.wait("unbind")
