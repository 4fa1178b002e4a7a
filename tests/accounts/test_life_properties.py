"""An account's life as a state machine: whatever is done in whatever order, these hold (A1, A3, A7, D2, D6, design 4).

The machine keeps a plain model of two accounts beside the database, and does everything through the use cases.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backoffice.accounts import desk_actions, life, passwords, sign_in, tries
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.proofs import Step
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountSession,
    AccountStatus,
    HoldKind,
    LockReason,
    Role,
    SessionKind,
    TrailEvent,
    TrailRow,
)
from backoffice.notices.credentials import is_open, issue_credentials, make_attempt, newest_issue
from backoffice.rules.actors import SYSTEM, Actor
from tests.factories import know_device, make_account, make_actor, make_office

pytestmark = pytest.mark.usefixtures("database")
ISSUED, ACTIVE, LOCKED, CLOSED = AccountStatus
MOVES = {
    (ISSUED, ACTIVE, TrailEvent.ACCOUNT_ACTIVE),
    (ISSUED, LOCKED, TrailEvent.ACCOUNT_LOCK),
    (ACTIVE, LOCKED, TrailEvent.ACCOUNT_LOCK),
    (LOCKED, ISSUED, TrailEvent.ACCOUNT_UNLOCK),
    (LOCKED, ACTIVE, TrailEvent.ACCOUNT_UNLOCK),
    (ISSUED, CLOSED, TrailEvent.ACCOUNT_CLOSE),
    (ACTIVE, CLOSED, TrailEvent.ACCOUNT_CLOSE),
    (LOCKED, CLOSED, TrailEvent.ACCOUNT_CLOSE),
}
"""The table of moves, written down a second time, with the trail event of each."""
USABLE = (ISSUED, ACTIVE)
_numbers = itertools.count(1)
MINE = "con thuyền trên sông Hồng"
HASH = hash_password(passwords.normal(MINE))
WHICH = st.integers(0, 1)


@dataclass
class Model:
    """What should be so of one account."""

    id: int
    code: str
    phone: str
    status: AccountStatus = ISSUED
    own: str | None = None
    newest: str | None = None
    """The temporary password that signs in, if one does."""
    former: list[str] = field(default_factory=list)
    """Passwords that signed in once and must not any more."""
    moves: list[tuple[AccountStatus, AccountStatus]] = field(default_factory=list)
    is_signed_in: bool = False

    def goes(self, to: AccountStatus) -> None:
        self.moves.append((self.status, to))
        self.status = to
        if to in (LOCKED, CLOSED):
            self.is_signed_in = False
            self.forget_newest()

    def forget_newest(self) -> None:
        if self.newest is not None:
            self.former.append(self.newest)
            self.newest = None

    def forget_own(self) -> None:
        if self.own is not None:
            self.former.append(self.own)
            self.own = None


class Lives(RuleBasedStateMachine):
    """Two accounts in the hands of officers and of their owners."""

    officer: Actor
    reached: ClassVar[set[AccountStatus]] = set()
    """What accounts came to in any of the lives: a run that leads nowhere would prove nothing."""

    @initialize()
    def two_accounts(self) -> None:
        with transaction() as session:
            self.officer = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
            issued = make_account(session, status=ISSUED, phone=self.a_phone())
            used = make_account(session, phone=self.a_phone(), password_hash=HASH, password_set_at=clock.now())
            know_device(session, used, "dt")
            temporary = make_attempt(session, issue_credentials(session, issued, 7))
        self.models = [
            Model(issued.id, issued.bhxh_code, issued.phone, newest=temporary),
            Model(used.id, used.bhxh_code, used.phone, ACTIVE, own=MINE),
        ]

    def a_phone(self) -> str:
        return f"098{next(_numbers):07d}"

    @rule(which=WHICH, why=st.sampled_from(list(LockReason)))
    def lock(self, which: int, why: LockReason) -> None:
        model = self.models[which]
        if not self.is_done(lambda session, account: life.lock(session, account, SYSTEM, why), model, USABLE):
            return
        if why is LockReason.WRONG_APPROVAL:
            model.forget_own()
        model.goes(LOCKED)

    @rule(which=WHICH)
    def unlock(self, which: int) -> None:
        model = self.models[which]
        if self.is_done(lambda session, account: life.unlock(session, account, SYSTEM), model, (LOCKED,)):
            model.goes(ACTIVE if model.own else ISSUED)

    @rule(which=WHICH, is_sure=st.integers(0, 3))
    def close(self, which: int, is_sure: int) -> None:
        """Once in four: what is closed lives no more."""
        model = self.models[which]
        if is_sure == 0 and self.is_done(
            lambda session, account: life.close(session, account, SYSTEM), model, (ISSUED, ACTIVE, LOCKED)
        ):
            model.goes(CLOSED)
            model.forget_own()

    @rule(which=WHICH)
    def reset(self, which: int) -> None:
        """An officer gives out a new password; what was given out before is worth nothing from then on."""
        model, made = self.models[which], []

        def give(session, account):  # type: ignore[no-untyped-def]
            made.append(make_attempt(session, desk_actions.reset(session, account, self.officer)))

        if self.is_done(give, model, USABLE):
            model.forget_newest()
            model.newest = made[0]

    @precondition(lambda self: any(one.own and one.status is ACTIVE for one in self.models))
    @rule()
    def sign_in_by_own(self) -> None:
        model = next(one for one in self.models if one.own and one.status is ACTIVE)
        assert isinstance(self.sign_in(model, str(model.own)), SignedIn)
        model.is_signed_in = True

    @precondition(lambda self: any(one.own and one.status is LOCKED for one in self.models))
    @rule()
    def sign_in_while_locked(self) -> None:
        model = next(one for one in self.models if one.own and one.status is LOCKED)
        with pytest.raises(Conflict):
            self.sign_in(model, str(model.own))

    @precondition(lambda self: any(one.newest for one in self.models))
    @rule()
    def sign_in_by_temporary(self) -> None:
        """It opens nothing but the choice of an own password, and is used up by that (A1)."""
        model = next(one for one in self.models if one.newest)
        due = self.sign_in(model, str(model.newest))
        assert isinstance(due, Due)
        assert due.step is Step.FIRST_PASSWORD
        chosen = f"câu riêng thứ {next(_numbers)} của tôi"
        assert isinstance(sign_in.choose_password(due.proof, chosen, chosen), SignedIn)
        if model.status is ISSUED:
            model.goes(ACTIVE)
        model.forget_newest()
        model.forget_own()
        model.own, model.is_signed_in = chosen, True

    @precondition(lambda self: any(one.former for one in self.models))
    @rule(number=st.integers(0, 100))
    def sign_in_by_former(self, number: int) -> None:
        """Of two resets only the last works; what was used, voided or replaced signs nobody in."""
        former = [(model, one) for model in self.models for one in model.former]
        model, password = former[number % len(former)]
        with pytest.raises(InvalidInput):
            self.sign_in(model, password)

    @rule(which=WHICH, anothers=st.booleans())
    def change_phone(self, which: int, anothers: bool) -> None:
        model, other = self.models[which], self.models[1 - which]
        phone = other.phone if anothers else self.a_phone()
        can = model.status in USABLE and not (anothers and other.status is not CLOSED)
        if can:
            desk_actions.correct_phone(model.id, self.officer, phone, "yes")
            model.phone, model.is_signed_in = phone, False
            model.forget_newest()
            with transaction() as session:  # the machine knows one device, and its owner proves it at once
                know_device(session, session.get_one(Account, model.id), "dt")
        else:
            with pytest.raises(Conflict):
                desk_actions.correct_phone(model.id, self.officer, phone, "yes")

    @invariant()
    def stands_where_the_table_leads(self) -> None:
        """Only moves of the table, and exactly one trail row for each."""
        for model in self.models:
            with transaction() as session:
                rows = session.query(TrailRow).filter_by(account_id=model.id).order_by(TrailRow.id).all()
                now = session.get_one(Account, model.id)
            assert now.status is model.status
            told = [(row.facts["before"], row.event) for row in rows if "before" in row.facts]
            afters = [*(AccountStatus(before) for before, _ in told), now.status][1:]
            made = [(AccountStatus(before), after, event) for (before, event), after in zip(told, afters, strict=True)]
            assert [(before, after) for before, after, _ in made] == model.moves
            assert set(made) <= MOVES
            self.reached.update(after for _, after, _ in made)

    @invariant()
    def is_signed_in_and_reached_as_it_should_be(self) -> None:
        """A closed account has no hold, session, issue or password; a locked one no session and no issue."""
        for model in self.models:
            with transaction() as session:
                account, issue = session.get_one(Account, model.id), newest_issue(session, model.id)
                sessions = session.query(AccountSession).filter_by(account_id=model.id, ended_at=None).count()
                held = session.query(AccountHold).filter_by(account_id=model.id).all()
                assert (issue is not None and is_open(session, issue)) == (model.newest is not None)
            assert sessions == model.is_signed_in
            assert (account.password_hash is not None) == (model.own is not None)
            assert (account.lock_reason is None) == (account.locked_at is None)
            assert model.status is CLOSED or (account.lock_reason is not None) == (model.status is LOCKED)
            phones = [one.value for one in held if one.kind is HoldKind.PHONE]
            assert phones == ([] if model.status is CLOSED else [model.phone])
            assert len(held) == (0 if model.status is CLOSED else 3)

    def is_done(self, act, model: Model, among: tuple[AccountStatus, ...]) -> bool:  # type: ignore[no-untyped-def]
        """Do it, and tell whether it was done: from `among` it is, from elsewhere it is refused and changes nothing."""
        if model.status not in among:
            with pytest.raises(Conflict), transaction() as session:
                act(session, session.get_one(Account, model.id, with_for_update=True))
            return False
        with transaction() as session:
            act(session, session.get_one(Account, model.id, with_for_update=True))
        return True

    def sign_in(self, model: Model, password: str) -> SignedIn | Due:
        with transaction() as session:
            tries.forgive_all(session, session.get_one(Account, model.id))
        number = next(_numbers)
        address = f"198.51.{number // 250 % 250}.{number % 250}"
        # Always the same device: the second one has tests of its own.
        return sign_in.sign_in(model.code, password, device="dt", kind=SessionKind.APP, address=address)


def test_whatever_is_done_in_whatever_order_the_rules_of_an_accounts_life_hold():
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=22,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Lives.reached == {ISSUED, ACTIVE, LOCKED, CLOSED}
