"""The desk and its limit, each behind the same gunicorn: two workers with eight threads, on loopback."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from werkzeug.test import TestResponse

from backoffice.app import create_app
from backoffice.config import ROOT, Settings
from backoffice.embedded import processes
from backoffice.kernel import db
from tests.bench.browser import Answer, Browser
from tests.bench.minimal import Recorded, act_key
from tests.bench.pages import template_of
from tests.bench.recording import COMMIT, Step, recording
from tests.processes import environment

GUNICORN = (
    "--workers",
    "2",
    "--threads",
    "8",
    "--worker-class",
    "gthread",
    "--no-control-socket",
    "--log-level",
    "error",
)
HTMX = {"HX-Request": "true"}
DESK, LIMIT = "wsgi:app", "tests.bench.minimal:app"


@contextmanager
def serving(application: str, settings: Settings, *, python: Path | None = None, **more: str) -> Iterator[int]:
    """Serve `application` for `settings` (by the interpreter `python`, default ours) and give its port."""
    port = _free_port()
    environ = {**environment(settings), "PYTHONPATH": str(ROOT), **more}
    command = [str(python or sys.executable), "-m", "gunicorn", *GUNICORN, "--bind", f"127.0.0.1:{port}", application]
    with subprocess.Popen(command, cwd=ROOT, env=environ) as process:
        processes.wait_until(lambda: process.poll() is not None or _answers(port), 60)
        if process.poll() is not None:
            raise RuntimeError(f"{application} does not come up")
        try:
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Tape:
    """Answers of the desk, recorded in this process in a signed-in browser's name, for the limit to give again."""

    def __init__(self, settings: Settings, browser: Browser) -> None:
        self._client = create_app(settings).test_client()
        for name, value in browser.cookies.items():
            self._client.set_cookie(name, value)
        self._token = browser.token
        self.recorded: dict[str, Recorded] = {}

    def look(self, path: str) -> str:
        """Return a page without recording it."""
        return self._client.get(path).get_data(as_text=True)

    def get(self, path: str) -> str:
        """Record a page and return it."""
        return self._take(path, lambda: self._client.get(path))

    def search(self, text: str) -> str:
        """Record a search, and the page it leads to if it leads to one; return the page."""
        form = {"csrf_token": self._token, "q": text}
        location = self._take(text, lambda: self._client.post("/desk/search", data=form))
        return self.get(location) if location.startswith("/") else location

    def act(self, path: str, form: dict[str, str]) -> str:
        """Record what HTMX gets for an act on a declaration, and return it."""
        sent = {"csrf_token": self._token, **form}
        return self._take(act_key(path, form), lambda: self._client.post(path, data=sent, headers=HTMX))

    def only(self, key: str, variant: str, wanted: Callable[[Step], bool]) -> None:
        """Keep beside the answer of `key` a variant that sends but the statements `wanted`, and the commits."""
        whole = self.recorded[key]
        steps = [step for step in whole.steps if wanted(step)]
        self.recorded[variant + key] = replace(whole, steps=[*steps, Step(mark=COMMIT)])

    def save(self, path: Path) -> Path:
        """Write the tape for `tests.bench.minimal`."""
        path.write_bytes(pickle.dumps(self.recorded))
        return path

    def _take(self, key: str, ask: Callable[[], TestResponse]) -> str:
        with recording(db.engine()) as kept:
            answer = ask()
        if answer.status_code == 303:
            self.recorded[key] = Recorded(kept.steps, location=answer.location)
            return answer.location
        if answer.status_code != 200:
            raise RuntimeError(f"a page was answered {answer.status_code}")
        page = answer.get_data(as_text=True)
        template, values = template_of(page)
        self.recorded[key] = Recorded(kept.steps, template, tuple(values))
        return page


@dataclass(frozen=True)
class Pair:
    """The same officer at the desk and at its limit."""

    ours: Browser
    limit: Browser

    def each(self) -> tuple[Browser, Browser]:
        """Return both."""
        return self.ours, self.limit


@contextmanager
def pair(settings: Settings, officer: str, record: Callable[[Tape], None]) -> Iterator[Pair]:
    """Serve the desk with `officer` signed in, and the limit with what `record` tapes."""
    with serving(DESK, settings) as port:
        ours = Browser(port)
        ours.sign_in(officer)
        tape = Tape(settings, ours)
        record(tape)
        db.engine().dispose()
        kept = tape.save(settings.var / f"{officer}.tape")
        with serving(LIMIT, settings, BENCH_RECORDED=str(kept)) as limit_port:
            limit = Browser(limit_port)
            yield Pair(ours, limit)
            ours.close()
            limit.close()


def act(browser: Browser, path: str, form: dict[str, str]) -> Answer:
    """Do something to a declaration as the review page does; `browser` sends the headers of HTMX."""
    answer = browser.post(path, {"csrf_token": browser.token, **form})
    if answer.status != 200:
        raise RuntimeError(f"an act was answered {answer.status}")
    return answer


def search(browser: Browser, text: str) -> Answer:
    """Search as the desk's box does, and follow where it leads."""
    answer = browser.post("/desk/search", {"csrf_token": browser.token, "q": text})
    answer = browser.get(answer.location) if answer.status == 303 else answer
    if answer.status != 200:
        raise RuntimeError(f"a search was answered {answer.status}")
    return answer
