"""Figures are compared with what they count, and put right."""

from __future__ import annotations

from backoffice.kernel.db import transaction
from tests.dashboards.counting import assert_right, count_all
from tests.factories import make_declaration


def test_what_came_past_the_doors_is_counted_once(database: None) -> None:
    with transaction() as session:
        make_declaration(session)
    count_all()
    assert_right()
