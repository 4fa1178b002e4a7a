"""The scheduler process: asks for the periodic jobs when they are due. It does no work itself.

When a job was last asked for is kept in the queue's server, so several schedulers do not double a job, and a wiped
server means one early run. Every job is idempotent: it looks in the database for what is due.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import structlog
from redis.exceptions import RedisError

from backoffice.kernel import queue

log = structlog.get_logger()

TICK_SECONDS = 1.0
LONGEST_PAUSE = 15.0


@dataclass(frozen=True)
class Periodic:
    """The function at the dotted path `job` is asked for every `seconds`."""

    job: str
    seconds: int

    @property
    def key(self) -> str:
        """Return where the queue's server keeps that it is not due."""
        return f"periodic:{self.job}"


JOBS = (
    Periodic("backoffice.notices.jobs.sweep", 30),
    Periodic("backoffice.notices.jobs.tidy", 600),
    Periodic("backoffice.expiry.jobs.sweep", 300),
    Periodic("backoffice.expiry.jobs.remind", 1800),
    Periodic("backoffice.expiry.retention_jobs.sweep", 3600),
    Periodic("backoffice.decision.jobs.sweep_photo_links", 600),
    Periodic("backoffice.intake.jobs.tidy_drafts", 600),
    Periodic("backoffice.dossier.jobs.check_photos", 86_400),
    Periodic("backoffice.accounts.jobs.remind", 1800),
    Periodic("backoffice.accounts.jobs.tidy", 3600),
    Periodic("backoffice.signin.jobs.sweep", 3600),
    Periodic("backoffice.hotline.jobs.tidy", 600),
    Periodic("backoffice.trail.alarm_watch.watch", 300),
    Periodic("backoffice.offices.jobs.tidy_imports", 1800),
    Periodic("backoffice.officers.jobs.disable_unused", 3600),
    Periodic("backoffice.trail.jobs.seal", 60),
    Periodic("backoffice.trail.jobs.check", 600),
    Periodic("backoffice.trail.jobs.keep_months", 3600),
    Periodic("backoffice.offices.jobs.merge_due", 60),
    Periodic("backoffice.dashboards.jobs.fold", 60),
    Periodic("backoffice.dashboards.jobs.check", 3600),
    Periodic("backoffice.dashboards.report_jobs.make", 30),
    Periodic("backoffice.dashboards.report_jobs.tidy", 3600),
    Periodic("backoffice.batches.jobs.work_off", 30),
    Periodic("backoffice.batches.jobs.apply_off", 30),
    Periodic("backoffice.batches.jobs.send_results", 60),
    Periodic("backoffice.batches.jobs.tidy", 3600),
)


def ask_for_due(jobs: Sequence[Periodic] = JOBS) -> list[str]:
    """Enqueue the jobs that are due and return their paths; raises RedisError or OSError when the queue is away."""
    asked = []
    for periodic in jobs:
        if not queue.connection().set(periodic.key, b"1", nx=True, px=periodic.seconds * 1000):
            continue
        if queue.enqueue(periodic.job):
            asked.append(periodic.job)
        else:
            with suppress(RedisError, OSError):
                queue.connection().delete(periodic.key)
    return asked


def run(jobs: Sequence[Periodic] = JOBS) -> None:
    """Ask for the periodic jobs until SIGTERM or SIGINT; a queue that is away is waited for. Needs kernel.start."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    log.info("scheduling", jobs=len(jobs))
    pause = TICK_SECONDS
    while not stop.wait(pause):
        pause = _round(jobs, pause)


def _round(jobs: Sequence[Periodic], pause: float) -> float:
    """Ask once; return how long to wait until the next round, longer while the queue is away."""
    try:
        ask_for_due(jobs)
    except (RedisError, OSError) as error:
        longer = min(pause * 2, LONGEST_PAUSE)
        log.warning("queue out, trying again", seconds=longer, error=type(error).__name__)
        return longer
    if pause > TICK_SECONDS:
        log.info("queue is back")
    return TICK_SECONDS
