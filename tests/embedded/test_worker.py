"""The worker: jobs in forks of a process that has all imported, and a queue that may be away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import FailedJobRegistry

from backoffice.embedded.valkey import EmbeddedValkey
from tests.embedded.helpers import all_gone, eventually, noted

CODE = """
import sys
from backoffice import worker
from backoffice.kernel import queue
queue.configure(sys.argv[1])
worker.run(["counter", "default"])
"""


@contextmanager
def working(url: str, notes: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", CODE, url], env={**os.environ, "NOTES": str(notes)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask(valkey: EmbeddedValkey, job: str, *ids: int) -> Job:
    with Redis.from_url(valkey.url) as client:
        return Queue("default", connection=client).enqueue(f"tests.embedded.jobs.{job}", *ids)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path_factory.mktemp("queue") / "valkey") as engine:
        yield engine


@pytest.fixture(scope="module")
def worker(valkey: EmbeddedValkey, notes: Path) -> Iterator[subprocess.Popen[bytes]]:
    with working(valkey.url, notes) as process:
        yield process


def test_a_job_runs_in_a_fork_that_has_the_application(
    worker: subprocess.Popen[bytes], valkey: EmbeddedValkey, notes: Path
) -> None:
    ask(valkey, "ran", 1)
    eventually((notes / "imported-1").exists, "the job")
    assert noted(notes / "ran-1") != [worker.pid]
    assert noted(notes / "parent-1") == [worker.pid]
    assert (notes / "imported-1").read_text() == "True"


def test_a_failed_job_leaves_nothing_personal_in_the_queue(
    worker: subprocess.Popen[bytes], valkey: EmbeddedValkey
) -> None:
    job = ask(valkey, "fails")
    with Redis.from_url(valkey.url) as client:
        eventually(lambda: job.id in FailedJobRegistry("default", connection=client), "the failure")
        result = Job.fetch(job.id, connection=client).latest_result()
    assert result is not None
    assert "cannot send to [number]: mat khau [secret]" in (result.exc_string or "")
    assert "0912345678" not in (result.exc_string or "")
    assert "abcd2345efgh" not in (result.exc_string or "")


def test_a_worker_outlives_its_queue(worker: subprocess.Popen[bytes], valkey: EmbeddedValkey, notes: Path) -> None:
    os.kill(valkey.pid or 0, signal.SIGKILL)
    eventually(lambda: valkey.pid is None, "the end of the queue")
    valkey.start()
    ask(valkey, "ran", 2)
    eventually(lambda: bool(noted(notes / "parent-2")), "the job after the queue came back")
    assert noted(notes / "parent-2") == [worker.pid]


def test_a_worker_waits_for_a_queue_that_is_away_and_on_sigterm_finishes_its_job(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey") as valkey:
        valkey.stop()
        with working(valkey.url, tmp_path) as process:
            valkey.start()
            ask(valkey, "waits")
            eventually((tmp_path / "begun").exists, "the job")
            process.send_signal(signal.SIGTERM)
            (tmp_path / "go").touch()
            assert process.wait(30) == 0
        assert noted(tmp_path / "done") == noted(tmp_path / "begun")


def test_a_killed_worker_takes_its_job_along(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey", durable=False) as valkey, working(valkey.url, tmp_path) as process:
        ask(valkey, "waits")
        eventually((tmp_path / "begun").exists, "the job")
        process.kill()
        process.wait()
        assert all_gone(noted(tmp_path / "begun"))
    assert not (tmp_path / "done").exists()
