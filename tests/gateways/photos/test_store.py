"""Where encrypted photos lie: nothing half written, nothing outside its folder."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backoffice.gateways.photos import FolderStore, PhotoMissing, StoreUnavailable, open_store

KEY = "0f" * 16
OTHER = "a1" * 16


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "photos"


@pytest.fixture
def store(root: Path) -> FolderStore:
    return FolderStore(root)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """As on a full disk: no file may grow beyond `size` bytes."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_what_is_put_is_got_from_any_process_that_opens_the_folder(store: FolderStore, root: Path) -> None:
    store.put(KEY, b"blob")
    store.put(f"{KEY}.thumb", b"small")
    again = FolderStore(root)
    assert (again.get(KEY), again.get(f"{KEY}.thumb")) == (b"blob", b"small")


def test_a_blob_put_again_takes_the_place_of_the_first(store: FolderStore, root: Path) -> None:
    store.put(KEY, b"first")
    store.put(KEY, b"second")
    assert store.get(KEY) == b"second"
    assert len(files(root)) == 1


def test_a_missing_blob_is_said_to_be_missing(store: FolderStore) -> None:
    with pytest.raises(PhotoMissing):
        store.get(KEY)


def test_deleting_twice_is_deleting_once(store: FolderStore, root: Path) -> None:
    store.put(KEY, b"blob")
    store.delete([KEY])
    store.delete([KEY])
    store.delete([OTHER])
    assert files(root) == []
    with pytest.raises(PhotoMissing):
        store.get(KEY)


def test_the_keys_are_those_of_the_blobs_and_of_nothing_else(store: FolderStore, root: Path) -> None:
    for key in (KEY, OTHER, f"{KEY}.thumb"):
        store.put(key, b"blob")
    (root / "0f" / "0f" / "notes.txt").write_text("not ours")
    (root / "0f" / "0f" / OTHER).write_text("in a wrong folder")
    (root / ".incoming" / f"{KEY}.0011223344556677").write_text("half written")
    assert [blob.key for blob in store.listed()] == [KEY, f"{KEY}.thumb", OTHER]


def test_folders_and_files_are_for_the_owner_alone(store: FolderStore, root: Path) -> None:
    usual = os.umask(0)
    try:
        store.put(KEY, b"blob")
    finally:
        os.umask(usual)
    assert {path.stat().st_mode & 0o777 for path in files(root)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")] if path.is_dir()} == {0o700}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "../../../../etc/passwd",
        f"../{KEY}",
        f"{KEY}/../x",
        f"{KEY}/x",
        f"/{KEY}",
        f"{KEY}\n",
        f"{KEY}\x00",
        KEY.upper(),
        f"{KEY}..",
        f"{KEY}.thumb.thumb",
        "é" * 32,
        "٠" * 32,
    ],
)
def test_a_key_that_could_name_anything_else_is_refused_everywhere(store: FolderStore, root: Path, key: str) -> None:
    for use in (lambda: store.put(key, b"x"), lambda: store.get(key), lambda: store.delete([key])):
        with pytest.raises(ValueError):
            use()
    assert files(root.parent.parent) == []


def test_a_full_disk_is_said_and_leaves_no_half_file(store: FolderStore, root: Path) -> None:
    store.put(OTHER, b"old")
    with full_after(1000):
        with pytest.raises(StoreUnavailable) as caught:
            store.put(KEY, b"x" * 5000)
        with pytest.raises(StoreUnavailable):
            store.put(OTHER, b"x" * 5000)
    assert "Xin thử lại" in caught.value.message
    assert files(root) == [root / "a1" / "a1" / OTHER]
    assert store.get(OTHER) == b"old"
    store.put(KEY, b"x" * 5000)
    assert len(store.get(KEY)) == 5000


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        open_store(f"file://{tmp_path}/file/photos")


def test_a_blob_that_cannot_be_read_is_not_said_to_be_missing(store: FolderStore, root: Path) -> None:
    (root / "0f" / "0f" / KEY).mkdir(parents=True)
    for use in (lambda: store.get(KEY), lambda: store.delete([KEY]), lambda: store.put(KEY, b"x")):
        with pytest.raises(StoreUnavailable):
            use()


def test_what_a_killed_process_left_is_cleared_once_it_is_nobodys(store: FolderStore, root: Path) -> None:
    stray, recent = root / ".incoming" / "stray", root / ".incoming" / "recent"
    for path in (stray, recent):
        path.write_text("half written")
    os.utime(stray, (0, 0))
    FolderStore(root)
    assert (stray.exists(), recent.exists()) == (False, True)


def test_a_store_is_opened_by_its_url(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/with%20blank")
    store.put(KEY, b"blob")
    assert (tmp_path / "with blank" / "0f" / "0f" / KEY).read_bytes() == b"blob"


def test_a_listing_goes_on_after_any_key(store: FolderStore) -> None:
    keys = sorted(f"{first:02x}{second:02x}" + "7" * 28 for first in (0, 15, 255) for second in (0, 1, 254))
    for key in reversed(keys):
        store.put(key, b"x")
        store.put(f"{key}.thumb", b"x")
    both = sorted([*keys, *(f"{key}.thumb" for key in keys)])
    for number, after in enumerate(both):
        assert [blob.key for blob in store.listed(after)] == both[number + 1 :]


def test_a_listing_says_when_each_was_put(store: FolderStore, root: Path) -> None:
    store.put(KEY, b"x")
    os.utime(root / "0f" / "0f" / KEY, (86_400, 86_400))
    assert [blob.put_at for blob in store.listed()] == [datetime(1970, 1, 2, tzinfo=UTC)]


def test_a_folder_that_is_gone_loses_no_photo_and_takes_none(store: FolderStore, root: Path) -> None:
    """As when the disk is not mounted: nothing is written beside it, and no photo is said to be missing."""
    store.put(KEY, b"blob")
    away = root.rename(root.parent / "away")
    for use in (lambda: store.get(KEY), lambda: store.put(OTHER, b"x"), lambda: list(store.listed()), store.tidy):
        with pytest.raises(StoreUnavailable):
            use()
    assert not root.exists()
    away.rename(root)
    assert store.get(KEY) == b"blob"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://b", "s3://bucket/prefix"),
        ("s3://Bucket_/prefix", "s3://bucket/prefix"),
        ("s3://bucket/a//b", "s3://bucket/prefix"),
        ("s3://bucket/../b c", "s3://bucket/prefix"),
        ("s3://id:secret@bucket/prefix", "no credentials"),
        ("s3://bucket/prefix?endpoint=ftp://store", "endpoint must be"),
        ("s3://bucket/prefix?endpoint=", "'endpoint' is not known or not given once"),
        ("s3://bucket/prefix?acl=public", "'acl' is not known"),
        ("file://relative/folder", "absolute folder"),
        ("file:///", "absolute folder"),
        ("/srv/photos", "absolute folder"),
        ("http://example.invalid/", "absolute folder"),
        ("", "absolute folder"),
    ],
)
def test_another_url_is_refused_saying_why(url: str, said: str) -> None:
    with pytest.raises(ValueError, match="PHOTO_STORE_URL") as caught:
        open_store(url)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
