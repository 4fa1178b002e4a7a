"""K4: handing in against the sweep in the same instant, and two sweeps at once: one is first, nothing is torn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Account, Declaration, Notice, NoticeKind, Status, Tombstone, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.expiry.helpers import MICROSECOND, NOON, Known, declared, officer, tombstones
from tests.factories import make_declaration, verify_all

pytestmark = pytest.mark.usefixtures("database")

ROUNDS = 12
ACTS: dict[str, Callable[[str, Actor], None]] = {
    "present": decision.present,
    "approve": decision.approve,
    "reject": lambda code, lan: decision.reject(code, lan, ["form01_unsigned"], ""),
    "supplement": lambda code, lan: decision.supplement(code, lan, "Thiếu chữ ký"),
}


def at_once(*acts: tuple[datetime, Callable[[], Any]]) -> list[Any]:
    """Do all acts at the same moment, each under a clock of its own; their results, or the refusals they raised."""
    barrier = Barrier(len(acts))

    def do(instant: datetime, act: Callable[[], Any]) -> Any:
        with clock.at(instant):
            barrier.wait(timeout=10)
            try:
                return act()
            except (NotFound, Conflict) as refusal:
                return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(do, *act) for act in acts]]


def taken(receipt_code: str, lan: Actor) -> None:
    """Let Lan have the declaration in hand, everything verified."""
    decision.claim(receipt_code, lan)
    with transaction() as session:
        declaration = session.query(Declaration).filter_by(receipt_code=receipt_code).one()
        verify_all(session, declaration, lan)


@pytest.mark.parametrize("act", ACTS)
def test_k4_either_the_officer_was_in_time_or_is_told(act: str):
    lan = officer()
    for _ in range(ROUNDS):
        declaration = declared()
        last, after = declaration.expires_at, declaration.expires_at + MICROSECOND
        with clock.at(last):
            taken(declaration.receipt_code, lan)
        told, swept = at_once(
            (last, lambda code=declaration.receipt_code: ACTS[act](code, lan)), (after, actions.sweep)
        )
        with transaction() as session:
            kept = session.get(Declaration, declaration.id)
            stones = session.query(Tombstone).filter_by(declaration_id=declaration.id).count()
        if told is None:
            assert (swept, stones) == (0, 0)
            assert kept is not None
            assert kept.presented_at == last
        else:
            assert isinstance(told, NotFound)
            assert (swept, stones) == (1, 1)
            assert kept is None


def test_k4_claiming_what_is_being_deleted_is_refused_in_words():
    lan = officer()
    for _ in range(ROUNDS):
        declaration = declared()
        told, swept = at_once(
            (declaration.expires_at, lambda code=declaration.receipt_code: decision.claim(code, lan)),
            (declaration.expires_at + MICROSECOND, actions.sweep),
        )
        assert told is None or (isinstance(told, NotFound) and swept)
        with clock.at(declaration.expires_at + MICROSECOND):
            assert actions.sweep() == 1 - swept


def test_k4_an_approval_that_lost_to_the_sweep_leaves_no_account():
    lan = officer()
    for _ in range(ROUNDS):
        declaration = declared()
        with clock.at(declaration.expires_at):
            taken(declaration.receipt_code, lan)
        at_once(
            (declaration.expires_at, lambda code=declaration.receipt_code: decision.approve(code, lan)),
            (declaration.expires_at + MICROSECOND, actions.sweep),
        )
    with transaction() as session:
        approved = session.query(Declaration).filter_by(status=Status.APPROVED).count()
        assert session.query(Account).count() == approved
        assert session.query(Tombstone).count() == ROUNDS - approved


def test_k4_what_someone_is_handing_in_is_passed_over_and_not_waited_for():
    declaration, lan = declared(), officer()
    with clock.at(declaration.expires_at), transaction() as session:
        session.query(Declaration).filter_by(id=declaration.id).with_for_update().one()
        (swept,) = at_once((declaration.expires_at + MICROSECOND, actions.sweep))
        assert swept == 0
    with clock.at(declaration.expires_at):
        decision.present(declaration.receipt_code, lan)
    with clock.at(declaration.expires_at + MICROSECOND):
        assert actions.sweep() == 0


def test_four_sweeps_at_once_delete_everything_once():
    with clock.at(NOON), transaction() as session:
        for _ in range(100):
            make_declaration(session)
    after = NOON + timedelta(days=30)

    def bit_by_bit() -> int:
        total = 0
        while swept := actions.sweep(limit=7):
            total += swept
        return total

    swept = at_once(*[(after, bit_by_bit)] * 4)
    with clock.at(after):
        swept.append(actions.sweep())
    assert sum(swept) == 100
    assert len({stone.declaration_id for stone in tombstones()}) == 100
    with transaction() as session:
        assert session.query(Declaration).count() == 0
        assert session.query(TrailRow).filter_by(event=TrailEvent.EXPIRE).count() == 100


def test_k5_two_reminders_at_once_remind_once():
    waiting = [declared() for _ in range(20)]
    morning = datetime(2026, 11, 16, 9, 0, tzinfo=clock.VIETNAM)
    reminded = at_once(*[(morning, lambda: actions.remind(limit=3))] * 3)
    with clock.at(morning):
        reminded.append(actions.remind())
    assert sum(reminded) == len(waiting)
    with transaction() as session:
        told = [notice.declaration_id for notice in session.query(Notice).filter_by(kind=NoticeKind.REMINDER)]
    assert sorted(told) == sorted(known.id for known in waiting)


def test_k4_approving_one_declaration_while_another_of_the_person_expires_goes_through():
    lan = officer()
    for number in range(ROUNDS):
        code = f"03{number:08}"
        old = declared(bhxh_code=code)
        new = declared(NOON + timedelta(days=2), bhxh_code=code)
        with clock.at(old.expires_at):
            taken(new.receipt_code, lan)
        told, swept = at_once(
            (old.expires_at, lambda receipt=new.receipt_code: decision.approve(receipt, lan)),
            (old.expires_at + MICROSECOND, actions.sweep),
        )
        assert told is None
        assert status_of(new) is Status.APPROVED
        assert (status_of(old), swept) in {(None, 1), (Status.WITHDRAWN, 0)}


def status_of(declaration: Known) -> Status | None:
    with transaction() as session:
        kept = session.get(Declaration, declaration.id)
        return kept.status if kept else None
