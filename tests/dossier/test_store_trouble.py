"""Disk full, read-only, gone in the midst: a declaration is refused whole, nothing acknowledged is lost (issue 8, 5).

On a real small disk (tmpfs) where tests may mount one; elsewhere by the process's own bound on the size of files.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backoffice.config import Settings
from backoffice.dossier.house import House, configure, house, use
from backoffice.gateways.photos import FolderStore, KeyRing
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, IdempotencyKey, Notice, Photo, Scope, TrailEvent, TrailRow
from tests.dossier.helpers import keys, rows
from tests.factories import make_client, make_office
from tests.intake.sending import quick, send, three_photos

KIB = 1024


@dataclass(frozen=True)
class Disk:
    """A disk of 512 KiB with the photo store on it."""

    folder: Path
    is_own: bool

    @contextmanager
    def full(self, room: int = 0) -> Iterator[None]:
        """In this block there is room for about `room` bytes."""
        if not self.is_own:
            with bounded(min(max(room, 1), KIB)):
                yield
            return
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as out:
            free = os.statvfs(self.folder)
            out.truncate(0)
            size = free.f_bavail * free.f_frsize - room
            os.posix_fallocate(out.fileno(), 0, size)
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """In this block nothing can be written."""
        if not self.is_own:
            with bounded(0):
                yield
            return
        mount("-o", "remount,ro", str(self.folder))
        try:
            yield
        finally:
            mount("-o", "remount,rw", str(self.folder))


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def mount(*words: str) -> bool:
    try:
        return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def disk(tmp_path: Path, started: Settings) -> Iterator[Disk]:
    """The small disk; the house keeps its photos there."""
    folder = tmp_path / "disk"
    folder.mkdir()
    is_own = os.geteuid() == 0 and mount("-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", str(folder))
    use(House(FolderStore(folder / "photos"), KeyRing.parse(keys("disk"))))
    yield Disk(folder, is_own)
    configure(started)
    if is_own:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def key(database: None) -> str:
    """The key of a machine that may declare."""
    with transaction() as session:
        make_office(session)
        return make_client(session, Scope.INTAKE)[1]


def declare(client: FlaskClient, key: str) -> TestResponse:
    return send(client, key, quick(), three_photos(), Idempotency_Key="k-1")


def nothing_is_kept(disk: Disk) -> bool:
    """Neither rows, nor photos, nor half of one."""
    with transaction() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Declaration, Photo, Notice, IdempotencyKey)
        ]
        told = session.scalar(select(func.count()).where(TrailRow.event == TrailEvent.DECLARE))
    left = [path for path in (disk.folder / "photos").rglob("*") if path.is_file()]
    return not any(counts) and not told and not left


def all_open() -> bool:
    return all(house().store.get(name) for photo in rows() for name in (photo.id.hex, f"{photo.id.hex}.thumb"))


def refused_plainly(answer: TestResponse) -> bool:
    told = answer.get_json()
    return (answer.status_code, told["code"]) == (503, "photo_store_unavailable") and "Xin thử lại" in told["detail"]


@pytest.mark.parametrize("room", [0, 8 * KIB, 32 * KIB], ids=["none", "of-a-thumbnail", "of-a-photo"])
def test_a_full_disk_refuses_the_declaration_whole_and_takes_it_once_there_is_room(
    disk: Disk, client: FlaskClient, key: str, room: int
) -> None:
    with disk.full(room):
        assert refused_plainly(declare(client, key))
        assert nothing_is_kept(disk)
    assert declare(client, key).status_code == 201
    assert (len(rows()), all_open()) == (3, True)


def test_what_was_acknowledged_before_the_disk_was_full_still_opens(disk: Disk, client: FlaskClient, key: str) -> None:
    assert declare(client, key).status_code == 201
    with disk.full():
        again = send(client, key, quick(phone="0987654321"), three_photos(), Idempotency_Key="k-2")
        assert refused_plainly(again)
        assert all_open()
    assert (len(rows()), all_open()) == (3, True)
    assert len(list(house().store.listed())) == 6


def test_a_store_that_became_read_only_refuses_and_still_shows(disk: Disk, client: FlaskClient, key: str) -> None:
    """As a disk does that the kernel no longer trusts."""
    assert declare(client, key).status_code == 201
    with disk.read_only():
        again = send(client, key, quick(phone="0987654321"), three_photos(), Idempotency_Key="k-2")
        assert refused_plainly(again)
        assert all_open()
    assert len(rows()) == 3


def test_a_store_that_goes_away_between_two_photos_keeps_neither(
    disk: Disk, client: FlaskClient, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is moved after the first file: as when the network goes. It comes back with what was written."""
    store, away = house().store, disk.folder / "away"
    put = store.put

    def put_and_go(name: str, blob: bytes) -> None:
        put(name, blob)
        (disk.folder / "photos").rename(away)

    with monkeypatch.context() as once:
        once.setattr(store, "put", put_and_go)
        assert refused_plainly(declare(client, key))
    assert not rows()
    away.rename(disk.folder / "photos")
    left = list(store.listed())
    assert len(left) == 1, "one file without a row: noise, until the daily check removes it"
    assert declare(client, key).status_code == 201
    assert (len(rows()), all_open()) == (3, True)
