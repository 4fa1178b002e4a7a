"""One real PostgreSQL and one real Valkey a run; a database of its own for every xdist worker."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from backoffice import config as desk_config
from backoffice import dossier
from backoffice.config import Settings
from backoffice.embedded.postgres import SUPERUSER, EmbeddedPostgres
from backoffice.embedded.valkey import EmbeddedValkey
from backoffice.identity.redaction import redact_event
from backoffice.kernel import migrate, passwords, queue
from backoffice.kernel.start import start

_TABLES = """
SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""
MEMORY, ROOM = "/dev/shm", 6 * 2**30  # noqa: S108 - a folder of our own is made in it
MOULD = "test_mould"
ENGINES = pytest.StashKey[list[Any]]()

TRUE_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
passwords._NOBODY = passwords._hasher.hash("nobody's password")
"""Passwords cost next to nothing here: thousands of tests sign somebody in."""


for peer in ("mail.log", "werkzeug"):
    # What servers of the tests say from threads of their own comes between tests, where nobody catches it.
    logging.getLogger(peer).setLevel(logging.CRITICAL)

gc.disable()
GARBAGE_AFTER = (20_000, 20, 50)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among what was there before the tests: that took a tenth of their time."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    _stay_in_memory()
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    folder.chmod(0o711)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    engines = [EmbeddedPostgres(folder / "pg", durable=False), EmbeddedValkey(folder / "vk")]
    for engine in engines:
        engine.start()
    config.stash[ENGINES] = engines
    config.add_cleanup(lambda: _remove(engines, folder))


def _stay_in_memory() -> None:
    """Let all files of a run be in memory where there is room: to wait for a disk takes longer than the tests do."""
    with suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(MEMORY).free > ROOM and os.access(MEMORY, os.W_OK):
            os.environ["TMPDIR"] = MEMORY  # of the processes beside us too
            tempfile.tempdir = None


def _remove(engines: list[Any], folder: Path) -> None:
    for engine in engines:
        engine.destroy()
    shutil.rmtree(folder, ignore_errors=True)


def pytest_configure_node(node: Any) -> None:
    node.workerinput["engines"] = _addresses(node.config)


def _addresses(config: pytest.Config) -> dict[str, str]:
    postgres, valkey = config.stash[ENGINES]
    return {"super": postgres.url(SUPERUSER), "owner": postgres.owner_url, "app": postgres.app_url, "redis": valkey.url}


@pytest.fixture(scope="session")
def addresses(request: pytest.FixtureRequest) -> dict[str, str]:
    """URLs of this worker's own database (as superuser, owner, application) and Redis database."""
    worker = getattr(request.config, "workerinput", None)
    shared = worker["engines"] if worker else _addresses(request.config)
    name = worker["workerid"] if worker else "main"
    with psycopg.connect(_plain(shared["super"]), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        _make_mould(connection, shared)
        connection.execute(f'CREATE DATABASE "test_{name}" OWNER backoffice_owner TEMPLATE {MOULD}')
    mine = {role: _of(shared[role], f"test_{name}") for role in ("super", "owner", "app")}
    number = int(name.removeprefix("gw")) + 1 if name.startswith("gw") else 0
    return mine | {"redis": f"{shared['redis']}?db={number}"}


def _make_mould(connection: psycopg.Connection[Any], shared: dict[str, str]) -> None:
    """Migrate once for all workers: the first to come does it, the others wait and copy."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MOULD]).fetchone():
        connection.execute(f"CREATE DATABASE {MOULD} OWNER backoffice_owner")
        owner, app = (_of(shared[role], MOULD) for role in ("owner", "app"))
        migrate.upgrade(SimpleNamespace(database_url=app, database_owner_url=owner))


@pytest.fixture(scope="session")
def settings(addresses: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of this worker's desk, its tables made."""
    var = tmp_path_factory.mktemp("var")
    made = desk_config.load(
        {
            "APP_ENV": "test",
            "VAR_DIR": str(var),
            "DATABASE_URL": addresses["app"],
            "DATABASE_OWNER_URL": addresses["owner"],
            "REDIS_URL": addresses["redis"],
            "SECRET_KEY": "secret-of-the-tests",
            "LOOKUP_KEY": "lookup-of-the-tests",
            "TRAIL_KEY": "trail-of-the-tests",
            "PHOTO_STORE_URL": f"file://{var}/photos",
            "PHOTO_KEYS": "tests:Mr8Fg/lOty8VsxBij9CjLYJx5zyNnoAflx7Xne+FqjQ=",
            "SMS_URL": "sandbox:",
            "SMTP_URL": "sandbox:",
            "PUBLIC_URL": "http://localhost",
        }
    )
    migrate.upgrade(made)
    return made


@pytest.fixture(scope="session")
def started(settings: Settings) -> Settings:
    """The desk's lower floors started: database, queue, hashes, photo store."""
    start(settings, processors=[redact_event])
    dossier.configure(settings)
    return settings


@pytest.fixture(scope="session")
def app(started: Settings) -> Flask:
    """The application, made once a worker."""
    from backoffice.app import create_app

    made = create_app(started)
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture
def database(started: Settings, addresses: dict[str, str]) -> Iterator[None]:
    """The desk's database, empty at the start and emptied after the test; likewise the queue and the sandbox."""
    yield
    _empty(addresses["super"])
    queue.connection().flushdb()
    for path in sorted(started.sandbox.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


@pytest.fixture
def client(app: Flask, database: None) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


def _empty(url: str) -> None:
    """Empty every table, more than once if need be: a page still open in a browser may ask at this very moment."""
    for _ in range(5):
        with suppress(psycopg.OperationalError):
            _emptied(url)
            return
    _emptied(url)


_emptying: dict[str, psycopg.Connection[Any]] = {}
"""Kept between tests: a new connection plans everything anew, six times as long as the emptying itself."""
_NO_TRIGGER_NO_FOREIGN_KEY = "-c session_replication_role=replica"


def _emptied(url: str) -> None:
    """Delete the rows where there are any: TRUNCATE, which makes new files, takes twenty times as long."""
    if url not in _emptying or _emptying[url].closed:
        _emptying[url] = psycopg.connect(_plain(url), autocommit=True, options=_NO_TRIGGER_NO_FOREIGN_KEY)
    connection = _emptying[url]
    try:
        ((tables,),) = connection.execute(_TABLES, prepare=True)
        filled = connection.execute(_which_are_filled(tables), prepare=True).fetchall()
        if filled:
            connection.execute("; ".join(f'DELETE FROM "{name}"' for (name,) in filled), prepare=False)
    except psycopg.OperationalError:
        _emptying.pop(url).close()
        raise


@cache
def _which_are_filled(tables: str) -> str:
    """Ask all in one statement, which is planned once: a plan for each takes longer than to look."""
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables.split())


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _of(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
