"""SIGKILL of a worker before and after the send loses no notice (design 4, Outbox and Credentials)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from backoffice.config import ROOT, Settings
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Account, CredentialAttempt, NoticeStatus, Status
from backoffice.notices import actions, doors, jobs, outbox
from backoffice.notices.credentials import check_temporary, issue_credentials, use
from tests import factories
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")


def environment(settings: Settings) -> dict[str, str]:
    names = (
        "app_env", "database_url", "database_owner_url", "redis_url", "secret_key", "lookup_key", "trail_key",
        "photo_store_url", "photo_keys", "sms_url", "smtp_url", "public_url",
    )  # fmt: skip
    given = {name.upper(): str(getattr(settings, name)) for name in names}
    return os.environ | given | {"VAR_DIR": str(settings.var)}


def kill_at_the_gateway(settings: Settings, when: str) -> None:
    """Let a worker of its own process drain the counter's lane and SIGKILL it there."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.notices.dying_worker", when],
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    with worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "at the gateway\n"
        worker.kill()
    assert worker.returncode == -9


def approve() -> Account:
    with transaction() as session:
        account = factories.make_account(session, phone="0981234567")
        declaration = factories.make_declaration(session, status=Status.APPROVED)
        actions.approved(session, declaration, account, issue_credentials(session, account, 7))
    return account


def recover() -> None:
    """What the sweep and the next worker do once the lease is over."""
    with clock.at(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        jobs.sweep()
        jobs.drain(queue.COUNTER)


def passwords(settings: Settings) -> list[str]:
    lines = (settings.sandbox / "sms.jsonl").read_text().splitlines()
    return [json.loads(line)["text"].partition(" mat khau ")[2].split()[0] for line in lines]


@pytest.mark.parametrize(("when", "messages"), [("before", 1), ("after", 2)])
def test_a_worker_killed_at_the_gateway_loses_no_notice(settings: Settings, when: str, messages: int) -> None:
    """At most one duplicate a kill; every password that went out signs in until one of them is used."""
    doors.use(None)
    account = approve()
    kill_at_the_gateway(settings, when)
    assert [notice.status for notice in notices()] == [NoticeStatus.SENDING]
    jobs.drain(queue.COUNTER)
    assert [notice.status for notice in notices()] == [NoticeStatus.SENDING], "the lease still holds"
    recover()
    (notice,) = notices()
    assert (notice.status, notice.tries) == (NoticeStatus.DELIVERED, 2)
    sent = passwords(settings)
    assert len(sent) == messages
    with transaction() as session:
        assert session.query(CredentialAttempt).count() == 2
        issues = [check_temporary(session, account, password) for password in sent]
        assert issues[0] is not None
        assert issues == [issues[0]] * messages
        use(session, issues[0])
        assert [check_temporary(session, account, password) for password in sent] == [None] * messages
