"""One door for a declaration's status (design 4)."""

import re

import pytest

from backoffice.config import ROOT
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Declaration, Status, TrailEvent, TrailRow
from backoffice.rules import lifecycle
from backoffice.rules.actors import SYSTEM
from tests.factories import make_declaration

pytestmark = pytest.mark.usefixtures("database")


def test_a_move_writes_status_time_and_trail_together():
    with transaction() as session:
        declaration = make_declaration(session)
        lifecycle.move(session, declaration, Status.WITHDRAWN, SYSTEM, cause="test")
    with transaction() as session:
        kept = session.get_one(Declaration, declaration.id)
        row = session.query(TrailRow).filter_by(declaration_id=declaration.id).one()
    assert kept.status is Status.WITHDRAWN
    assert kept.decided_at is not None
    assert kept.expires_at is None
    assert (row.event, row.facts) == (TrailEvent.WITHDRAW, {"cause": "test"})


@pytest.mark.parametrize("before", [s for s in Status if s is not Status.SUBMITTED])
@pytest.mark.parametrize("after", list(Status))
def test_a_decided_declaration_never_changes(before: Status, after: Status):
    with transaction() as session:
        declaration = make_declaration(session, status=before)
    with pytest.raises(Conflict), transaction() as session:
        lifecycle.move(session, declaration, after, SYSTEM)


def test_a_declaration_is_overdue_only_after_its_last_microsecond():
    with transaction() as session:
        declaration = make_declaration(session)
    assert declaration.expires_at is not None
    with clock.at(declaration.expires_at):
        assert not lifecycle.is_overdue(declaration)


DOORS = {"rules/lifecycle.py", "notices/outbox.py", "accounts/life.py"}
"""Where a status may be written: of declarations, of notices, of accounts."""


def test_no_other_place_writes_a_status():
    house = ROOT / "backoffice"
    wrong = [
        f"{path.relative_to(house)}:{number}"
        for path in house.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\w\.status\s*=[^=]|update\(Declaration\)", line)
        and path.relative_to(house).as_posix() not in DOORS
    ]
    assert wrong == []
