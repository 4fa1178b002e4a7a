"""`backoffice web`: gunicorn with threads, from this process on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.util import import_app  # type: ignore[import-untyped]

from backoffice.cli import common
from backoffice.config import ROOT

GRACE_SECONDS = 4


class _Web(BaseApplication):
    """wsgi:app under gunicorn with the given settings."""

    def __init__(self, options: Mapping[str, object]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's settings; nothing is read from files or its own variables."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """Import the application in the worker."""
        if str(ROOT) not in sys.path:
            sys.path.insert(0, str(ROOT))
        app: Callable[..., Any] = import_app("wsgi:app")
        return app


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="HOST:PORT or unix:PATH.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads a process.")
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
def web(bind: str, workers: int, threads: int, quiet: bool) -> None:
    """Serve the pages and the API (gunicorn; put a proxy with TLS in front)."""
    common.demand_keys(common.fit())
    options = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "graceful_timeout": GRACE_SECONDS,
        "control_socket_disable": True,
        "loglevel": "warning" if quiet else "info",
        "proc_name": "backoffice-web",
    }
    _Web(options).run()
