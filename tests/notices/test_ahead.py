"""Leasing the next batch of a lane while the one before is being sent (design 4, Outbox)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import jobs, leases, outbox
from backoffice.notices.ahead import Ahead, leased_ahead
from tests.notices.gateways import Sms, notices

pytestmark = pytest.mark.usefixtures("gateways")
QUEUED, SENDING = NoticeStatus.QUEUED, NoticeStatus.SENDING


def post(count: int) -> list[int]:
    """Post so many messages on the default lane; return their ids."""
    with transaction() as session:
        posted = [
            outbox.post(
                session,
                NoticeKind.REJECTED,
                NoticeChannel.SMS,
                f"098{number:07}",
                lane=queue.DEFAULT,
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
