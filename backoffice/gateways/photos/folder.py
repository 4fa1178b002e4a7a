"""Encrypted photos in a local folder."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from backoffice.gateways.photos.store import Blob, PhotoMissing, StoreUnavailable, checked, is_key

_INCOMING = ".incoming"
_STRAY_SECONDS = 3600


class FolderStore:
    """A `PhotoStore` in a local folder: <root>/ab/cd/abcd…; folders 0700, files 0600, for the owner's eyes alone."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        try:
            self._make_folder(self._incoming)
        except OSError as error:
            raise StoreUnavailable from error
        self.tidy()

    def put(self, key: str, blob: bytes) -> None:
        """See `PhotoStore`: written aside, flushed to the disk, then renamed into place and the folder flushed."""
        target = self._path(key)
        aside = self._incoming / f"{key}.{os.urandom(8).hex()}"
        try:
            _write_durably(aside, blob)
            self._make_folder(target.parent)
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
            if not self._is_there:
                raise StoreUnavailable from error
            raise PhotoMissing from error
        except OSError as error:
            raise StoreUnavailable from error

    def delete(self, keys: Iterable[str]) -> None:
        """See `PhotoStore`; not flushed: what a crash brings back opens for nobody, its row is gone (design 4)."""
        root = str(self._root)
        try:
            for key in keys:
                checked(key)
                try:
                    os.unlink(f"{root}/{key[:2]}/{key[2:4]}/{key}")  # noqa: PTH108 (a Path costs as much as the deletion)
                except FileNotFoundError:
                    continue
        except OSError as error:
            raise StoreUnavailable from error

    def listed(self, after: str = "") -> Iterator[Blob]:
        """See `PhotoStore`; one folder's blobs at a time."""
        if not self._is_there:
            raise StoreUnavailable
        try:
            for outer in _folders(self._root, after[:2]):
                for inner in _folders(outer, after[2:4] if outer.name == after[:2] else ""):
                    yield from _blobs(inner, f"{outer.name}{inner.name}", after)
        except OSError as error:
            raise StoreUnavailable from error

    def tidy(self) -> None:
        """See `PhotoStore`: what is half written long enough to be nobody's work now."""
        try:
            for path in self._incoming.iterdir():
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > _STRAY_SECONDS:
                        path.unlink()
        except OSError as error:
            raise StoreUnavailable from error

    @property
    def _is_there(self) -> bool:
        """Whether the disk is mounted: else nothing is known of any photo."""
        return self._incoming.is_dir()

    def _path(self, key: str) -> Path:
        checked(key)
        return self._root / key[:2] / key[2:4] / key

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and what is missing above it, each 0700 and known to its parent after a crash."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _flush_folder(folder.parent)


def _folders(within: Path, least: str) -> list[Path]:
    """The folders of two letters or digits, in order, from the name `least` on."""
    with os.scandir(within) as entries:
        names = [entry.name for entry in entries if len(entry.name) == 2 and entry.name >= least and entry.is_dir()]
    return [within / name for name in sorted(names) if name.isascii() and name.isalnum()]


def _blobs(folder: Path, beginning: str, after: str) -> list[Blob]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name > after and entry.name.startswith(beginning) and is_key(entry.name):
                with suppress(FileNotFoundError):
                    found.append(Blob(entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)))
    return sorted(found)


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
