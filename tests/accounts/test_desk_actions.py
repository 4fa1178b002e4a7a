"""What the desk does to an account: a new password, another phone, and whom it serves (K9, K10, D6)."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from backoffice.accounts import desk_actions, desk_acts, life
from backoffice.accounts.desk_actions import CHECKS, MOST_RESETS
from backoffice.desk.actions import search
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, TooManyRequests
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Correction,
    HoldKind,
    LockReason,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import one_time
from backoffice.notices.credentials import check_temporary, issue_credentials, make_attempt, newest_issue
from backoffice.notices.one_time import Purpose
from backoffice.rules.actors import SYSTEM, Actor
from tests.factories import make_account, make_actor, make_declaration, make_office

pytestmark = pytest.mark.usefixtures("database")
ALL = frozenset(CHECKS)


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def supervisor() -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))


@pytest.fixture
def account(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(
            session, phone="0321234501", password_hash=hash_password("mat khau cua toi"), password_set_at=clock.now()
        )


@pytest.fixture
def elsewhere(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(session, office=make_office(session, "00131"))


def reset(account: Account, officer: Actor) -> None:
    desk_actions.reset_password(account.id, officer, ALL)


def kept(account: Account) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


def phones_of(account: Account) -> list[str]:
    return [hold.value for hold in rows(AccountHold, account_id=account.id, kind=HoldKind.PHONE)]


def test_k9_a_reset_sends_a_new_password_to_the_registered_phone(account: Account, officer: Actor):
    reset(account, officer)
    (sms,) = rows(Notice, account_id=account.id)
    with transaction() as session:
        issue = newest_issue(session, account.id)
    assert issue is not None
    assert (sms.kind, sms.recipient, sms.lane, sms.credential_issue_id) == (
        NoticeKind.RESET,
        account.phone,
        "counter",
        issue.id,
    )
    assert f"duoi {account.bhxh_code[-4:]} la ************ (dung truoc" in sms.body
    (row,) = rows(TrailRow, event=TrailEvent.RESET)
    assert (row.account_id, row.actor_id, row.facts["place"]) == (account.id, officer.id, "desk")


def test_the_owner_is_told_of_it_by_mail_without_the_password(officer: Actor):
    with transaction() as session:
        account = make_account(session, email="nguoi.thu@example.vn")
    reset(account, officer)
    (mail,) = rows(Notice, account_id=account.id, kind=NoticeKind.RESET_TOLD)
    assert (mail.channel, mail.recipient) == (NoticeChannel.EMAIL, "nguoi.thu@example.vn")
    assert "cơ quan BHXH đã cấp lại mật khẩu" in mail.body
    assert "*" not in mail.body


def test_the_password_in_use_stays_until_the_new_one_is_used(account: Account, officer: Actor):
    reset(account, officer)
    assert (kept(account).status, kept(account).password_hash) == (AccountStatus.ACTIVE, account.password_hash)


def test_a_later_reset_voids_what_an_earlier_one_sent_and_what_waits_of_it(account: Account, officer: Actor):
    reset(account, officer)
    with transaction() as session:
        first = make_attempt(session, newest_issue(session, account.id))
    reset(account, officer)
    with transaction() as session:
        assert check_temporary(session, session.get_one(Account, account.id), first) is None
    assert sorted(notice.status for notice in rows(Notice, account_id=account.id)) == [
        NoticeStatus.CANCELLED,
        NoticeStatus.QUEUED,
    ]


@pytest.mark.parametrize("said", [set(), {"identity"}, {"phone_own"}])
def test_k9_without_both_checks_no_password_goes_out(account: Account, officer: Actor, said: set[str]):
    with pytest.raises(InvalidInput) as refused:
        desk_actions.reset_password(account.id, officer, said)
    assert {fault.field for fault in refused.value.faults} == set(CHECKS) - said
    assert rows(Notice) == []


@pytest.mark.parametrize("status", [AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_an_account_that_cannot_be_used_gets_neither_password_nor_phone(officer: Actor, status: AccountStatus):
    with transaction() as session:
        account = make_account(session, status=status)
    for act in (
        lambda: reset(account, officer),
        lambda: desk_actions.correct_phone(account.id, officer, "0981234567", "1"),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == f"account_{status}"
    assert rows(Notice) == []


def test_the_fourth_reset_of_a_day_needs_a_supervisor(account: Account, officer: Actor, supervisor: Actor):
    with transaction() as session:
        colleague = make_actor(session)
    for who in (officer, colleague, officer):
        reset(account, who)
    with pytest.raises(TooManyRequests) as refused:
        reset(account, colleague)
    assert f"{MOST_RESETS} lần" in refused.value.message
    assert len(rows(Notice)) == MOST_RESETS
    reset(account, supervisor)
    assert len(rows(Notice)) == MOST_RESETS + 1


def test_the_days_resets_end_at_midnight_in_vietnam(account: Account, officer: Actor):
    noon = clock.end_of_day(clock.today()) - timedelta(hours=12)
    with clock.at(noon):
        for _ in range(MOST_RESETS):
            reset(account, officer)
    with clock.at(noon + timedelta(hours=11, minutes=59)), pytest.raises(TooManyRequests):
        reset(account, officer)
    with clock.at(noon + timedelta(hours=12, minutes=1)):
        reset(account, officer)


def test_of_two_last_resets_of_a_day_at_once_one_goes_out(account: Account, officer: Actor):
    for _ in range(MOST_RESETS - 1):
        reset(account, officer)
    start, refusals = Barrier(2), []

    def try_it() -> None:
        start.wait()
        try:
            reset(account, officer)
        except TooManyRequests as refusal:
            refusals.append(refusal.code)

    threads = [Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["too_many_requests"]
    assert len(rows(Notice)) == MOST_RESETS


def test_one_accounts_resets_do_not_count_for_another(account: Account, officer: Actor):
    with transaction() as session:
        other = make_account(session)
    for _ in range(MOST_RESETS):
        reset(account, officer)
    reset(other, officer)
    assert len(rows(Notice, account_id=other.id)) == 1


def test_k9_any_office_serves_who_was_found_by_an_exact_search(elsewhere: Account, officer: Actor):
    with pytest.raises(NotFound):
        reset(elsewhere, officer)
    search(elsewhere.bhxh_code, officer)
    reset(elsewhere, officer)
    assert len(rows(Notice, account_id=elsewhere.id)) == 1


def test_the_id_number_finds_the_account_of_a_ten_digit_code(elsewhere: Account, officer: Actor):
    search(elsewhere.id_number, officer)
    reset(elsewhere, officer)
    assert len(rows(Notice, account_id=elsewhere.id)) == 1


def test_a_search_opens_to_its_own_officer_alone_and_not_for_ever(elsewhere: Account, officer: Actor):
    search(elsewhere.bhxh_code, officer)
    with transaction() as session:
        colleague = make_actor(session)
    with pytest.raises(NotFound):
        reset(elsewhere, colleague)
    with clock.at(clock.now() + timedelta(hours=12, minutes=1)), pytest.raises(NotFound):
        reset(elsewhere, officer)


def test_a_name_or_a_phone_finds_no_account_elsewhere(elsewhere: Account, officer: Actor):
    search(elsewhere.full_name, officer)
    search(elsewhere.phone, officer)
    with pytest.raises(NotFound):
        reset(elsewhere, officer)


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.REJECTED])
def test_the_account_of_a_person_whose_declaration_is_here_is_within_reach(
    elsewhere: Account, officer: Actor, status: Status
):
    with transaction() as session:
        make_declaration(session, bhxh_code=elsewhere.bhxh_code, status=status)
    reset(elsewhere, officer)
    assert len(rows(Notice, account_id=elsewhere.id)) == 1


def test_a_supervisor_reaches_the_accounts_of_the_branch(account: Account, elsewhere: Account, supervisor: Actor):
    reset(account, supervisor)
    with transaction() as session:
        stranger = make_actor(session, Role.SUPERVISOR, office=make_office(session, "002"))
    with pytest.raises(NotFound):
        reset(account, stranger)


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_the_desk_gives_out_passwords(account: Account, role: Role):
    with transaction() as session:
        stranger = make_actor(session, role)
    with pytest.raises(Forbidden):
        reset(account, stranger)


def test_k10_a_new_number_takes_the_place_of_the_old_one(account: Account, officer: Actor):
    reset(account, officer)
    desk_actions.correct_phone(account.id, officer, "+84 981 234 567", "1")
    assert (kept(account).phone, phones_of(account)) == ("0981234567", ["0981234567"])
    assert [notice.status for notice in rows(Notice, kind=NoticeKind.RESET)] == [NoticeStatus.CANCELLED]
    reset(account, officer)
    waiting = rows(Notice, kind=NoticeKind.RESET, status=NoticeStatus.QUEUED)
    assert [notice.recipient for notice in waiting] == ["0981234567"]


def told_of_the_change() -> dict[str, NoticeStatus]:
    return {notice.recipient: notice.status for notice in rows(Notice, kind=NoticeKind.PHONE_CHANGED)}


def test_k10_the_old_number_and_the_new_one_are_told(account: Account, officer: Actor):
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    assert told_of_the_change() == dict.fromkeys([account.phone, "0981234567"], NoticeStatus.QUEUED)


def test_k10_a_second_change_hides_the_first_from_nobody(account: Account, officer: Actor):
    """Whoever takes a number away cannot keep its owner from being told by changing it once more."""
    for number in ("0981234567", "0981234568"):
        desk_actions.correct_phone(account.id, officer, number, "1")
    told = sorted(rows(Notice, kind=NoticeKind.PHONE_CHANGED), key=lambda notice: notice.id)
    assert [(one.recipient, one.status) for one in told] == [
        (account.phone, NoticeStatus.QUEUED),
        ("0981234567", NoticeStatus.CANCELLED),
        ("0981234567", NoticeStatus.QUEUED),
        ("0981234568", NoticeStatus.QUEUED),
    ]


def test_d6_a_number_that_was_but_doubted_is_told_too(account: Account, officer: Actor):
    """Else whoever doubts it first could change it unseen by its owner; the message names nobody."""
    desk_acts.doubt_phone(account.id, officer, "Người khác nghe máy.")
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    assert list(told_of_the_change()) == [account.phone, "0981234567"]


def test_d6_the_doubted_number_itself_is_no_new_one_and_the_way_to_trust_it_is_told(account: Account, officer: Actor):
    desk_acts.doubt_phone(account.id, officer, "Người khác nghe máy.")
    with pytest.raises(InvalidInput) as refused:
        desk_actions.correct_phone(account.id, officer, account.phone, "1")
    assert "xin bỏ đánh dấu" in refused.value.faults[0].message
    assert told_of_the_change() == {}


def test_d6_a_number_that_was_freed_for_somebody_else_is_told_nothing(account: Account, officer: Actor):
    freed(account, officer)
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    assert list(told_of_the_change()) == ["0981234567"]


def test_a_code_that_went_to_the_old_number_is_void(account: Account, officer: Actor):
    with transaction() as session:
        code = one_time.order(session, session.get_one(Account, account.id), Purpose.CHANGE_PASSWORD)
        digits = one_time.make_attempt(session, code)
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    with pytest.raises(Conflict) as refused:
        one_time.check(account.id, Purpose.CHANGE_PASSWORD, digits)
    assert refused.value.code == "otp_expired"


def test_d6_a_temporary_password_that_went_to_the_old_number_lets_nobody_in(account: Account, officer: Actor):
    """Else whoever has a stolen phone comes in by it: with the devices forgotten, no code would be asked for."""
    for lose in (
        lambda session, mine: desk_actions.give_phone(session, mine, officer, "0987654321", "đồng ý"),
        lambda session, mine: desk_actions.give_up_phone(session, mine, officer),
    ):
        with transaction() as session:
            mine = session.get_one(Account, account.id, with_for_update=True)
            password = make_attempt(session, issue_credentials(session, mine, 7))
            lose(session, mine)
            assert check_temporary(session, mine, password) is None


def test_who_is_locked_out_is_told_and_nothing_else_is_sent(account: Account, officer: Actor):
    reset(account, officer)
    with transaction() as session:
        life.lock(session, session.get_one(Account, account.id), SYSTEM, LockReason.WRONG_APPROVAL)
    assert {notice.kind: (notice.recipient, notice.status) for notice in rows(Notice)} == {
        NoticeKind.RESET: (account.phone, NoticeStatus.CANCELLED),
        NoticeKind.LOCKED: (account.phone, NoticeStatus.QUEUED),
    }


def test_d6_a_lock_is_not_told_to_a_number_that_was_freed_for_somebody_else(account: Account, officer: Actor):
    freed(account, officer)
    with transaction() as session:
        life.lock(session, session.get_one(Account, account.id), SYSTEM, LockReason.WRONG_APPROVAL)
    assert rows(Notice) == []


def test_a_changed_number_is_kept_with_the_declaration_that_opened_the_account(officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session, status=Status.APPROVED)
        account = make_account(session, declaration_id=declaration.id)
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    (correction,) = rows(Correction, declaration_id=declaration.id)
    assert (correction.field, correction.old_value, correction.new_value) == ("phone", account.phone, "0981234567")


def test_d6_a_number_of_another_account_is_refused_and_nothing_changes(account: Account, officer: Actor):
    with transaction() as session:
        other = make_account(session, phone="0321234502")
    with pytest.raises(Conflict) as refused:
        desk_actions.correct_phone(account.id, officer, other.phone, "1")
    assert refused.value.code == "phone_taken"
    assert (kept(account).phone, phones_of(account), phones_of(other)) == (
        account.phone,
        [account.phone],
        [other.phone],
    )


@pytest.mark.parametrize(
    ("value", "consent", "field"), [("0981234567", " ", "consent"), ("02438250000", "1", "value"), ("", "1", "value")]
)
def test_a_number_is_not_changed_without_consent_nor_to_what_is_no_mobile(
    account: Account, officer: Actor, value: str, consent: str, field: str
):
    with pytest.raises(InvalidInput) as refused:
        desk_actions.correct_phone(account.id, officer, value, consent)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert kept(account).phone == account.phone


def test_the_registered_number_is_no_new_one(account: Account, officer: Actor):
    with pytest.raises(InvalidInput):
        desk_actions.correct_phone(account.id, officer, account.phone, "1")
    assert phones_of(account) == [account.phone]


def freed(account: Account, officer: Actor) -> None:
    with transaction() as session:
        desk_actions.give_up_phone(session, session.get_one(Account, account.id), officer)


def test_d6_an_account_without_a_number_of_its_own_gets_one_before_a_password(account: Account, officer: Actor):
    freed(account, officer)
    with pytest.raises(Conflict) as refused:
        reset(account, officer)
    assert refused.value.code == "phone_not_held"
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    reset(account, officer)
    assert [notice.recipient for notice in rows(Notice, kind=NoticeKind.RESET)] == ["0981234567"]


def test_a_number_freed_by_mistake_can_be_taken_back_by_its_owner(account: Account, officer: Actor):
    freed(account, officer)
    desk_actions.correct_phone(account.id, officer, account.phone, "1")
    assert phones_of(account) == [account.phone]
    reset(account, officer)


def test_d6_no_password_that_waits_reaches_a_number_that_was_freed(account: Account, officer: Actor):
    reset(account, officer)
    freed(account, officer)
    assert [notice.status for notice in rows(Notice)] == [NoticeStatus.CANCELLED]


def test_a_locked_account_takes_no_temporary_password(officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session, status=Status.APPROVED)
        account = make_account(session, declaration_id=declaration.id, status=AccountStatus.ISSUED)
        temporary = make_attempt(session, issue_credentials(session, account, 7))
        life.lock(session, account, SYSTEM, LockReason.WRONG_APPROVAL)
    with transaction() as session:
        assert check_temporary(session, session.get_one(Account, account.id), temporary) is None


def test_the_trail_of_what_the_desk_does_names_no_person(account: Account, officer: Actor):
    reset(account, officer)
    desk_actions.correct_phone(account.id, officer, "0981234567", "1")
    freed(account, officer)
    text = " ".join(str(row.facts) for row in rows(TrailRow))
    for personal in (account.bhxh_code, account.full_name, account.phone, account.id_number, "0981234567"):
        assert personal not in text


def test_every_refusal_says_that_nothing_was_done(account: Account, officer: Actor):
    def refusal(act) -> str:
        with pytest.raises(DomainError) as refused:
            act()
        return refused.value.message

    said = [refusal(lambda: desk_actions.reset_password(account.id, officer, set()))]
    freed(account, officer)
    said.append(refusal(lambda: reset(account, officer)))
    assert all("chưa có gì thay đổi" in sentence.lower() for sentence in said)
