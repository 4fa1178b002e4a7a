"""What is on the worklist and what is not; its count is the queue's, its pages hold each message once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.accounts.sign_in import set_password
from backoffice.decision import steps
from backoffice.decision.transfer import transfer
from backoffice.desk.queries import counts
from backoffice.desk.tabs import Tab
from backoffice.followup import queries
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountStatus,
    Declaration,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Role,
    Status,
)
from backoffice.rules.actors import Actor
from tests.decision.decided import approved, messages, rejected, send, sent_back
from tests.factories import make_account, make_actor, make_declaration, make_office
from tests.followup.undelivered import make_notice, make_reset, worklist

FAILS = "0981230001"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Nguyễn Thị Tiếp")


@pytest.mark.parametrize(
    ("status", "listed"),
    [(status, status in (NoticeStatus.FAILED, NoticeStatus.UNKNOWN)) for status in NoticeStatus],
)
def test_what_failed_and_what_is_unknown_waits_for_somebody(officer: Actor, status: NoticeStatus, listed: bool):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session), status=status)
    assert worklist(officer) == ([notice.id] if listed else [])


def test_what_the_citizen_has_shown_at_the_desk_has_arrived(officer: Actor):
    with transaction() as session:
        make_notice(session, about=make_declaration(session), status=NoticeStatus.UNKNOWN, seen_at=clock.now())
    assert worklist(officer) == []


def test_a_one_time_code_is_never_called_after(officer: Actor):
    with transaction() as session:
        make_notice(session, NoticeKind.OTP, about=make_account(session))
    assert worklist(officer) == []


@pytest.mark.parametrize("status", NoticeStatus)
def test_a_later_message_of_the_kind_and_way_takes_its_place_unless_it_was_cancelled(
    officer: Actor, status: NoticeStatus
):
    with transaction() as session:
        declaration = make_declaration(session)
        first = make_notice(session, about=declaration)
        later = make_notice(session, about=declaration, status=status)
        make_notice(session, about=declaration, status=NoticeStatus.QUEUED, channel=NoticeChannel.EMAIL)
        make_notice(session, NoticeKind.REMINDER, about=declaration, status=NoticeStatus.QUEUED)
    is_listed = status in (NoticeStatus.FAILED, NoticeStatus.UNKNOWN)
    expected = [first.id] if status is NoticeStatus.CANCELLED else [later.id] if is_listed else []
    assert worklist(officer) == expected


@pytest.mark.parametrize(
    "kind",
    [NoticeKind.RECEIVED, NoticeKind.FORM01, NoticeKind.REMINDER, NoticeKind.SUPPLEMENT, NoticeKind.MOVED],
)
def test_k4_what_asks_the_citizen_to_come_is_worth_something_while_the_citizen_is_waited_for(
    officer: Actor, kind: NoticeKind
):
    with transaction() as session:
        declaration = make_declaration(session)
        notice = make_notice(session, kind, about=declaration)
        decided = make_declaration(session, status=Status.REJECTED)
        make_notice(session, kind, about=decided)
    assert worklist(officer) == [notice.id]
    with transaction() as session:
        steps.present(session, session.get_one(Declaration, declaration.id), officer)
    assert worklist(officer) == []


def test_k11_nobody_is_told_anything_of_an_escalated_declaration(officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
        make_notice(session, about=declaration)
        steps.escalate(session, declaration, officer, "Nghi giả mạo")
    assert worklist(officer) == []


def test_k2_an_approvals_messages_count_until_the_first_sign_in(officer: Actor):
    approved(officer, phone=FAILS, email="nguoi.thu@example.vn")
    send()
    with transaction() as session:
        account = session.query(Account).one()
        make_notice(session, NoticeKind.APPROVED, about=account, channel=NoticeChannel.EMAIL)
    assert len(worklist(officer)) == 2
    with transaction() as session:
        set_password(session, session.query(Account).one(), hash_password("của tôi"))
    assert worklist(officer) == []


def test_only_the_newest_unused_issue_of_an_account_in_use_counts(officer: Actor):
    with transaction() as session:
        account = make_account(session)
        make_reset(session, account)
        newest = make_reset(session, account)
    assert worklist(officer) == [newest.id]
    with transaction() as session:
        session.get_one(Account, account.id).status = AccountStatus.LOCKED
    assert worklist(officer) == []


def test_an_expired_password_that_never_arrived_is_still_waited_for(officer: Actor):
    with clock.at(clock.now() - timedelta(days=8)), transaction() as session:
        notice = make_reset(session, make_account(session))
    assert worklist(officer) == [notice.id]


def test_what_told_the_former_number_of_a_change_is_not_called_after(officer: Actor):
    with transaction() as session:
        account = make_account(session)
        new = make_notice(session, NoticeKind.PHONE_CHANGED, about=account)
        make_notice(session, NoticeKind.PHONE_CHANGED, about=account, recipient="0981239999")
    assert worklist(officer) == [new.id]


def test_passwords_refusals_and_supplements_come_first_and_the_oldest_of_them(officer: Actor):
    with transaction() as session:
        confirmation = make_notice(session, about=make_declaration(session))
    refused, asked = rejected(officer, phone="0981240001"), sent_back(officer, phone="0981250001")
    opened = approved(officer, phone="0981260001")
    send()
    first = [messages(one)[0].id for one in (refused, asked, opened)]
    assert worklist(officer) == [*first, confirmation.id]


def test_pages_hold_each_message_once_in_order(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    queries._page.cache_clear()
    with transaction() as session:
        made = [make_notice(session, about=make_declaration(session)).id for _ in range(3)]
        waited = [make_reset(session, make_account(session)).id for _ in range(2)]
    try:
        assert worklist(officer) == waited + made
    finally:
        queries._page.cache_clear()


@pytest.mark.parametrize(
    "after", ["", "x", "2_5", "0_", "0_99999999999999999999999", "0_" + "0" * 20 + "9" * 20, "1_-4", "0_1;drop"]
)
def test_a_mangled_address_shows_the_first_page(officer: Actor, after: str):
    with transaction() as session:
        notice = make_notice(session, about=make_declaration(session))
        assert [line.id for line in queries.page(session, officer, after).lines] == [notice.id]


def test_each_sees_the_own_scope_and_the_queues_tab_counts_the_same(officer: Actor):
    with transaction() as session:
        elsewhere = make_office(session, "00131")
        far = make_office(session, "07901")
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
        here = make_notice(session, about=make_declaration(session)).id
        there = make_notice(session, about=make_declaration(session, office=elsewhere)).id
        make_notice(session, about=make_declaration(session, office=far))
    assert worklist(officer) == [here]
    assert worklist(supervisor) == [here, there]
    with transaction() as session:
        assert counts(session, officer)[Tab.UNDELIVERED] == 1
        assert counts(session, supervisor)[Tab.UNDELIVERED] == 2


def test_k8_who_takes_a_declaration_over_sees_to_its_messages(officer: Actor):
    with transaction() as session:
        declaration = make_declaration(session, office=make_office(session, "00131"))
        notice = make_notice(session, about=declaration)
    assert worklist(officer) == []
    transfer(declaration.receipt_code, officer, "Công dân đến nộp tại đây")
    assert notice.id in worklist(officer)
