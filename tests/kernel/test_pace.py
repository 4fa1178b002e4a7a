"""So many a second over all processes; who must not wait passes the others (issue 5 items 1 and 2)."""

from __future__ import annotations

import pytest

from backoffice.config import Settings
from backoffice.kernel import pace, queue

pytestmark = pytest.mark.usefixtures("database")
SLOW = 0.01
"""Places a second: the next one is far away."""


def test_the_first_place_is_free_and_the_next_one_is_waited_for() -> None:
    assert pace.wait_for("gw", SLOW, 0.0) == 0
    assert 90 < pace.wait_for("gw", SLOW, 0.0) <= 100


def test_being_told_to_wait_takes_no_place() -> None:
    pace.wait_for("gw", SLOW, 0.0)
    first, second = pace.wait_for("gw", SLOW, 0.0), pace.wait_for("gw", SLOW, 0.0)
    assert second <= first


def test_who_may_go_ahead_takes_the_place_others_wait_for() -> None:
    """The citizen at the counter before lists and reminders."""
    pace.wait_for("gw", SLOW, 0.0)
    assert pace.wait_for("gw", SLOW, 100.0) == 0
    assert pace.wait_for("gw", SLOW, 0.0) > 150, "and the others wait for both"


def test_gateways_have_clocks_of_their_own() -> None:
    pace.wait_for("one", SLOW, 0.0)
    assert pace.wait_for("other", SLOW, 0.0) == 0


def test_without_the_queue_each_process_keeps_the_pace_by_itself(started: Settings) -> None:
    queue.configure("unix:///nowhere/at-all.sock")
    try:
        assert pace.wait_for("alone", SLOW, 0.0) == 0
        assert 90 < pace.wait_for("alone", SLOW, 0.0) <= 100
    finally:
        queue.configure(started.redis_url)


def test_a_clock_that_was_set_back_stops_nobody() -> None:
    pace.wait_for("gw", SLOW, 0.0)
    queue.connection().set("pace:gw", str(10**18))
    assert pace.wait_for("gw", SLOW, 0.0) == 0
