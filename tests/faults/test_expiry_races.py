"""K4: a hundred times (`make faults`) an approval and the sweep in the same instant: one of them, wholly."""

from __future__ import annotations

import pytest

from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration, Notice, NoticeKind, Status, Tombstone, TrailEvent, TrailRow
from tests.expiry.helpers import MICROSECOND, declared, officer
from tests.expiry.test_at_once import at_once, taken

pytestmark = pytest.mark.usefixtures("database")

PAIRS = 5
"""A round; `make faults` does twenty."""


def test_k4_an_approval_in_the_instant_of_the_sweep_is_whole_or_never_was(round_number: int):
    lan = officer()
    for pair in range(PAIRS):
        declaration = declared()
        last = declaration.expires_at
        with clock.at(last):
            taken(declaration.receipt_code, lan)
        acts = [
            (last, lambda code=declaration.receipt_code: decision.approve(code, lan)),
            (last + MICROSECOND, actions.sweep),
        ]
        results = at_once(*(acts if (round_number + pair) % 2 else reversed(acts)))
        told, swept = results if (round_number + pair) % 2 else reversed(results)
        with transaction() as session:
            kept = session.get(Declaration, declaration.id)
            about = {"declaration_id": declaration.id}
            accounts = session.query(Account).filter_by(**about).count()
            notices = session.query(Notice).filter_by(kind=NoticeKind.APPROVED, **about).count()
            stones = session.query(Tombstone).filter_by(**about).count()
            trail = {row.event for row in session.query(TrailRow).filter_by(**about)}
        if told is None:
            assert kept is not None
            assert (kept.status, accounts, notices, stones, swept) == (Status.APPROVED, 1, 1, 0, 0)
            assert TrailEvent.EXPIRE not in trail
        else:
            assert (kept, accounts, notices, stones, swept) == (None, 0, 0, 1, 1)
            assert TrailEvent.APPROVE not in trail
    with transaction() as session:
        assert session.query(Account).count() + session.query(Tombstone).count() == PAIRS
