"""An owner signing in by the use case, on a known device; the limit looks at as many passwords and sends the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from backoffice.accounts import sessions, sign_in, tries
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.passwords import hash_password, verify_password
from backoffice.models import Account, AccountSession, SessionKind
from tests.bench.crowd import WARM, Work, per_second
from tests.bench.engines import plain
from tests.bench.measure import ROUNDS, Row, at_least, rounds, said
from tests.bench.recording import Step, explain_away, generalise, prefilled, recording, replay
from tests.bench.sets import Bench, begin

PASSWORD, DEVICE, ADDRESS = "con thuyền trên sông", "thiet-bi-do", "192.0.2.1"
EACH = 25
"""Sign-ins in a round."""
PROCESSES = 2
DAY = 86_400


@dataclass(frozen=True)
class Known:
    """An account whose owner signs in."""

    id: int
    bhxh_code: str

    def facts(self) -> dict[str, Any]:
        """Return what statements about it carry."""
        device = sessions.device_hash(self.id, DEVICE)
        return {
            "accounts.id": self.id,
            "code": self.bhxh_code,
            "device": device,
            "tries": tries.key_of(self.bhxh_code, Account(id=self.id), device),
            "subject": lookup_hash("bhxh_code", self.bhxh_code),
        }


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("middle")
    begin(settings)
    with bench.engines.superuser("bench_middle") as connection:
        known = _known(connection)
    _sign_in(next(known))  # connections are made
    steps = _recorded(next(known), next(known))
    db.engine().dispose()

    def turn(prepare: Any) -> float:
        return per_second(prepare, [next(known) for _ in range(PROCESSES * (EACH + WARM))], PROCESSES)

    def ours() -> Work:
        begin(settings)
        return _sign_in

    def limit() -> Work:
        begin(settings)
        return partial(_bare, psycopg.connect(plain(settings.database_url)), steps, hash_password(PASSWORD))

    taken = rounds({"ours": partial(turn, ours), "limit": partial(turn, limit)}, ROUNDS)
    return [
        at_least(f"sign-in, {PROCESSES} processes", taken["ours"], taken["limit"], 0.7, "/s"),
        said("sign-in, in a day of this machine", f"{taken['ours'].middle * DAY / 1e6:.1f} million"),
    ]


def _known(connection: psycopg.Connection) -> Iterator[Known]:
    """Give accounts without a temporary password a password and a device, and return them."""
    rows = connection.execute(
        "UPDATE accounts SET password_hash = %s, password_set_at = now() WHERE id IN (SELECT id FROM accounts "
        "WHERE status = 'active' AND NOT EXISTS "
        "(SELECT FROM credential_issues WHERE account_id = accounts.id AND used_at IS NULL) "
        "ORDER BY id LIMIT 2000) RETURNING id, bhxh_code",
        [hash_password(PASSWORD)],
    ).fetchall()
    known = [Known(*row) for row in sorted(rows)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO account_devices (account_id, device_hash, first_at, seen_at) VALUES (%s, %s, now(), now())",
            [(one.id, sessions.device_hash(one.id, DEVICE)) for one in known],
        )
    connection.execute("ANALYZE accounts, account_devices")
    return iter(known)


def _sign_in(one: Known) -> None:
    sign_in.sign_in(one.bhxh_code, PASSWORD, device=DEVICE, kind=SessionKind.APP, address=ADDRESS)


def _bare(connection: psycopg.Connection, steps: list[Step], kept: str, one: Known) -> None:
    """Look at the own password and in the place of a temporary one, and send what the use case sends."""
    verify_password(kept, PASSWORD)
    verify_password(None, PASSWORD)
    replay(connection, prefilled(steps, one.facts() | {"access": os.urandom(32), "refresh": os.urandom(32)}))


def _recorded(first: Known, second: Known) -> list[Step]:
    with clock.at(clock.now()):
        (steps, facts), (others, their_facts) = (_signed_in(one) for one in (first, second))
    general = generalise(steps, facts)
    explain_away(general, their_facts, others)
    return general


def _signed_in(one: Known) -> tuple[list[Step], dict[str, Any]]:
    with recording(db.engine()) as kept:
        _sign_in(one)
    with transaction() as session:
        begun = session.query(AccountSession).filter_by(account_id=one.id).one()
    return kept.steps, one.facts() | {"access": begun.access_hash, "refresh": begun.refresh_hash}
