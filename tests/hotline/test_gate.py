"""Who the caller is, by number and code together (A4); what is wrong shows neither in the answer nor in the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

from backoffice.accounts.desk_actions import give_up_phone
from backoffice.hotline import calls, spoken
from backoffice.hotline.gate import NO_MATCH, NoMatch, match
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus
from backoffice.rules.actors import Actor
from tests.factories import make_account
from tests.hotline.conftest import NOBODYS_CODE, STRANGERS_PHONE, Caller

Pair = Callable[[Caller], tuple[str, str]]
WRONG: dict[str, Pair] = {
    "the phone is another": lambda caller: (STRANGERS_PHONE, caller.code),
    "the phone is another account's": lambda caller: (_another().phone, caller.code),
    "the phone is malformed": lambda caller: ("số ẩn", caller.code),
    "the phone is a landline": lambda caller: ("02438123456", caller.code),
    "the code is nobody's": lambda caller: (caller.phone, NOBODYS_CODE),
    "the code is another's": lambda caller: (caller.phone, _another().bhxh_code),
    "the code is malformed": lambda caller: (caller.phone, "12345"),
    "both are nobody's": lambda _caller: (STRANGERS_PHONE, NOBODYS_CODE),
    "both are malformed": lambda _caller: ("0", "0"),
}


def _another() -> Account:
    with transaction() as session:
        return make_account(session, phone="0971234567")


def matched(phone: str, code: str) -> int | None:
    with transaction() as session:
        account = match(session, code, phone)
        return account.id if account is not None else None


@dataclass
class Work:
    """What was done: statements by their words, and passwords hashed."""

    statements: list[str] = field(default_factory=list)
    hashes: int = 0


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count at the very bottom, where every statement goes by: the driver's cursor, and the hasher."""
    work = Work()
    execute, hash_one = psycopg.Cursor.execute, PasswordHasher.hash

    def noted(self: Any, query: Any, *args: Any, **named: Any) -> Any:
        if query:  # an empty one asks whether an idle connection still stands
            work.statements.append(str(query))
        return execute(self, query, *args, **named)

    def hashed(self: PasswordHasher, *args: Any, **named: Any) -> str:
        work.hashes += 1
        return hash_one(self, *args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", noted)
        patched.setattr(PasswordHasher, "hash", hashed)
        yield work


def test_a4_number_and_code_of_one_account_match_in_any_spelling(caller: Caller):
    grouped = f"{caller.code[:3]} {caller.code[3:6]}.{caller.code[6:]}"
    assert matched(caller.phone, caller.code) == caller.account.id
    assert matched(f"+84 {caller.phone[1:]}", grouped) == caller.account.id
    assert matched(caller.phone, caller.account.id_number) == caller.account.id


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a4_anything_else_matches_nobody(caller: Caller, wrong: Pair):
    assert matched(*wrong(caller)) is None


def test_d6_a_number_that_was_freed_for_somebody_else_matches_nobody(caller: Caller, head: Actor):
    with transaction() as session:
        give_up_phone(session, session.get_one(Account, caller.account.id), head)
    assert matched(caller.phone, caller.code) is None


def test_d6_a_doubted_number_matches_nobody_until_it_is_trusted_or_another(caller: Caller):
    """ "Phải cập nhật số": somebody else may answer there, so no password is read out to it."""
    with transaction() as session:
        session.get_one(Account, caller.account.id).must_update_phone = True
    assert matched(caller.phone, caller.code) is None


def test_a_closed_account_matches_nobody_and_a_locked_one_does(database: None):
    with transaction() as session:
        locked = make_account(session, phone="0971234567", status=AccountStatus.LOCKED)
    assert matched(locked.phone, locked.bhxh_code) == locked.id


def test_a4_the_sentence_is_the_one_of_the_document():
    assert NO_MATCH == "Số điện thoại và mã số BHXH không khớp hoặc chưa đăng ký với cơ quan BHXH"


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a4_whatever_is_wrong_the_agent_is_told_the_same_words(caller: Caller, agent: Actor, wrong: Pair):
    shown = calls.look(agent, *wrong(caller))
    learned = {name: value for name, value in shown.items() if name not in ("pass", "reasons")}
    assert learned["verdict"] == NO_MATCH
    assert set(learned) == {"verdict", "matched", "say", "done"}
    assert learned == {
        name: value
        for name, value in calls.look(agent, STRANGERS_PHONE, NOBODYS_CODE).items()
        if name not in ("pass", "reasons")
    }


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a4_whatever_is_wrong_the_assistant_does_the_same_work(
    caller: Caller, assistant: Actor, wrong: Pair, monkeypatch: pytest.MonkeyPatch
):
    """Counted, not timed: statement for statement, hash for hash."""
    pair = wrong(caller)
    with counted(monkeypatch) as plain, pytest.raises(NoMatch):
        spoken.reset(assistant, STRANGERS_PHONE, NOBODYS_CODE, "a")
    with counted(monkeypatch) as work, pytest.raises(NoMatch) as refused:
        spoken.reset(assistant, *pair, "b")
    assert (refused.value.message, refused.value.code, refused.value.status) == (NO_MATCH, "no_match", 404)
    assert work == plain
    assert len(work.statements) >= 3, "code, number, trail"
    assert work.hashes == 1


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a4_whatever_is_wrong_the_agents_look_does_the_same_work(
    caller: Caller, agent: Actor, wrong: Pair, monkeypatch: pytest.MonkeyPatch
):
    pair = wrong(caller)
    with counted(monkeypatch) as plain:
        calls.look(agent, STRANGERS_PHONE, NOBODYS_CODE)
    with counted(monkeypatch) as work:
        calls.look(agent, *pair)
    assert work == plain
    assert work.hashes == 0


def test_a_match_costs_the_gate_no_more_than_a_miss(caller: Caller, monkeypatch: pytest.MonkeyPatch):
    with counted(monkeypatch) as missed:
        matched(STRANGERS_PHONE, NOBODYS_CODE)
    with counted(monkeypatch) as found:
        matched(caller.phone, caller.code)
    assert found == missed


def test_a_match_costs_the_assistant_one_hash_as_a_miss_does(
    caller: Caller, assistant: Actor, monkeypatch: pytest.MonkeyPatch
):
    with counted(monkeypatch) as work:
        spoken.reset(assistant, caller.phone, caller.code, "a")
    assert work.hashes == 1
