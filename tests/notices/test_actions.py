"""What is told, to whom, by which way: rows in the transaction of their cause (D9, K2, K3, K7)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from rq import Queue
from sqlalchemy.orm import Session

from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import account_actions, actions, batch_results, leases, mailed_codes, messages, one_time, outbox
from backoffice.notices.account_messages import Told
from backoffice.notices.credentials import issue_credentials
from backoffice.rules.reasons import Reason
from tests import factories
from tests.batches.files import make_batch
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


def test_d11_what_is_about_a_child_goes_to_the_guardian_in_words_of_its_own() -> None:
    with transaction() as session:
        child = factories.make_declaration(session, phone="0981234567", email=EMAIL, guardian_bhxh_code="0201020304")
        account = factories.make_account(session, email=EMAIL)
        actions.declaration_received(session, child)
        actions.approved(session, child, account, issue_credentials(session, account, 7))
    received, sms, mail = notices()
    assert "cua con: mang CCCD, khai sinh" in received.body
    assert "VssID cua con." in sms.body
    assert "của trẻ" in (mail.subject or "")


def test_k8_a_move_is_told_by_sms_and_mail() -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", email=EMAIL)
        move(session, declaration)
    assert told() == [
        (NoticeKind.MOVED, NoticeChannel.SMS, "0981234567", queue.DEFAULT),
        (NoticeKind.MOVED, NoticeChannel.EMAIL, EMAIL, queue.DEFAULT),
    ]
    for notice in notices():
        assert "00131" in notice.body


def test_k8_the_messages_of_a_declaration_move_with_it_and_those_of_others_stay() -> None:
    """What did not arrive is seen to by the office that has the declaration now."""
    with transaction() as session:
        declaration, other = factories.make_declaration(session), factories.make_declaration(session)
        for one in (declaration, other):
            actions.supplement(session, one, "Mẫu số 01 chưa ký")
        former = declaration.office_id
        move(session, declaration)
    assert {notice.declaration_id: notice.office_id for notice in notices()} == {
        declaration.id: declaration.office_id,
        other.id: former,
    }
    assert declaration.office_id != former


def test_k8_nothing_that_waits_sends_the_citizen_to_the_former_office() -> None:
    """The confirmation and the reminder go no more; form 01 goes with a letter that names the new office."""
    with transaction() as session:
        declaration = factories.make_declaration(session, email=EMAIL, send_form01_by_email=True)
        actions.declaration_received(session, declaration)
        actions.reminder(session, declaration)
        move(session, declaration)
    waiting = [notice for notice in notices() if notice.status is NoticeStatus.QUEUED]
    assert [(notice.kind, notice.channel) for notice in waiting] == [
        (NoticeKind.MOVED, NoticeChannel.SMS),
        (NoticeKind.MOVED, NoticeChannel.EMAIL),
        (NoticeKind.FORM01, NoticeChannel.EMAIL),
    ]
    assert all("00114" not in notice.body for notice in waiting)
    assert waiting[-1].attach_form01


def test_k8_form_01_that_went_is_not_sent_again() -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session, email=EMAIL, send_form01_by_email=True)
        actions.declaration_received(session, declaration)
        leases.take(session, queue.DEFAULT, 2)
        move(session, declaration)
    assert [notice.kind for notice in notices()].count(NoticeKind.FORM01) == 1


def move(session: Session, declaration: Declaration) -> None:
    """Let office 00131 have the declaration, and say so."""
    declaration.office_id = factories.make_office(session, "00131").id
    session.flush()
    actions.moved(session, declaration)


def all_kinds(session: Session) -> None:
    """Have one message of each kind ordered."""
    declaration = factories.make_declaration(session, email=EMAIL, send_form01_by_email=True)
    account = factories.make_account(session, email=EMAIL)
    actions.declaration_received(session, declaration)
    actions.reminder(session, declaration)
    actions.approved(session, declaration, account, issue_credentials(session, account, 7))
    actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
    actions.supplement(session, declaration, "Mẫu số 01 chưa ký")
    actions.moved(session, declaration)
    account_actions.reset_password(session, account, issue_credentials(session, account, 7))
    account_actions.password_changed(session, account)
    account_actions.phone_taken_up(session, account)
    account_actions.email_changed(session, account, "cu@example.vn")
    account_actions.adjusted(session, account, declaration, ["Họ và tên"], by_sms=True)
    account_actions.locked(session, account, by_sms=True)
    account_actions.closed(session, account, by_sms=True)
    one_time.order(session, account, one_time.Purpose.SIGN_IN)
    account_actions.reset_told(session, account, Told.HOTLINE, by_sms=True)
    account_actions.password_ends(session, account, clock.now() + timedelta(days=14))
    account_actions.email_link(session, account, "https://desk.example.vn/account/email/x", clock.today())
    account.email_confirmed = account.email
    session.flush()
    assert mailed_codes.order(session, account)
    told = batch_results.Told(1, "Trường THPT Mẫu", "lop.xlsx", "số 1", 3, 2, 1, 0)
    batch_results.post(session, make_batch(session), told, "truong@example.vn", b"tep", "ket-qua.xlsx")


def test_at_night_reminders_alone_wait_and_what_somebody_needs_goes() -> None:
    """wording.md: no reminder or list SMS between 20:00 and 08:00."""
    night = datetime.fromisoformat("2026-11-20T23:00:00+07:00")
    with clock.at(night), transaction() as session:
        all_kinds(session)
    assert {notice.kind for notice in notices()} == set(NoticeKind)
    assert {notice.kind for notice in notices() if notice.next_try_at > night} == {
        NoticeKind.REMINDER,
        NoticeKind.PASSWORD_ENDS,
    }


@pytest.mark.parametrize("kind", [NoticeKind.RECEIVED, NoticeKind.APPROVED, NoticeKind.MOVED])
def test_an_sms_of_a_list_waits_for_the_morning_whatever_it_says_and_a_letter_does_not(kind: NoticeKind) -> None:
    """wording.md; a list of hundreds rings nobody out of bed."""
    night = datetime.fromisoformat("2026-11-20T23:00:00+07:00")
    with clock.at(night), transaction() as session:
        outbox.post(session, kind, NoticeChannel.SMS, "0981234567", lane=queue.BULK, body="BHXH: thu")
        outbox.post(session, kind, NoticeChannel.EMAIL, EMAIL, lane=queue.BULK, body="Kính gửi")
    sms, letter = notices()
    assert sms.next_try_at == datetime.fromisoformat("2026-11-21T08:00:00+07:00")
    assert letter.next_try_at == night


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
