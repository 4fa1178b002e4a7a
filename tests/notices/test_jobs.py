"""Draining the outbox: leases, retries, what is no longer wanted, and one bad row among good ones (design 4)."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from rq import Queue
from sqlalchemy.orm import Session

from backoffice.config import Settings
from backoffice.gateways.sms import GatewayDown, GatewayRefused
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountStatus,
    CredentialAttempt,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import actions, delivery, doors, jobs, leases, outbox
from backoffice.notices.credentials import check_temporary, issue_credentials, use
from backoffice.rules.actors import SYSTEM
from backoffice.rules.lifecycle import move
from backoffice.rules.reasons import Reason
from tests import factories
from tests.notices.gateways import Mail, Sms, notices, saying

pytestmark = pytest.mark.usefixtures("gateways")


def post(to: str = "0981234567", **values: Any) -> int:
    """A message on the counter's lane; returns its id."""
    with transaction() as session:
        notice = outbox.post(
            session, NoticeKind.REJECTED, NoticeChannel.SMS, to, lane=queue.COUNTER, body=f"BHXH: thu {to}", **values
        )
    return notice.id


def approve(session: Session, **values: Any) -> Account:
    account = factories.make_account(session, **values)
    issue = issue_credentials(session, account, 7)
    actions.approved(session, factories.make_declaration(session, status=Status.APPROVED), account, issue)
    return account


def statuses() -> list[NoticeStatus]:
    return [notice.status for notice in notices()]


def drain_at(instant: datetime, lane: str = queue.COUNTER) -> None:
    with clock.at(instant):
        jobs.drain(lane)


def trail() -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=TrailEvent.NOTICE_FAILED).all()


def test_a_message_goes_out_once_and_is_delivered(sms: Sms) -> None:
    first, second = post(), post("0981234568")
    jobs.drain(queue.COUNTER)
    jobs.drain(queue.COUNTER)
    assert sms.sent == [(first, "BHXH: thu 0981234567"), (second, "BHXH: thu 0981234568")]
    notice = notices()[0]
    assert (notice.status, notice.tries, notice.gateway_id) == (NoticeStatus.DELIVERED, 1, f"g{first}")
    assert notice.sent_at
    assert notice.finished_at
    assert notice.lease_until is None


def test_a_message_without_a_receipt_is_sent_and_not_finished(sms: Sms) -> None:
    sms.delivered = False
    post()
    jobs.drain(queue.COUNTER)
    assert statuses() == [NoticeStatus.SENT]
    assert notices()[0].finished_at is None


def test_a_lane_sends_its_own_alone(sms: Sms) -> None:
    post()
    jobs.drain(queue.DEFAULT)
    assert (sms.sent, statuses()) == ([], [NoticeStatus.QUEUED])


def test_no_connection_is_held_and_no_transaction_open_while_the_gateway_is_called(sms: Sms) -> None:
    """Design 4: the connection is given back before the gateway is called; what it needs is committed."""
    seen: list[tuple[int, NoticeStatus, int]] = []

    def look(_to: str) -> None:
        busy = db.engine().pool.checkedout()  # type: ignore[attr-defined]
        with transaction() as session:
            seen.append((busy, session.query(Notice).one().status, session.query(CredentialAttempt).count()))

    sms.act = look
    with transaction() as session:
        approve(session)
    jobs.drain(queue.COUNTER)
    assert seen == [(0, NoticeStatus.SENDING, 1)]


def test_the_password_sent_signs_in_and_what_is_kept_does_not_show_it(sms: Sms) -> None:
    """K2."""
    with transaction() as session:
        account = approve(session)
    jobs.drain(queue.COUNTER)
    (password,) = sms.passwords()
    (notice,) = notices()
    assert password not in notice.body
    assert " mat khau ************ " in notice.body
    with transaction() as session:
        assert check_temporary(session, account, password)


def test_a_retry_makes_a_new_password_of_the_same_issue_and_both_sign_in_until_one_is_used(sms: Sms) -> None:
    """Design 4: messages may arrive out of order, and what a gateway seemed to lose may arrive all the same."""
    sms.act = saying(GatewayDown("Nhà mạng đang bận."))
    with transaction() as session:
        account = approve(session)
    now = clock.now()
    drain_at(now)
    sms.act = lambda _to: None
    drain_at(now + timedelta(seconds=5))
    first, second = sms.passwords()
    assert first != second
    with transaction() as session:
        issue = check_temporary(session, account, first)
        assert issue is not None
        assert issue == check_temporary(session, account, second)
        use(session, issue)
        assert check_temporary(session, account, first) is None
        assert check_temporary(session, account, second) is None


def test_refused_for_good_fails_at_once_with_the_reason_and_a_trail_row(sms: Sms) -> None:
    sms.act = saying(GatewayRefused("Nhà mạng báo thuê bao không tồn tại."))
    with transaction() as session:
        approve(session)
    jobs.drain(queue.COUNTER)
    (notice,) = notices()
    assert (notice.status, notice.failure) == (NoticeStatus.FAILED, "Nhà mạng báo thuê bao không tồn tại.")
    assert notice.finished_at
    (row,) = trail()
    assert (row.declaration_id, row.account_id) == (notice.declaration_id, notice.account_id)
    told = {"kind": "approved", "channel": "sms", "tries": 1, "at_office": notice.office_id}
    assert row.facts == told | {"notice_id": notice.id}


def test_a_gateway_that_is_down_is_asked_again_with_growing_pauses_for_at_least_four_hours(sms: Sms) -> None:
    sms.act = saying(GatewayDown("Nhà mạng đang bận, chưa nhận tin."))
    post()
    start = now = clock.now()
    pauses = []
    while True:
        drain_at(now)
        (notice,) = notices()
        if notice.status is not NoticeStatus.QUEUED:
            break
        assert notice.failure == "Nhà mạng đang bận, chưa nhận tin."
        drain_at(notice.next_try_at - timedelta(microseconds=1))
        pauses.append(notice.next_try_at - now)
        now = notice.next_try_at
    assert notice.status is NoticeStatus.FAILED
    assert len(sms.attempts) == len(pauses) + 1
    assert sms.attempts == list(range(1, len(pauses) + 2))
    assert pauses == sorted(pauses)
    assert timedelta(seconds=1) < pauses[0] <= timedelta(seconds=10)
    assert now - start >= timedelta(hours=4)
    assert len(trail()) == 1


def test_success_after_failures_leaves_no_failure_behind(sms: Sms) -> None:
    sms.act = saying(GatewayDown("Nhà mạng đang bận."))
    post()
    now = clock.now()
    drain_at(now)
    sms.act = lambda _to: None
    drain_at(now + timedelta(seconds=5))
    (notice,) = notices()
    assert (notice.status, notice.failure, notice.tries) == (NoticeStatus.DELIVERED, None, 2)


def test_a_poisoned_row_is_recorded_and_stops_nobody_else(sms: Sms) -> None:
    def choke(to: str) -> None:
        if to.endswith("66"):
            raise ZeroDivisionError(to)

    sms.act = choke
    post("0981234566"), post("0981234567")
    jobs.drain(queue.COUNTER)
    bad, good = notices()
    assert (bad.status, good.status) == (NoticeStatus.QUEUED, NoticeStatus.DELIVERED)
    assert bad.failure
    assert "trục trặc" in bad.failure
    assert bad.next_try_at > clock.now()


def test_a_row_that_cannot_be_prepared_is_recorded_and_stops_nobody_else(sms: Sms) -> None:
    with transaction() as session:
        approve(session)
        session.query(Notice).one().body = "BHXH: khong co cho cho mat khau"
        session.flush()
        approve(session)
    jobs.drain(queue.COUNTER)
    assert statuses() == [NoticeStatus.QUEUED, NoticeStatus.DELIVERED]
    assert len(sms.sent) == 1


def test_an_error_with_the_password_in_its_words_reaches_neither_log_nor_row(
    sms: Sms, capsys: pytest.CaptureFixture[str]
) -> None:
    def blurt(_to: str) -> None:
        raise RuntimeError(sms.offered[-1])

    sms.act = blurt
    with transaction() as session:
        approve(session)
    jobs.drain(queue.COUNTER)
    (password,) = sms.passwords()
    output = capsys.readouterr()
    assert "RuntimeError" in output.err
    assert password not in output.err + output.out
    assert password not in repr(vars(notices()[0]))


@pytest.mark.parametrize(("seconds_ago", "comes"), [(0.0, True), (delivery.SLICE, False)])
def test_what_was_leased_a_while_ago_is_looked_at_anew_before_it_is_sent(
    sms: Sms, seconds_ago: float, comes: bool
) -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session)
        actions.declaration_received(session, declaration)
    with transaction() as session:
        taken = leases.take(session, queue.DEFAULT, 10)
    with transaction() as session:
        move(session, session.get_one(Declaration, declaration.id), Status.REJECTED, SYSTEM)
    delivery.deliver(taken, seen_at=time.monotonic() - seconds_ago)
    assert bool(sms.sent) is comes


def test_an_older_issue_caught_on_its_way_is_not_sent(sms: Sms) -> None:
    """Design 4: an older issue is never sent again."""
    with transaction() as session:
        account = approve(session)
    with transaction() as session:
        (taken,) = leases.take(session, queue.COUNTER, 1)
    with transaction() as session:
        issue_credentials(session, account, 7)
    delivery.deliver([taken])
    assert (sms.sent, statuses()) == ([], [NoticeStatus.CANCELLED])


@pytest.mark.parametrize("status", [AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_no_password_goes_out_for_a_locked_or_closed_account(sms: Sms, status: AccountStatus) -> None:
    with transaction() as session:
        approve(session, status=status)
    jobs.drain(queue.COUNTER)
    assert (sms.sent, statuses()) == ([], [NoticeStatus.CANCELLED])


def test_no_password_goes_out_after_its_days_are_over(sms: Sms) -> None:
    with transaction() as session:
        approve(session)
    drain_at(clock.now() + timedelta(days=8))
    assert (sms.sent, statuses()) == ([], [NoticeStatus.CANCELLED])


def test_a_citizen_who_has_been_served_is_not_asked_to_come(sms: Sms, mail: Mail) -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session, email="a@example.vn", send_form01_by_email=True)
        actions.declaration_received(session, declaration)
        move(session, declaration, Status.REJECTED, SYSTEM)
        actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
    for lane in queue.LANES:
        jobs.drain(lane)
    assert [(notice.kind, notice.status) for notice in notices()] == [
        (NoticeKind.RECEIVED, NoticeStatus.CANCELLED),
        (NoticeKind.FORM01, NoticeStatus.CANCELLED),
        (NoticeKind.REJECTED, NoticeStatus.DELIVERED),
        (NoticeKind.REJECTED, NoticeStatus.SENT),
    ]


DAY, NIGHT = "2026-11-20T10:00:00+07:00", "2026-11-20T20:30:00+07:00"
MORNING = "2026-11-21T08:00:00+07:00"


def remind(**values: Any) -> None:
    with clock.at(datetime.fromisoformat(DAY)), transaction() as session:
        actions.reminder(session, factories.make_declaration(session, **values))


def test_a_reminder_that_is_late_does_not_ring_at_night(sms: Sms) -> None:
    """wording.md."""
    remind()
    drain_at(datetime.fromisoformat(NIGHT), queue.BULK)
    assert sms.sent == []
    assert (notices()[0].next_try_at, notices()[0].tries) == (datetime.fromisoformat(MORNING), 0)
    drain_at(datetime.fromisoformat(MORNING), queue.BULK)
    assert statuses() == [NoticeStatus.DELIVERED]


def test_a_reminder_that_fails_in_the_evening_is_tried_again_in_the_morning(sms: Sms) -> None:
    sms.act = saying(GatewayDown("Nhà mạng đang bận."))
    remind()
    drain_at(datetime.fromisoformat("2026-11-20T19:59:58+07:00"), queue.BULK)
    assert notices()[0].next_try_at == datetime.fromisoformat(MORNING)


def test_who_has_handed_in_meanwhile_is_not_reminded(sms: Sms) -> None:
    """K4: presented_at stops the clock."""
    remind()
    with transaction() as session:
        declaration = session.query(Declaration).one()
        declaration.presented_at, declaration.expires_at = clock.now(), None
    drain_at(datetime.fromisoformat(DAY), queue.BULK)
    assert (sms.sent, statuses()) == ([], [NoticeStatus.CANCELLED])


def test_who_brought_what_was_missing_is_not_asked_for_it_any_more(sms: Sms) -> None:
    """K7; and K11: of what was referred to a supervisor no message goes out, a late one neither."""
    with transaction() as session:
        declaration = factories.make_declaration(session, presented_at=clock.now())
        declaration.supplement_at = clock.now()
        declaration.expires_at = clock.now() + timedelta(days=10)
        session.flush()
        actions.supplement(session, declaration, "Thiếu chữ ký")
        declaration.supplement_at = declaration.expires_at = None
        declaration.escalated_at = clock.now()
    jobs.drain(queue.COUNTER)
    assert (sms.sent, statuses()) == ([], [NoticeStatus.CANCELLED])


def test_form_01_goes_along_with_its_letter(mail: Mail) -> None:
    """D9."""
    with transaction() as session:
        declaration = factories.make_declaration(session, email="a@example.vn", send_form01_by_email=True)
        actions.declaration_received(session, declaration)
    jobs.drain(queue.DEFAULT)
    ((_, letter),) = mail.sent
    assert letter.attachment is not None
    assert letter.attachment.name.endswith(".pdf")
    assert letter.attachment.content.startswith(b"%PDF-")
    assert statuses() == [NoticeStatus.DELIVERED, NoticeStatus.SENT]


def test_a_notice_of_a_deleted_declaration_is_not_sent(sms: Sms) -> None:
    """K4."""
    with transaction() as session:
        declaration = factories.make_declaration(session)
        actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
    with transaction() as session:
        (taken,) = leases.take(session, queue.COUNTER, 1)
    with transaction() as session:
        session.query(Declaration).delete()
    delivery.deliver([taken])
    assert (sms.sent, notices()) == ([], [])


def test_a_declaration_deleted_while_its_message_goes_out_is_forgotten_by_the_sandbox_too(sms: Sms) -> None:
    """Issue 2 item 8."""

    def delete(_to: str) -> None:
        with transaction() as session:
            session.query(Declaration).delete()

    sms.act = delete
    with transaction() as session:
        actions.rejected(session, factories.make_declaration(session), [Reason.NAME_DIFFERS], "")
    (notice,) = notices()
    jobs.drain(queue.COUNTER)
    assert notices() == []
    assert sms.forgotten == {notice.id}


def test_workers_that_drain_at_once_send_every_message_once(sms: Sms) -> None:
    with transaction() as session:
        for number in range(40):
            outbox.post(
                session, NoticeKind.REJECTED, NoticeChannel.SMS, f"098123{number:04d}", lane=queue.COUNTER, body="BHXH"
            )
    workers = [threading.Thread(target=jobs.drain, args=(queue.COUNTER,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(notice_id for notice_id, _ in sms.sent) == [notice.id for notice in notices()]
    assert set(statuses()) == {NoticeStatus.DELIVERED}


def test_what_a_silent_sender_holds_is_queued_again_after_its_lease(sms: Sms) -> None:
    post()
    start = clock.now()
    with clock.at(start), transaction() as session:
        leases.take(session, queue.COUNTER, 1)
    with clock.at(start + outbox.LEASE):
        jobs.sweep()
    assert statuses() == [NoticeStatus.SENDING]
    later = start + outbox.LEASE + timedelta(seconds=1)
    with clock.at(later):
        jobs.sweep()
    assert statuses() == [NoticeStatus.QUEUED]
    drain_at(later)
    assert statuses() == [NoticeStatus.DELIVERED]
    assert sms.attempts == [2]


def test_a_sender_whose_lease_ran_out_before_it_began_sends_nothing(sms: Sms) -> None:
    post()
    start = clock.now()
    with clock.at(start), transaction() as session:
        (taken,) = leases.take(session, queue.COUNTER, 1)
    with clock.at(start + outbox.LEASE):
        delivery.deliver([taken])
    assert sms.sent == []


def test_a_slow_sender_still_records_its_success_so_nothing_goes_twice(sms: Sms) -> None:
    post()
    start = clock.now()
    with clock.at(start), transaction() as session:
        (taken,) = leases.take(session, queue.COUNTER, 1)

    def slow(_to: str) -> None:
        with clock.at(start + 2 * outbox.LEASE):
            jobs.sweep()

    sms.act = slow
    with clock.at(start):
        delivery.deliver([taken])
    assert statuses() == [NoticeStatus.DELIVERED]
    drain_at(start + 3 * outbox.LEASE)
    assert len(sms.sent) == 1


@pytest.mark.parametrize("answer", [None, GatewayRefused("Nhà mạng không nhận."), GatewayDown("Nhà mạng đang bận.")])
def test_who_lost_a_notice_to_another_sender_does_not_speak_for_it_any_more(sms: Sms, answer: Exception | None) -> None:
    post()
    start = clock.now()
    with clock.at(start), transaction() as session:
        (lost,) = leases.take(session, queue.COUNTER, 1)

    def another_takes_it(_to: str) -> None:
        with clock.at(start + 2 * outbox.LEASE):
            jobs.sweep()
            with transaction() as session:
                assert leases.take(session, queue.COUNTER, 1)
        if answer:
            raise answer

    sms.act = another_takes_it
    with clock.at(start):
        delivery.deliver([lost])
    (notice,) = notices()
    assert (notice.status, notice.tries, notice.failure) == (NoticeStatus.SENDING, 2, None)


def test_a_message_that_kills_its_sender_every_time_is_given_up_in_the_end() -> None:
    post()
    now = clock.now()
    while statuses() != [NoticeStatus.FAILED]:
        with clock.at(now), transaction() as session:
            assert leases.take(session, queue.COUNTER, 1)
        now += 2 * outbox.LEASE
        with clock.at(now):
            jobs.sweep()
    (notice,) = notices()
    assert notice.lost == leases.MOST_LOST + 1
    assert notice.failure
    assert "ngắt giữa chừng" in notice.failure


def test_a_message_that_was_tried_often_is_not_given_up_because_one_sender_went_silent() -> None:
    """A gateway that comes and goes makes many tries in a short time."""
    post()
    with transaction() as session:
        session.query(Notice).update({"tries": 50})
        assert leases.take(session, queue.COUNTER, 1)
    with clock.at(clock.now() + 2 * outbox.LEASE):
        jobs.sweep()
    assert statuses() == [NoticeStatus.QUEUED]


def test_the_sweep_asks_for_the_lanes_with_something_due_and_survives_a_wiped_queue(sms: Sms) -> None:
    """Design 4: Redis may be wiped without loss."""
    post()
    queue.connection().flushdb()
    jobs.sweep()
    assert [job.func_name for job in Queue(queue.COUNTER, connection=queue.connection()).jobs] == [
        "backoffice.notices.jobs.drain_counter"
    ]
    assert Queue(queue.DEFAULT, connection=queue.connection()).jobs == []


def test_what_was_leased_but_not_begun_is_given_back_untried(sms: Sms) -> None:
    post(), post()
    with transaction() as session:
        for taken in leases.take(session, queue.COUNTER, 2):
            leases.give_back(session, taken.lease)
    assert [(notice.status, notice.tries) for notice in notices()] == [(NoticeStatus.QUEUED, 0)] * 2
    jobs.drain(queue.COUNTER)
    assert sms.attempts == [1, 1]


def test_a_drain_whose_time_is_up_asks_for_the_next(sms: Sms) -> None:
    post()
    queue.connection().flushdb()
    jobs.drain(queue.COUNTER, seconds=0)
    assert sms.sent == []
    assert [job.func_name for job in Queue(queue.COUNTER, connection=queue.connection()).jobs] == [
        "backoffice.notices.jobs.drain_counter"
    ]


def test_a_notice_that_has_ended_never_moves_again() -> None:
    post()
    jobs.drain(queue.COUNTER)
    with transaction() as session:
        notice = session.query(Notice).one()
        with pytest.raises(RuntimeError, match="cannot go from delivered to queued"):
            outbox.settle(session, notice, NoticeStatus.QUEUED)


def test_the_sandbox_of_the_settings_is_used_when_nothing_else_was_given(settings: Settings) -> None:
    doors.use(None)
    notice_id = post("0981234567")
    jobs.drain(queue.COUNTER)
    assert f'"notice_id": {notice_id}' in (settings.sandbox / "sms.jsonl").read_text()
    doors.forget({notice_id})
    assert (settings.sandbox / "sms.jsonl").read_text() == ""
