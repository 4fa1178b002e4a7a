"""The scheduler: each periodic job once when due, however many schedulers there are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as QueueAway
from rq import Queue
from rq.utils import import_attribute

from backoffice import scheduler
from backoffice.config import Settings
from backoffice.embedded.valkey import EmbeddedValkey
from backoffice.kernel import queue
from backoffice.scheduler import Periodic, ask_for_due
from tests.embedded.helpers import eventually

JOBS = (Periodic("tests.embedded.jobs.waits", 30), Periodic("tests.embedded.jobs.fails", 300))
PATHS = [periodic.job for periodic in JOBS]
CODE = """
import sys
from backoffice import scheduler
from backoffice.kernel import queue
queue.configure(sys.argv[1])
scheduler.run([scheduler.Periodic("tests.embedded.jobs.waits", 30)])
"""


@pytest.mark.usefixtures("database")
def test_a_job_is_asked_for_once_in_its_period_by_however_many_schedulers() -> None:
    assert ask_for_due(JOBS) == PATHS
    assert ask_for_due(JOBS) == []
    assert [job.func_name for job in Queue("default", connection=queue.connection()).jobs] == PATHS


@pytest.mark.usefixtures("database")
def test_a_job_is_due_again_when_its_period_is_over() -> None:
    ask_for_due(JOBS)
    left = queue.connection().pttl(JOBS[0].key)
    assert 0 < left <= 30_000
    queue.connection().delete(JOBS[0].key)
    assert ask_for_due(JOBS) == PATHS[:1]


@pytest.mark.usefixtures("database")
def test_a_wiped_queue_only_means_an_early_run() -> None:
    ask_for_due(JOBS)
    queue.connection().flushdb()
    assert ask_for_due(JOBS) == PATHS


def test_a_queue_that_is_away_is_not_taken_for_one_that_was_asked(
    started: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: queue.configure(started.redis_url))
    queue.configure(f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(QueueAway):
        ask_for_due(JOBS)


def test_the_scheduler_waits_for_its_queue_and_ends_on_sigterm(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as valkey:
        valkey.stop()
        process = subprocess.Popen([sys.executable, "-c", CODE, valkey.url], env=dict(os.environ))
        try:
            valkey.start()
            with Redis.from_url(valkey.url) as client:
                eventually(lambda: Queue("default", connection=client).count == 1, "the first round")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("periodic", scheduler.JOBS, ids=lambda periodic: periodic.job)
def test_every_periodic_job_exists(periodic: Periodic) -> None:
    assert callable(import_attribute(periodic.job))
