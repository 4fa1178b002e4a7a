"""Several gateways in order of preference: failed over, demoted, tried again, and nothing sent twice for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import pytest

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused
from backoffice.gateways.delivery import Sms as Message
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import CredentialAttempt, Gateway, Notice, NoticeChannel, NoticeKind, NoticeStatus, Status
from backoffice.notices import account_actions, actions, circuit, delivery, doors, jobs, leases, outbox
from backoffice.notices.credentials import issue_credentials
from tests import factories
from tests.embedded.helpers import eventually
from tests.faults.dying import Instant, interrupted_at
from tests.notices.gateways import Mail, Sms, notices, saying

pytestmark = pytest.mark.usefixtures("database")
DOWN = saying(GatewayDown("Nhà mạng đang bận."))
WRITTEN = Instant("notices/fates.py", "record", "call")
UNSURE = saying(GatewayDown("Nhà mạng chưa trả lời.", unsure=True))


@pytest.fixture
def first() -> Sms:
    return Sms(name="first")


@pytest.fixture
def second() -> Sms:
    return Sms(name="second")


@pytest.fixture(autouse=True)
def both(first: Sms, second: Sms) -> Iterator[None]:
    doors.use(doors.Doors((first, second), Mail()))
    yield
    doors.use(None)


def post(count: int = 1, lane: str = queue.COUNTER) -> list[int]:
    with transaction() as session:
        return [
            outbox.post(
                session, NoticeKind.REJECTED, NoticeChannel.SMS, f"09812{n:05d}", lane=lane, body="BHXH: thu"
            ).id
            for n in range(count)
        ]


def drain_after(pause: timedelta = timedelta(), lane: str = queue.COUNTER) -> None:
    with clock.at(clock.now() + pause):
        jobs.drain(lane)


def ids(gateway: Sms) -> list[int]:
    return [notice_id for notice_id, _ in gateway.sent]


def test_the_preferred_gateway_takes_all_while_it_is_well(first: Sms, second: Sms) -> None:
    posted = post(3)
    drain_after()
    assert (ids(first), ids(second)) == (posted, [])
    assert {notice.gateway for notice in notices()} == {"first"}


def test_what_it_surely_did_not_take_goes_to_the_next_in_the_same_try(first: Sms, second: Sms) -> None:
    first.act = DOWN
    posted = post()
    drain_after()
    assert ids(second) == posted
    (notice,) = notices()
    assert (notice.status, notice.gateway, notice.tries) == (NoticeStatus.DELIVERED, "second", 1)


def test_what_it_may_have_taken_goes_to_no_other_at_once(first: Sms, second: Sms) -> None:
    """Else the citizen has it twice."""
    first.act = UNSURE
    post()
    drain_after()
    (notice,) = notices()
    assert (second.offered, notice.status, notice.failure) == ([], NoticeStatus.QUEUED, "Nhà mạng chưa trả lời.")


def test_a_refusal_for_good_is_not_asked_of_the_next(first: Sms, second: Sms) -> None:
    first.act = saying(GatewayRefused("Nhà mạng báo số này không nhận được tin."))
    post()
    drain_after()
    assert (second.offered, notices()[0].status) == ([], NoticeStatus.FAILED)


def test_both_gateways_of_one_try_are_given_the_same_password(first: Sms, second: Sms) -> None:
    first.act = DOWN
    with transaction() as session:
        account = factories.make_account(session)
        declaration = factories.make_declaration(session, status=Status.APPROVED)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
    drain_after()
    assert first.passwords() == second.passwords()
    with transaction() as session:
        assert session.query(CredentialAttempt).count() == 1


def test_after_three_faults_it_is_not_even_asked(first: Sms, second: Sms) -> None:
    first.act = DOWN
    post(10, queue.DEFAULT)
    drain_after(lane=queue.DEFAULT)
    assert (len(first.offered), len(second.sent)) == (circuit.FAULTS, 10)
    post(5, queue.DEFAULT)
    drain_after(lane=queue.DEFAULT)
    assert (len(first.offered), len(second.sent)) == (circuit.FAULTS, 15)


def test_it_is_tried_again_by_one_message_and_then_preferred_anew(first: Sms, second: Sms) -> None:
    first.act = DOWN
    post(3)
    drain_after()
    post(4, queue.DEFAULT)
    drain_after(circuit.FIRST_PAUSE, queue.DEFAULT)
    assert len(first.offered) == circuit.FAULTS + 1, "one message tried it"
    assert len(second.sent) == 7
    first.act = lambda _to: None
    posted = post(4, queue.DEFAULT)
    drain_after(circuit.FIRST_PAUSE * 4, queue.DEFAULT)
    assert ids(first) == posted


def test_nobody_at_the_counter_is_made_to_try_a_gateway_while_another_is_well(first: Sms, second: Sms) -> None:
    first.act = DOWN
    post(3)
    drain_after()
    post()
    drain_after(circuit.FIRST_PAUSE * 10)
    assert (len(first.offered), len(second.sent)) == (circuit.FAULTS, 4)


def test_a_second_gateway_comes_back_though_the_first_is_well(first: Sms, second: Sms) -> None:
    """It must be there when it is needed, and no page may say for ever that it is out."""
    with transaction() as session:
        session.add(Gateway(name="second", faults=3, opened_times=1, opened_at=clock.now(), open_until=clock.now()))
    post(3, queue.DEFAULT)
    drain_after(timedelta(minutes=1), queue.DEFAULT)
    assert (len(first.sent), len(second.sent)) == (2, 1)
    with transaction() as session:
        assert session.get_one(Gateway, "second").opened_at is None


def test_a_trial_that_is_due_is_not_spent_where_there_is_nothing_to_try_it_with(first: Sms, second: Sms) -> None:
    with transaction() as session:
        session.add(Gateway(name="second", faults=3, opened_times=1, opened_at=clock.now(), open_until=clock.now()))
    post()
    drain_after(timedelta(minutes=1))
    first.act = DOWN
    post(5)
    drain_after(timedelta(minutes=1))
    assert len(second.sent) >= 2, "what the first did not take found the second"


def test_when_none_can_be_had_the_message_waits_and_says_why(first: Sms, second: Sms) -> None:
    first.act = second.act = DOWN
    post(4)
    drain_after()
    assert {notice.status for notice in notices()} == {NoticeStatus.QUEUED}
    post()
    drain_after()
    last = notices()[-1]
    assert (last.status, last.failure) == (NoticeStatus.QUEUED, "Nhà mạng đang gián đoạn; hệ thống tự gửi lại.")


def test_when_a_gateway_comes_back_what_waits_for_a_later_try_goes_at_once(first: Sms, second: Sms) -> None:
    """Replay what is stuck (peers.md); what waits for another reason, or by another way, does not go."""
    first.act = second.act = DOWN
    stuck, kept = post(3), post(1)
    drain_after()
    with transaction() as session:
        for notice in session.query(Notice):
            notice.next_try_at = clock.now() + timedelta(hours=1)
        session.get_one(Notice, kept[0]).failure = None
    first.act = lambda _to: None
    (fresh,) = post()
    for _ in range(2):
        drain_after(circuit.FIRST_PAUSE)
    assert sorted(ids(first)) == sorted([*stuck, fresh])


def test_a_gateway_that_comes_and_goes_makes_no_message_fail_before_its_time(first: Sms, second: Sms) -> None:
    """Each return makes what waits try anew: the tries are soon many, the time is not."""
    first.act = second.act = DOWN
    (waiting,) = post()
    with transaction() as session:
        session.get_one(Notice, waiting).tries = 3 * len(outbox.PAUSES)
    drain_after()
    (notice,) = notices()
    assert (notice.status, notice.failure) == (NoticeStatus.QUEUED, "Nhà mạng đang bận.")
    drain_after(outbox.horizon(queue.COUNTER) + timedelta(seconds=1))
    assert notices()[0].status is NoticeStatus.FAILED


def test_what_nobody_was_asked_about_has_used_no_try(first: Sms, second: Sms) -> None:
    first.act = second.act = DOWN
    post(3)
    drain_after()
    (unasked,) = post()
    drain_after()
    assert (notices()[-1].id, notices()[-1].tries) == (unasked, 0)
    assert notices()[-1].next_try_at > clock.now()


def test_what_has_waited_its_whole_time_is_really_asked_about_before_it_is_given_up(first: Sms, second: Sms) -> None:
    first.act = second.act = DOWN
    post(3)
    drain_after()
    (old,) = post()
    with transaction() as session:
        for gateway in session.query(Gateway):
            gateway.open_until = clock.now() + timedelta(hours=1)
        session.get_one(Notice, old).created_at -= outbox.horizon(queue.COUNTER)
    first.act = lambda _to: None
    drain_after()
    assert ids(first)[0] == old


class InAWindow(Sms):
    """Takes SMS by threes, and loses the session when told."""

    window = 3
    most_underway = 0
    lost = False

    def send_each(self, messages: Iterable[Message]) -> Iterator[Sequence[tuple[Message, Fate]]]:
        underway: list[Message] = []
        for sms in messages:
            underway.append(sms)
            self.most_underway = max(self.most_underway, len(underway))
            if len(underway) == self.window:
                yield [(one, self._fate(one)) for one in underway]
                underway = []
        if underway:
            yield [(one, self._fate(one)) for one in underway]

    def _fate(self, sms: Message) -> Fate:
        if self.lost:
            raise ZeroDivisionError("session")
        return self.send(**sms._asdict())


def test_a_gateway_with_a_window_has_several_under_way_and_each_gets_its_fate() -> None:
    gateway = InAWindow(delivered=False)
    doors.use(doors.Doors((gateway,), Mail()))
    posted = post(7, queue.DEFAULT)
    drain_after(lane=queue.DEFAULT)
    assert (ids(gateway), gateway.most_underway) == (posted, 3)
    assert [(notice.status, notice.gateway_id) for notice in notices()] == [
        (NoticeStatus.SENT, f"g{n}") for n in posted
    ]


def test_when_a_window_is_lost_those_under_way_are_tried_again_and_the_others_go_on() -> None:
    gateway = InAWindow()
    gateway.lost = True
    doors.use(doors.Doors((gateway,), Mail()))
    post(2, queue.DEFAULT)
    drain_after(lane=queue.DEFAULT)
    assert [(notice.status, notice.tries) for notice in notices()] == [(NoticeStatus.QUEUED, 1)] * 2
    gateway.lost = False
    drain_after(timedelta(seconds=6), queue.DEFAULT)
    assert {notice.status for notice in notices()} == {NoticeStatus.DELIVERED}


def test_a_message_that_is_poison_is_no_fault_of_the_gateway(first: Sms, second: Sms) -> None:
    def choke(_to: str) -> None:
        raise ZeroDivisionError

    first.act = choke
    post(5)
    drain_after()
    assert second.offered == []
    with transaction() as session:
        assert circuit.standings(session, ["first"])["first"].faults == 0


def test_the_fate_of_a_message_is_with_the_database_before_the_next_is_handed_over(first: Sms) -> None:
    """So a kill doubles one at most: while the next is at the gateway, all before it come to be told as gone."""
    told: list[int] = []

    def look(_to: str) -> None:
        gone = len(told)
        eventually(lambda: [n.status for n in notices()].count(NoticeStatus.DELIVERED) == gone, f"{gone} gone")
        told.append(gone)

    first.act = look
    post(3, queue.DEFAULT)
    drain_after(lane=queue.DEFAULT)
    assert told == [0, 1, 2]


def test_sending_is_paced_by_the_rate_of_the_gateway(first: Sms, second: Sms) -> None:
    """Many places are free at a rate that high: what counts is that each message took one."""
    first.rate = 1000.0
    post(3)
    drain_after()
    assert queue.connection().get("pace:first") is not None
    assert queue.connection().get("pace:second") is None


def test_what_is_urgent_and_has_no_worker_is_sent_before_the_bulk(first: Sms) -> None:
    noon = clock.local(clock.now()).replace(hour=12, minute=0)
    with clock.at(noon), transaction() as session:
        for number in range(3):
            actions.reminder(session, factories.make_declaration(session, phone=f"09812345{number:02d}"))
    with clock.at(noon - timedelta(seconds=5)):
        (urgent,) = post()
    with clock.at(noon):
        jobs.drain(queue.BULK)
    assert ids(first)[0] == urgent
    assert len(first.sent) == 4


def test_what_the_first_did_not_take_is_void_when_a_newer_password_was_ordered(first: Sms, second: Sms) -> None:
    """The number may have been corrected meanwhile: the old one must not get what is void."""
    with transaction() as session:
        account = factories.make_account(session)
        declaration = factories.make_declaration(session, status=Status.APPROVED)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))

    def meanwhile(_to: str) -> None:
        with transaction() as session:
            issue_credentials(session, session.merge(account), 7)
        raise GatewayDown("Nhà mạng đang bận.")

    first.act = meanwhile
    drain_after()
    assert (second.offered, notices()[0].status) == ([], NoticeStatus.CANCELLED)


def test_a_job_whose_time_is_over_during_a_call_leaves_that_message_for_later_and_the_others_untried(
    first: Sms, second: Sms
) -> None:
    """It may have been taken; and a gateway that takes so long is at fault."""

    def no_end(_to: str) -> None:
        raise queue.OutOfTime(1)

    first.act = no_end
    posted = post(3)
    with pytest.raises(queue.OutOfTime):
        drain_after()
    begun, *others = notices()
    assert (begun.id, begun.status, begun.tries) == (posted[0], NoticeStatus.QUEUED, 1)
    assert begun.failure
    assert begun.next_try_at > clock.now()
    assert [(notice.status, notice.tries, notice.failure) for notice in others] == [(NoticeStatus.QUEUED, 0, None)] * 2
    with transaction() as session:
        assert session.get_one(Gateway, "first").faults == 1
    first.act = lambda _to: None
    drain_after()
    assert ids(first) == posted[1:]


@pytest.mark.parametrize("answer", [lambda _to: None, saying(GatewayRefused("Số không có thật."))])
def test_a_job_whose_time_is_over_while_an_answer_is_written_writes_it_all_the_same(
    first: Sms, answer: Callable[[str], None]
) -> None:
    """What is known to have been taken is not tried again."""
    first.act = answer
    post(2)
    with pytest.raises(queue.OutOfTime), interrupted_at(WRITTEN, queue.OutOfTime(1)):
        drain_after()
    begun, other = notices()
    assert (begun.status, begun.tries) == (NoticeStatus.DELIVERED if first.sent else NoticeStatus.FAILED, 1)
    assert (other.status, other.tries) == (NoticeStatus.QUEUED, 0)
    assert len(first.offered) == 1


def test_a_trial_that_asked_nothing_leaves_the_gateway_out(first: Sms, second: Sms) -> None:
    """The message tried with it was void by then."""
    doors.use(doors.Doors((first,), Mail()))
    first.act = DOWN
    post(3)
    drain_after()
    with transaction() as session:
        account = factories.make_account(session)
        void = issue_credentials(session, account, 7)
        account_actions.reset_password(session, account, void)
        issue_credentials(session, account, 7)
        session.query(Notice).filter_by(credential_issue_id=void.id).update({"status": NoticeStatus.QUEUED})
        session.query(Notice).filter(Notice.credential_issue_id.is_(None)).update({"next_try_at": clock.now()})
    asked = len(first.offered)
    drain_after(circuit.FIRST_PAUSE)
    assert len(first.offered) - asked <= 1


def test_a_second_trial_for_which_no_time_is_left_loses_no_message(first: Sms, second: Sms) -> None:
    first.act = second.act = DOWN
    post(5)
    drain_after()
    with clock.at(clock.now() + circuit.LONGEST_PAUSE):
        with transaction() as session:
            taken = leases.take(session, queue.COUNTER, 5)
        assert delivery.deliver(taken, end=time.monotonic()) == []
    assert {notice.status for notice in notices()} == {NoticeStatus.QUEUED}
