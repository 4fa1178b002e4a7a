"""A voice on the line: an account's owner who calls from the registered phone, an agent, the telephone system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from backoffice.config import Settings
from backoffice.hotline import calls
from backoffice.hotline.view import Values
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Account, Alarm, AlarmKind, Notice, Role, Scope, TrailEvent, TrailRow
from backoffice.notices import account_actions
from backoffice.notices.credentials import issue_credentials, make_attempt
from backoffice.rules.actors import Actor, client_actor
from tests.factories import make_account, make_actor, make_client, make_office

NAME = "Nguyễn Thử Mẫu"
STRANGERS_PHONE, NOBODYS_CODE = "0987654321", "0999999999"


@dataclass(frozen=True)
class Caller:
    """The owner of an account, as a voice says who it is."""

    account: Account

    @property
    def phone(self) -> str:
        return self.account.phone

    @property
    def code(self) -> str:
        return self.account.bhxh_code


@pytest.fixture
def caller(database: None) -> Caller:
    with transaction() as session:
        return Caller(make_account(session, full_name=NAME, phone="0981234567", email="nguoi.thu@example.vn"))


@pytest.fixture
def agent(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, Role.HOTLINE, office=make_office(session, "000"))


@pytest.fixture
def head(database: None) -> Actor:
    """A supervisor of the hotline: of the root office."""
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, "000"))


@pytest.fixture
def telephone(database: None) -> tuple[Actor, str]:
    """The telephone system, and its key."""
    with transaction() as session:
        client, key = make_client(session, Scope.HOTLINE)
        return client_actor(client), key


@pytest.fixture
def assistant(telephone: tuple[Actor, str]) -> Actor:
    return telephone[0]


@pytest.fixture
def no_queue(started: Settings, database: None) -> Iterator[None]:
    """The queue's server is out."""
    queue.configure("unix:///nowhere/at-all.sock")
    yield
    queue.configure(started.redis_url)


def alarms(kind: AlarmKind) -> list[Alarm]:
    with transaction() as session:
        return session.query(Alarm).filter_by(kind=kind).order_by(Alarm.id).all()


def messages() -> list[tuple[str, str, str]]:
    """Kind, way and words of every message that was ordered."""
    with transaction() as session:
        return [(one.kind.value, one.channel.value, one.body) for one in session.query(Notice).order_by(Notice.id)]


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()


def look(agent: Actor, caller: Caller) -> Values:
    return calls.look(agent, caller.phone, caller.code)


def matched(agent: Actor, caller: Caller) -> str:
    """The pass of a call that matched."""
    return str(look(agent, caller)["pass"])


def sent(caller: Caller) -> str:
    """A temporary password, on its way."""
    with transaction() as session:
        account = session.get_one(Account, caller.account.id)
        issue = issue_credentials(session, account, 7)
        account_actions.reset_password(session, account, issue)
        return make_attempt(session, issue)
