"""An account's number changed: the hold moves with it, whoever else wants a number at the same instant (D6)."""

from __future__ import annotations

import pytest

from backoffice.accounts.actions import account_opened_by, change_phone, open_account
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountHold, HoldKind, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.decision.test_races import together
from tests.factories import make_account, make_actor, make_declaration

pytestmark = pytest.mark.usefixtures("database")


def change(account: Account, phone: str, actor: Actor) -> None:
    with transaction() as session:
        mine = session.get_one(Account, account.id, with_for_update=True)
        change_phone(session, mine, phone, actor)


def held() -> dict[str, int]:
    with transaction() as session:
        return {one.value: one.account_id for one in session.query(AccountHold).filter_by(kind=HoldKind.PHONE)}


def test_d6_two_accounts_that_want_one_free_number_at_once_one_gets_it():
    for number in range(10):
        with transaction() as session:
            pairs = [(make_account(session), make_actor(session)) for _ in range(2)]
        wanted = f"091000000{number}"
        results = together(*[lambda a=a, o=o, w=wanted: change(a, w, o) for a, o in pairs])
        assert [one.code for one in results if isinstance(one, Conflict)] == ["phone_taken"]
        assert held()[wanted] in {account.id for account, _ in pairs}


def test_d6_two_accounts_that_exchange_numbers_at_once_never_wait_for_each_other():
    for _ in range(10):
        with transaction() as session:
            one, two, actor = make_account(session), make_account(session), make_actor(session)
        results = together(
            lambda a=one, b=two: change(a, b.phone, actor), lambda a=one, b=two: change(b, a.phone, actor)
        )
        assert all(result is None or isinstance(result, Conflict) for result in results)
        assert any(isinstance(result, Conflict) for result in results)
        now = held()
        with transaction() as session:
            assert {now[session.get_one(Account, x.id).phone] == x.id for x in (one, two)} == {True}


def test_a_change_never_frees_what_another_account_holds():
    """A number that was freed for its new owner (D6) may still stand in the old account."""
    with transaction() as session:
        owner, actor = make_account(session, phone="0912345678"), make_actor(session)
        former = make_account(session)
        session.query(AccountHold).filter_by(value=former.phone).delete()
        former.phone = "0912345678"
    change(former, "0987654321", actor)
    assert held() == {"0912345678": owner.id, "0987654321": former.id}


def test_the_change_is_a_trail_row_of_the_account_without_the_numbers():
    with transaction() as session:
        account, actor = make_account(session, phone="0912345678"), make_actor(session)
    change(account, "0987654321", actor)
    with transaction() as session:
        row = session.query(TrailRow).filter_by(event=TrailEvent.PHONE_CHANGE).one()
    assert (row.account_id, row.declaration_id, row.actor_id) == (account.id, None, actor.id)
    assert set(row.facts) == {"old", "new"}
    assert "0912345678" not in str(row.facts)
    assert "0987654321" not in str(row.facts)


def test_an_account_is_found_by_the_declaration_that_opened_it():
    with transaction() as session:
        declaration, other = make_declaration(session), make_declaration(session)
        account = open_account(session, declaration, make_actor(session))
        assert account_opened_by(session, declaration.id, locked=True) is account
        assert account_opened_by(session, other.id) is None
