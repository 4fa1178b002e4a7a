"""The door to decoding: a few confined processes that do nothing but read photos.

`prepare_photo` and `read_qr` are what the rest of the house calls. A worker is a fresh Python program (`worker`), not a
fork of the server: so it has none of its database connections, sockets and threads, and an environment without keys.
It may take MEMORY_LIMIT bytes of address space beyond its own baseline (RLIMIT_AS, which the kernel holds, also against
C libraries) and SECONDS of wall-clock time, after which it is killed; the next photo gets a new one.

Own pipes rather than a pool library, for three reasons: results must not be unpickled from a process that has read
strangers' bytes; workers share no lock, so that killing one never stops another; and there is no thread of ours in the
server but one timer while a photo is being read. Safe to call from many threads (gunicorn gthread) and in a process
forked after import or after use: a forked process forgets the workers it inherited and starts its own when needed.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.child import Child, WorkerDied
from backoffice.gateways.photos.inspect import inspect
from backoffice.gateways.photos.prepared import PreparedPhoto
from backoffice.gateways.photos.refusal import PhotoRefused, Refusal
from backoffice.gateways.photos.wire import Status
from backoffice.kernel.errors import Unavailable

POOL_WORKERS = min(2, os.cpu_count() or 1)

_PREPARE = "backoffice.gateways.photos.pipeline:prepare_packed"
_READ_QR = "backoffice.gateways.photos.pipeline:read_qr_packed"
_BUSY = "Hệ thống đang đọc nhiều ảnh cùng lúc nên chưa nhận thêm được. Xin chờ một phút rồi gửi lại."
_DOWN = "Bộ phận đọc ảnh tạm thời chưa chạy được. Xin chờ vài phút rồi gửi lại; nếu vẫn vậy, xin báo quản trị hệ thống."

_log = logging.getLogger(__name__)
Read = TypeVar("Read")


class OutOfMemory(Exception):
    """A job asked for more memory than a worker may have."""


class JobFailed(Exception):
    """A job raised an error that says nothing about the photo: a fault of ours. The text names its type and place."""


class PhotoPool:
    """Up to `workers` confined processes, each started when first needed and replaced when it died.

    A caller waits up to `queue_seconds` for one of them to be free.
    """

    def __init__(self, workers: int = POOL_WORKERS, queue_seconds: float = limits.QUEUE_SECONDS) -> None:
        self._workers = workers
        self._queue_seconds = queue_seconds
        self._reset()
        _pools.add(self)

    def prepare_photo(self, data: bytes) -> PreparedPhoto:
        """`pipeline.prepare` in a worker.

        Raises `PhotoRefused` (too_heavy when time or memory ran out or the worker died; otherwise as `inspect` and
        broken), `Unavailable` when no worker came free in time or none can be started.
        """
        return self._read(_PREPARE, data, PreparedPhoto.unpack)

    def read_qr(self, data: bytes) -> str | None:
        """The text of the QR code on the photo, None when none can be read. Raises as `prepare_photo` does."""
        return self._read(_READ_QR, data, bytes.decode) or None

    def _read(self, job: str, data: bytes, unpack: Callable[[bytes], Read]) -> Read:
        """Do a job on a stranger's photo and unpack its answer, which is not trusted either."""
        inspect(data)  # in the server: what a header betrays shall not wait in the queue
        try:
            return unpack(self.run(job, data))
        except (WorkerDied, OutOfMemory) as error:
            _log.warning("photo refused as too heavy: %r", error)
            raise PhotoRefused(Refusal.TOO_HEAVY) from error
        except (JobFailed, ValueError, KeyError) as error:
            _log.error("photo could not be read: %s", error if isinstance(error, JobFailed) else type(error))
            raise PhotoRefused(Refusal.BROKEN) from error

    def run(self, job: str, data: bytes, seconds: float = limits.SECONDS) -> bytes:
        """Run a job, named "module:function" and taking and giving bytes, on a worker.

        Raises `PhotoRefused` when the job does; `WorkerDied`, `OutOfMemory`, `JobFailed`; `Unavailable` as above;
        ValueError when the worker's answer makes no sense.
        """
        slots = self._slots
        try:
            worker = slots.get(timeout=self._queue_seconds)
        except queue.Empty:
            raise Unavailable(_BUSY, code="photos_busy") from None
        try:
            if worker is None or not worker.alive:
                worker = self._replace(worker)
            return _outcome(*worker.ask(job, data, seconds))
        finally:
            slots.put(worker)

    def pids(self) -> list[int]:
        """Process ids of the workers that live now."""
        with self._lock:
            return [worker.pid for worker in self._started if worker.alive]

    def close(self) -> None:
        """Kill every worker, also in the middle of a job. The pool may be used again; it then starts new ones."""
        with self._lock:
            self._closings += 1
            for worker in self._started:
                worker.stop()

    def _replace(self, dead: Child | None) -> Child:
        closings = self._closings
        try:
            worker = Child()
        except (OSError, EOFError, ValueError) as error:
            _log.error("photo worker could not be started: %s", type(error).__name__)
            raise Unavailable(_DOWN, code="photos_down") from error
        with self._lock:
            if closings != self._closings:  # closed while this one was starting
                worker.stop()
            self._started.add(worker)
            if dead is not None:
                dead.discard()
                self._started.discard(dead)
        return worker

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._closings = 0
        self._started: set[Child] = set()
        self._slots: queue.LifoQueue[Child | None] = queue.LifoQueue()  # last in, first out: few stay warm
        for _ in range(self._workers):
            self._slots.put(None)

    def _forget(self) -> None:
        """In a forked child: the workers are the parent's. Let go of their pipes, so that its death still ends them."""
        for worker in self._started:
            worker.let_go()
        self._reset()


def _outcome(status: Status, body: bytes) -> bytes:
    if status == Status.DONE:
        return body
    if status == Status.REFUSED:
        raise PhotoRefused(Refusal(body.decode()))
    if status == Status.NO_MEMORY:
        raise OutOfMemory
    raise JobFailed(body.decode(errors="replace"))


_pools: weakref.WeakSet[PhotoPool] = weakref.WeakSet()
_process_wide: list[PhotoPool] = []
_first_use = threading.Lock()


def get_pool() -> PhotoPool:
    """The process-wide pool, made at first use."""
    with _first_use:
        if not _process_wide:
            _process_wide.append(PhotoPool())
        return _process_wide[0]


def _close_all() -> None:
    for pool in list(_pools):
        pool.close()


def _forget_all() -> None:
    global _first_use
    _first_use = threading.Lock()
    for pool in list(_pools):
        pool._forget()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)
