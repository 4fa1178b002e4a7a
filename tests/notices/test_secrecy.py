"""No clear password in PostgreSQL, in the queue or in the logs after an approval was sent (design 4, Credentials)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from rq import Queue, SimpleWorker

from backoffice.config import Settings
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeStatus, Status
from backoffice.notices import actions, doors
from backoffice.notices.credentials import issue_credentials
from tests import factories
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")


def rows_as_text(url: str) -> str:
    """Every row of every table, as COPY would write it."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'p') "
            "AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        lines: list[str] = []
        for (table,) in tables:
            with connection.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:
                lines += (bytes(part).decode() for part in copy)
    return "".join(lines)


def queue_as_text() -> str:
    """Every key of the queue's server with its value."""
    server = queue.connection()
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": server.get,
        b"hash": server.hgetall,
        b"set": server.smembers,
        b"list": lambda key: server.lrange(key, 0, -1),
        b"zset": lambda key: server.zrange(key, 0, -1),
        b"stream": server.xrange,
    }
    return " ".join(f"{key!r} {read[server.type(key)](key)!r}" for key in server.scan_iter())


def test_a_sent_password_is_found_in_the_sandbox_alone(
    settings: Settings, addresses: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    doors.use(None)
    with transaction() as session:
        account = factories.make_account(session, phone="0981234567", email="a@example.vn")
        declaration = factories.make_declaration(session, status=Status.APPROVED)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
    waiting = [job for lane in queue.LANES for job in Queue(lane, connection=queue.connection()).jobs]
    assert [(job.args, job.kwargs) for job in waiting] == [((), {})] * 2, "a job carries ids alone"
    SimpleWorker(list(queue.LANES), connection=queue.worker_connection()).work(burst=True)
    assert [notice.status for notice in notices()] == [NoticeStatus.DELIVERED] * 2
    line = json.loads((settings.sandbox / "sms.jsonl").read_text())
    password = line["text"].partition(" mat khau ")[2].split()[0]
    assert len(password) == 12
    dump = rows_as_text(addresses["super"])
    assert account.full_name in dump
    output = capsys.readouterr()
    for place in (dump, queue_as_text(), output.out, output.err):
        assert password not in place
    for letter in (settings.sandbox / "mail").glob("*.eml"):
        assert password not in letter.read_text()
