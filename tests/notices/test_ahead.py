"""Leasing the next batch of a lane while the one before is being sent (design 4, Outbox)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import text
from sqlalchemy.orm import Session

from backoffice.gateways.sms import GatewayDown
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import jobs, leases, outbox
from backoffice.notices.ahead import Ahead, leased_ahead
from tests.faults.dying import Instant, interrupted_at
from tests.notices.gateways import Sms, notices, saying

pytestmark = pytest.mark.usefixtures("gateways")
DAY = datetime.fromisoformat("2026-12-01T10:00+07:00")
"""Lists are sent."""
ASKED_AHEAD = Instant("notices/ahead.py", "ask", "call")
QUEUED, SENDING = NoticeStatus.QUEUED, NoticeStatus.SENDING


@pytest.fixture(autouse=True)
def _nothing_sent_yet(gateways: None) -> None:
    """Whether it pays off to lease ahead is not known yet."""
    with leased_ahead() as ahead:
        ahead.pays_off = False


def post(count: int, lane: str = queue.DEFAULT, *, minutes_ago: int = 0) -> list[int]:
    """Post so many messages on a lane; return their ids."""
    with clock.at(clock.now() - timedelta(minutes=minutes_ago)), transaction() as session:
        posted = [
            outbox.post(
                session,
                NoticeKind.REJECTED,
                NoticeChannel.SMS,
                f"098{number:07}",
                lane=lane,
                body=f"BHXH: thu {number}",
            )
            for number in range(count)
        ]
    return [notice.id for notice in posted]


def stands() -> list[tuple[NoticeStatus, int]]:
    return [(notice.status, notice.tries) for notice in notices()]


def test_what_is_leased_ahead_is_taken_in_its_order_and_once() -> None:
    ids = post(3)
    with leased_ahead() as ahead:
        ahead.ask(queue.DEFAULT, 2)
        assert [due.lease.notice_id for due in ahead.take(queue.DEFAULT)] == ids[:2]
        assert ahead.take(queue.DEFAULT) == [], "it is taken"
    assert stands() == [(SENDING, 1), (SENDING, 1), (QUEUED, 0)]


def test_what_is_leased_ahead_and_not_taken_goes_back_as_it_was() -> None:
    post(2)
    with leased_ahead() as ahead:
        ahead.ask(queue.DEFAULT, 2)
    assert stands() == [(QUEUED, 0)] * 2
    with transaction() as session:
        assert leases.due_lanes(session) == {queue.DEFAULT}


def test_what_is_leased_ahead_of_a_lane_goes_back_when_another_is_served() -> None:
    post(1)
    with leased_ahead() as ahead:
        ahead.ask(queue.DEFAULT, 1)
        assert ahead.take(queue.COUNTER) == []
        assert stands() == [(QUEUED, 0)]


def test_an_error_while_sending_gives_back_what_is_leased_ahead() -> None:
    post(1)

    def stumble() -> None:
        with leased_ahead() as ahead:
            ahead.ask(queue.DEFAULT, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert stands() == [(QUEUED, 0)]


def test_what_a_job_could_not_give_back_the_next_one_does() -> None:
    """Its time was over in that very moment."""
    post(1)
    with leased_ahead() as ahead:
        pass
    ahead.ask(queue.DEFAULT, 1)
    with leased_ahead() as ahead:
        assert (ahead.lane, stands()) == (None, [(QUEUED, 0)])


def test_what_is_lost_with_the_connection_is_leased_over_another() -> None:
    ahead = Ahead()
    ahead.ask(queue.DEFAULT, 1)
    assert ahead.take(queue.DEFAULT) == [], "nothing is due, but it is connected now"
    post(1)
    with transaction() as session:
        session.execute(text("LOCK TABLE notices"))
        ahead.ask(queue.DEFAULT, 1)
        assert _hung_up(session)
    assert ahead.take(queue.DEFAULT) == []
    assert stands() == [(QUEUED, 0)]
    ahead.ask(queue.DEFAULT, 1)
    assert len(ahead.take(queue.DEFAULT)) == 1


def _hung_up(session: Session) -> int:
    """End the connections that wait for the table; return how many."""
    waiting = text(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks"
        " WHERE NOT granted AND relation = 'notices'::regclass"
    )
    ended = (session.execute(waiting).scalar_one() for _ in range(10_000))
    return int(next(filter(None, ended), 0))


def test_a_long_queue_goes_out_once_each(sms: Sms) -> None:
    ids = post(2 * jobs.BATCH[queue.DEFAULT] + 50)
    jobs.drain(queue.DEFAULT)
    assert sorted(number for number, _ in sms.sent) == ids
    assert set(stands()) == {(NoticeStatus.DELIVERED, 1)}


def of_lane(sms: Sms, lane: str) -> list[bool]:
    """Tell of each message that was sent whether it is of that lane."""
    lanes = {notice.id: notice.lane for notice in notices()}
    return [lanes[number] == lane for number, _ in sms.sent]


def test_the_last_batch_of_an_urgent_lane_is_sent_before_the_list_goes_on(
    sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leased ahead it does not look as if it waited."""
    monkeypatch.setattr(jobs, "BATCH", {queue.COUNTER: 1, queue.DEFAULT: 2, queue.BULK: 2})
    with clock.at(DAY):
        post(4, queue.BULK)
        post(6, queue.DEFAULT, minutes_ago=1)
        jobs.drain(queue.BULK)
    assert of_lane(sms, queue.DEFAULT) == [True] * 6 + [False] * 4


def test_of_the_counters_nothing_is_leased_before_it_can_be_sent(sms: Sms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at the counter waits behind a sender that is slow, or dead, while another worker is free."""
    monkeypatch.setattr(jobs, "BATCH", {queue.COUNTER: 1, queue.DEFAULT: 2, queue.BULK: 2})
    leased = []

    def act(_to: str) -> None:
        leased.append(sum(notice.status is SENDING and notice.lane == queue.COUNTER for notice in notices()))
        if len(leased) == 4:  # by now a batch has gone so quickly that the next is leased ahead
            post(3, queue.COUNTER, minutes_ago=1)

    sms.act = act
    post(4)
    jobs.drain(queue.DEFAULT)
    assert leased == [0] * 4 + [1] * 3


@pytest.mark.parametrize("is_down", [False, True])
def test_from_a_few_messages_or_none_that_went_nobody_knows_that_many_go_quickly(
    sms: Sms, monkeypatch: pytest.MonkeyPatch, is_down: bool
) -> None:
    """A gateway with a rate= would else keep leases of two batches for all of a job."""
    monkeypatch.setitem(jobs.BATCH, queue.DEFAULT, 5)
    if is_down:
        sms.act = saying(GatewayDown("Nhà mạng đang bận."))
    post(5 if is_down else 4)
    jobs.drain(queue.DEFAULT)
    with leased_ahead() as ahead:
        assert not ahead.pays_off


def test_an_urgent_message_that_somebody_holds_does_not_stop_a_list(sms: Sms) -> None:
    with clock.at(DAY):
        post(2, queue.BULK)
        (held,) = post(1, queue.DEFAULT, minutes_ago=1)
        with db.engine().begin() as officer:
            officer.execute(text(f"SELECT 1 FROM notices WHERE id = {held} FOR UPDATE"))
            jobs.drain(queue.BULK)
    assert of_lane(sms, queue.BULK) == [True, True]


def test_a_time_that_is_over_while_the_next_batch_is_asked_for_gives_this_one_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(jobs.BATCH, queue.DEFAULT, 2)
    post(4)
    with pytest.raises(JobTimeoutException), interrupted_at(ASKED_AHEAD, JobTimeoutException()):
        jobs.drain(queue.DEFAULT)
    assert stands() == [(NoticeStatus.DELIVERED, 1)] * 2 + [(QUEUED, 0)] * 2
