"""Approving by the use case, claims and ledgers made beforehand, by 1 and by 8 processes; the limit sends the same.

The use case also asks the queue for the sending (RQ on Valkey); the limit, raw psycopg, does not: what that asking
costs is part of what is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import select

from backoffice.config import Settings
from backoffice.decision.actions import approve
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, CredentialIssue, Notice, Officer
from backoffice.rules.actors import Actor, officer_actor
from tests.bench.crowd import WARM, Work, per_second
from tests.bench.engines import plain
from tests.bench.facts import Declared, fresh_declarations, verify_all
from tests.bench.measure import ROUNDS, Figure, Row, at_least, rounds, said
from tests.bench.recording import Step, explain_away, generalise, prefilled, recording, replay
from tests.bench.sets import Bench, begin

TURNS = 3 * ROUNDS
EACH = {1: 50, 8: 14}
"""Processes → approvals of each in a round."""
REACH = {1: 0.5, 8: 0.4}


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("middle")
    begin(settings)
    with transaction() as session:
        officer = officer_actor(session.scalars(select(Officer).where(Officer.username == "quay")).one())
    with bench.engines.superuser("bench_middle") as connection:
        fresh = fresh_declarations(connection)
        _claim_all(connection, officer)
        verify_all(connection, officer.id)
    steps = recorded(officer, next(fresh), next(fresh))
    db.engine().dispose()

    def turn(prepare: Callable[[], Work], processes: int) -> float:
        return per_second(prepare, [next(fresh) for _ in range(processes * (EACH[processes] + WARM))], processes)

    sides = {
        f"{name} {processes}": partial(turn, prepare, processes)
        for processes in EACH
        for name, prepare in (("ours", partial(_ours, settings, officer)), ("limit", partial(_limit, settings, steps)))
    }
    return _rows(rounds(sides, TURNS), len([step for step in steps if step.sql]))


def recorded(officer: Actor, first: Declared, second: Declared) -> list[Step]:
    """Approve two declarations and return the statements with facts in place of values; raises when some are other."""
    with clock.at(clock.now()):
        (steps, facts), (others, their_facts) = (_approved(one, officer) for one in (first, second))
    general = generalise(steps, facts)
    explain_away(general, their_facts, others)
    return general


def _approved(declared: Declared, officer: Actor) -> tuple[list[Step], dict[str, Any]]:
    with recording(db.engine()) as kept:
        approve(declared.receipt_code, officer)
    with transaction() as session:
        account = session.scalars(select(Account).where(Account.declaration_id == declared.id)).one()
        issue = session.scalars(select(CredentialIssue).where(CredentialIssue.account_id == account.id)).one()
        notice = session.scalars(select(Notice).where(Notice.credential_issue_id == issue.id)).one()
    made = {"accounts.id": account.id, "credential_issues.id": issue.id, "notices.id": notice.id}
    return kept.steps, facts_of(declared) | made


def facts_of(declared: Declared) -> dict[str, Any]:
    """Return everything about a declaration that a statement of its approval may carry."""
    codes = [declared.bhxh_code, declared.id_number]
    locks = {
        f"lock of {name}": int.from_bytes(lookup_hash("advisory", code)[:8], signed=True)
        for name, code in zip(("code", "number"), codes, strict=True)
    }
    return {"subject": lookup_hash("bhxh_code", declared.bhxh_code), **locks, **declared.facts()}


def _claim_all(connection: psycopg.Connection, officer: Actor) -> None:
    connection.execute(
        "INSERT INTO claims (declaration_id, officer_id, since, until) "
        "SELECT id, %s, now(), now() + interval '1 day' FROM declarations WHERE status = 'submitted' "
        "ON CONFLICT (declaration_id) DO UPDATE SET officer_id = excluded.officer_id, until = excluded.until",
        [officer.id],
    )
    connection.execute("ANALYZE claims")


def _ours(settings: Settings, officer: Actor) -> Work:
    begin(settings)
    return lambda declared: approve(declared.receipt_code, officer)


def _limit(settings: Settings, steps: list[Step]) -> Work:
    begin(settings)
    connection = psycopg.connect(plain(settings.database_url))
    return lambda declared: replay(connection, prefilled(steps, facts_of(declared)))


def _rows(taken: dict[str, Figure], statements: int) -> list[Row]:
    words = {1: "1 connection", 8: "8 connections (processes)"}
    rows = [at_least(f"approval, {words[n]}", taken[f"ours {n}"], taken[f"limit {n}"], REACH[n], "/s") for n in EACH]
    queue.connection().flushdb()
    return [*rows, said("approval, statements", str(statements))]
