"""The engines of one run: a durable PostgreSQL and a Valkey in a scratch folder, one database a set of data.

BENCH_DIR=<folder> keeps them for the next run, which then finds sets made on the same day; else all is removed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from backoffice import config
from backoffice.config import Settings
from backoffice.embedded.postgres import APP, OWNER, SUPERUSER, EmbeddedPostgres
from backoffice.embedded.valkey import EmbeddedValkey
from backoffice.kernel import migrate

# Checkpoints in the middle of a measurement would be noise; everything else is as `make run` has it.
_SERVER = {"max_wal_size": "'8GB'", "checkpoint_timeout": "'1h'"}


class Engines:
    """Running engines, and the settings of a desk on each of their databases."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
        self.folder = folder
        self._postgres = postgres
        self._valkey = valkey

    def desk(self, name: str) -> Settings:
        """Return the settings of a desk on the database `name`, which is made and migrated when missing."""
        self._postgres.create_database(name)
        made = config.load(self._environment(name))
        migrate.upgrade(made)
        return made

    def anew(self, name: str) -> Settings:
        """Return the settings of a desk on the database `name`, made anew."""
        self._postgres.drop_database(name)
        shutil.rmtree(self.folder / "desks" / name, ignore_errors=True)
        return self.desk(name)

    def drop(self, name: str) -> None:
        """Drop the database `name`, if it is there."""
        self._postgres.drop_database(name)

    def superuser(self, name: str) -> psycopg.Connection:
        """Return a connection as superuser, in autocommit."""
        return psycopg.connect(plain(self._postgres.url(SUPERUSER, name)), autocommit=True)

    def _environment(self, name: str) -> dict[str, str]:
        desk = self.folder / "desks" / name
        desk.mkdir(parents=True, exist_ok=True)
        return {
            "APP_ENV": "test",
            "VAR_DIR": str(desk),
            "DATABASE_URL": self._postgres.url(APP, name),
            "DATABASE_OWNER_URL": self._postgres.url(OWNER, name),
            "REDIS_URL": self._valkey.url,
            "SECRET_KEY": "secret-of-the-bench",
            "LOOKUP_KEY": "lookup-of-the-bench",
            "TRAIL_KEY": "trail-of-the-bench",
            "PHOTO_STORE_URL": f"file://{desk}/photos",
            "PHOTO_KEYS": "bench:Mr8Fg/lOty8VsxBij9CjLYJx5zyNnoAflx7Xne+FqjQ=",
            "SMS_URL": "sandbox:",
            "SMTP_URL": "sandbox:",
            "PUBLIC_URL": "http://localhost",
        }


@contextmanager
def running() -> Iterator[Engines]:
    """Start both engines and stop them at the end; the folder stays when BENCH_DIR names it."""
    kept = os.environ.get("BENCH_DIR")
    folder = Path(kept).resolve() if kept else Path(tempfile.mkdtemp(prefix="desk-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    postgres, valkey = EmbeddedPostgres(folder / "pg"), EmbeddedValkey(folder / "vk")
    try:
        postgres.start()
        valkey.start()
        _tune(plain(postgres.url(SUPERUSER, "postgres")))
        yield Engines(folder, postgres, valkey)
    finally:
        for engine in (valkey, postgres):
            engine.stop() if kept else engine.destroy()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def plain(url: str) -> str:
    """Return a SQLAlchemy URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _tune(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in _SERVER.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")
