"""A counter without a server: a page of our own with the desk's scripts, a hand and a scanner, and time that we set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, CDPSession, Page, Route

from backoffice.config import ROOT
from backoffice.web.security import POLICY

ADDRESS = "http://localhost:9"
HAND_GAP, PAUSE = 140, 1000
"""Milliseconds between two keys of a quick hand, and until everything has settled. A scanner takes no time here."""

_HEAD = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Quầy</title>
<meta name="csrf-token" content="token-of-the-page">
<meta name="htmx-config" content='{"includeIndicatorCSS": false, "defaultSwap": "outerHTML", "defaultSettleDelay": 0}'>
<script src="/static/scanner.js"></script><script defer src="/static/vendor/htmx-4.0.1.min.js"></script>
<script defer src="/static/scans.js"></script>
<script defer src="/static/keys.js"></script></head><body>"""
SEARCH_BOX = """<form data-scan method="post" action="/desk/search"><input id="q" name="q" type="search"></form>
<p id="scan-state" role="status" aria-live="polite"></p>"""


@dataclass
class Counter:
    """What was posted so far as (path, fields), in order; answers are held back while `patient` is set."""

    page: Page
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    patient: bool = False
    held: list[Callable[[], None]] = field(default_factory=list)
    stopped: bool = False

    @property
    def scans(self) -> list[str]:
        """The texts that reached the server, in order."""
        return [fields[name] for _, fields in self.posts for name in ("text", "q") if name in fields]

    def open(self, body: str, path: str = "/desk") -> None:
        """Show a page with `body` at `path`; its time stands still but for `wait` and the pace of keys."""
        self.answers[path] = body
        self.page.route(f"{ADDRESS}/**", self._answer)
        if self.stopped:
            self.page.goto(ADDRESS + path)
            return self.wait()  # htmx begins by a timer
        self.page.clock.install()
        self.page.goto(ADDRESS + path)
        self.page.clock.pause_at(4102444800)
        self.stopped = True
        return None

    def clear(self) -> None:
        """Forget everything, the browser's storage too."""
        self.page.unroute_all()
        if self.page.url.startswith(ADDRESS):
            self.page.evaluate("window.name = ''; localStorage.clear(); sessionStorage.clear()")
        for kept in (self.posts, self.answers, self.held):
            kept.clear()
        self.patient = False

    def wait(self, milliseconds: int = PAUSE) -> None:
        """Let the page's time pass."""
        self.page.clock.run_for(milliseconds)

    def types(self, text: str, gap: int = HAND_GAP) -> None:
        """A hand types."""
        for char in text:
            self.page.keyboard.type(char)
            self.wait(gap)

    def scans_it(self, text: str, end: str = "Enter") -> None:
        """A scanner types; `end` are the keys it ends with, separated by blanks."""
        self.page.keyboard.type(text)
        for key in end.split():
            self.page.keyboard.press(key)

    def scans_unicode(self, text: str) -> None:
        """A scanner makes characters as Windows does for Alt and the number pad: they come without a key."""
        wire = self.wire()
        for char in text:
            wire.send("Input.dispatchKeyEvent", {"type": "char", "text": char})
        self.page.keyboard.press("Enter")

    def scans_through_input_method(self, steps: list[str], end: str = "") -> None:
        """A scanner types into an input method, which shows each of `steps`; `end` is the key it ends with."""
        wire = self.wire()
        process = {"key": "Process", "code": "KeyA", "windowsVirtualKeyCode": 229}
        for shown in steps:
            caret = {"selectionStart": len(shown), "selectionEnd": len(shown)}
            wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **process})
            wire.send("Input.imeSetComposition", {"text": shown, **caret})
        if end:
            wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **process, "code": end})
            wire.send("Input.insertText", {"text": ""})

    def scans_at_once(self, texts: list[str]) -> None:
        """A scanner reads several codes before the browser has time for anything else."""
        self.page.evaluate(
            """texts => texts.flatMap(text => [...text, "Enter"]).forEach(key => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))""",
            texts,
        )

    def wire(self) -> CDPSession:
        """The browser's own protocol."""
        return self.page.context.new_cdp_session(self.page)

    def value(self, selector: str) -> str:
        """What a field holds."""
        return self.page.locator(selector).input_value()

    def caret(self) -> list[int]:
        """Where the selection begins and ends in the field that has the focus."""
        found: list[int] = self.page.evaluate(
            "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
        )
        return found

    def focused(self) -> str:
        """The id of what has the focus, "" for none."""
        found: str = self.page.evaluate("document.activeElement.id")
        return found

    def release(self) -> None:
        """Give the answer that is held back longest."""
        self.held.pop(0)()

    def arrived(self, count: int) -> None:
        """Wait until `count` posts have come."""
        for _ in range(5000):
            if len(self.posts) >= count:
                break
            self.page.context.cookies()  # a word with the browser, during which requests are heard
        assert len(self.posts) == count

    def _answer(self, route: Route) -> None:
        request, path = route.request, urlsplit(route.request.url).path
        if path.startswith("/static/"):
            return route.fulfill(path=ROOT / path.removeprefix("/"))
        if request.method == "POST":
            fields = parse_qs(request.post_data or "", keep_blank_values=True)
            self.posts.append((path, {name: values[0] for name, values in fields.items()}))
        if request.method == "POST" and self.patient:
            self.held.append(lambda: self._fulfill(route, path))
            return None
        return self._fulfill(route, path)

    def _fulfill(self, route: Route, path: str) -> None:
        body = self.answers.get(path, "")
        whole = _HEAD + body + "</body></html>" if _is_page(route) else body
        headers: dict[str, Any] = {"Content-Security-Policy": POLICY}
        route.fulfill(status=200, content_type="text/html; charset=utf-8", headers=headers, body=whole)


@contextmanager
def counter_in(browser: Browser) -> Iterator[Counter]:
    """A counter at 1366×768, `clear` between tests; an error of a script or of the policy fails at the end."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    context.set_default_timeout(15_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    yield Counter(page)
    context.close()
    assert troubles == []


def _is_page(route: Route) -> bool:
    return route.request.is_navigation_request()
