"""Files without rows and rows without files are found and healed by a daily check (issue 8, 5)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from backoffice import dossier, scheduler
from backoffice.cli.photos import photos as command
from backoffice.config import Settings
from backoffice.desk.photo_facts import photos_of, shown_photos
from backoffice.dossier import jobs, orphans
from backoffice.dossier.house import house
from backoffice.dossier.photos import file_names, store_photos
from backoffice.expiry import actions as expiry
from backoffice.gateways.photos import Blob, PhotoStore, StoreUnavailable
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Photo, PhotoCheck, PhotoKind, TrailEvent, TrailRow
from tests.dossier.helpers import SMALL, declared, opened, opens, rows, sent
from tests.factories import make_actor
from tests.processes import environment

LATER = orphans.SETTLED + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def desk(database: None, started: Settings) -> Settings:
    dossier.configure(started)
    house().store.delete([blob.key for blob in house().store.listed()])
    return started


def checked(after: timedelta = LATER, **given: bool) -> PhotoCheck:
    """Check the whole store, so long after now; the check that ended."""
    with clock.at(clock.now() + after):
        check_id = orphans.begin()
        while orphans.step(check_id, **given):
            pass
    return check_of(check_id)


def check_of(check_id: int) -> PhotoCheck:
    with transaction() as session:
        return session.get_one(PhotoCheck, check_id)


def stray() -> UUID:
    """A photo whose files are stored and whose row was never committed."""
    [photo] = store_photos({PhotoKind.PORTRAIT: SMALL})
    return photo.id


def files() -> set[str]:
    return {blob.key for blob in house().store.listed()}


def names(*ids: UUID) -> set[str]:
    return {name for photo_id in ids for name in file_names(photo_id)}


def lose(photo: Photo, *, thumb_alone: bool = False) -> None:
    """Remove the files of a photo, or its thumbnail."""
    house().store.delete(name for name in file_names(photo.id) if not thumb_alone or name.endswith("thumb"))


class Away:
    """A store that is out, but for what `inner` does still."""

    def __init__(self, inner: PhotoStore) -> None:
        self._inner = inner

    def put(self, key: str, blob: bytes) -> None:
        raise StoreUnavailable

    def get(self, key: str) -> bytes:
        raise StoreUnavailable

    def delete(self, keys: Iterable[str]) -> None:
        raise StoreUnavailable

    def listed(self, after: str = "") -> Iterator[Blob]:
        yield from list(self._inner.listed(after))[:3]
        raise StoreUnavailable

    def tidy(self) -> None:
        raise StoreUnavailable


def test_files_without_a_row_are_removed_and_nothing_else() -> None:
    kept, waits = declared(3), sent()
    lost = stray()
    check = checked()
    assert files() == names(waits, *(photo.id for photo in kept))
    assert (check.files, check.removed, check.missing, check.fault) == (10, 2, 0, None)
    assert names(lost).isdisjoint(files())
    assert all(opens(photo) for photo in rows())


def test_a_photo_whose_row_may_still_be_committed_is_left_alone() -> None:
    fresh = stray()
    assert checked(orphans.SETTLED - timedelta(minutes=1)).removed == 0
    assert files() == names(fresh)


def test_half_of_an_orphan_is_removed_as_well() -> None:
    lost = stray()
    house().store.delete([lost.hex])
    assert (checked().removed, files()) == (1, set())


def test_a_photo_without_its_file_is_marked_told_at_the_desk_and_counted_and_its_row_stays() -> None:
    whole, gone, half = declared(3)
    lose(gone)
    lose(half, thumb_alone=True)
    check = checked()
    assert (check.missing, check.removed) == (2, 0)
    assert {photo.id for photo in rows() if photo.missing_since} == {gone.id, half.id}
    with transaction() as session:
        assert orphans.missing_count(session) == 2
        declaration = session.get_one(Declaration, whole.declaration_id)
        shown = shown_photos(declaration, photos_of(session, [declaration.id]), make_actor(session))
    told = {photo["kind"] for photo in shown if any("mất tệp ảnh" in note["text"] for note in photo["notes"])}
    assert told == {gone.kind.value, half.kind.value}


def test_a_photo_stored_while_the_store_was_being_listed_is_not_taken_for_a_missing_one() -> None:
    [photo] = declared()
    lose(photo)
    assert checked(timedelta(0)).missing == 0
    assert rows()[0].missing_since is None


def test_the_mark_keeps_its_day_and_goes_once_the_file_is_there_again() -> None:
    [photo] = declared()
    blobs = {name: house().store.get(name) for name in file_names(photo.id)}
    lose(photo)
    checked()
    first = rows()[0].missing_since
    checked(LATER + timedelta(days=1))
    assert first is not None
    assert rows()[0].missing_since == first
    for name, blob in blobs.items():
        house().store.put(name, blob)
    assert checked().missing == 0
    assert rows()[0].missing_since is None


@pytest.mark.parametrize("most", [1, 2, 5, 1000])
def test_it_goes_in_steps_and_stretches_of_any_size(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(orphans, "CHUNK", 2)
    kept = [photo for _ in range(4) for photo in declared(2)]
    lost = [stray() for _ in range(5)]
    lose(kept[3])
    with clock.at(clock.now() + LATER):
        check_id = orphans.begin()
        steps = 1
        while orphans.step(check_id, most):
            steps += 1
    check = check_of(check_id)
    assert (check.files, check.removed, check.missing) == (2 * (7 + 5), 2 * len(lost), 1)
    assert files() == names(*(photo.id for photo in kept if photo is not kept[3]))
    assert [photo.id for photo in rows() if photo.missing_since] == [kept[3].id]
    assert steps > 1 or most == 1000


def test_a_check_that_was_killed_is_followed_by_one_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "CHUNK", 1)
    lost = [stray() for _ in range(3)]
    with clock.at(clock.now() + LATER):
        orphans.step(orphans.begin(), 1)
    assert len(files() & names(*lost)) == 4
    assert checked().removed == 4
    assert files() == set()


def test_a_step_of_a_check_that_ended_does_nothing() -> None:
    check = checked()
    stray()
    with clock.at(clock.now() + LATER):
        assert not orphans.step(check.id)
    assert len(files()) == 2


def test_another_desks_store_is_left_alone(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The wrong database, or the wrong folder: most files have no row, and nothing is removed."""
    monkeypatch.setattr(orphans, "FEW", 3)
    declared(1)
    theirs = [stray() for _ in range(3)]
    check = checked()
    assert (check.fault, check.removed) == ("other_store", 0)
    assert names(*theirs) <= files()
    assert "3 of 4 photos in the store have no row" in caplog.text
    assert (checked(even_most=True).removed, len(files())) == (6, 2)


def test_a_store_that_is_empty_marks_no_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the folder is not mounted: millions of photos are not lost, the disk is."""
    monkeypatch.setattr(orphans, "FEW", 3)
    for photo in declared(3):
        lose(photo)
    check = checked()
    assert (check.fault, check.missing) == ("other_store", 0)
    assert not any(photo.missing_since for photo in rows())


def test_far_more_rows_than_files_are_never_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "CHUNK", 1)
    for _ in range(2):
        for photo in declared(3):
            lose(photo)
    assert checked().fault == "other_store"


def test_a_store_that_is_out_ends_the_check_which_loses_nothing() -> None:
    kept, lost = declared(2), stray()
    with opened(store=Away(house().store)):
        assert checked().fault == "store_out"
    assert files() == names(lost, *(photo.id for photo in kept))
    assert not any(photo.missing_since for photo in rows())
    assert checked().fault is None


def test_what_expiry_could_not_remove_goes_with_the_next_check() -> None:
    """K4: the rows, and with them the keys, are gone at once; the noise in the store follows."""
    [photo] = declared()
    with clock.at(clock.now() + timedelta(days=30)), opened(store=Away(house().store)):
        assert expiry.sweep() == 1
    assert (rows(), files()) == ([], names(photo.id))
    checked()
    assert files() == set()


def test_the_trail_and_the_row_of_the_check_tell_counts_alone() -> None:
    stray()
    check = checked()
    with transaction() as session:
        row = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.PHOTO_CHECK)).one()
        assert orphans.newest(session) is not None
    assert row.facts == {"check": check.id, "fault": None, "files": 2, "removed": 2, "missing": 0}


def test_the_scheduler_asks_for_it_daily_and_it_asks_for_its_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    [mine] = [one for one in scheduler.JOBS if one.job == "backoffice.dossier.jobs.check_photos"]
    assert mine.seconds == timedelta(days=1).total_seconds()
    monkeypatch.setattr(orphans, "CHUNK", 1)
    monkeypatch.setattr(orphans.step, "__defaults__", (1,))
    for _ in range(2):
        stray()
    with clock.at(clock.now() + LATER):
        jobs.check_photos()
        [job] = queue_of(queue.BULK)
        assert job[0] == mine.job
        jobs.check_photos(*job[1])
    assert files() == set()


def queue_of(lane: str) -> list[tuple[str, tuple[int, ...]]]:
    from rq import Queue

    return [(job.func_name, job.args) for job in Queue(lane, connection=queue.connection()).jobs]


def test_half_written_files_of_killed_processes_go_with_the_check(desk: Settings) -> None:
    left = Path(desk.var) / "photos" / ".incoming" / f"{uuid4().hex}.0011223344556677"
    left.write_bytes(b"half written")
    os.utime(left, (0, 0))
    jobs.check_photos()
    assert not left.exists()


def test_the_command_says_what_it_found(desk: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    [photo] = declared()
    lose(photo)
    with transaction() as session:
        session.get_one(Photo, photo.id).created_at -= LATER
    for name, value in environment(replace(desk)).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(command, ["check"])
    assert "Files: 0. Removed: 0. Photos without a file: 1." in outcome.output
    assert outcome.exit_code == 1
