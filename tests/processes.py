"""Real processes beside the tests: their environment, a served desk, a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server

from backoffice.config import ROOT, Settings

_NAMES = (
    "app_env", "database_url", "database_owner_url", "redis_url", "secret_key", "lookup_key", "trail_key",
    "photo_store_url", "photo_keys", "sms_url", "smtp_url", "public_url",
)  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process of its own works on the tests' desk."""
    given = {name.upper(): str(getattr(settings, name)) for name in _NAMES}
    return os.environ | given | {"VAR_DIR": str(settings.var)}


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve `app` on loopback; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def working(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker on both lanes."""
    command = [sys.executable, "-m", "backoffice.cli", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(settings), stderr=subprocess.DEVNULL) as worker:
        try:
            yield worker
        finally:
            worker.terminate()
