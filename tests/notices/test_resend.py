"""A message ordered once more: what may be repeated word by word, and what may not (design 4, Credentials)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from backoffice.gateways.email import Letter
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import actions, jobs
from backoffice.notices.credentials import issue_credentials
from backoffice.notices.queries import for_declaration, newest, sms_times
from backoffice.rules.reasons import Reason
from tests import factories
from tests.notices.gateways import Mail, Sms, notices

pytestmark = pytest.mark.usefixtures("gateways")
EMAIL = "nguoi.thu@example.vn"


def refused(**values: object) -> factories.Declaration:
    with transaction() as session:
        declaration = factories.make_declaration(session, phone="0981234567", **values)
        actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
    return declaration


def test_the_words_kept_are_the_words_sent_again_and_what_waited_is_cancelled(sms: Sms) -> None:
    declaration = refused()
    with transaction() as session:
        assert actions.same_again(session, declaration, NoticeKind.REJECTED)
    jobs.drain(queue.COUNTER)
    first, second = notices()
    assert (first.status, second.status) == (NoticeStatus.CANCELLED, NoticeStatus.DELIVERED)
    assert (second.recipient, second.lane, second.declaration_id) == (first.recipient, first.lane, declaration.id)
    assert sms.sent == [(second.id, first.body)]


def test_a_letter_goes_again_when_it_failed_and_not_when_it_went(mail: Mail) -> None:
    declaration = refused(email=EMAIL)
    jobs.drain(queue.DEFAULT)
    with transaction() as session:
        actions.same_again(session, declaration, NoticeKind.REJECTED)
    assert [one.channel for one in notices()].count(NoticeChannel.EMAIL) == 1
    with transaction() as session:
        last = newest(session, declaration.id, NoticeKind.REJECTED, NoticeChannel.EMAIL)
        assert last is not None
        last.status = NoticeStatus.FAILED
        actions.same_again(session, declaration, NoticeKind.REJECTED)
    jobs.drain(queue.DEFAULT)
    (_, first), (_, second) = mail.sent
    assert _without_link(first) == _without_link(second)
    assert first.text != second.text, "each try takes a link of its own along"


def test_there_is_nothing_to_repeat_of_a_kind_that_never_went() -> None:
    with transaction() as session:
        declaration = factories.make_declaration(session)
        assert not actions.same_again(session, declaration, NoticeKind.SUPPLEMENT)
    assert notices() == []


def test_a_message_with_a_password_is_never_repeated() -> None:
    with transaction() as session:
        declaration, account = factories.make_declaration(session), factories.make_account(session)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
        with pytest.raises(ValueError, match="new issue"):
            actions.same_again(session, declaration, NoticeKind.APPROVED)
    assert len(notices()) == 1


@pytest.mark.parametrize(
    ("by_mail", "letters"), [(True, [NoticeStatus.CANCELLED, NoticeStatus.QUEUED]), (False, [NoticeStatus.QUEUED])]
)
def test_an_acceptance_that_is_mailed_again_replaces_the_one_that_waits(
    by_mail: bool, letters: list[NoticeStatus]
) -> None:
    with transaction() as session:
        declaration, account = factories.make_declaration(session), factories.make_account(session, email=EMAIL)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
        newer = issue_credentials(session, account, 7)
        actions.approved_again(session, declaration, account, newer, by_mail=by_mail)
    assert [one.status for one in notices() if one.channel is NoticeChannel.EMAIL] == letters
    sent = [one for one in notices() if one.channel is NoticeChannel.SMS]
    assert [(one.status, one.credential_issue_id == newer.id) for one in sent] == [
        (NoticeStatus.CANCELLED, False),
        (NoticeStatus.QUEUED, True),
    ]


def test_an_hours_sms_of_a_kind_are_told_latest_first() -> None:
    now = clock.now()
    with transaction() as session:
        declaration, other = factories.make_declaration(session, email=EMAIL), factories.make_declaration(session)
        for minutes in (61, 60, 5):
            with clock.at(now - timedelta(minutes=minutes)):
                actions.rejected(session, declaration, [Reason.NAME_DIFFERS], "")
                actions.rejected(session, other, [Reason.NAME_DIFFERS], "")
                actions.supplement(session, declaration, "x")
        times = sms_times(session, declaration.id, NoticeKind.REJECTED, now - timedelta(hours=1))
    assert times == [now - timedelta(minutes=5), now - timedelta(minutes=60)]


def test_who_saw_it_stands_with_the_message() -> None:
    declaration = refused()
    with transaction() as session:
        officer = factories.make_actor(session, full_name="Trần Thị Lan")
        last = newest(session, declaration.id, NoticeKind.REJECTED, NoticeChannel.SMS)
        assert last is not None
        actions.seen(session, last, officer)
    with transaction() as session:
        (line,) = for_declaration(session, declaration.id)
    assert (line.seen_by, line.seen_at is not None) == ("Trần Thị Lan", True)


def _without_link(letter: Letter) -> Letter:
    text, html = (re.sub(r"/declare/again/[\w-]{43}", "", part or "") for part in (letter.text, letter.html))
    return replace(letter, text=text, html=html)
