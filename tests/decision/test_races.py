"""Two officers at once: the database decides, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountHold, Claim, Declaration, Status, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, verify_all

pytestmark = pytest.mark.usefixtures("database")


def together(*acts: Callable[[], object]) -> list[object]:
    """Start all acts in the same instant; return what each returned, or the Conflict it met."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Conflict as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def verified(session: Session, officer: Actor, **values: Any) -> Declaration:
    """A declaration that may be approved."""
    made = make_declaration(session, **values)
    verify_all(session, made, officer)
    return made


def take_and_decide(declaration: Declaration, officer: Actor, act: Callable[[str, Actor], None]) -> str:
    decide.claim(declaration.receipt_code, officer)
    act(declaration.receipt_code, officer)
    return officer.name


def reject(receipt_code: str, officer: Actor) -> None:
    decide.reject(receipt_code, officer, ["id_invalid"], "")


def test_fifty_pairs_of_officers_deciding_at_once_give_fifty_decisions():
    with transaction() as session:
        one, two = make_actor(session), make_actor(session)
        declarations = [verified(session, one) for _ in range(50)]
    for declaration in declarations:
        results = together(
            lambda d=declaration: take_and_decide(d, one, decide.approve),
            lambda d=declaration: take_and_decide(d, two, reject),
        )
        assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    with transaction() as session:
        statuses = Counter(declaration.status for declaration in session.query(Declaration))
        decisions = session.query(TrailRow).filter(TrailRow.event.in_([TrailEvent.APPROVE, TrailEvent.REJECT])).count()
        accounts = session.query(Account).count()
    assert statuses[Status.APPROVED] + statuses[Status.REJECTED] == 50
    assert decisions == 50
    assert accounts == statuses[Status.APPROVED]


def test_one_officer_pressing_twice_decides_once():
    with transaction() as session:
        officer = make_actor(session)
        declaration = verified(session, officer)
    decide.claim(declaration.receipt_code, officer)
    results = together(*[lambda: decide.approve(declaration.receipt_code, officer)] * 4)
    assert sum(isinstance(result, Conflict) for result in results) == 3
    with transaction() as session:
        assert session.query(Account).count() == 1


def test_d6_two_approvals_of_different_codes_with_one_phone_give_one_account():
    for number in range(10):
        phone = f"098000000{number}"
        with transaction() as session:
            officers = [make_actor(session) for _ in range(2)]
            pairs = [(verified(session, officer, phone=phone), officer) for officer in officers]
        for declaration, officer in pairs:
            decide.claim(declaration.receipt_code, officer)
        results = together(*[lambda d=d, o=o: decide.approve(d.receipt_code, o) for d, o in pairs])
        assert [result.code for result in results if isinstance(result, Conflict)] == ["phone_taken"]
        with transaction() as session:
            assert session.query(Account).filter_by(phone=phone).count() == 1
            assert session.query(AccountHold).filter_by(value=phone).count() == 1


def test_d6_two_approvals_of_one_code_give_one_account_and_one_withdrawal():
    for number in range(10):
        code = f"012345670{number}"
        with transaction() as session:
            officers = [make_actor(session) for _ in range(2)]
            pairs = [(verified(session, officer, bhxh_code=code), officer) for officer in officers]
        for declaration, officer in pairs:
            decide.claim(declaration.receipt_code, officer)
        results = together(*[lambda d=d, o=o: decide.approve(d.receipt_code, o) for d, o in pairs])
        assert sum(isinstance(result, Conflict) for result in results) == 1
        with transaction() as session:
            statuses = {one.status for one in session.query(Declaration).filter_by(bhxh_code=code)}
            assert session.query(Account).filter_by(bhxh_code=code).count() == 1
        assert statuses == {Status.APPROVED, Status.WITHDRAWN}


def test_of_ten_officers_claiming_at_once_one_has_it():
    with transaction() as session:
        officers = [make_actor(session) for _ in range(10)]
        declaration = make_declaration(session)
    results = together(*[lambda o=o: decide.claim(declaration.receipt_code, o) for o in officers])
    assert sum(isinstance(result, Conflict) for result in results) == 9
    with transaction() as session:
        assert session.query(Claim).count() == 1
