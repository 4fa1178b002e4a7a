"""The supervisor: a crash of one child is restarted and said, and nothing is left behind (issue of `make run`)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.embedded.helpers import Script, all_gone, eventually, noted

STAYS = 'note("stays"); print("here I am", flush=True); time.sleep(600)'


def test_a_child_that_ends_is_started_again_and_that_is_said(tmp_path: Path) -> None:
    code = """
again = 'note("runs"); sys.exit(3 if len((folder / "runs").read_text().split()) == 1 else time.sleep(600))'
Supervisor([spec("moody", again)]).run()
"""
    with Script(tmp_path, code) as supervisor:
        assert supervisor.says("moody stopped (exit code 3); starting it again in 0.5 s.")
        eventually(lambda: len(noted(tmp_path / "runs")) == 2, "the second run")


def test_a_killed_child_is_started_again_with_what_it_left_cleared_away(tmp_path: Path) -> None:
    code = """
parent = 'note("runs"); subprocess.Popen(["sleep", "600"], process_group=0); note("ready"); time.sleep(600)'
Supervisor([spec("web", parent)]).run()
"""
    with Script(tmp_path, code) as supervisor:
        eventually(lambda: len(noted(tmp_path / "ready")) == 1, "the first run")
        first = noted(tmp_path / "runs")[0]
        left = [int(pid) for pid in Path(f"/proc/{first}/task/{first}/children").read_text().split()]
        os.kill(first, signal.SIGKILL)
        assert supervisor.says("web stopped (SIGKILL); starting it again")
        assert all_gone(left)
        eventually(lambda: len(noted(tmp_path / "runs")) == 2, "the second run")


def test_the_pause_grows_with_every_crash_in_a_row(tmp_path: Path) -> None:
    with Script(tmp_path, 'Supervisor([spec("broken", "sys.exit(1)")]).run()') as supervisor:
        assert supervisor.says("again in 0.5 s.")
        assert supervisor.says("again in 1 s.")
        assert supervisor.says("again in 2 s.")


def test_every_line_of_a_child_carries_its_name(tmp_path: Path) -> None:
    code = (
        r"""Supervisor([spec("worker", 'print("one\\ntwo", flush=True); print("cut", end=""); sys.exit(1)')]).run()"""
    )
    with Script(tmp_path, code) as supervisor:
        assert supervisor.says("worker    | one\nworker    | two\nworker    | cut\nworker stopped")


def test_ctrl_c_ends_every_process_even_one_in_a_group_of_its_own(tmp_path: Path) -> None:
    code = f"""
horse = 'subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0); {STAYS}'
sys.exit(Supervisor([spec("worker", horse)]).run())
"""
    with Script(tmp_path, code) as supervisor:
        assert supervisor.says("here I am")
        main = noted(tmp_path / "stays")[0]
        horses = [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]
        supervisor.send(signal.SIGINT)
        assert supervisor.ends() == 0
        assert all_gone([main, *horses])


def test_a_second_ctrl_c_does_not_wait_for_a_child_that_will_not_end(tmp_path: Path) -> None:
    code = f"""
deaf = 'signal.signal(signal.SIGTERM, lambda *_: print("no", flush=True)); {STAYS}; time.sleep(600)'
sys.exit(Supervisor([spec("deaf", deaf)]).run())
"""
    with Script(tmp_path, code) as supervisor:
        assert supervisor.says("here I am")
        supervisor.send(signal.SIGINT)
        assert supervisor.says("deaf      | no")
        supervisor.send(signal.SIGINT)
        assert supervisor.ends() == 0
        assert all_gone(noted(tmp_path / "stays"))


def test_killing_the_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    code = f"""Supervisor([spec(name, {STAYS!r}) for name in ("web", "worker")]).run()"""
    with Script(tmp_path, code) as supervisor:
        eventually(lambda: len(noted(tmp_path / "stays")) == 2, "both children")
        supervisor.send(signal.SIGKILL)
        supervisor.ends()
        assert all_gone(noted(tmp_path / "stays"))


def test_children_wait_for_the_preparation_and_the_last_ones_for_the_open_desk(tmp_path: Path) -> None:
    code = """
Supervisor(
    [
        spec("last", 'note("last"); time.sleep(600)', stage=Stage.OPEN),
        spec("web", 'assert (folder / "prepared").exists(); note("web"); time.sleep(600)', stage=Stage.PREPARED),
        spec("prepare", 'note("prepared")', once=True),
    ],
    is_open=lambda: (folder / "doors").exists(),
    opened=lambda: print("the desk is open, last started:", (folder / "last").exists(), flush=True),
).run()
"""
    with Script(tmp_path, code) as supervisor:
        eventually(lambda: len(noted(tmp_path / "web")) == 1, "web")
        assert not (tmp_path / "last").exists()
        (tmp_path / "doors").touch()
        eventually(lambda: len(noted(tmp_path / "last")) == 1, "the last stage")
        assert supervisor.says("the desk is open, last started: False")
        assert "stopped" not in supervisor.output


def test_a_failed_preparation_stops_everything(tmp_path: Path) -> None:
    code = """
sys.exit(Supervisor([
    spec("prepare", 'sys.exit("no database")', once=True), spec("web", 'note("web")', stage=Stage.PREPARED)
]).run())
"""
    with Script(tmp_path, code) as supervisor:
        assert supervisor.ends() == 1
        assert "prepare   | no database\nprepare failed (exit code 1); stopping." in supervisor.output
        assert not (tmp_path / "web").exists()


def test_a_killed_engine_is_started_again_and_said(tmp_path: Path) -> None:
    code = """
from backoffice.embedded.valkey import EmbeddedValkey
with EmbeddedValkey(folder / "valkey") as valkey:
    print("valkey runs as", valkey.pid, flush=True)
    Supervisor([spec("web", "time.sleep(600)")], engines={"valkey": valkey}).run()
    print("it runs again:", valkey.is_ready(), flush=True)
"""
    with Script(tmp_path, code) as supervisor:
        assert supervisor.says("valkey runs as ")
        os.kill(int(supervisor.output.split()[-1]), signal.SIGKILL)
        assert supervisor.says("valkey stopped; starting it again.")
        supervisor.send(signal.SIGTERM)
        supervisor.ends()
        assert supervisor.says("it runs again: True")
