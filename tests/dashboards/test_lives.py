"""Whatever officers do in whichever order, the figures are what is there to be counted (K4, K6, K7, K8, D6)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from backoffice.dashboards import figures, folding
from backoffice.desk.tabs import Tab, condition, tab_values
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration
from tests.dashboards.counting import assert_right
from tests.dashboards.lives import BEGINNING, Life

pytestmark = pytest.mark.usefixtures("database")

TABS = (Tab.WAITING, Tab.PRESENTED, Tab.SUPPLEMENT, Tab.DUE_TODAY, Tab.ESCALATED)
COUNTS = {tab: select(func.count()).select_from(Declaration).where(condition(tab)) for tab in TABS}


def test_after_every_act_the_figures_are_what_they_count_added_up_or_not():
    life = Life(1)
    for number in range(120):
        life.go_on()
        with clock.at(life.now):
            if number % 10 == 0:
                assert_right()
                before = seen(life)
                folding.fold()
                assert seen(life) == before
            assert_the_tabs_agree(life)
    with clock.at(life.now):
        assert_right()
        assert_all_happened(life)


def seen(life: Life) -> figures.Figures:
    with transaction() as session:
        return figures.read(session, "000.", BEGINNING.date(), clock.today())


def assert_all_happened(life: Life) -> None:
    """The dice came upon every door."""
    now = seen(life)
    assert min(now.approved, now.rejected, now.withdrawn, now.expired, now.asked, now.arrived, now.sms_failed) > 0
    assert life.refused < life.done


def assert_the_tabs_agree(life: Life) -> None:
    """What the dashboard says to be there now is what the queue's tabs count."""
    now = seen(life)
    with transaction() as session:
        counted = [session.execute(one, tab_values(life.supervisor)).scalar_one() for one in COUNTS.values()]
    assert [now.waiting, now.presented, now.supplement, now.due_today, now.escalated] == counted
