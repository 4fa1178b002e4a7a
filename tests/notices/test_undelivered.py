"""Messages that did not arrive: where they go when sent again, and which leave the list by themselves (design 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    AccountStatus,
    Declaration,
    Handling,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Status,
)
from backoffice.notices import jobs, undelivered
from backoffice.notices.undelivered import ASK_TO_COME, LAPSED_AFTER
from tests import factories
from tests.followup.undelivered import make_notice, make_reset, reread

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW, ELSEWHERE = "0981230001", "0912345678", "0912340000"
OLD_MAIL, NEW_MAIL = "nham@example.vn", "dung@example.vn"
MINUTE = timedelta(minutes=1)
Make = Callable[[Session], Notice]


def again(notice: Notice, recipient: str | None = None) -> Notice:
    """The message that is ordered in the place of `notice`."""
    with transaction() as session:
        return undelivered.repeat(session, session.get_one(Notice, notice.id), recipient)


def of_corrected(kind: NoticeKind, channel: NoticeChannel = NoticeChannel.SMS) -> Notice:
    """A message that went to the number and address declared first; both are other ones now."""
    with transaction() as session:
        declaration = factories.make_declaration(session, phone=OLD, email=OLD_MAIL)
        by_sms = channel is NoticeChannel.SMS
        notice = make_notice(session, kind, about=declaration, channel=channel, recipient=OLD if by_sms else OLD_MAIL)
        declaration.phone, declaration.email = NEW, NEW_MAIL
    return notice


@pytest.mark.parametrize("kind", ASK_TO_COME)
def test_k4_what_asks_the_citizen_to_come_goes_again_to_the_number_corrected_meanwhile(kind: NoticeKind) -> None:
    notice = of_corrected(kind)
    second = again(notice)
    assert (second.recipient, second.body, second.declaration_id) == (NEW, notice.body, notice.declaration_id)
    assert reread(notice).recipient == OLD


@pytest.mark.parametrize("kind", ASK_TO_COME)
def test_k4_its_letter_goes_again_to_the_address_corrected_meanwhile(kind: NoticeKind) -> None:
    assert again(of_corrected(kind, NoticeChannel.EMAIL)).recipient == NEW_MAIL


def test_k3_a_refusal_goes_again_where_it_went_whatever_the_declaration_says() -> None:
    """It may have been sent to another number with the citizen's consent, and the declaration never changes."""
    assert again(of_corrected(NoticeKind.REJECTED)).recipient == OLD
    assert again(of_corrected(NoticeKind.REJECTED, NoticeChannel.EMAIL)).recipient == OLD_MAIL


def test_a_number_that_is_told_counts_before_that_of_the_declaration() -> None:
    assert again(of_corrected(NoticeKind.RECEIVED), ELSEWHERE).recipient == ELSEWHERE


def test_what_is_the_accounts_goes_again_where_it_went() -> None:
    with transaction() as session:
        account = factories.make_account(session, phone=OLD)
        notice = make_notice(session, NoticeKind.LOCKED, about=account)
        account.phone = NEW
    second = again(notice)
    assert (second.recipient, second.account_id) == (OLD, account.id)


def test_neither_a_password_nor_a_code_is_repeated() -> None:
    with transaction() as session:
        notice = make_reset(session, factories.make_account(session))
    with pytest.raises(ValueError, match="a new one is made"):
        again(notice)


def lapse(limit: int = 1000) -> int:
    with transaction() as session:
        return undelivered.mark_lapsed(session, limit)


def made(make: Make, *, ago: timedelta = LAPSED_AFTER + MINUTE) -> Notice:
    """The message that `make` makes, which came to its end so long ago."""
    with transaction() as session:
        notice = make(session)
        notice.finished_at = clock.now() - ago
    return notice


def worthless(session: Session) -> Notice:
    """It asked a citizen to come whose declaration is decided."""
    return make_notice(session, about=factories.make_declaration(session, status=Status.REJECTED))


def one_time_code(session: Session) -> Notice:
    return make_notice(session, NoticeKind.OTP, about=factories.make_account(session))


def handed_in(session: Session) -> Notice:
    return make_notice(session, about=factories.make_declaration(session, expires_at=None))


def replaced(session: Session) -> Notice:
    declaration = factories.make_declaration(session)
    notice = make_notice(session, about=declaration)
    make_notice(session, about=declaration, status=NoticeStatus.DELIVERED)
    return notice


def shown(session: Session) -> Notice:
    declaration = factories.make_declaration(session)
    return make_notice(session, about=declaration, status=NoticeStatus.UNKNOWN, seen_at=clock.now())


def password_of_old(session: Session) -> Notice:
    account = factories.make_account(session)
    notice = make_reset(session, account)
    make_reset(session, account, status=NoticeStatus.CANCELLED)
    return notice


def acceptance_of_one_who_signed_in(session: Session) -> Notice:
    account = factories.make_account(session, status=AccountStatus.ACTIVE)
    return make_notice(session, NoticeKind.APPROVED, about=account, channel=NoticeChannel.EMAIL)


def to_a_former_number(session: Session) -> Notice:
    return make_notice(session, NoticeKind.PHONE_CHANGED, about=factories.make_account(session), recipient=ELSEWHERE)


def of_nothing(session: Session) -> Notice:
    return make_notice(session, NoticeKind.LOCKED)


WORTHLESS: list[Make] = [
    worthless, one_time_code, handed_in, replaced, shown, password_of_old, acceptance_of_one_who_signed_in,
    to_a_former_number, of_nothing,
]  # fmt: skip


@pytest.mark.parametrize("make", WORTHLESS)
def test_what_has_been_worth_nothing_for_a_day_leaves_the_list_as_done_by_nobody(make: Make) -> None:
    notice = made(make)
    assert lapse() == 1
    kept = reread(notice)
    assert (kept.handling, kept.handled_by_id, kept.handled_note) == (Handling.LAPSED, None, None)
    assert kept.handled_at is not None
    assert (kept.status, kept.failure, kept.body) == (notice.status, notice.failure, notice.body)


@pytest.mark.parametrize("make", WORTHLESS)
def test_for_a_day_it_can_still_be_read_why(make: Make) -> None:
    notice = made(make, ago=LAPSED_AFTER - MINUTE)
    assert lapse() == 0
    assert reread(notice).handling is None


def awaited(session: Session) -> Notice:
    return make_notice(session, about=factories.make_declaration(session))


def refusal(session: Session) -> Notice:
    return make_notice(session, NoticeKind.REJECTED, about=factories.make_declaration(session, status=Status.REJECTED))


def password(session: Session) -> Notice:
    return make_reset(session, factories.make_account(session))


def replaced_by_what_was_cancelled(session: Session) -> Notice:
    declaration = factories.make_declaration(session)
    notice = make_notice(session, about=declaration)
    make_notice(session, about=declaration, status=NoticeStatus.CANCELLED)
    return notice


def to_the_accounts_number(session: Session) -> Notice:
    return make_notice(session, NoticeKind.LOCKED, about=factories.make_account(session))


@pytest.mark.parametrize("make", [awaited, refusal, password, replaced_by_what_was_cancelled, to_the_accounts_number])
def test_what_is_still_worth_something_waits_however_long(make: Make) -> None:
    notice = made(make, ago=timedelta(days=400))
    assert lapse() == 0
    assert reread(notice).handling is None


@pytest.mark.parametrize(
    "status", [one for one in NoticeStatus if one not in (NoticeStatus.FAILED, NoticeStatus.UNKNOWN)]
)
def test_what_went_or_waits_to_go_never_lapses(status: NoticeStatus) -> None:
    with transaction() as session:
        about = factories.make_declaration(session, status=Status.REJECTED)
        notice = make_notice(session, about=about, status=status, finished_at=clock.now() - timedelta(days=9))
    assert lapse() == 0
    assert reread(notice).handling is None


def test_what_somebody_saw_to_stays_theirs() -> None:
    with transaction() as session:
        officer = factories.make_actor(session)
        given_up, resent = worthless(session), worthless(session)
        undelivered.mark_given_up(session, given_up, officer, "Đã đến quầy")
        undelivered.mark_resent(session, officer, Notice.id == resent.id)
    with clock.at(clock.now() + timedelta(days=9)):
        assert lapse() == 0
    assert (reread(given_up).handling, reread(resent).handling) == (Handling.GIVEN_UP, Handling.RESENT)
    assert reread(given_up).handled_by_id == reread(resent).handled_by_id == officer.id


def test_it_lapses_once_and_its_hour_stays() -> None:
    notice = made(worthless)
    lapse()
    at = reread(notice).handled_at
    with clock.at(clock.now() + timedelta(days=9)):
        assert lapse() == 0
    assert reread(notice).handled_at == at


def test_what_has_lapsed_does_not_come_back_when_its_citizen_is_waited_for_again() -> None:
    """K7: a supplement sets a new deadline."""
    notice = made(handed_in)
    lapse()
    with transaction() as session:
        declaration = session.get_one(Declaration, notice.declaration_id)
        declaration.expires_at = clock.now() + timedelta(days=5)
    with transaction() as session:
        assert not undelivered.is_still_wanted(session, session.get_one(Notice, notice.id))


def test_so_many_at_once_and_the_nightly_round_takes_all() -> None:
    several = [made(worthless) for _ in range(4)]
    stays = made(awaited)
    assert lapse(limit=2) == 2
    assert [reread(one).handling for one in several].count(Handling.LAPSED) == 2
    jobs.tidy()
    assert {reread(one).handling for one in several} == {Handling.LAPSED}
    assert reread(stays).handling is None


def test_what_an_officer_has_in_hand_is_passed_over_and_holds_up_nobody() -> None:
    held, free = made(worthless), made(worthless)
    found: list[int] = []
    with transaction() as session:
        session.get_one(Notice, held.id, with_for_update=True)
        beside = Thread(target=lambda: found.append(lapse()))
        beside.start()
        beside.join()
    assert found == [1]
    assert (reread(held).handling, reread(free).handling) == (None, Handling.LAPSED)
