"""K5: the citizen is told of the deadline again, once, three days before it and never at night."""

from datetime import datetime, timedelta

import pytest

from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.kernel import clock
from backoffice.kernel.clock import VIETNAM
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Notice, NoticeChannel, NoticeKind
from tests.expiry.helpers import NOON, Known, declared, officer

pytestmark = pytest.mark.usefixtures("database")

REMINDER_MORNING = datetime(2026, 11, 16, 8, 0, tzinfo=VIETNAM)
"""Three days before Thursday, 19 November."""


def reminders_of(declaration: Known) -> list[Notice]:
    with transaction() as session:
        return (
            session.query(Notice)
            .filter_by(declaration_id=declaration.id, kind=NoticeKind.REMINDER)
            .order_by(Notice.id)
            .all()
        )


def test_k5_the_reminder_goes_to_the_declared_phone_and_names_the_day():
    declaration = declared(phone="0981234567")
    with clock.at(REMINDER_MORNING):
        assert actions.remind() == 1
    (notice,) = reminders_of(declaration)
    assert (notice.channel, notice.recipient) == (NoticeChannel.SMS, "0981234567")
    assert "19/11/2026" in notice.body
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).reminded_at == REMINDER_MORNING


def test_k5_nobody_is_reminded_before_the_third_day():
    declaration = declared()
    with clock.at(REMINDER_MORNING - timedelta(hours=13)):  # 19:00 the evening before
        assert actions.remind() == 0
    assert reminders_of(declaration) == []


def test_k5_everybody_is_reminded_once():
    declaration = declared()
    with clock.at(REMINDER_MORNING):
        assert [actions.remind(), actions.remind()] == [1, 0]
    with clock.at(REMINDER_MORNING + timedelta(days=1)):
        assert actions.remind() == 0
    assert len(reminders_of(declaration)) == 1


@pytest.mark.parametrize("hour", [20, 23, 31])
def test_k5_nobody_is_reminded_at_night(hour: int):
    declaration = declared()
    with clock.at(REMINDER_MORNING.replace(hour=0) + timedelta(hours=hour)):
        assert actions.remind() == 0
    assert reminders_of(declaration) == []


@pytest.mark.parametrize("hour", [8, 19])
def test_k5_everybody_is_reminded_by_day(hour: int):
    declaration = declared()
    with clock.at(REMINDER_MORNING.replace(hour=hour, minute=59)):
        assert actions.remind() == 1
    assert len(reminders_of(declaration)) == 1


def test_k5_who_was_missed_on_the_third_day_is_reminded_on_the_last():
    declaration = declared()
    with clock.at(declaration.expires_at.astimezone(VIETNAM).replace(hour=10)):
        assert actions.remind() == 1


def test_k4_who_has_handed_in_is_not_reminded():
    declaration, lan = declared(), officer()
    with clock.at(NOON + timedelta(days=1)):
        decision.present(declaration.receipt_code, lan)
    with clock.at(REMINDER_MORNING):
        assert actions.remind() == 0
    assert reminders_of(declaration) == []


def test_what_is_overdue_is_not_reminded_of_any_more():
    declared()
    with clock.at(NOON + timedelta(days=11)):
        assert actions.remind() == 0


def test_k7_waiting_for_supplement_has_a_reminder_of_its_own():
    declaration, lan = declared(), officer()
    with clock.at(REMINDER_MORNING):
        actions.remind()
    with clock.at(REMINDER_MORNING + timedelta(hours=2)):
        decision.claim(declaration.receipt_code, lan)
        decision.supplement(declaration.receipt_code, lan, "Thiếu chữ ký")
        assert actions.remind() == 0
    with clock.at(datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM)):  # new last day: Thursday, 26 November
        assert [actions.remind(), actions.remind()] == [1, 0]
    assert "26/11/2026" in reminders_of(declaration)[-1].body


def test_a_limit_is_kept():
    for _ in range(3):
        declared()
    with clock.at(REMINDER_MORNING):
        assert [actions.remind(limit=2), actions.remind(limit=2)] == [2, 1]
