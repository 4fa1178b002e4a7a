"""The line between a page and its server, as a test wants it: broken, slow, or with somebody else's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

_HEARD = "async () => { while ((await fetch('/is-anybody-on-the-line')).status !== 204); }"


def intercept(page: Page, requests: str, answer: Callable[[Route], Any], *, times: int | None = None) -> None:
    """Let `answer` deal with such requests of the page that is open, from the very next on.

    Chromium says that it does before the page's process knows: so it is seen to do it before anything is pressed.
    """
    page.route("**/is-anybody-on-the-line", lambda route: route.fulfill(status=204))
    page.evaluate(_HEARD)
    page.route(requests, answer, times=times)
