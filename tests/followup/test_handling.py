"""Acts on a message that did not arrive: each once, by rules that are the desk's, and no officer overrules another."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from backoffice.config import Settings
from backoffice.decision import aftercare
from backoffice.followup import handling
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, TooManyRequests
from backoffice.models import (
    Account,
    AccountStatus,
    Correction,
    Declaration,
    Handling,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Role,
    TrailEvent,
)
from backoffice.notices.credentials import check_temporary
from backoffice.rules.actors import Actor
from tests.decision.decided import account_of, age, approved, arrived, messages, passwords, rejected, send, sent_back
from tests.decision.test_races import together
from tests.factories import make_account, make_actor, make_declaration, make_office
from tests.followup.undelivered import call_backs, later_than, make_notice, make_reset, reread, trail, worklist

FAILS, NEW = "0981230001", "0912345678"
MAIL = "nguoi.thu@example.vn"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Nguyễn Thị Tiếp")


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Văn Lan")


def failed(declaration: Declaration, channel: NoticeChannel = NoticeChannel.SMS) -> Notice:
    """The latest message about it, which the sandbox could not send, and some time ago."""
    send()
    age(declaration, minutes=2)
    return messages(declaration, channel)[-1]


def refused(act: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


def test_a_call_is_noted_and_the_message_waits_on(officer: Actor):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
    handling.note_call(notice.id, officer, "  Gọi lúc 09:40,\r\nhẹn chiều nay.  ")
    handling.note_call(notice.id, officer, "Gọi lại: đã gặp.")
    assert call_backs(notice) == ["Gọi lúc 09:40,\nhẹn chiều nay.", "Gọi lại: đã gặp."]
    assert worklist(officer) == [notice.id]
    noted = trail(TrailEvent.NOTICE_CALL_BACK)
    assert [row.facts["notice_id"] for row in noted] == [notice.id] * 2
    assert all("Gọi" not in str(row.facts) for row in noted)


def test_a_note_whose_answer_was_lost_is_kept_once(officer: Actor, colleague: Actor):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
    for who in (officer, officer, colleague):
        handling.note_call(notice.id, who, "Không nghe máy")
    assert len(call_backs(notice)) == 2


@pytest.mark.parametrize("act", [handling.note_call, handling.give_up])
@pytest.mark.parametrize("note", ["", "  \n ", "x" * 501])
def test_a_note_is_asked_for_and_bounded(officer: Actor, act: Callable[[int, Actor, str], None], note: str):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
    fault = refused(lambda: act(notice.id, officer, note))
    assert isinstance(fault, InvalidInput)
    assert [one.field for one in fault.faults] == ["note"]
    assert worklist(officer) == [notice.id]


def test_what_is_given_up_leaves_the_list_with_its_reason(officer: Actor):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
    handling.give_up(notice.id, officer, "Đã đến quầy nhận kết quả")
    handling.give_up(notice.id, officer, "Đã đến quầy nhận kết quả")
    kept = reread(notice)
    assert (kept.handling, kept.handled_by_id, kept.handled_note) == (
        Handling.GIVEN_UP,
        officer.id,
        "Đã đến quầy nhận kết quả",
    )
    assert kept.status is NoticeStatus.FAILED
    assert worklist(officer) == []
    assert len(trail(TrailEvent.NOTICE_GIVEN_UP)) == 1


def test_the_very_words_go_again_to_the_same_recipient_and_no_second_time(officer: Actor, colleague: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
        notice = make_notice(
            session,
            NoticeKind.FORM01,
            about=declaration,
            channel=NoticeChannel.EMAIL,
            recipient=MAIL,
            subject="Mẫu số 01",
            html="<p>Mẫu</p>",
            attach_form01=True,
        )
    for who in (officer, officer, colleague):
        handling.resend(notice.id, who)
    [again] = later_than(notice)
    same = ("kind", "channel", "recipient", "subject", "body", "html", "attach_form01", "declaration_id", "office_id")
    assert [getattr(again, name) for name in same] == [getattr(notice, name) for name in same]
    assert (reread(notice).handling, reread(notice).handled_by_id) == (Handling.RESENT, officer.id)
    assert [row.facts["notice_id"] for row in trail(TrailEvent.RESEND)] == [notice.id]
    assert worklist(officer) == []


def test_two_officers_at_once_send_one_message(officer: Actor, colleague: Actor):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
    together(lambda: handling.resend(notice.id, officer), lambda: handling.resend(notice.id, colleague))
    assert len(later_than(notice)) == 1


@pytest.mark.parametrize("kind", [NoticeKind.RECEIVED, NoticeKind.REMINDER, NoticeKind.MOVED, NoticeKind.SUPPLEMENT])
def test_a_number_corrected_in_the_file_gets_the_message_once_however_often_it_is_pressed(
    officer: Actor, colleague: Actor, kind: NoticeKind
):
    with transaction() as session:
        declaration = make_declaration(session, phone=FAILS, supplement_at=clock.now() - timedelta(minutes=2))
        notice = make_notice(session, kind, about=declaration, created_at=clock.now() - timedelta(minutes=2))
        declaration.phone = NEW
    together(*[lambda who=who: handling.resend(notice.id, who) for who in (officer, officer, colleague)])
    handling.resend(notice.id, officer)
    assert [(one.kind, one.recipient, one.body) for one in later_than(notice)] == [(kind, NEW, notice.body)]
    [row] = trail(TrailEvent.RESEND)
    assert (row.facts["notice_id"], row.actor_id) == (notice.id, reread(notice).handled_by_id)
    assert reread(notice).recipient == FAILS
    assert worklist(officer) == []


def test_k2_an_approval_goes_again_as_a_new_password_by_the_rules_of_the_desk(officer: Actor):
    declaration = approved(officer, phone=FAILS)
    notice = failed(declaration)
    handling.resend(notice.id, officer)
    handling.resend(notice.id, officer)
    assert len(messages(declaration)) == 2
    assert reread(notice).handling is Handling.RESENT
    assert messages(declaration)[-1].credential_issue_id != notice.credential_issue_id


def test_the_desks_limit_of_messages_an_hour_stays(officer: Actor):
    declaration = approved(officer, phone=FAILS)
    for _ in range(4):
        handling.resend(failed(declaration).id, officer)
    last = failed(declaration)
    assert refused(lambda: handling.resend(last.id, officer)).code == "sent_too_often"
    assert reread(last).handling is None


def test_what_the_desk_sent_again_needs_nobody_here(officer: Actor, colleague: Actor):
    declaration = rejected(officer, phone=FAILS)
    notice = failed(declaration)
    aftercare.resend(declaration.receipt_code, colleague)
    assert (reread(notice).handling, reread(notice).handled_by_id) == (Handling.RESENT, colleague.id)
    handling.resend(notice.id, officer)
    assert len(messages(declaration)) == 2


def test_k7_a_supplement_goes_again_in_its_words(officer: Actor):
    declaration = sent_back(officer, phone=FAILS)
    notice = failed(declaration)
    handling.resend(notice.id, officer)
    assert [one.body for one in messages(declaration)] == [notice.body] * 2


def test_k3_a_refusals_letter_goes_again_alone(officer: Actor):
    declaration = rejected(officer, phone="0981234567", email=MAIL)
    send()
    with transaction() as session:
        [letter] = session.query(Notice).filter_by(channel=NoticeChannel.EMAIL).all()
        letter.status = NoticeStatus.FAILED
    handling.resend(letter.id, officer)
    assert len(messages(declaration)) == 1
    assert len(messages(declaration, NoticeChannel.EMAIL)) == 2


def test_the_letter_of_an_approval_goes_again_without_a_new_password(officer: Actor):
    declaration = approved(officer, phone="0981234567", email=MAIL)
    send()
    with transaction() as session:
        [letter] = session.query(Notice).filter_by(channel=NoticeChannel.EMAIL).all()
        letter.status = NoticeStatus.FAILED
    handling.resend(letter.id, officer)
    assert len(messages(declaration)) == 1
    assert len(messages(declaration, NoticeChannel.EMAIL)) == 2


def test_k9_a_reset_goes_again_as_a_new_password(officer: Actor, settings: Settings):
    with transaction() as session:
        account = make_account(session, phone="0981234567")
        notice = make_reset(session, account)
    handling.resend(notice.id, officer)
    handling.resend(notice.id, officer)
    send()
    [password] = passwords_of(settings, account.phone)
    with transaction() as session:
        issue = check_temporary(session, session.get_one(Account, account.id), password)
        assert issue is not None
        assert issue.number == 2
    assert len(trail(TrailEvent.RESET)) == 1


def passwords_of(settings: Settings, to: str) -> list[str]:
    """The passwords in what this number received."""
    return re.findall(r" ([a-z0-9]{12}) ", " ".join(arrived(settings, to)))


def test_an_accounts_fourth_reset_of_a_day_is_the_supervisors(officer: Actor):
    with transaction() as session:
        account = make_account(session)
        notice = make_reset(session, account)
    for _ in range(3):
        handling.resend(notice.id, officer)
        [*_, newest] = later_than(notice)
        with transaction() as session:
            session.get_one(Notice, newest.id).status = NoticeStatus.FAILED
        notice = reread(newest)
    assert isinstance(refused(lambda: handling.resend(notice.id, officer)), TooManyRequests)
    assert worklist(officer) == [notice.id]


def test_what_has_arrived_meanwhile_is_not_sent_again(officer: Actor):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session), status=NoticeStatus.DELIVERED)
    fault = refused(lambda: handling.resend(notice.id, officer))
    assert (fault.code, "Đã đến máy" in fault.message) == ("not_needed", True)


def test_what_was_replaced_says_by_what(officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
        notice = make_notice(session, about=declaration)
        make_notice(session, about=declaration, status=NoticeStatus.DELIVERED)
    fault = refused(lambda: handling.resend(notice.id, officer))
    assert fault.code == "not_needed"
    assert "đã được thay bằng tin gửi lúc" in fault.message


@pytest.mark.parametrize("first", ["resend", "give_up"])
@pytest.mark.parametrize("second", ["resend", "correct", "give_up", "note_call"])
def test_the_second_officer_learns_what_the_first_did_and_when(
    officer: Actor, colleague: Actor, first: str, second: str
):
    notice = failed(rejected(officer, phone=FAILS))
    acts: dict[str, Callable[[Actor], None]] = {
        "resend": lambda who: handling.resend(notice.id, who),
        "correct": lambda who: handling.correct(notice.id, who, NEW, "1"),
        "give_up": lambda who: handling.give_up(notice.id, who, f"Thôi ({who.name})"),
        "note_call": lambda who: handling.note_call(notice.id, who, "Không nghe máy"),
    }
    with clock.at(clock.now() + timedelta(seconds=1)):
        at = clock.local(clock.now())
        acts[first](colleague)
    before = len(later_than(notice))
    if first == second == "resend":
        acts[second](officer)  # the same success; the message itself says who sent it again
    else:
        fault = refused(lambda: acts[second](officer))
        assert fault.code == "handled"
        assert (
            f"Trần Văn Lan {'đã gửi lại' if first == 'resend' else 'đã ghi thôi gửi'} lúc {at:%H:%M}" in fault.message
        )
    assert reread(notice).handled_by_id == colleague.id
    assert len(later_than(notice)) == before


def test_d6_a_wrong_number_of_a_new_account_is_put_right_and_a_password_goes_there(officer: Actor, settings: Settings):
    declaration = approved(officer, phone=FAILS)
    notice = failed(declaration)
    for _ in range(2):
        handling.correct(notice.id, officer, "+84 912 345 678", "1")
    assert account_of(declaration).phone == NEW
    send()
    [password] = passwords(settings, NEW)
    account = account_of(declaration)
    with transaction() as session:
        assert check_temporary(session, account, password)
        assert session.get_one(Declaration, declaration.id).phone == FAILS
    assert reread(notice).handling is Handling.RESENT
    assert len(trail(TrailEvent.PHONE_CHANGE)) == 1


def test_k10_a_wrong_number_of_an_account_is_put_right_and_a_password_goes_there(officer: Actor, settings: Settings):
    with transaction() as session:
        account = make_account(session, phone=FAILS)
        notice = make_reset(session, account)
    for _ in range(2):
        handling.correct(notice.id, officer, NEW, "1")
    send()
    assert len(passwords_of(settings, NEW)) == 1
    with transaction() as session:
        assert session.get_one(Account, account.id).phone == NEW
    assert arrived(settings, FAILS) == []


def test_d6_a_number_that_another_holds_changes_nothing(officer: Actor):
    with transaction() as session:
        make_account(session, phone=NEW)
        notice = make_reset(session, make_account(session, phone=FAILS))
    assert refused(lambda: handling.correct(notice.id, officer, NEW, "1")).code == "phone_taken"
    assert worklist(officer) == [notice.id]
    assert later_than(notice) == []


def test_k3_a_refusal_alone_goes_to_another_number_and_the_declaration_never_changes(
    officer: Actor, settings: Settings
):
    declaration = rejected(officer, phone=FAILS)
    notice = failed(declaration)
    handling.correct(notice.id, officer, "091 234 5678", "1")
    send()
    assert arrived(settings, NEW) == [notice.body]
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).phone == FAILS
        [kept] = session.query(Correction).all()
    assert (kept.field, kept.old_value, kept.new_value, kept.officer_id) == ("notice_phone", FAILS, NEW, officer.id)
    [row] = trail(TrailEvent.RESEND)
    assert row.facts["reason"] == kept.id
    assert FAILS not in str(row.facts)
    assert NEW not in str(row.facts)


def test_a_letter_goes_to_another_address(officer: Actor):
    declaration = rejected(officer, phone="0981234567", email=MAIL)
    send()
    with transaction() as session:
        [letter] = session.query(Notice).filter_by(channel=NoticeChannel.EMAIL).all()
        letter.status = NoticeStatus.FAILED
    handling.correct(letter.id, officer, "Dung.Roi@Example.VN", "1")
    assert messages(declaration, NoticeChannel.EMAIL)[-1].recipient == "Dung.Roi@example.vn"
    assert len(messages(declaration)) == 1


@pytest.mark.parametrize(
    ("value", "consent", "fields"),
    [
        ("0912", "", ["value", "consent"]),
        (FAILS, "1", ["value"]),
        ("", "1", ["value"]),
        (NEW, "  ", ["consent"]),
    ],
)
def test_every_fault_of_a_correction_is_told_at_once(officer: Actor, value: str, consent: str, fields: list[str]):
    notice = failed(rejected(officer, phone=FAILS))
    fault = refused(lambda: handling.correct(notice.id, officer, value, consent))
    assert isinstance(fault, InvalidInput)
    assert [one.field for one in fault.faults] == fields
    assert worklist(officer) == [notice.id]


@pytest.mark.parametrize("kind", [NoticeKind.RECEIVED, NoticeKind.SUPPLEMENT])
def test_an_undecided_declarations_number_is_corrected_in_its_file(officer: Actor, kind: NoticeKind):
    with transaction() as session:
        notice = make_notice(session, kind, about=make_declaration(session))
    fault = refused(lambda: handling.correct(notice.id, officer, NEW, "1"))
    assert (fault.code, "mở hồ sơ" in fault.message) == ("not_here", True)


ACTS: list[Callable[[int, Actor], None]] = [
    lambda number, who: handling.note_call(number, who, "Không nghe máy"),
    lambda number, who: handling.give_up(number, who, "Thôi"),
    handling.resend,
    lambda number, who: handling.correct(number, who, NEW, "1"),
]


@pytest.mark.parametrize("act", ACTS)
def test_another_offices_message_is_as_if_it_were_not(officer: Actor, act: Callable[[int, Actor], None]):
    with transaction() as session:
        foreign = make_notice(session, about=make_declaration(session, office=make_office(session, "00131")))
        placeless = make_notice(session, NoticeKind.LOCKED, office_id=None)
    for number in (foreign.id, placeless.id, 10**12):
        with pytest.raises(NotFound):
            act(number, officer)
    assert reread(foreign).handling is None
    assert later_than(placeless) == []


def test_a_supervisor_sees_to_the_whole_branch(officer: Actor):
    with transaction() as session:
        elsewhere = make_office(session, "00131")
        lead = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
        reset = make_reset(session, make_account(session, office=elsewhere))
        confirmation = make_notice(session, about=make_declaration(session, office=elsewhere))
    refusal = failed(rejected(officer, phone=FAILS))
    for notice in (reset, confirmation, refusal):
        handling.resend(notice.id, lead)
        assert reread(notice).handled_by_id == lead.id


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.HOTLINE, Role.AUDITOR])
def test_other_roles_see_to_nothing(database: None, act: Callable[[int, Actor], None], role: Role):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
        somebody = make_actor(session, role)
    with pytest.raises(Forbidden):
        act(notice.id, somebody)


def test_a_locked_accounts_password_is_not_sent_again(officer: Actor):
    with transaction() as session:
        account = make_account(session)
        notice = make_reset(session, account)
        account.status = AccountStatus.LOCKED
    with pytest.raises(Conflict):
        handling.resend(notice.id, officer)
    assert later_than(notice) == []
