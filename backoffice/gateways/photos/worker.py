"""The program a pool worker runs (`python -m backoffice.gateways.photos.worker`): reads requests, does jobs, answers.

What holds it, from inside; the server holds a kill besides:
- address space: MEMORY_LIMIT bytes beyond what it has once everything is loaded (RLIMIT_AS; on Linux, where /proc
  tells the baseline; elsewhere the limit is left out and only time bounds it);
- time: an alarm (SIGALRM with its default action, so no library can delay it) a second after the time of each job;
- the server's life: when its end of the pipe closes, for whatever reason, the worker ends at once;
- it writes no core dump and no file, and has neither the server's environment nor its open files.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import select
import signal
import threading
import traceback
import warnings
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.refusal import PhotoRefused
from backoffice.gateways.photos.wire import Status, read_request, send_answer

ALARM_GRACE = 1.0


def main() -> None:
    """Serve requests from standard input until it closes; one that ran out of memory is the last."""
    requests, answers = _private_channel()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides when to end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # a decoder's remarks on a stranger's file are no news for the log
    threading.Thread(target=end_with_server, args=(requests.fileno(),), daemon=True).start()
    importlib.import_module("backoffice.gateways.photos.pipeline")
    gc.freeze()
    confine()
    send_answer(answers, 0, Status.READY)
    status = Status.READY
    while status != Status.NO_MEMORY:
        request = read_request(requests)
        signal.setitimer(signal.ITIMER_REAL, request.seconds + ALARM_GRACE)
        status, body = perform(request.job, request.data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        send_answer(answers, request.serial, status, body)
        del request, body
        gc.collect()  # decoders leave cycles that hold whole images, and those count against the limit


def confine() -> None:
    """Set this process's limits for good: memory beyond the present, no core dump, no file longer than nothing."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        most = int(statm.read_text().split()[0]) * resource.getpagesize() + limits.MEMORY_LIMIT
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def end_with_server(descriptor: int) -> None:
    """Wait until the other end of the pipe closes, also in the middle of a job, and end the process then."""
    watch = select.poll()
    watch.register(descriptor, 0)  # no data, only the hang-up
    watch.poll()
    os._exit(0)


def perform(job: str, data: bytes) -> tuple[Status, bytes]:
    """Run one job and put its outcome into an answer."""
    try:
        module, _, name = job.partition(":")
        function: Callable[[bytes], bytes] = getattr(importlib.import_module(module), name)
        return Status.DONE, function(data)
    except PhotoRefused as refusal:
        return Status.REFUSED, refusal.code.encode()
    except MemoryError:
        return Status.NO_MEMORY, b""
    except Exception as error:  # noqa: BLE001 - the server logs it; an error's text may hold what the photo says
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Status.FAILED, f"{type(error).__name__} in {place.name}, line {place.lineno}".encode()


def _private_channel() -> tuple[FileIO, FileIO]:
    """Our two pipes, moved away from descriptors 0 and 1, where a library's chatter would spoil the frames."""
    requests, answers = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, answers


if __name__ == "__main__":
    main()
