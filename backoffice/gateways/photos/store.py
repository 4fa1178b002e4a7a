"""Where encrypted photos lie: one small interface, and a folder behind it. What is stored is opaque here.

`open_store` chooses by PHOTO_STORE_URL. A key names one blob: 32 lower-case letters or digits (a random number, never
anything of a person), and a suffix if need be, as in "0f3c…e1.thumb".
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from backoffice.kernel.errors import NotFound, Unavailable

_KEY = re.compile(r"[a-z0-9]{32}(?:[._-][a-z0-9]{1,16})?")
_INCOMING = ".incoming"
_STRAY_SECONDS = 3600


class PhotoMissing(NotFound):
    """The store has no such blob."""

    code = "photo_missing"

    def __init__(self) -> None:
        super().__init__("Ảnh này không còn trong kho ảnh. Xin báo quản trị hệ thống nếu tờ khai vẫn còn hiệu lực.")


class StoreUnavailable(Unavailable):
    """The store cannot write or read now (disk full, fault of the disk or the network); nothing was kept."""

    code = "photo_store_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "Kho ảnh tạm thời không dùng được nên ảnh chưa lưu hoặc chưa mở được. Xin thử lại sau ít phút."
        )


class PhotoStore(Protocol):
    """Blobs by key. Every call raises ValueError on what is no key, and `StoreUnavailable` when the store is out."""

    def put(self, key: str, blob: bytes) -> None:
        """Keep a blob, in place of one of that key; once this returns it survives a crash of the machine."""

    def get(self, key: str) -> bytes:
        """The blob; raises `PhotoMissing`."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the blobs; nothing happens where there is none. A crash may bring some back."""

    def keys(self) -> Iterator[str]:
        """Every key, in no order; what is put or deleted meanwhile may or may not be among them."""
        ...


class FolderStore:
    """A `PhotoStore` in a local folder: <root>/ab/cd/abcd…; folders 0700, files 0600, for the owner's eyes alone."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        try:
            self._make_folder(self._incoming)
            self._drop_strays()
        except OSError as error:
            raise StoreUnavailable from error

    def put(self, key: str, blob: bytes) -> None:
        """See `PhotoStore`: written aside, flushed to the disk, then renamed into place and the folder flushed."""
        target = self._path(key)
        aside = self._incoming / f"{key}.{os.urandom(8).hex()}"
        try:
            self._make_folder(target.parent)
            _write_durably(aside, blob)
            aside.replace(target)
            _flush_folder(target.parent)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise StoreUnavailable from error

    def get(self, key: str) -> bytes:
        """See `PhotoStore`."""
        path = self._path(key)
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise PhotoMissing from error
        except OSError as error:
            raise StoreUnavailable from error

    def delete(self, keys: Iterable[str]) -> None:
        """See `PhotoStore`; not flushed: what a crash brings back opens for nobody, its row is gone (design 4)."""
        root = str(self._root)
        try:
            for key in keys:
                if not _KEY.fullmatch(key):
                    raise ValueError("not a photo key")
                try:
                    os.unlink(f"{root}/{key[:2]}/{key[2:4]}/{key}")  # noqa: PTH108 (a Path costs as much as the deletion)
                except FileNotFoundError:
                    continue
        except OSError as error:
            raise StoreUnavailable from error

    def keys(self) -> Iterator[str]:
        """See `PhotoStore`; files that are no blobs of ours are passed over."""
        try:
            for path in self._root.glob("[a-z0-9][a-z0-9]/[a-z0-9][a-z0-9]/*"):
                if _KEY.fullmatch(path.name) and path == self._path(path.name):
                    yield path.name
        except OSError as error:
            raise StoreUnavailable from error

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a photo key")
        return self._root / key[:2] / key[2:4] / key

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and what is missing above it, each 0700 and known to its parent after a crash."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _flush_folder(folder.parent)

    def _drop_strays(self) -> None:
        """Remove what a killed process left half written, long enough ago to be nobody's work now."""
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _STRAY_SECONDS:
                    path.unlink()


def open_store(url: str) -> PhotoStore:
    """The store of a PHOTO_STORE_URL: file:///absolute/folder.

    ValueError says what is wrong with another one; `StoreUnavailable` when the folder cannot be made.
    """
    return FolderStore(store_folder(url))


def store_folder(url: str) -> Path:
    """The folder that a PHOTO_STORE_URL names, not looked at yet; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        raise ValueError("PHOTO_STORE_URL: s3:// is not built yet (an object store comes later); use file:///folder")
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or path.strip("/") == "":
        raise ValueError("PHOTO_STORE_URL must be file:/// and an absolute folder, as in file:///srv/photos")
    return Path(path)


def _write_durably(path: Path, blob: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(blob)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Write a folder's entries to the disk (a rename or a deletion is one); some file systems know no such thing."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
