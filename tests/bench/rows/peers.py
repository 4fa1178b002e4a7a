"""Django admin and Flask-Admin on the same table, as information on where the product stands (peers/README)."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backoffice.config import Settings
from tests.bench.browser import Browser
from tests.bench.measure import Figure, Row, by_turns, told
from tests.bench.peer import python_with
from tests.bench.rows.lookup import codes
from tests.bench.served import DESK, search, serving
from tests.bench.sets import Bench
from tests.processes import environment

HERE = Path(__file__).parent.parent / "peers"
DJANGO = ("Django==5.2.19", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
FLASK_ADMIN = (
    "Flask-Admin==2.2.1", "Flask-SQLAlchemy==3.1.1", "Flask==3.1.3", "SQLAlchemy==2.0.45", "gunicorn==27.0.1",
    "psycopg[binary]==3.3.9",
)  # fmt: skip
TIMES = 20
PASSWORD = "mat-khau-do-toc-do"
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
Act = Callable[[int], object]


def measure(bench: Bench) -> list[Row]:
    """Return the rows: each peer's list page and exact search, and how many times ours they take."""
    settings, sought = bench.set("large"), codes(bench)
    with ExitStack() as stack:
        acts = _ours(stack.enter_context(serving(DESK, settings)), sought)
        for open_peer in (_django, _flask_admin):
            acts |= stack.enter_context(open_peer(bench, settings, sought))
        for act in acts.values():
            act(0)
        taken = by_turns(acts, TIMES)
    return [row for page in ("list", "search") for row in _rows(page, taken)]


def _rows(page: str, taken: dict[str, Figure]) -> Iterator[Row]:
    ours = taken[f"desk, {page}"]
    yield told(f"desk, {page}", ours)
    for name, figure in taken.items():
        if name.endswith(page) and not name.startswith("desk"):
            yield told(f"{name} / ours", figure, ours)


def _ours(port: int, sought: list[str]) -> dict[str, Act]:
    browser = Browser(port)
    browser.sign_in("quay")
    return {
        "desk, list": lambda _: _good(browser, "/desk"),
        "desk, search": lambda number: search(browser, sought[number % len(sought)]),
    }


@contextmanager
def _django(bench: Bench, settings: Settings, sought: list[str]) -> Iterator[dict[str, Act]]:
    python = python_with(bench.engines.folder / "django", *DJANGO)
    with bench.engines.superuser("bench_large") as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS django AUTHORIZATION backoffice_owner")
    environ = {
        "DJANGO_SETTINGS_MODULE": "django_desk.settings",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "PYTHONPATH": str(HERE),
    }
    _manage(python, settings, environ, "migrate", "--verbosity", "0")
    _manage(
        python, settings, environ, "createsuperuser", "--noinput", "--username", "chu", "--email", "", may_fail=True
    )
    with ExitStack() as stack:
        acts: dict[str, Act] = {}
        for name, tuned in (("Django admin", ""), ("Django admin, tuned", "1")):
            port = stack.enter_context(
                serving("django_desk.wsgi:app", settings, python=python, **environ, DJANGO_TUNED=tuned)
            )
            browser = _signed_in(Browser(port))
            acts |= _pages(name, browser, "/admin/django_desk/declaration/", "?q={}", sought)
        yield acts


def _signed_in(browser: Browser) -> Browser:
    found = _TOKEN.search(browser.get("/admin/login/").body)
    if found is None:
        raise RuntimeError("Django's sign-in page has no token")
    form = {"csrfmiddlewaretoken": found[1].decode(), "username": "chu", "password": PASSWORD, "next": "/admin/"}
    if browser.post("/admin/login/", form).status != 302:
        raise RuntimeError("Django did not let us in")
    return browser


def _manage(python: Path, settings: Settings, environ: dict[str, str], *words: str, may_fail: bool = False) -> None:
    command = [str(python), "-m", "django", *words]
    done = subprocess.run(
        command, env={**os.environ, **environment(settings), **environ}, capture_output=True, text=True
    )
    if done.returncode and not may_fail:
        raise RuntimeError(done.stderr[-2000:])


@contextmanager
def _flask_admin(bench: Bench, settings: Settings, sought: list[str]) -> Iterator[dict[str, Act]]:
    python = python_with(bench.engines.folder / "flask-admin", *FLASK_ADMIN)
    with serving("flask_admin_desk:app", settings, python=python, PYTHONPATH=str(HERE)) as port:
        yield {
            **_pages("Flask-Admin", Browser(port), "/default/", "?search={}", sought),
            **_pages("Flask-Admin, tuned", Browser(port), "/tuned/", "?search=%3D{}", sought),
        }


def _pages(name: str, browser: Browser, path: str, query: str, sought: list[str]) -> dict[str, Act]:
    return {
        f"{name}, list": lambda _: _good(browser, path),
        f"{name}, search": lambda number: _good(browser, path + query.format(sought[number % len(sought)])),
    }


def _good(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered {answer.status}")
