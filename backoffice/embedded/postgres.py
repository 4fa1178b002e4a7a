"""Embedded PostgreSQL 18: the binaries of a wheel, one folder, a Unix socket, two roles (design 1)."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from backoffice.embedded import folders, processes
from backoffice.embedded.cluster import STOP_STEPS, SUPERUSER, Cluster
from backoffice.embedded.folders import EngineError
from backoffice.embedded.programs import find_programs

OWNER = "backoffice_owner"
APP = "backoffice_app"
DATABASE = "backoffice"

START_SECONDS = 60.0

__all__ = ["APP", "DATABASE", "OWNER", "SUPERUSER", "EmbeddedPostgres"]


class EmbeddedPostgres:
    """A PostgreSQL of our own in the folder `data`, reached by its Unix socket alone.

    `data` then holds `cluster`, `log` and (when its path is short enough) `run`. As root the server runs as uid
    65534; where that user cannot reach `data`, the files are kept outside and `data` is a link to them.
    `durable=False` is for tests: a crash of the machine may lose data, one of the server its last half second.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = Path(os.path.abspath(data))
        self.durable = durable
        self._lock: folders.FolderLock | None = None
        self._uid = folders.engine_uid()
        self._server: subprocess.Popen[bytes] | None = None
        self._cluster: Cluster | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Return the process number of the server, None when this object runs none."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    @property
    def owner_url(self) -> str:
        """Return the URL of the role that owns the tables (migrations)."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """Return the URL of the application's role: no superuser, owns nothing, creates nothing."""
        return self.url(APP)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of `role` (OWNER, APP, SUPERUSER); raises EngineError before start."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self._sockets), safe='/')}&port=5432"

    def start(self) -> None:
        """Start the server and return when it answers, with database and roles in place; a second call does nothing.

        What a killed run left (a stale pid file, a server without a parent) is cleared first. Raises EngineError
        when another process runs this folder, the wheel is missing, or the server does not come up.
        """
        if self.pid is not None:
            return
        self._place_data()
        self._take_lock()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server (open transactions are rolled back) and give the folder back; harmless when not running."""
        self._stop_server()
        if self._cluster is not None:
            folders.leave_socket_folder(self._cluster.sockets, self._home)
        self._give_lock_back()

    def _take_lock(self) -> None:
        """Lock the folder where the data really is: two links to it are still one cluster."""
        if self._lock is None:
            home = self._home
            self._lock = folders.FolderLock(home.with_name(home.name + ".lock"))
        if not self._lock.take():
            raise EngineError(f"PostgreSQL in {self.data} is in use by process {self._lock.holder()}. Stop that first.")

    def _give_lock_back(self) -> None:
        if self._lock is not None:
            self._lock.give_back()

    def _stop_server(self) -> None:
        if self._server is not None:
            for number, seconds in STOP_STEPS:
                self._server.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._server.wait(seconds)
                    break
            self._server = None

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections now."""
        if self.pid is None:
            return False
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def destroy(self) -> None:
        """Stop the server and delete all its data, wherever it is kept."""
        if not self.data.is_dir():
            self.data.unlink(missing_ok=True)
            return
        self._take_lock()
        self._stop_server()
        home, on_disk = self._home, self._on_disk()
        on_disk.clear()
        folders.leave_socket_folder(on_disk.sockets, home)
        shutil.rmtree(home, ignore_errors=True)
        if self.data.is_symlink():
            self.data.unlink()
            shutil.rmtree(home.parent, ignore_errors=True)
        self._give_lock_back()

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create the database `name`, owned by the owner role, unless it is there (`template`: copied from it)."""
        with self._connect("postgres") as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            statement = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            if template is not None:
                statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            connection.execute(statement)

    def drop_database(self, name: str) -> None:
        """Drop the database `name` with its connections, if it is there."""
        with self._connect("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _start(self) -> None:
        programs = find_programs(self.data, self._uid)
        self._cluster = self._on_disk()
        self._cluster.clear()
        self._cluster.make(programs)
        self._server = self._cluster.serve(programs)
        if not processes.wait_until(lambda: self.pid is None or self.is_ready(), START_SECONDS) or self.pid is None:
            raise EngineError(f"PostgreSQL did not come up:\n{self._cluster.last_words()}")
        self._create_roles()
        self.create_database(DATABASE)

    def _on_disk(self) -> Cluster:
        sockets = folders.socket_folder(self._home / "run", self._uid)
        return Cluster(self._home, sockets, self._uid, self.durable)

    @property
    def _sockets(self) -> Path:
        if self._cluster is None:
            raise EngineError("PostgreSQL was not started")
        return self._cluster.sockets

    @property
    def _home(self) -> Path:
        """Return where the data really is: a link in an unreachable folder leads the server's user nowhere."""
        return Path(os.path.realpath(self.data))

    def _place_data(self) -> None:
        """Make the data folder where the server's user reaches it, linked from `data` if that is elsewhere."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if not self.data.exists() and not folders.reachable(self.data.parent, self._uid):
            target = folders.outside(self.data, self._uid) / "postgres"
            folders.owned_folder(target, self._uid)
            self.data.unlink(missing_ok=True)
            self.data.symlink_to(target)
        if not self.data.is_symlink():
            folders.owned_folder(self.data, self._uid)
        if not folders.reachable(self._home, self._uid):
            raise EngineError(
                f"User {self._uid}, who runs PostgreSQL, cannot reach {self._home}. Start anew (RESET=1)."
            )

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets), port=5432, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=5
        )

    def _create_roles(self) -> None:
        with self._connect("postgres") as connection:
            there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
            for role in (OWNER, APP):
                if role not in there:
                    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
                    connection.execute(statement.format(sql.Identifier(role)))
