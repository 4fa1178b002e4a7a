"""What the pool's workers are made to do in the tests: bytes in, bytes out."""

from __future__ import annotations

import os
import re
import sys
import threading
from pathlib import Path

from backoffice.gateways.photos.refusal import PhotoRefused, Refusal

HERE = __name__


def echo(data: bytes) -> bytes:
    return data


def own_pid(data: bytes) -> bytes:
    return str(os.getpid()).encode()


def spin(data: bytes) -> bytes:
    while True:
        pass


def spin_in_c(data: bytes) -> bytes:
    """For years, without giving up the interpreter's lock once: what a library may do."""
    re.match(r"(a+)+$", "a" * 60 + "b")
    return b""


def sleep_in_c(data: bytes) -> bytes:
    """A library that works for long with the interpreter's lock given up, as decoders do."""
    threading.Event().wait(60)
    return b""


def allocate(data: bytes) -> bytes:
    """Take as many MiB as `data` says, all at once."""
    return str(len(bytearray(int(data) << 20))).encode()


def crash(data: bytes) -> bytes:
    os.abort()


def refuse(data: bytes) -> bytes:
    raise PhotoRefused(Refusal(data.decode()))


def fail(data: bytes) -> bytes:
    raise LookupError(data.decode())


def chatter(data: bytes) -> bytes:
    os.write(1, b"a library that prints")
    return data


def environment(data: bytes) -> bytes:
    return "\n".join(os.environ).encode()


def open_files(data: bytes) -> bytes:
    names = os.listdir("/proc/self/fd")  # one of them is this listing's own, closed by now
    links = [f"/proc/self/fd/{name}" for name in names]
    return "\n".join(os.readlink(link) for link in links if os.path.lexists(link)).encode()


def modules(data: bytes) -> bytes:
    return "\n".join(sys.modules).encode()


def write_file(data: bytes) -> bytes:
    Path(data.decode()).write_bytes(b"x" * 100)
    return b"written"
