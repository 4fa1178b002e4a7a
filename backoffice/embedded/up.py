"""`backoffice up`, behind `make run`: a whole desk on this machine, from engines to pages (contract: run)."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from backoffice import config
from backoffice.embedded import keys, processes
from backoffice.embedded.children import ChildSpec, Stage
from backoffice.embedded.folders import EngineError, FolderLock
from backoffice.embedded.postgres import EmbeddedPostgres
from backoffice.embedded.supervisor import Engine, Supervisor, say
from backoffice.embedded.valkey import EmbeddedValkey

HOST = "127.0.0.1"
PORT_SECONDS = 5.0
ANSWER_SECONDS = 0.25


class CannotStart(Exception):
    """`up` cannot do its work; the sentence says why and what to do (English: developers read it)."""


def up(port: int, *, reset: bool = False) -> int:
    """Run the desk on 127.0.0.1:`port` until Ctrl-C or SIGTERM; return the exit code.

    `reset` first deletes the data, photos, sandbox messages and demo logins. Raises CannotStart: another `up`
    runs in this checkout, the port is taken, or an engine does not come up.
    """
    var = Path(os.environ.get("VAR_DIR") or config.ROOT / "var").resolve()
    if os.environ.get("APP_ENV", "demo") != "demo":
        raise CannotStart("`up` runs the demo; APP_ENV says otherwise. In production run web, worker and scheduler.")
    var.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(var / "up.lock")
    if not lock.take():
        raise CannotStart(f"Already running here (process {lock.holder()}). Stop that one first (Ctrl-C).")
    try:
        with _stopping_by_signal():
            _await_port(port, PORT_SECONDS if lock.left_behind else 0.0)
            return _run(var, port, reset)
    except (KeyboardInterrupt, _Stopped):
        return 0
    except (EngineError, config.Misconfigured) as error:
        raise CannotStart(str(error)) from error
    finally:
        lock.give_back()


def _run(var: Path, port: int, reset: bool) -> int:
    postgres, valkey = EmbeddedPostgres(var / "postgres"), EmbeddedValkey(var / "valkey")
    if reset:
        _wipe(var, postgres, valkey)
    if not postgres.data.is_dir() and not os.environ.get("DATABASE_URL"):
        (var / "prepared").unlink(missing_ok=True)
    with ExitStack() as stack:
        engines: dict[str, Engine] = {}
        addresses = {"PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"http://{HOST}:{port}"}
        addresses |= _database(os.environ, postgres, engines, stack)
        addresses |= _queue(os.environ, valkey, engines, stack)
        keys.write_settings(var, os.environ, addresses)
        demo = keys.write_demo(var)
        config.load()
        mark = _mark(addresses)
        again = _read(var / "prepared") == mark
        if not again:
            say("Preparing the database and the demo. The first time this takes up to a minute.")

        def opened() -> None:
            (var / "prepared").write_text(mark)
            _say_open(addresses["PUBLIC_URL"], demo)

        return Supervisor(
            _specs(port, again=again), engines=engines, is_open=lambda: _answers(port), opened=opened
        ).run()


def _database(
    environ: Mapping[str, str], postgres: EmbeddedPostgres, engines: dict[str, Engine], stack: ExitStack
) -> dict[str, str]:
    """Return the addresses of the database: of the server the environment names, else of our own, started now."""
    given = environ.get("DATABASE_URL")
    if given:
        owner = environ.get("DATABASE_OWNER_URL")
        if not owner:
            say("Warning: DATABASE_OWNER_URL is not set, so the application will own its tables (never in production).")
        return {"DATABASE_URL": given, "DATABASE_OWNER_URL": owner or given}
    stack.enter_context(postgres)
    engines["postgres"] = postgres
    return {"DATABASE_URL": postgres.app_url, "DATABASE_OWNER_URL": postgres.owner_url}


def _queue(
    environ: Mapping[str, str], valkey: EmbeddedValkey, engines: dict[str, Engine], stack: ExitStack
) -> dict[str, str]:
    if environ.get("REDIS_URL"):
        return {"REDIS_URL": environ["REDIS_URL"]}
    stack.enter_context(valkey)
    engines["valkey"] = valkey
    return {"REDIS_URL": valkey.url}


def _wipe(var: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    postgres.destroy()
    valkey.destroy()
    for name in ("photos", "sandbox"):
        shutil.rmtree(var / name, ignore_errors=True)
    for name in ("demo.json", "prepared"):
        (var / name).unlink(missing_ok=True)
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        say("Warning: DATABASE_URL and REDIS_URL name servers of yours; their data was left alone.")


def _specs(port: int, *, again: bool) -> list[ChildSpec]:
    """Return the children. `again`: all was prepared before, so the pages come first and the check of that later."""

    def of_ours(*words: str) -> list[str]:
        return [sys.executable, "-m", "backoffice.cli", *words]

    web = of_ours("web", "--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "8", "--quiet")
    background = {
        # kernel.queue is not asked for the lane's name: what it imports would delay the first page.
        "counter": of_ours("worker", "--lane", "counter"),
        "worker": of_ours("worker"),
        "scheduler": of_ours("scheduler"),
    }
    return [
        ChildSpec("prepare", of_ours("prepare"), once=True, stage=Stage.OPEN if again else Stage.AT_ONCE),
        ChildSpec("web", web, stage=Stage.PREPARED),
        # On SIGTERM a worker would finish its job first; nothing is lost when it does not.
        *(ChildSpec(name, command, stage=Stage.OPEN, orphaned=signal.SIGKILL) for name, command in background.items()),
    ]


def _mark(addresses: Mapping[str, str]) -> str:
    """Return what changes when the database is another one or the code brings a new migration."""
    names = sorted(path.name for path in (config.ROOT / "migrations" / "versions").glob("*.py"))
    return hashlib.sha256(json.dumps([addresses["DATABASE_URL"], names]).encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _await_port(port: int, seconds: float) -> None:
    """Wait until the port is free; pages of a killed run may need a moment to end."""
    if not processes.wait_until(lambda: _is_free(port), seconds):
        raise CannotStart(f"Port {port} is taken by another program. Stop it, or choose another: PORT=8010 make run")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    """Tell whether the pages are served."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _say_open(url: str, demo: Mapping[str, Mapping[str, str]]) -> None:
    say(f"\nThe desk is open: {url}\n")
    for name, password in demo["logins"].items():
        say(f"  {name:<9} {password}   {keys.LOGINS.get(name, '')}")
    say("\nMessages the citizens would get: /sandbox. Ctrl-C stops everything and keeps the data.\n")


class _Stopped(BaseException):
    """SIGTERM or SIGHUP came before the supervisor took over."""


@contextmanager
def _stopping_by_signal() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
