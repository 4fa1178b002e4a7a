"""An office that is being closed takes nobody in: who adds or moves an officer waits, and then sees it (D8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from sqlalchemy import select, text, update

from backoffice.kernel import clock, db
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.models import Office
from backoffice.officers import access, actions, commands
from backoffice.offices import actions as offices
from tests.officers.conftest import House
from tests.officers.helpers import an_officer, mark, profile, the

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def until_somebody_waits() -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        given_up = monotonic() + 30
        while not connection.scalar(WAITING):
            assert monotonic() < given_up, "nobody waits"


def while_00115_is_being_closed(act: Callable[[], object]) -> None:
    """Begin the act while the office's row is locked, as a merge has it, and closed before the act goes on."""
    with ThreadPoolExecutor(1) as pool:
        with db.engine().begin() as connection:
            row = Office.code == "00115"
            connection.execute(select(Office.id).where(row).with_for_update(key_share=True))
            begun = pool.submit(act)
            until_somebody_waits()
            connection.execute(update(Office).where(row).values(closed_at=clock.now()))
        begun.result()


def test_nobody_is_added_to_it(house: House):
    with pytest.raises(InvalidInput):
        while_00115_is_being_closed(lambda: actions.create(house.root, "lan", profile(office="00115")))


def test_nobody_is_moved_to_it(house: House):
    lan = an_officer()
    seen = mark(lan)
    with pytest.raises(InvalidInput):
        while_00115_is_being_closed(lambda: actions.edit(house.root, lan, profile(office="00115"), seen))
    assert the(lan).office.code == "00114"


def test_nobody_stands_in_there(house: House):
    lan = an_officer()
    seen = mark(lan)
    with pytest.raises(InvalidInput):
        while_00115_is_being_closed(lambda: actions.stand_in(house.root, lan, "00115", clock.today(), seen))
    assert the(lan).second_office_id is None


def test_nor_from_the_command_line(house: House):
    lan = an_officer()
    with pytest.raises(InvalidInput):
        while_00115_is_being_closed(lambda: commands.change_officer("lan", office_code="00115"))
    assert the(lan).office.code == "00114"


def a_disabled_officer_of_00115(house: House) -> tuple[int, str]:
    """Return who was disabled at an office where nothing is in the way of closing it, and the mark of their page."""
    lan = an_officer(office="00115")
    access.disable(house.root, lan)
    return lan, mark(lan)


def test_nobody_is_let_in_again_at_an_office_that_is_closed(house: House):
    lan, seen = a_disabled_officer_of_00115(house)
    offices.close("00115", house.root)
    with pytest.raises(Conflict) as refused:
        access.enable(house.root, lan, seen)
    assert refused.value.code == "office_closed"
    assert "chuyển người này sang cơ quan đang hoạt động, ở mục “Sửa thông tin”" in refused.value.message
    assert the(lan).disabled_at is not None
    actions.edit(house.root, lan, profile(office="00114"), seen)
    access.enable(house.root, lan, mark(lan))
    assert the(lan).disabled_at is None


def test_nor_while_it_is_being_closed(house: House):
    lan, seen = a_disabled_officer_of_00115(house)
    with pytest.raises(Conflict) as refused:
        while_00115_is_being_closed(lambda: access.enable(house.root, lan, seen))
    assert refused.value.code == "office_closed"
    assert the(lan).disabled_at is not None
