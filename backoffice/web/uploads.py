"""Files that come with a form: who takes them says so, up to how many bytes, and they stay in memory.

A form of words has its limit (app.MAX_FORM_BYTES), and its token is asked for before anything else, which reads the
whole body. So a route that takes files declares it, and the limit is raised for it alone, once its guard has let in.
Photos of papers must not pass through temporary files in clear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, TypeVar, cast

from flask import Flask, Request, current_app, request

from backoffice.kernel.errors import Fault, InvalidInput

_MARK = "takes_files"
_WORDS = 64 * 1024
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Taken:
    limit: int
    when: Callable[..., bool]
    reads: int


class _Beginning(BytesIO):
    """Keeps the first bytes written to it and drops the rest."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, data: Any, /) -> int:
        kept = bytes(data[: self._left])
        self._left -= super().write(kept)
        return len(data)


class RequestInMemory(Request):
    """A request whose files never touch a disk; its length is bounded before they are read."""

    most_of_file: int | None = None
    """Bytes kept of each file; None for all of it."""

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> IO[bytes]:
        return BytesIO() if self.most_of_file is None else _Beginning(self.most_of_file)


def install(app: Flask) -> None:
    """Let the routes of `app` take files; to be called after the guard, and before form tokens are asked for."""
    app.request_class = RequestInMemory
    app.before_request(_raise_limit)


def takes_files(limit: int, *, when: Callable[..., bool] = lambda **_: True, reads: int = 0) -> Callable[[View], View]:
    """Declare that a POST to the route brings files of up to `limit` bytes together.

    `when` is given what the address holds and tells whether this very request may bring them; one that may not has the
    limit of a form of words, and a longer one is answered 413 unread. `reads`: for the sake of the words beside them
    longer files are read up to this, and no more kept of each than `limit` and a byte, by which the route knows them.
    """

    def declare(view: View) -> View:
        setattr(view, _MARK, _Taken(limit + _WORDS, when, reads))
        return view

    return declare


def sent_file(name: str, missing: str) -> bytes:
    """Return the file sent in the part `name`; raises InvalidInput with the sentence `missing` when there is none."""
    part = request.files.get(name)
    data = part.read() if part else b""
    if not data:
        raise InvalidInput([Fault(name, missing, "missing")], missing)
    return data


def _raise_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    taken = getattr(view, _MARK, None)
    if isinstance(taken, _Taken) and request.method == "POST" and taken.when(**(request.view_args or {})):
        request.max_content_length = max(taken.limit, taken.reads)
        if taken.reads:
            cast(RequestInMemory, request).most_of_file = taken.limit - _WORDS + 1
