"""Folders of the embedded engines: reachable by who runs the engine, short enough for a socket, used by one alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

NOBODY = 65534
SOCKET_PATH_BYTES = 100
_PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")


class EngineError(Exception):
    """An embedded engine cannot be used; the sentence says why and what to do (English: developers read it)."""


class FolderLock:
    """A lock file next to a folder: whoever holds it is the only one to run what lives there.

    `left_behind` tells after `take` that the last holder was ended before it gave the lock back.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_behind = False
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock, to be held until `give_back` or the end of the process; tell whether this object holds it."""
        if self._descriptor is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.left_behind = bool(self.holder())
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """Free the lock (nothing happens when it is not held)."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str:
        """Return the process number of who holds the lock, or was ended while holding it; "" when nobody."""
        try:
            return self.path.read_text().strip()
        except OSError:
            return ""


def name_for(path: Path) -> str:
    """Return a short stable name made from an absolute path."""
    return "backoffice-" + hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:12]


def engine_uid() -> int:
    """Return the uid an engine runs as that refuses root: our own, or 65534 for root."""
    return os.getuid() or NOBODY


def reachable(path: Path, uid: int) -> bool:
    """Tell whether the user `uid` can pass through every folder down to the existing folder `path`, by their modes."""
    if uid == os.getuid():
        return True
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        status = folder.stat()
        passes = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
        if not status.st_mode & passes:
            return False
    return True


def outside(path: Path, uid: int) -> Path:
    """Return a folder outside all homes that stands in for `path`, made if need be, which `uid` can pass through.

    Below the temporary folder when `path` lies there (tests), else where data of services is kept.
    """
    temporary = Path(tempfile.gettempdir())
    inside = os.path.realpath(path).startswith(os.path.realpath(temporary) + os.sep)
    for base in ([temporary] if inside else []) + [Path("/var/lib"), Path("/var/tmp"), Path("/tmp")]:  # noqa: S108
        if base.is_dir() and os.access(base, os.W_OK) and reachable(base, uid):
            return _own_folder(base / name_for(path), os.getuid(), 0o755)
    raise EngineError("Found no folder that an unprivileged user can reach. Run this as an ordinary user.")


def socket_folder(preferred: Path, uid: int) -> Path:
    """Return a folder (0700, of `uid`) for a Unix socket: `preferred`, or a short one when its path does not fit."""
    text = str(preferred)
    if len(os.fsencode(text)) + len("/.s.PGSQL.5432.lock") > SOCKET_PATH_BYTES or not _PLAIN.fullmatch(text):
        base = Path(tempfile.gettempdir())
        if len(os.fsencode(base)) > 40 or not _PLAIN.fullmatch(str(base)) or not reachable(base, uid):
            base = Path("/tmp")  # noqa: S108
        preferred = base / f"{name_for(preferred)}-{os.getuid()}"
    return _own_folder(preferred, uid, 0o700)


def leave_socket_folder(sockets: Path, home: Path) -> None:
    """Delete the folder that `socket_folder` gave, unless it lies in `home` with the rest."""
    if home not in sockets.parents:
        shutil.rmtree(sockets, ignore_errors=True)


def _own_folder(path: Path, uid: int, mode: int) -> Path:
    """Make `path` a folder of `uid` with `mode`; refuse one that another user planted there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {uid, os.getuid()}:
        raise EngineError(f"{path} belongs to another user. Remove it, or ask its owner to.")
    if status.st_uid != uid:
        os.chown(path, uid, uid)
    path.chmod(mode)
    return path


def owned_folder(path: Path, uid: int) -> Path:
    """Make `path` (0700, of `uid`) and return it; raises EngineError when another user owns it."""
    return _own_folder(path, uid, 0o700)
