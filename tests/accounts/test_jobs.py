"""What the accounts do by themselves: reminding of a password that ends (A1), forgetting what is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text

from backoffice.accounts import jobs, passwords
from backoffice.kernel import clock
from backoffice.kernel.clock import VIETNAM
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountDevice,
    AccountHold,
    AccountStatus,
    HoldKind,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    WrongTries,
)
from backoffice.notices import account_actions
from tests.factories import make_account

pytestmark = pytest.mark.usefixtures("database")
SET = datetime(2026, 5, 20, 10, 30, tzinfo=VIETNAM)
ENDS = datetime(2026, 11, 20, 10, 30, tzinfo=VIETNAM)
DUE = ENDS - timedelta(days=14)
_numbers = count(1)


def with_password(set_at: datetime = SET, **values: Any) -> Account:
    with transaction() as session:
        return make_account(session, password_hash="hash", password_set_at=set_at, **values)  # noqa: S106


def reminders() -> list[Notice]:
    with transaction() as session:
        return session.query(Notice).filter_by(kind=NoticeKind.PASSWORD_ENDS).order_by(Notice.id).all()


def test_a1_fourteen_days_before_its_end_the_owner_is_reminded_by_sms_and_told_the_day():
    account = with_password()
    with clock.at(DUE):
        assert jobs.remind_of_ends() == 1
    (sms,) = reminders()
    assert (sms.channel, sms.recipient, sms.lane, sms.account_id) == (
        NoticeChannel.SMS,
        account.phone,
        "bulk",
        account.id,
    )
    assert "20/11/2026" in sms.body
    assert account.bhxh_code not in sms.body


def test_a1_nobody_is_reminded_a_moment_earlier():
    with_password()
    with clock.at(DUE - timedelta(seconds=1)):
        assert jobs.remind_of_ends() == 0


def test_a1_each_password_is_reminded_of_once():
    with_password()
    for days in range(14):
        with clock.at(DUE + timedelta(days=days)):
            jobs.remind_of_ends()
    assert len(reminders()) == 1


def test_a1_the_next_password_has_a_reminder_of_its_own():
    account = with_password()
    with clock.at(DUE):
        jobs.remind_of_ends()
        with transaction() as session:
            passwords.keep(session, session.get_one(Account, account.id), "hash of another")
    with clock.at(DUE + timedelta(days=180)):
        assert jobs.remind_of_ends() == 1


def test_a1_a_reminder_that_waits_is_not_sent_once_the_password_was_changed():
    account = with_password()
    with clock.at(DUE):
        jobs.remind_of_ends()
        with transaction() as session:
            account_actions.password_changed(session, session.get_one(Account, account.id))
    assert [one.status for one in reminders()] == [NoticeStatus.CANCELLED]


def test_a1_a_password_that_has_ended_is_not_reminded_of():
    with_password()
    with clock.at(ENDS):
        assert jobs.remind_of_ends() == 0


@pytest.mark.parametrize("day", [1, 28, 29, 30, 31])
@pytest.mark.parametrize("month", range(1, 13))
def test_a1_the_reminder_and_the_sign_in_agree_on_the_day(month: int, day: int):
    """Six months after 31 August there is no 31 February: both take the last day there is."""
    try:
        set_at = datetime(2027, month, day, 23, 59, tzinfo=VIETNAM)
    except ValueError:
        return
    ends = passwords.ends_at(with_password(set_at))
    assert ends is not None
    with clock.at(ends - passwords.WARNED - timedelta(seconds=1)):
        assert jobs.remind_of_ends() == 0
    with clock.at(ends - passwords.WARNED):
        assert jobs.remind_of_ends() == 1


@pytest.mark.parametrize("status", [AccountStatus.ISSUED, AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_only_accounts_in_use_are_reminded(status: AccountStatus):
    with_password(status=status)
    with clock.at(DUE):
        assert jobs.remind_of_ends() == 0


def test_d6_a_doubted_number_is_told_nothing():
    with_password(must_update_phone=True)
    with clock.at(DUE):
        assert jobs.remind_of_ends() == 0


def test_d6_a_phone_that_was_freed_for_somebody_else_is_told_nothing():
    account = with_password()
    with transaction() as session:
        session.query(AccountHold).filter_by(account_id=account.id, kind=HoldKind.PHONE).delete()
    with clock.at(DUE):
        assert jobs.remind_of_ends() == 0


def test_d11_of_a_childs_password_the_guardian_is_reminded():
    guardian = with_password(set_at=SET + timedelta(days=60))
    with transaction() as session:
        child = make_account(session, password_hash="hash", password_set_at=SET)  # noqa: S106
        session.query(AccountHold).filter_by(account_id=child.id, kind=HoldKind.PHONE).delete()
        child.phone, child.guardian_id = guardian.phone, guardian.id
    with clock.at(DUE):
        assert jobs.remind_of_ends() == 1
    (sms,) = reminders()
    assert (sms.recipient, "cua con" in sms.body) == (guardian.phone, True)


def test_at_night_it_waits_for_the_morning():
    with_password()
    with clock.at(DUE.replace(hour=22)):
        jobs.remind_of_ends()
    (sms,) = reminders()
    assert clock.local(sms.next_try_at).hour == 8


def test_a_limit_leaves_the_rest_for_the_next_job():
    for _ in range(3):
        with_password()
    with clock.at(DUE):
        assert [jobs.remind_of_ends(2), jobs.remind_of_ends(2)] == [2, 1]


def test_two_schedulers_at_once_remind_once():
    for _ in range(20):
        with_password()
    ready = Barrier(2)

    def run() -> None:
        with clock.at(DUE):
            ready.wait()
            jobs.remind_of_ends()

    both = [Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len({one.account_id for one in reminders()}) == len(reminders()) == 20


def test_whoever_is_being_worked_on_is_passed_over_and_not_waited_for():
    first, second = with_password(), with_password()
    with transaction() as session:
        session.get_one(Account, first.id, with_for_update=True)
        other = Thread(target=remind_then)
        other.start()
        other.join()
    assert [one.account_id for one in reminders()] == [second.id]


def remind_then() -> None:
    with clock.at(DUE):
        jobs.remind_of_ends()


def test_who_is_due_is_found_by_index_among_many():
    with transaction() as session:
        one = make_account(session, password_hash="hash", password_set_at=SET)  # noqa: S106
        given = {"id", "password_set_at", "declaration_id"}
        columns = ", ".join(column.name for column in Account.__table__.columns if column.name not in given)
        session.execute(
            text(
                f"INSERT INTO accounts ({columns}, password_set_at) SELECT {columns}, "  # noqa: S608 (names of columns)
                "CAST(:set_at AS timestamptz) + n * interval '1 hour' FROM accounts, generate_series(1, 20000) AS n "
                "WHERE id = :one"
            ),
            {"set_at": SET, "one": one.id},
        )
        session.execute(text("ANALYZE accounts"))
        with clock.at(DUE):
            query = jobs.due_query(100).compile(session.get_bind(), compile_kwargs={"render_postcompile": True})
            plan = session.connection().exec_driver_sql("EXPLAIN " + str(query), query.params)
            lines = [row[0] for row in plan]
    assert any("ix_accounts_not_reminded" in line for line in lines), lines
    assert not any("Seq Scan on accounts" in line for line in lines), lines


def days_ago(days: float) -> datetime:
    return clock.now() - timedelta(days=days)


def kept(model: type) -> int:
    with transaction() as session:
        return session.query(model).count()


def a_hash() -> bytes:
    return next(_numbers).to_bytes(32)


def test_devices_unused_for_a_year_have_to_be_proven_anew():
    account = with_password()
    with transaction() as session:
        for seen in (days_ago(366), days_ago(364)):
            session.add(AccountDevice(account_id=account.id, device_hash=a_hash(), first_at=seen, seen_at=seen))
    jobs.tidy()
    assert kept(AccountDevice) == 1


def test_wrong_tries_are_forgotten_after_thirty_days():
    with transaction() as session:
        for at in (days_ago(31), days_ago(29)):
            session.add(WrongTries(key_hash=a_hash(), number=5, last_at=at))
    jobs.tidy()
    assert kept(WrongTries) == 1


def test_much_is_cleared_by_and_by(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "MOST", 2)
    account = with_password()
    with transaction() as session:
        session.add_all(
            AccountDevice(account_id=account.id, device_hash=a_hash(), first_at=days_ago(500), seen_at=days_ago(400))
            for _ in range(5)
        )
    jobs.tidy()
    assert kept(AccountDevice) == 0
