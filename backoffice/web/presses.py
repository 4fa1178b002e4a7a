"""Presses of a button: the page names each act it sends, and what the act writes to the trail bears that name.

So a page that got no answer can ask whether its press was recorded, and neither it nor the officer has to guess
(issue 4, point 12).
"""

from __future__ import annotations

import re

from flask import Flask, request

from backoffice.rules.journal import name_press

HEADER = "X-Press"
_NAME = re.compile(r"[0-9a-f]{32}")


def install(app: Flask) -> None:
    """Name each request's press before it runs, and forget the name after it."""
    app.before_request(_begin)
    app.teardown_request(_end)


def is_name(text: str) -> bool:
    """Tell whether `text` can be the name of a press: 32 hexadecimal digits, made by the page."""
    return _NAME.fullmatch(text) is not None


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    name_press(given if is_name(given) else "")


def _end(_error: BaseException | None) -> None:
    name_press("")
