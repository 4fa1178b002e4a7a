"""Merging an office at which work goes on, and below it too (D8): nothing is lost or doubled, no deadlocks."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Semaphore

import pytest
from sqlalchemy import Select, func, select

from backoffice.decision import actions as decide
from backoffice.decision.transfer import transfer
from backoffice.intake.actions import declare
from backoffice.kernel import db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import (
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    Office,
    OfficeMerge,
    Officer,
    Role,
    Status,
    TrailRow,
)
from backoffice.offices import actions, merging, view
from backoffice.rules.actors import Actor, client_actor
from tests.factories import make_actor, make_client, make_declaration, make_office, verify_all
from tests.intake.sending import PORTRAIT, quick
from tests.offices.test_merge import merge, office, reread, until_waiting

OLD, BELOW, NEW = "002", "00201", "001"
"""A province that is merged, an office under it, and the province that takes over."""
OFFICERS, EACH, DECLARERS, SENT, TRANSFERS = 4, 12, 2, 4, 3
FIRST = EACH // 2


@pytest.fixture
def admin(database: None) -> Actor:
    with transaction() as session:
        for code in (BELOW, NEW):
            make_office(session, code)
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))


def held(declaration: Declaration) -> Select[int]:
    """Hold the row of a declaration, as somebody does who is just deciding it."""
    return select(Declaration.id).where(Declaration.id == declaration.id).with_for_update()


def test_who_takes_a_declaration_over_at_an_office_below_waits_for_the_merge_and_is_in_no_deadlock(admin: Actor):
    """The merge is held up by the last declaration, once it has the first: the other act comes in between."""
    with transaction() as session:
        old = make_office(session, OLD)
        officer = make_actor(session, office=make_office(session, BELOW))
        first, last = make_declaration(session, office=old), make_declaration(session, office=old)
    with ThreadPoolExecutor(2) as pool:
        with db.engine().begin() as connection:
            connection.execute(held(last))
            merging_now = pool.submit(merge, admin, OLD, NEW)
            until_waiting(1)
            taken = pool.submit(transfer, first.receipt_code, officer, "đến nộp tại đây")
            until_waiting(2)
        assert merging_now.result().done is True
        taken.result()
    assert reread(first).office_id == office(BELOW).id
    assert reread(last).office_id == office(NEW).id
    assert office(BELOW).path == "000.001.00201."


def test_who_holds_several_offices_and_who_hangs_one_elsewhere_are_in_no_deadlock(admin: Actor):
    """A list of officers holds its offices in the order of their ids; so does who moves a branch, whatever the tree."""
    with transaction() as session:
        low, high = make_office(session, "00101").id, make_office(session, "00102").id
    merge(admin, "00101", "00102")
    shown = view.show_form(admin, "00102")
    with ThreadPoolExecutor(1) as pool:
        with db.engine().begin() as connection:
            connection.execute(select(Office.id).where(Office.id == low).with_for_update(read=True))
            moved = pool.submit(actions.edit, "00102", admin, shown["form"] | {"parent": OLD}, shown["version"])
            until_waiting(1)
            connection.execute(select(Office.id).where(Office.id == high).with_for_update(read=True))
        moved.result()
    assert office("00101").path == "000.002.00102.00101."


class Day:
    """What became of each act of a day at work."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.declared: list[str] = []
        self._lock = Lock()

    def note(self, what: str) -> None:
        with self._lock:
            self.count[what] += 1

    def decide(self, officer: Actor, pile: list[Declaration]) -> None:
        """Approve every other one, reject the rest; what has moved meanwhile is not there any more."""
        for number, one in enumerate(pile):
            try:
                decide.claim(one.receipt_code, officer)
                if number % 2:
                    decide.approve(one.receipt_code, officer)
                else:
                    decide.reject(one.receipt_code, officer, ["id_invalid"], "")
                self.note("decided")
            except (NotFound, Conflict):
                self.note("moved")


def test_a_merge_under_load_loses_and_doubles_nothing(admin: Actor, monkeypatch: pytest.MonkeyPatch):
    """Officers approve and refuse, citizens declare, an office below takes over, while their office is merged.

    The merge is held up by the very first declaration. Half of the work is done until everybody else waits for the
    merge; the other half meets it as it goes on. Each file ends in one place, once.
    """
    monkeypatch.setattr(merging, "PATIENCE", "30s")
    day, halves, goes_on = Day(), Semaphore(0), Event()
    with transaction() as session:
        old = make_office(session, OLD)
        gate = make_declaration(session, office=old)
        officers = [make_actor(session, office=old) for _ in range(OFFICERS)]
        piles = [[make_declaration(session, office=old) for _ in range(EACH)] for _ in range(OFFICERS)]
        for officer, pile in zip(officers, piles, strict=True):
            for one in pile:
                verify_all(session, one, officer)
        untouched = [make_declaration(session, office=old) for _ in range(60)]
        below = [make_actor(session, office=make_office(session, BELOW)) for _ in range(TRANSFERS)]
        client, _ = make_client(session)

    def work(officer: Actor, pile: list[Declaration]) -> None:
        day.decide(officer, pile[:FIRST])
        halves.release()
        goes_on.wait(30)
        day.decide(officer, pile[FIRST:])

    def send(number: int) -> None:
        for each in range(SENT):
            own = f"{number}{each}"
            fields = quick(
                office_code=OLD, bhxh_code=f"07000000{own}", phone=f"09876543{own}", id_number=f"0010850009{own}"
            )
            day.declared.append(declare(fields, PORTRAIT, client_actor(client)).receipt_code)

    with ThreadPoolExecutor(OFFICERS + DECLARERS + TRANSFERS + 1) as pool:
        with db.engine().begin() as connection:
            connection.execute(held(gate))
            merging_now = pool.submit(merge, admin, OLD, NEW)
            until_waiting(1)
            working = [pool.submit(work, *pair) for pair in zip(officers, piles, strict=True)]
            others = [pool.submit(send, number) for number in range(DECLARERS)]
            taken = [one for one, _ in zip(untouched, below, strict=False)]
            for one, officer in zip(taken, below, strict=True):
                others.append(pool.submit(transfer, one.receipt_code, officer, "đến nộp tại đây"))
            until_waiting(1 + DECLARERS + TRANSFERS)
            assert all(halves.acquire(timeout=30) for _ in officers)
            met = day.count.copy()
            goes_on.set()
        assert merging_now.result().done is True
        for one in (*working, *others):
            one.result()

    assert met == Counter(decided=OFFICERS * FIRST), "while the merge was at work"
    assert day.count.total() == OFFICERS * EACH
    books_agree(day, everything=1 + OFFICERS * EACH + len(untouched) + DECLARERS * SENT, taken=taken)


def books_agree(day: Day, *, everything: int, taken: list[Declaration]) -> None:
    """Each declaration is at one office, decided once or moved once, and told of once for each move."""
    former, heir, below = office(OLD).id, office(NEW).id, office(BELOW).id
    with transaction() as session:
        all_of_them = session.query(Declaration).all()
        told = Counter(
            session.scalars(
                select(Notice.declaration_id).where(
                    Notice.kind == NoticeKind.MOVED, Notice.channel == NoticeChannel.SMS
                )
            )
        )
        moved = Counter(session.scalars(select(TrailRow.declaration_id).where(TrailRow.event == "transfer")))
        decided = Counter(
            session.scalars(select(TrailRow.declaration_id).where(TrailRow.event.in_(["approve", "reject"])))
        )
        done = session.query(OfficeMerge).one()
        staff = session.scalar(select(func.count()).where(Officer.office_id == heir))
    still_open = {one.id: one.office_id for one in all_of_them if one.status is Status.SUBMITTED}
    taken_over = {one.id for one in taken}
    assert len(all_of_them) == everything
    assert {number for number, at in still_open.items() if at == below} == taken_over
    assert {at for number, at in still_open.items() if number not in taken_over} == {heir}
    assert {one.office_id for one in all_of_them if one.id not in still_open} == {former}
    assert day.count["decided"] == decided.total() == len(all_of_them) - len(still_open)
    assert set(decided.values()) == {1}
    assert moved == Counter({number: 2 if number in taken_over else 1 for number in moved})
    assert told == moved
    assert set(moved).isdisjoint(decided)
    assert done.moved_declarations == len(moved)
    assert (staff, done.moved_officers) == (OFFICERS, OFFICERS)
    assert len(set(day.declared)) == len(day.declared) == DECLARERS * SENT
