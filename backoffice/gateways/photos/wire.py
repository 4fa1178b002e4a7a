"""How the server and a worker talk: frames over two pipes, unbuffered, bytes and UTF-8 only.

No pickle: the worker reads strangers' bytes with C libraries, so what comes back from it is input like any other. Every
request has a serial number which its answer repeats, so that an answer can never be taken for another photo's. Nothing
is buffered on our side, so that a process forked in the middle of a frame cannot send its rest again.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from io import FileIO
from typing import NamedTuple

_REQUEST = struct.Struct("!QHId")
_ANSWER = struct.Struct("!QBI")


class Status(IntEnum):
    """What an answer is; beside it what its body holds."""

    READY = 0  # empty: libraries loaded, limits set, waiting
    DONE = 1  # the job's result
    REFUSED = 2  # a `Refusal` value
    NO_MEMORY = 3  # empty
    FAILED = 4  # type and place of an error nobody foresaw, without its text


class Request(NamedTuple):
    """A job ("module:function", bytes to bytes), its data, and the seconds it may take."""

    serial: int
    job: str
    data: bytes
    seconds: float


def send_request(pipe: FileIO, request: Request) -> None:
    """Hand a request to the worker; OSError when it is gone."""
    name = request.job.encode()
    _write(pipe, _REQUEST.pack(request.serial, len(name), len(request.data), request.seconds) + name)
    _write(pipe, request.data)


def read_request(pipe: FileIO) -> Request:
    """The next request; EOFError when the server has gone."""
    serial, name_size, data_size, seconds = _REQUEST.unpack(_read(pipe, _REQUEST.size))
    return Request(serial, _read(pipe, name_size).decode(), _read(pipe, data_size), seconds)


def send_answer(pipe: FileIO, serial: int, status: Status, body: bytes = b"") -> None:
    """Answer the request of that serial number."""
    _write(pipe, _ANSWER.pack(serial, status, len(body)))
    _write(pipe, body)


def read_answer(pipe: FileIO, serial: int, most: int) -> tuple[Status, bytes]:
    """The answer to a request: EOFError when the worker is gone, ValueError when it is none, or over `most` bytes."""
    answered, status, size = _ANSWER.unpack(_read(pipe, _ANSWER.size))
    if answered != serial or size > most:
        raise ValueError("not an answer to this request")
    return Status(status), _read(pipe, size)


def _write(pipe: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) :]


def _read(pipe: FileIO, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = pipe.read(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError("the other side is gone")
        parts += part
    return bytes(parts)
