"""A password read out by the virtual assistant, by the use case; the limit makes one hash and sends the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg

from backoffice.hotline import spoken
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.passwords import hash_password, new_temporary_password
from backoffice.models import CredentialAttempt, CredentialIssue, MachineClient, Notice, NoticeKind, Scope
from backoffice.rules.actors import Actor, client_actor
from tests.bench.crowd import WARM, Work, per_second
from tests.bench.engines import plain
from tests.bench.measure import ROUNDS, Row, at_least, rounds, said
from tests.bench.recording import Step, explain_away, generalise, prefilled, recording, replay
from tests.bench.sets import Bench, begin

EACH = 25
"""Resets of a process in a round."""
PROCESSES = 2
DAY, RESETS = 86_400, 100_000
"""Of the whole country, in a day (domain 4)."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and what statements about them carry."""

    id: int
    bhxh_code: str
    phone: str
    office_id: int

    def facts(self, call: str) -> dict[str, Any]:
        """Return the facts of one call."""
        return {
            "accounts.id": self.id,
            "code": self.bhxh_code,
            "phone": self.phone,
            "office": self.office_id,
            "call": lookup_hash("call", f"{call}\0{self.id}"),
            "subject": lookup_hash("bhxh_code", self.bhxh_code),
            "phone hash": lookup_hash("phone", self.phone).hex(),
        }


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("middle")
    begin(settings)
    client = _client()
    with bench.engines.superuser("bench_middle") as connection:
        callers = _callers(connection)
    spoken.reset(client, (first := next(callers)).phone, first.bhxh_code, "warm")  # connections are made
    steps, body = _recorded(client, next(callers), next(callers))
    db.engine().dispose()

    def turn(prepare: Any) -> float:
        return per_second(prepare, [next(callers) for _ in range(PROCESSES * (EACH + WARM))], PROCESSES)

    def ours() -> Work:
        begin(settings)
        return lambda one: spoken.reset(client, one.phone, one.bhxh_code, uuid4().hex)

    def limit() -> Work:
        begin(settings)
        return partial(_bare, psycopg.connect(plain(settings.database_url)), steps, body)

    taken = rounds({"ours": partial(turn, ours), "limit": partial(turn, limit)}, ROUNDS)
    share = RESETS / (taken["ours"].middle * DAY)
    return [
        at_least(f"reset by the assistant, {PROCESSES} processes", taken["ours"], taken["limit"], 0.7, "/s"),
        said(f"{RESETS:,} resets a day, of this machine", f"{share:.0%}"),
    ]


def _client() -> Actor:
    with transaction() as session:
        made = MachineClient(
            name=f"tong dai {uuid4().hex}",
            scopes=[Scope.HOTLINE.value],
            created_at=clock.now(),
        )
        session.add(made)
        session.flush()
        return client_actor(made)


def _callers(connection: psycopg.Connection) -> Iterator[Caller]:
    rows = connection.execute(
        "SELECT id, bhxh_code, phone, office_id FROM accounts WHERE status = 'active' AND email IS NULL AND id > 5000 "
        "AND office_id <> id ORDER BY id LIMIT 2000"
    ).fetchall()
    return iter([Caller(*row) for row in rows])


def _bare(connection: psycopg.Connection, steps: list[Step], body: str, one: Caller) -> None:
    """Make a password and its hash, and send what the use case sends."""
    made = {"hash": hash_password(new_temporary_password()), "body": body}
    replay(connection, prefilled(steps, one.facts(uuid4().hex) | made))


def _recorded(client: Actor, first: Caller, second: Caller) -> tuple[list[Step], str]:
    with clock.at(clock.now()):
        (steps, facts), (others, their_facts) = (_reset(client, one) for one in (first, second))
    general = generalise(steps, facts)
    explain_away(general, their_facts, others)
    return general, facts["body"]


def _reset(client: Actor, one: Caller) -> tuple[list[Step], dict[str, Any]]:
    call = uuid4().hex
    with recording(db.engine()) as kept:
        spoken.reset(client, one.phone, one.bhxh_code, call)
    with transaction() as session:
        issue = session.query(CredentialIssue).filter_by(account_id=one.id).order_by(CredentialIssue.id.desc()).first()
        assert issue is not None
        attempt = session.query(CredentialAttempt).filter_by(issue_id=issue.id).one()
        told = session.query(Notice).filter_by(account_id=one.id, kind=NoticeKind.RESET_TOLD).one()
        made = {"credential_issues.id": issue.id, "hash": attempt.password_hash, "body": told.body}
    return kept.steps, one.facts(call) | made
