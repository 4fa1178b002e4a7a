"""Embedded PostgreSQL: two roles, one Unix socket, and a folder that survives whatever ended the last run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from backoffice.embedded import processes
from backoffice.embedded.folders import EngineError
from backoffice.embedded.postgres import SUPERUSER, EmbeddedPostgres
from backoffice.embedded.programs import PACKAGE, copy_programs
from tests.embedded.helpers import all_gone, eventually, is_root


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One cluster for the module; every test leaves it running."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("desk") / "postgres", durable=False)
    postgres.start()
    with _connected(postgres.owner_url) as connection:
        connection.execute("SET synchronous_commit = on")  # a server that is killed may lose half a second else
        connection.execute("CREATE TABLE kept (word text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES ('here')")
        connection.execute("GRANT SELECT, INSERT ON kept TO backoffice_app")
    yield postgres
    postgres.destroy()


@pytest.fixture
def running(engine: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    engine.start()
    yield engine
    engine.start()


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def _kept(postgres: EmbeddedPostgres) -> list[str]:
    with _connected(postgres.app_url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept")]


def _cluster(postgres: EmbeddedPostgres) -> Path:
    return Path(os.path.realpath(postgres.data)) / "cluster"


def test_a_second_start_keeps_the_data(running: EmbeddedPostgres) -> None:
    running.stop()
    assert not running.is_ready()
    running.start()
    assert running.is_ready()
    assert _kept(running) == ["here"]


def test_the_application_role_is_no_superuser_and_creates_no_tables(running: EmbeddedPostgres) -> None:
    with _connected(running.app_url) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert role == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE kept")


def test_the_owner_role_owns_the_database_and_is_no_superuser(running: EmbeddedPostgres) -> None:
    with _connected(running.owner_url) as connection:
        owner, superuser = connection.execute(
            "SELECT pg_get_userbyid(datdba), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone() or (None, None)
    assert (owner, superuser) == ("backoffice_owner", False)


def test_it_is_postgresql_18_and_listens_on_its_socket_alone(running: EmbeddedPostgres) -> None:
    with _connected(running.url(SUPERUSER)) as connection:
        assert connection.info.server_version // 10_000 == 18
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        socket = Path(connection.info.host)
    assert socket.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(socket / ".s.PGSQL.5432")) < 107


def test_a_table_sorts_and_folds_vietnamese_alike_on_every_machine(running: EmbeddedPostgres) -> None:
    with _connected(running.app_url) as connection:
        assert connection.execute("SELECT lower('ĐẶNG THỊ Ớt')").fetchone() == ("đặng thị ớt",)


def test_values_do_not_reach_the_servers_log(running: EmbeddedPostgres) -> None:
    with _connected(running.app_url) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO kept VALUES (%s), (%s)", ["0912345678", "0912345678"])
    log = (_cluster(running).parent / "log").read_text()
    assert "duplicate key" in log
    assert "0912345678" not in log


def test_after_kill_9_of_every_process_the_next_start_recovers(running: EmbeddedPostgres) -> None:
    pids = processes.working_in(_cluster(running))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: running.pid is None, "the end of the server")
    assert (_cluster(running) / "postmaster.pid").exists()
    running.start()
    assert _kept(running) == ["here"]


def test_a_server_left_without_its_parent_is_stopped_and_replaced(running: EmbeddedPostgres) -> None:
    command = Path(f"/proc/{running.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    running.stop()
    log = _cluster(running).parent / "log"
    before = log.stat().st_size
    with _as_owner_of(_cluster(running), command, _cluster(running)) as orphan:
        eventually(lambda: _is_up(_cluster(running)), "the orphan")
        running.start()
        assert orphan.wait(30) == 0
    assert _kept(running) == ["here"]
    assert b"database system was shut down at" in log.read_bytes()[before:]


def _is_up(cluster: Path) -> bool:
    """Tell whether a server says of itself that it takes connections (the last line of its pid file)."""
    file = cluster / "postmaster.pid"
    return file.exists() and "ready" in file.read_text()


@contextmanager
def _as_owner_of(cluster: Path, command: list[bytes], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command as the server's user in `folder`, until the block ends."""
    uid = cluster.stat().st_uid
    who = {"user": uid, "group": uid, "extra_groups": []} if is_root() else {}
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, **who)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_pid_file_whose_number_is_another_program_now_does_not_stop_the_start(running: EmbeddedPostgres) -> None:
    running.stop()
    with _as_owner_of(_cluster(running), [b"sleep", b"600"], Path("/")) as other:
        stale = _cluster(running) / "postmaster.pid"
        stale.write_text(f"{other.pid}\n{_cluster(running)}\n1700000000\n5432\n\n\n    1234     5678\nready   \n")
        running.start()
        assert other.poll() is None
    assert _kept(running) == ["here"]


def test_a_folder_in_use_is_refused_and_the_holder_is_named(running: EmbeddedPostgres) -> None:
    with pytest.raises(EngineError, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(running.data, durable=False).start()
    assert _kept(running) == ["here"]


def test_a_start_when_it_runs_changes_nothing(running: EmbeddedPostgres) -> None:
    before = running.pid
    running.start()
    assert running.pid == before


def test_a_cluster_of_another_version_is_refused_in_plain_words(running: EmbeddedPostgres) -> None:
    running.stop()
    version = _cluster(running) / "PG_VERSION"
    version.write_text("16\n")
    try:
        with pytest.raises(EngineError, match="made by PostgreSQL 16"):
            running.start()
    finally:
        version.write_text("18\n")


def test_databases_can_be_copied_for_tests(running: EmbeddedPostgres) -> None:
    running.create_database("pattern")
    running.create_database("copy", template="pattern")
    with _connected(running.url("backoffice_owner", "copy")) as connection:
        connection.execute("CREATE TABLE here (id int)")
    running.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        _connected(running.url("backoffice_owner", "copy"))


def test_a_half_made_cluster_and_a_long_path_are_no_obstacle_and_destroy_leaves_nothing(tmp_path: Path) -> None:
    data = tmp_path / ("a folder, with a long name " * 5) / "postgres"
    with EmbeddedPostgres(data, durable=False) as postgres:
        pid = postgres.pid or 0
        home = Path(os.path.realpath(data))
        postgres.stop()
        (home / "cluster").rename(home / "cluster.new")
        shutil.rmtree(home / "cluster.new" / "global")
        postgres.start()
        with _connected(postgres.app_url) as connection:
            sockets = Path(connection.info.host)
        postgres.destroy()
    assert all_gone([pid])
    assert not any(path.exists() for path in (data, home, sockets))


def test_copied_programs_run_for_another_user(running: EmbeddedPostgres, tmp_path: Path) -> None:
    installed = Path(os.readlink(f"/proc/{running.pid}/exe")).parents[1]
    copy = tmp_path / "copy"
    copy_programs(installed, copy)
    postgres = copy / PACKAGE / installed.name / "bin" / "postgres"
    # Whoever cannot reach the installed libraries finds those beside the copy.
    needed = subprocess.run(["ldd", postgres.with_name("initdb")], capture_output=True, text=True, check=True).stdout
    assert "not found" not in needed
    assert all(path.stat().st_mode & 0o004 for path in copy.rglob("*") if not path.is_symlink())
    assert b"18" in subprocess.run([postgres, "--version"], capture_output=True, check=True).stdout


@pytest.mark.skipif(not is_root(), reason="only root runs the server as another user")
def test_as_root_the_server_runs_as_nobody_outside_an_unreachable_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(home / "var" / "postgres", durable=False)
    try:
        with postgres:
            assert Path(f"/proc/{postgres.pid}").stat().st_uid == 65534
            assert postgres.data.is_symlink()
            assert home not in Path(os.path.realpath(postgres.data)).parents
    finally:
        postgres.destroy()
    assert not postgres.data.is_symlink()
