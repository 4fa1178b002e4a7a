"""A voice on the line and what the agent can do for it (A4, A7): only after a match, only in this call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.accounts import sign_in, tries
from backoffice.accounts.actions import change_phone
from backoffice.accounts.coming_in import Due
from backoffice.accounts.life import lock
from backoffice.accounts.resets import MOST
from backoffice.hotline import calls
from backoffice.hotline.words import name_in_part
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests
from backoffice.models import (
    Account,
    AccountStatus,
    Alarm,
    AlarmKind,
    HotlineCall,
    LockReason,
    Notice,
    NoticeStatus,
    Role,
    SessionKind,
    TrailEvent,
)
from backoffice.notices.credentials import make_attempt, newest_issue, use
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, make_office
from tests.hotline.conftest import NAME, STRANGERS_PHONE, Caller, alarms, look, matched, messages, sent, trail


def close_the_door(caller: Caller) -> None:
    with transaction() as session:
        account = session.get_one(Account, caller.account.id)
        for _ in range(tries.ROUND):
            tries.reserve(session, tries.key_of("", account, None), account)


class TestLook:
    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("Nguyễn Thử Mẫu", "Ng… Th… M…"),
            ("Trần Quỳnh Anh", "Tr… Qu… A…"),
            ("Đỗ Ý", "Đ… Ý…"),
            ("Nghiêm Giang", "Ngh… Gi…"),
            ("Ông Gi", "Ô… G…"),
            ("O", "O…"),
        ],
    )
    def test_a_name_is_shown_in_part(self, name: str, part: str):
        assert name_in_part(name) == part

    def test_a4_nothing_shown_holds_number_name_or_password(self, agent: Actor, caller: Caller):
        password = sent(caller)
        shown = str({name: value for name, value in look(agent, caller).items() if name != "pass"})
        for secret in (caller.phone, caller.phone[-3:], NAME, "Mẫu", password, "nguoi.thu", caller.code):
            assert secret not in shown

    def test_what_was_sent_lately_is_told_in_plain_words(self, agent: Actor, caller: Caller):
        sent(caller)
        shown = look(agent, caller)
        (line,) = shown["notices"]
        assert (line["what"], line["state"]) == ("Tin nhắn: Cấp lại mật khẩu", "Chờ gửi")
        assert "chưa dùng" in shown["password"]

    def test_every_look_is_a_row_of_the_agents_log_and_of_the_trail(self, agent: Actor, caller: Caller):
        look(agent, caller)
        calls.look(agent, STRANGERS_PHONE, caller.code)
        with transaction() as session:
            rows = [(row.matched, row.account_id) for row in session.query(HotlineCall).order_by(HotlineCall.id)]
        assert rows == [(True, caller.account.id), (False, None)]
        (seen,), (missed,) = trail(TrailEvent.HOTLINE_LOOK), trail(TrailEvent.HOTLINE_MISS)
        assert seen.subject_hash == missed.subject_hash
        assert caller.phone not in str(seen.facts)

    def test_an_empty_box_is_no_look(self, agent: Actor, caller: Caller):
        with pytest.raises(InvalidInput) as refused:
            calls.look(agent, " ", "")
        assert [fault.field for fault in refused.value.faults] == ["phone", "code"]
        assert trail(TrailEvent.HOTLINE_MISS) == []

    @pytest.mark.parametrize("role", [Role.RECEPTION, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_only_the_hotlines_people_look(self, caller: Caller, role: Role):
        with transaction() as session:
            other = make_actor(session, role)
        with pytest.raises(Forbidden):
            look(other, caller)

    def test_a_districts_supervisor_is_none_of_the_hotline(self, caller: Caller, head: Actor):
        with transaction() as session:
            other = make_actor(session, Role.SUPERVISOR, office=make_office(session, "00114"))
        with pytest.raises(NotFound):
            look(other, caller)
        assert look(head, caller)["matched"]


class TestActs:
    def test_a_new_password_goes_by_sms_to_the_registered_phone_and_the_mail_tells_of_it(
        self, agent: Actor, caller: Caller
    ):
        shown = calls.reset(agent, matched(agent, caller))
        assert [(kind, way) for kind, way, _ in messages()] == [("reset", "sms"), ("reset_told", "email")]
        with transaction() as session:
            assert session.query(Notice).filter_by(kind="reset").one().recipient == caller.phone
        assert caller.phone not in str({**shown, "pass": ""})
        (row,) = trail(TrailEvent.RESET)
        assert row.facts == {"place": "hotline", "issue": 1}

    def test_the_newest_password_is_sent_again_and_the_one_on_its_way_still_fits(self, agent: Actor, caller: Caller):
        first = sent(caller)
        calls.resend(agent, matched(agent, caller))
        with transaction() as session:
            states = [row.status for row in session.query(Notice).order_by(Notice.id)]
            issue = newest_issue(session, caller.account.id)
        assert states == [NoticeStatus.CANCELLED, NoticeStatus.QUEUED]
        assert issue is not None
        assert issue.number == 1
        assert sign_in.sign_in(caller.code, first, device="d", kind=SessionKind.APP, address="203.0.113.9")

    def test_one_that_was_used_is_not_sent_again(self, agent: Actor, caller: Caller):
        sent(caller)
        sealed = matched(agent, caller)
        with transaction() as session:
            issue = newest_issue(session, caller.account.id)
            assert issue is not None
            use(session, issue)
        with pytest.raises(Conflict) as refused:
            calls.resend(agent, sealed)
        assert refused.value.code == "nothing_to_resend"
        assert "resend" not in look(agent, caller)["acts"]

    def test_it_is_sent_again_three_times_a_day(self, agent: Actor, caller: Caller):
        sent(caller)
        sealed = matched(agent, caller)
        for _ in range(3):
            calls.resend(agent, sealed)
        with pytest.raises(TooManyRequests):
            calls.resend(agent, sealed)

    def test_a7_the_door_opens_after_wrong_passwords(self, agent: Actor, caller: Caller):
        assert "open" not in look(agent, caller)["acts"]
        close_the_door(caller)
        shown = look(agent, caller)
        assert "open" in shown["acts"]
        after = calls.open_door(agent, shown["pass"])
        assert "open" not in after["acts"]
        assert after["door"] == ""

    def test_the_office_and_the_day_of_a_waiting_declaration_are_told_with_the_papers(
        self, agent: Actor, caller: Caller
    ):
        assert "declaration" not in look(agent, caller)["acts"]
        with transaction() as session:
            make_declaration(session, bhxh_code=caller.code, declared_at=clock.now())
        shown = look(agent, caller)
        assert "declaration" in shown["acts"]
        assert "BHXH Mẫu" not in str(shown), "not before it is asked for"
        say = calls.tell_declaration(agent, shown["pass"])["done"].say
        for piece in ("BHXH Mẫu 00114", "Số 1 phố Mẫu", "chậm nhất hết ngày", "Mẫu số 01", "Căn cước/CCCD"):
            assert piece in say
        assert len(trail(TrailEvent.STATUS_READ)) == 1

    def test_k11_a_declaration_before_a_supervisor_is_not_told_of(self, agent: Actor, caller: Caller):
        with transaction() as session:
            make_declaration(session, bhxh_code=caller.code, escalated_at=clock.now())
        assert "declaration" not in look(agent, caller)["acts"]

    def test_a_locked_account_can_only_be_sent_to_the_office(self, agent: Actor, caller: Caller, head: Actor):
        sent(caller)
        with transaction() as session:
            lock(session, session.get_one(Account, caller.account.id), head, LockReason.SUSPICION)
        shown = look(agent, caller)
        assert shown["matched"]
        assert shown["acts"] == set()
        assert "cơ quan BHXH" in shown["say"][0]
        with pytest.raises(Conflict, match="tạm khóa"):
            calls.reset(agent, shown["pass"])
        with transaction() as session:
            assert session.get_one(Account, caller.account.id).status is AccountStatus.LOCKED


class TestPass:
    def test_another_agents_pass_opens_nothing(self, agent: Actor, caller: Caller):
        with transaction() as session:
            other = make_actor(session, Role.HOTLINE)
        with pytest.raises(Conflict) as refused:
            calls.reset(other, matched(agent, caller))
        assert refused.value.code == "pass_over"
        assert messages() == []

    def test_a_pass_is_good_for_ten_minutes(self, agent: Actor, caller: Caller):
        sealed = matched(agent, caller)
        with clock.at(clock.now() + timedelta(minutes=10, seconds=1)), pytest.raises(Conflict):
            calls.reset(agent, sealed)
        assert messages() == []

    def test_a_call_that_matched_nobody_acts_on_nobody(self, agent: Actor, caller: Caller):
        sealed = calls.look(agent, STRANGERS_PHONE, caller.code)["pass"]
        with pytest.raises(Conflict):
            calls.reset(agent, sealed)

    @pytest.mark.parametrize("text", ["", "x", "AAAA", "é", "A" * 400])
    def test_what_is_no_pass_is_refused_politely(self, agent: Actor, text: str):
        with pytest.raises(Conflict):
            calls.reset(agent, text)

    def test_d6_once_the_number_is_another_the_pass_opens_nothing(self, agent: Actor, caller: Caller, head: Actor):
        sealed = matched(agent, caller)
        with transaction() as session:
            change_phone(session, session.get_one(Account, caller.account.id), "0971234567", head)
        with pytest.raises(Conflict):
            calls.reset(agent, sealed)

    def test_it_holds_nothing_personal_in_clear(self, agent: Actor, caller: Caller):
        sealed = matched(agent, caller)
        assert caller.code not in sealed
        assert caller.phone not in sealed


class TestWeek:
    def give_out(self, agent: Actor, caller: Caller) -> None:
        for _ in range(MOST):
            calls.reset(agent, matched(agent, caller))

    def test_the_fourth_within_a_week_is_refused_to_an_agent_and_the_screen_says_so_before(
        self, agent: Actor, caller: Caller
    ):
        self.give_out(agent, caller)
        shown = look(agent, caller)
        assert "reset" not in shown["acts"]
        assert "trưởng ca" in shown["why_not"]
        with pytest.raises(Conflict) as refused:
            calls.reset(agent, shown["pass"])
        assert refused.value.code == "reset_limit"
        (alarm,) = alarms(AlarmKind.MANY_RESETS)
        assert (alarm.account_id, alarm.officer_id) == (caller.account.id, agent.id)

    def test_a_supervisor_of_the_hotline_may(self, agent: Actor, caller: Caller, head: Actor):
        self.give_out(agent, caller)
        calls.reset(head, matched(head, caller))
        assert len(trail(TrailEvent.RESET)) == MOST + 1
        assert alarms(AlarmKind.MANY_RESETS) == []

    def test_what_the_desk_gave_out_does_not_count(self, agent: Actor, caller: Caller):
        from backoffice.accounts.desk_actions import reset

        with transaction() as session:
            officer = make_actor(session)
            for _ in range(MOST):
                reset(session, session.get_one(Account, caller.account.id), officer)
        calls.reset(agent, matched(agent, caller))
        assert alarms(AlarmKind.MANY_RESETS) == []
        assert [row.actor_id for row in trail(TrailEvent.RESET)] == [*[officer.id] * MOST, agent.id]

    def test_a_reset_and_then_a_new_device_within_the_hour_is_flagged(self, agent: Actor, caller: Caller):
        sent(caller)
        calls.reset(agent, matched(agent, caller))
        with transaction() as session:
            issue = newest_issue(session, caller.account.id)
            assert issue is not None
            password = make_attempt(session, issue)
        due = sign_in.sign_in(caller.code, password, device="d", kind=SessionKind.APP, address="203.0.113.9")
        assert isinstance(due, Due)
        sign_in.choose_password(due.proof, "chiếc nón lá ngày mưa", "chiếc nón lá ngày mưa")
        with transaction() as session:
            assert [one.kind for one in session.query(Alarm)] == [AlarmKind.RESET_THEN_DEVICE]
