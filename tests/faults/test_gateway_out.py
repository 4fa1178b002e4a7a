"""A gateway that is out for hours: nothing is lost, the second one helps at once, and what fails is seen (item 2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Notice, NoticeStatus
from backoffice.notices import jobs
from tests.faults.desk import Desk
from tests.peers.fixtures import StartPeer

NOTICES, FEW = 200, 40
OUT = timedelta(hours=4)


def test_out_for_four_hours_everything_arrives_when_it_is_back(desk: Desk, http_peer: StartPeer) -> None:
    peer = http_peer(receipts="none")
    peer.tell(act="stop")
    desk.use(peer)
    desk.decide(NOTICES)
    live(desk, OUT)
    assert desk.unfinished() == NOTICES
    peer.tell(act="listen")
    live(desk, timedelta(minutes=30))
    assert desk.check(peer, kills=0) == 0


def test_out_for_longer_than_it_is_tried_every_message_has_failed_where_an_officer_sees_it(
    desk: Desk, http_peer: StartPeer
) -> None:
    peer = http_peer(receipts="none")
    peer.tell(act="stop")
    desk.use(peer)
    desk.decide(FEW)
    live(desk, OUT + timedelta(hours=1))
    still_tried = {notice.lane for notice in desk.notices() if notice.status is not NoticeStatus.FAILED}
    assert still_tried == {queue.BULK}, "those that spare the night are tried a night longer"
    live(desk, timedelta(days=1))
    assert {notice.status for notice in desk.notices()} == {NoticeStatus.FAILED}
    desk.check(peer, kills=0, undelivered=True)


@pytest.mark.parametrize("fault", ["stop", {"status": 503}, {"hang": True}, {"reset": "early"}], ids=str)
def test_a_second_gateway_takes_over_at_once_and_the_first_is_asked_again_by_itself(
    desk: Desk, http_peer: StartPeer, fault: object
) -> None:
    first, second = http_peer(receipts="none"), http_peer(receipts="none")
    first.tell(act="stop") if fault == "stop" else first.tell(**fault)  # type: ignore[arg-type]
    desk.use(first, second, patience=0.3)
    count = NOTICES if fault == "stop" else FEW
    desk.decide(count)
    live(desk, timedelta(minutes=2))
    assert desk.unfinished() == 0
    second.caught_up()
    taken = second.count("message")
    assert taken >= count - 3, "the first is not asked again and again"
    first.tell(act="listen") if fault == "stop" else first.tell(status=202, hang=False, reset="")
    desk.time.let_pass(timedelta(minutes=20))
    desk.decide(20)
    live(desk, timedelta(minutes=2))
    assert desk.unfinished() == 0
    desk.check(first, second, kills=3)
    assert second.count("message") - taken < 20


def live(desk: Desk, time: timedelta) -> None:
    """Let `time` pass, sweeping and sending whenever something is due."""
    end = desk.time.now() + time
    while (due := _next()) is not None and due <= end:
        if due > desk.time.now():
            desk.time.let_pass(due - desk.time.now())
        jobs.sweep()
        for lane in queue.LANES:
            jobs.drain(lane)
    desk.time.let_pass(max(end - desk.time.now(), timedelta()))


def _next() -> object:
    with transaction() as session:
        return session.scalar(
            select(func.min(func.coalesce(Notice.lease_until, Notice.next_try_at))).where(
                Notice.status.in_((NoticeStatus.QUEUED, NoticeStatus.SENDING))
            )
        )
