"""What is told, to whom, by which way: rows in the transaction of their cause (D9, K2, K3, K7)."""

from __future__ import annotations

from datetime import datetime

import pytest
from rq import Queue

from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import actions, leases, messages
from backoffice.notices.credentials import issue_credentials
from backoffice.rules.reasons import Reason
from tests import factories
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")

EMAIL = "nguoi.thu@example.vn"


def told() -> list[tuple[NoticeKind, NoticeChannel, str, str]]:
    return [(notice.kind, notice.channel, notice.recipient, notice.lane) for notice in notices()]


def jobs(lane: str) -> list[str]:
    return [job.func_name for job in Queue(lane, connection=queue.connection()).jobs]


def test_a_received_declaration_is_confirmed_by_sms() -> None:
    """D7, D10."""
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", email=EMAIL)
        actions.declaration_received(session, declaration)
    assert told() == [(NoticeKind.RECEIVED, NoticeChannel.SMS, "0981234567", queue.DEFAULT)]
    (notice,) = notices()
    assert (notice.status, notice.tries, notice.declaration_id) == (NoticeStatus.QUEUED, 0, declaration.id)
    assert "BHXH Mau 00114" in notice.body


def test_form_01_is_mailed_when_it_was_asked_for() -> None:
    """D9."""
    with transaction() as session:
        declaration = factories.make_declaration(session, email=EMAIL, send_form01_by_email=True)
        actions.declaration_received(session, declaration)
    _, mail = notices()
    assert (mail.kind, mail.channel, mail.recipient) == (NoticeKind.FORM01, NoticeChannel.EMAIL, EMAIL)
    assert mail.attach_form01
    assert mail.subject
    assert mail.html


def test_form_01_is_not_mailed_without_an_address() -> None:
    """D9."""
    with transaction() as session:
        declaration = factories.make_declaration(session, email=None, send_form01_by_email=True)
        actions.declaration_received(session, declaration)
    assert [notice.channel for notice in notices()] == [NoticeChannel.SMS]


def test_an_approval_sends_the_password_by_sms_and_the_acceptance_by_mail() -> None:
    """K2."""
    with transaction() as session:
        declaration = factories.make_declaration(session)
        account = factories.make_account(session, phone="0981234567", email=EMAIL)
        issue = issue_credentials(session, account, 7)
        actions.approved(session, declaration, account, issue)
    assert told() == [
        (NoticeKind.APPROVED, NoticeChannel.SMS, "0981234567", queue.COUNTER),
        (NoticeKind.APPROVED, NoticeChannel.EMAIL, EMAIL, queue.DEFAULT),
    ]
    sms, mail = notices()
    assert sms.credential_issue_id == issue.id
    assert mail.credential_issue_id is None
    assert messages.MASK in sms.body
    assert {sms.account_id, mail.account_id} == {account.id}
    assert {sms.declaration_id, mail.declaration_id} == {declaration.id}


def test_an_approval_without_an_address_sends_no_mail() -> None:
    """K2: "if any"."""
    with transaction() as session:
        account = factories.make_account(session, email=None)
        actions.approved(session, factories.make_declaration(session), account, issue_credentials(session, account, 7))
    assert [notice.channel for notice in notices()] == [NoticeChannel.SMS]


def test_a_refusal_goes_by_sms_and_mail_and_says_what_the_preview_said() -> None:
    """K3."""
    reasons, note = [Reason.NAME_DIFFERS, Reason.OTHER], "Xin mang theo giấy khai sinh"
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", email=EMAIL)
        preview = actions.preview_rejection(declaration, reasons, note)
        actions.rejected(session, declaration, reasons, note)
    assert told() == [
        (NoticeKind.REJECTED, NoticeChannel.SMS, "0981234567", queue.COUNTER),
        (NoticeKind.REJECTED, NoticeChannel.EMAIL, EMAIL, queue.DEFAULT),
    ]
    sms, mail = notices()
    assert (sms.body, mail.subject, mail.body) == (preview.sms, preview.subject, preview.mail)
    assert "Ho ten khong khop giay to" in preview.sms
    assert note in preview.mail


def test_the_preview_shows_no_mail_when_none_would_go() -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session, email=None)
        preview = actions.preview_rejection(declaration, [Reason.NAME_DIFFERS], "")
    assert (preview.subject, preview.mail) == ("", "")
    assert notices() == []


def test_a_supplement_goes_by_sms_and_mail_with_the_new_deadline() -> None:
    """K7."""
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", email=EMAIL)
        actions.supplement(session, declaration, "Mẫu số 01 chưa ký")
    assert told() == [
        (NoticeKind.SUPPLEMENT, NoticeChannel.SMS, "0981234567", queue.COUNTER),
        (NoticeKind.SUPPLEMENT, NoticeChannel.EMAIL, EMAIL, queue.DEFAULT),
    ]
    assert declaration.expires_at is not None
    day = clock.local(declaration.expires_at)
    assert f"cham nhat {day:%d/%m}." in notices()[0].body
    assert f"{day:%d/%m/%Y}" in notices()[1].body


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-20T07:59:59+07:00", "2026-11-20T08:00:00+07:00"),
        ("2026-11-20T08:00:00+07:00", "2026-11-20T08:00:00+07:00"),
        ("2026-11-20T19:59:59+07:00", "2026-11-20T19:59:59+07:00"),
        ("2026-11-20T20:00:00+07:00", "2026-11-21T08:00:00+07:00"),
        ("2026-11-20T23:59:59+07:00", "2026-11-21T08:00:00+07:00"),
    ],
)
def test_a_reminder_of_the_night_waits_until_eight(asked: str, due: str) -> None:
    """wording.md: none between 20:00 and 08:00."""
    with clock.at(datetime.fromisoformat(asked)), transaction() as session:
        actions.reminder(session, factories.make_declaration(session))
    (notice,) = notices()
    assert notice.kind is NoticeKind.REMINDER
    assert notice.next_try_at == datetime.fromisoformat(due)


def test_a_confirmation_does_not_wait_for_the_morning() -> None:
    night = datetime.fromisoformat("2026-11-20T23:00:00+07:00")
    with clock.at(night), transaction() as session:
        actions.declaration_received(session, factories.make_declaration(session))
    assert notices()[0].next_try_at == night


def test_withdrawing_cancels_what_waits_and_leaves_what_is_on_its_way() -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session, email=EMAIL)
        other = factories.make_declaration(session)
        actions.declaration_received(session, declaration)
        leases.take(session, queue.DEFAULT, 1)
        actions.supplement(session, declaration, "Mẫu số 01 chưa ký")
        actions.declaration_received(session, other)
        actions.cancel_for(session, declaration)
    assert [(notice.declaration_id, notice.status) for notice in notices()] == [
        (declaration.id, NoticeStatus.SENDING),
        (declaration.id, NoticeStatus.CANCELLED),
        (declaration.id, NoticeStatus.CANCELLED),
        (other.id, NoticeStatus.QUEUED),
    ]


def test_each_lane_is_asked_once_after_the_commit() -> None:
    with transaction() as session:
        for _ in range(3):
            declaration = factories.make_declaration(session, email=EMAIL)
            actions.declaration_received(session, declaration)
            actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
        assert (jobs(queue.COUNTER), jobs(queue.DEFAULT)) == ([], [])
    assert jobs(queue.COUNTER) == ["backoffice.notices.jobs.drain_counter"]
    assert jobs(queue.DEFAULT) == ["backoffice.notices.jobs.drain_default"]


def _fails_after_telling() -> None:
    with transaction() as session:
        actions.declaration_received(session, factories.make_declaration(session))
        raise ZeroDivisionError


def test_a_transaction_that_fails_tells_nobody_anything() -> None:
    with pytest.raises(ZeroDivisionError):
        _fails_after_telling()
    assert notices() == []
    assert jobs(queue.DEFAULT) == []
