"""The worker process: RQ jobs of one or more lanes, each in a fork of a process that has all imported."""

from __future__ import annotations

import logging
import os
import pkgutil
import signal
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.exceptions import StopRequested
from rq.job import Job

import backoffice
from backoffice.identity.redaction import redact
from backoffice.kernel import db, queue
from backoffice.kernel.parent import die_with
from backoffice.notices.outbox import DRAINS

log = structlog.get_logger()

ALIVE_SECONDS = 60
MAINTENANCE_SECONDS = 60
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
STEADY_SECONDS = 30.0
_SENDING = frozenset(DRAINS.values())


class DeskWorker(Worker):
    """An RQ worker whose jobs use connections of their own, die with it, and leave nothing personal in the queue.

    Jobs that send are run here, not in a fork: what they are connected to outlives them, and is listened to between.
    """

    @property
    def asked_to_stop(self) -> bool:
        """Tell whether a signal asked this worker to end."""
        return self._shutdown_requested_date is not None

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job: those that send in this very process, others in a fork."""
        if job.func_name in _SENDING:
            SimpleWorker.execute_job(self, job, queue)  # type: ignore[arg-type]
        else:
            super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in the fork that was just made."""
        die_with(self.pid or os.getppid(), signal.SIGKILL)
        db.forget_connections()
        super().main_work_horse(job, queue)

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Record the failure; its traceback may quote values, and the queue keeps it for a day."""
        super().handle_job_failure(job, queue, started_job_registry, redact(exc_string))


def run(lanes: Sequence[str]) -> None:
    """Work off the jobs of `lanes` (the first before the second) until SIGTERM or SIGINT; needs kernel.start.

    SIGTERM lets the running job end. A queue that is away, at the start or later, is waited for with growing pauses.
    """
    import_jobs()
    for name in ("rq.worker", "rq.job"):
        # Every job and every round of cleaning is said at INFO.
        logging.getLogger(name).setLevel(logging.WARNING)
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        if _work(lanes):
            return
        pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else pause
        log.warning("queue out, trying again", seconds=pause)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def import_jobs() -> list[str]:
    """Import every room's jobs, and with them the application, once before the forks; return their modules."""
    rooms = [module.name for module in pkgutil.iter_modules(backoffice.__path__) if module.ispkg]
    names = [f"backoffice.{room}.jobs" for room in rooms if find_spec(f"backoffice.{room}.jobs")]
    for name in names:
        import_module(name)
    return names


def _work(lanes: Sequence[str]) -> bool:
    """Work until asked to stop (True) or until the queue is away (False)."""
    worker: DeskWorker | None = None
    try:
        worker = DeskWorker(
            list(lanes),
            connection=queue.worker_connection(),
            worker_ttl=ALIVE_SECONDS,
            maintenance_interval=MAINTENANCE_SECONDS,
        )
        log.info("working", lanes=list(lanes), pid=os.getpid())
        worker.work(logging_level=None)
    except StopRequested:
        return True
    except (RedisError, OSError) as error:
        log.warning("lost the queue", error=type(error).__name__)
    finally:
        # Between two workers a signal ends the process as it would any other.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return worker is not None and worker.asked_to_stop
