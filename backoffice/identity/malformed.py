"""The one error of this room."""

from __future__ import annotations


class Malformed(ValueError):
    """A text is not what it should be: `message` says in Vietnamese what is wrong and what to do.

    `code` is a stable English name for machines. The message never repeats the whole text it is about.
    """

    def __init__(self, message: str, *, code: str = "malformed") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
