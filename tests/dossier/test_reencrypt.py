"""Changing PHOTO_KEYS without downtime (issue 8, 4): killed, doubled or disturbed, no photo is ever lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from backoffice import config, dossier
from backoffice.cli.photos import photos as command
from backoffice.config import ROOT, Settings
from backoffice.dossier import reencrypt as reencrypting
from backoffice.dossier.house import house
from backoffice.dossier.keys_check import key_faults
from backoffice.dossier.photos import attach, store_photos
from backoffice.dossier.reencrypt import reencrypt
from backoffice.kernel.db import transaction
from backoffice.models import Photo, PhotoKind, PhotoUpload, TrailEvent, TrailRow
from tests.dossier.helpers import SMALL, declared, keys, opened, opens, rows, sent
from tests.embedded.helpers import eventually
from tests.factories import make_declaration
from tests.processes import environment


@pytest.fixture(autouse=True)
def desk(database: None, started: Settings) -> Settings:
    dossier.configure(started)
    return started


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows a transaction."""
    monkeypatch.setattr(reencrypting, "CHUNK", 2)


def names() -> list[str]:
    return [photo.key_name for photo in rows()]


def upload() -> PhotoUpload:
    with transaction() as session:
        return session.scalars(select(PhotoUpload)).one()


def test_all_photos_come_under_the_new_key_and_the_old_one_may_go(small_steps: None) -> None:
    with opened("old"):
        declared(3)
        declared(2)
        sent()
    with opened("new", "old"):
        outcome = reencrypt()
    assert (outcome.done, outcome.failed, outcome.left, outcome.free) == (6, 0, {}, ["old"])
    assert (set(names()), upload().key_name) == ({"new"}, "new")
    with opened("new"):
        assert all(opens(photo) for photo in rows())


def test_the_files_are_not_touched(desk: Settings) -> None:
    with opened("old"):
        declared(2)
    before = {path: path.stat().st_mtime_ns for path in (desk.var / "photos").rglob("*") if path.is_file()}
    with opened("new", "old"):
        reencrypt()
    assert before == {path: path.stat().st_mtime_ns for path in (desk.var / "photos").rglob("*") if path.is_file()}


def test_a_second_run_finds_nothing_to_do() -> None:
    with opened("old"):
        declared(2)
    with opened("new", "old"):
        reencrypt()
        before = [photo.wrapped_key for photo in rows()]
        assert reencrypt().done == 0
    assert before == [photo.wrapped_key for photo in rows()]


def test_what_an_old_process_wrote_meanwhile_is_found_by_the_next_run() -> None:
    with opened("old"):
        declared()
    with opened("new", "old"):
        reencrypt()
    with opened("old", "new"):
        declared()
    with opened("new", "old"):
        assert "old" in key_faults_of("new")
        assert reencrypt().done == 1
    assert set(names()) == {"new"}


def key_faults_of(*given: str) -> str:
    return " ".join(key_faults(replace(config.current(), photo_keys=keys(*given))))


def test_photos_taken_during_a_run_are_under_the_new_key_at_once(small_steps: None) -> None:
    with opened("old"):
        declared(3)
    with opened("new", "old"):
        reencrypt(lambda _done: declared(1) if len(rows()) < 6 else None)
        assert set(names()) == {"new"}
        assert all(opens(photo) for photo in rows())


def test_a_row_that_others_hold_is_passed_over_and_done_by_the_next_round(small_steps: None) -> None:
    with opened("old"):
        held, *_ = declared(3)
    free = threading.Event()
    is_held, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction() as session:
            session.scalars(select(Photo).where(Photo.id == held.id).with_for_update()).one()
            is_held.set()
            free.wait(30)
        ended.set()

    def let_go(done: int) -> None:
        if done == 2:
            free.set()
            ended.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(30)
    with opened("new", "old"):
        outcome = reencrypt(let_go)
    holder.join()
    assert (outcome.done, outcome.left) == (3, {})


def test_what_stays_held_is_counted_as_left() -> None:
    with opened("old"):
        held, *_ = declared(3)
    done: list[reencrypting.Outcome] = []
    with opened("new", "old"), transaction() as session:
        session.scalars(select(Photo).where(Photo.id == held.id).with_for_update()).one()
        other = threading.Thread(target=lambda: done.append(reencrypt()))
        other.start()
        other.join()
    assert (done[0].done, done[0].left, done[0].free) == (2, {"old": 1}, [])


def test_four_at_once_change_each_photo_once(small_steps: None) -> None:
    with opened("old"):
        for _ in range(10):
            declared(3)
    done: list[int] = []
    with opened("new", "old"):
        runs = [threading.Thread(target=lambda: done.append(reencrypt().done)) for _ in range(4)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert sum(done) == 30
        assert all(opens(photo) for photo in rows())
    assert set(names()) == {"new"}


def test_a_photo_deleted_meanwhile_stays_deleted(small_steps: None) -> None:
    with opened("old"):
        for _ in range(3):
            declared(1)

    def delete(_done: int) -> None:
        with transaction() as session:
            for photo in session.scalars(select(Photo).where(Photo.key_name == "old")):
                session.delete(photo)

    with opened("new", "old"):
        outcome = reencrypt(delete)
    assert (outcome.done, outcome.left, len(rows())) == (2, {}, 2)


def test_a_damaged_row_is_counted_and_stops_nothing() -> None:
    with opened("old"):
        damaged, *_ = declared(3)
    with transaction() as session:
        session.execute(update(Photo).where(Photo.id == damaged.id).values(wrapped_key=bytes(40)))
    with opened("new", "old"):
        outcome = reencrypt()
    assert (outcome.done, outcome.failed, outcome.left, outcome.free) == (2, 1, {"old": 1}, [])


def test_photos_under_a_lost_or_a_wrong_key_are_left_as_they_are() -> None:
    with opened("lost"):
        declared(2)
    with opened("new", "old"):
        outcome = reencrypt()
    assert (outcome.done, outcome.left, outcome.free) == (0, {"lost": 2}, ["old"])
    with opened("lost"):
        assert all(opens(photo) for photo in rows())


def test_the_trail_tells_of_it_by_counts_alone() -> None:
    with opened("old"):
        declared(2)
    with opened("new", "old"):
        reencrypt()
    with transaction() as session:
        row = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.PHOTO_KEYS)).one()
    assert row.facts == {"done": 2, "failed": 0, "left": 0}


def test_the_command_says_what_is_done_and_which_key_is_free(desk: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("old"):
        declared(2)
    for name, value in environment(replace(desk, photo_keys=keys("new", "old"))).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(command, ["reencrypt"])
    assert (outcome.exit_code, "Under 'new' now: 2. Left: 0." in outcome.output) == (0, True), outcome.output
    assert "No photo needs 'old' any more" in outcome.output
    assert keys("old").partition(":")[2] not in outcome.output


def test_the_command_ends_with_1_while_photos_are_left(desk: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("lost"):
        declared(2)
    for name, value in environment(replace(desk, photo_keys=keys("new"))).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(command, ["reencrypt"])
    assert (outcome.exit_code, "2 photos are still under 'lost'" in outcome.output) == (1, True), outcome.output


KILLED_AFTER = (0, 1, 300)
"""Rows changed when the process is killed: at its start, between two transactions, near the end."""


@pytest.mark.parametrize("after", KILLED_AFTER)
def test_a_run_killed_anywhere_loses_nothing_and_the_next_ends_it(desk: Settings, after: int) -> None:
    with opened("old"):
        many(400)
    both = replace(desk, photo_keys=keys("new", "old"))
    with subprocess.Popen(
        [sys.executable, "-c", f"import backoffice.dossier.reencrypt as r; r.CHUNK = 20; {_RUN}"],
        cwd=ROOT,
        env=environment(both) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        eventually(lambda: under("new") >= after, "so many are under the new key")
        os.kill(run.pid, signal.SIGKILL)
    with opened("new", "old"):
        changed = under("new")
        assert all(unwraps(row) for row in rows())
        assert reencrypt().done == 400 - changed
        assert under("new") == 400
        assert all(unwraps(row) for row in rows())


_RUN = "from backoffice.cli.photos import reencrypt as c; c(standalone_mode=False)"


def many(count: int) -> None:
    """Make rows, so many, of photos under the current key, without files."""
    [photo] = store_photos({PhotoKind.PORTRAIT: SMALL})
    with transaction() as session:
        for _ in range(count // len(PhotoKind)):
            declaration = make_declaration(session)
            attach(session, declaration, [replace(photo, id=uuid4(), kind=kind) for kind in PhotoKind])


def under(name: str) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Photo).where(Photo.key_name == name)) or 0


def unwraps(row: Photo) -> bool:
    return len(house().keys.unwrap(row.wrapped_key, row.key_name)) == 32
