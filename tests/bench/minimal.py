"""The limit for pages: a minimal Flask application that sends the recorded statements by raw psycopg and renders the
recorded bytes from small templates. Served by the same gunicorn as the desk: `tests.bench.minimal:app`.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask, Response, jsonify, redirect, request

from backoffice.gateways.photos import get_pool
from backoffice.intake.forms import MAX_REQUEST_BYTES
from tests.bench.engines import plain
from tests.bench.pages import environment
from tests.bench.recording import Step, replay


@dataclass(frozen=True)
class Recorded:
    """How one request was answered: the statements, and a page by template and values, or a redirect."""

    steps: list[Step]
    template: str = ""
    values: tuple[str, ...] = ()
    location: str = ""


def act_key(path: str, form: Mapping[str, str]) -> str:
    """Return under what an act is kept: its address and what was sent, but for the token."""
    return " ".join([path, *(f"{name}={form[name]}" for name in sorted(form) if name != "csrf_token")])


def _connection() -> psycopg.Connection:
    """Return this thread's connection."""
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(plain(os.environ["DATABASE_URL"]))
    return _mine.connection


_mine = threading.local()
_path = os.environ.get("BENCH_RECORDED")
_recorded: dict[str, Recorded] = pickle.loads(Path(_path).read_bytes()) if _path else {}
_environment = environment()
_pages = {key: _environment.from_string(one.template) for key, one in _recorded.items()}
app = Flask(__name__)


@app.get("/<path:path>")
def page(path: str) -> str | Response:
    """Answer a page."""
    return _answer(request.full_path.rstrip("?"))


@app.post("/desk/search")
def search() -> str | Response:
    """Answer a search."""
    return _answer(request.form["q"])


@app.post("/desk/<code>/<act>")
def act(code: str, act: str) -> str | Response:
    """Answer an act on a declaration."""
    return _answer(act_key(f"/desk/{code}/{act}", request.form))


@app.post("/intake")
def intake() -> Response:
    """Read a multipart body as werkzeug does, and prepare its photos in the desk's pool."""
    request.max_content_length = MAX_REQUEST_BYTES
    photos = [file.read() for file in request.files.values()]
    with ThreadPoolExecutor(max_workers=len(photos)) as threads:
        prepared = list(threads.map(get_pool().prepare_photo, photos))
    return jsonify(photos=[photo.width for photo in prepared], bytes=len(request.form["declaration"]))


def _answer(key: str) -> str | Response:
    one = _recorded[request.headers.get("X-Variant", "") + key]
    replay(_connection(), one.steps)
    if one.location:
        return redirect(one.location, 303)
    return _pages[request.headers.get("X-Variant", "") + key].render(v=one.values)
