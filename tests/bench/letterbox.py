"""Notices that wait, put there by SQL, for the rows that send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from backoffice.kernel import clock
from backoffice.notices.rendering import MASK

AT_ONCE = 1_000
"""So many about as many declarations; more are about the same ones again."""


@dataclass(frozen=True)
class Queued:
    """A notice that waits."""

    id: int
    declaration_id: int
    recipient: str
    body: str


def post(connection: psycopg.Connection, count: int, lane: str) -> list[Queued]:
    """Queue `count` notices about undecided declarations whose numbers the sandbox treats as usual."""
    posted = [one for size in _shares(count) for one in _post(connection, size, lane)]
    connection.execute("ANALYZE notices")
    return sorted(posted, key=lambda one: one.id)


def post_credentials(connection: psycopg.Connection, count: int, lane: str) -> list[Queued]:
    """Queue `count` passwords, each of a new issue of an account."""
    now = clock.now()
    rows = connection.execute(
        "WITH chosen AS (SELECT id, phone FROM accounts WHERE status IN ('issued', 'active') ORDER BY id "
        "LIMIT %(count)s), issues AS (INSERT INTO credential_issues (account_id, number, issued_at, expires_at) "
        "SELECT id, 1 + (SELECT max(number) FROM credential_issues WHERE account_id = chosen.id), %(now)s, %(until)s "
        "FROM chosen RETURNING id, account_id) INSERT INTO notices (kind, channel, lane, recipient, body, "
        "attach_form01, account_id, credential_issue_id, status, tries, created_at, next_try_at) SELECT 'reset', "
        "'sms', %(lane)s, phone, %(body)s, false, chosen.id, issues.id, 'queued', 0, %(now)s, %(due)s "
        "FROM chosen JOIN issues ON account_id = chosen.id RETURNING id, 0, recipient, body",
        {
            "count": count,
            "now": now,
            "until": now + timedelta(days=7),
            "due": now - timedelta(days=1),
            "lane": lane,
            "body": f"BHXH: mat khau tam {MASK} dung den 10:00 06/12/2026. Khong dua mat khau cho ai. Hoi 19009068",
        },
    ).fetchall()
    return _all(rows, count)


def cancel_rest(connection: psycopg.Connection) -> None:
    """Leave nothing that waits."""
    connection.execute(
        "UPDATE notices SET status = 'cancelled', lease_until = NULL WHERE status IN ('queued', 'sending')"
    )


def _shares(count: int) -> Iterable[int]:
    return [AT_ONCE] * (count // AT_ONCE) + ([count % AT_ONCE] if count % AT_ONCE else [])


def _post(connection: psycopg.Connection, count: int, lane: str) -> list[Queued]:
    now: datetime = clock.now()
    rows = connection.execute(
        "INSERT INTO notices (kind, channel, lane, recipient, body, attach_form01, declaration_id, office_id, status, "
        "tries, created_at, next_try_at) SELECT 'received', 'sms', %s, phone, 'BHXH: Da nhan to khai ' || receipt_code "
        "|| '. Mang CCCD/ho chieu, mau 01 da ky den co quan BHXH truoc ngay hen. Hoi 19009068', "
        "false, id, office_id, 'queued', 0, %s, %s FROM declarations WHERE status = 'submitted' "
        "AND (expires_at IS NULL OR expires_at > %s) AND phone !~ '000[123]$' "
        "ORDER BY id DESC LIMIT %s RETURNING id, declaration_id, recipient, body",
        [lane, now, now - timedelta(days=1), now + timedelta(hours=1), count],
    ).fetchall()
    return _all(rows, count)


def _all(rows: list[tuple[int, int, str, str]], count: int) -> list[Queued]:
    if len(rows) < count:
        raise RuntimeError(f"only {len(rows)} of {count} notices could be queued")
    return [Queued(*row) for row in rows]
