"""Files of the sandbox gateways (demo and test only), written by several processes at once without loss."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def append_line(path: Path, row: dict[str, Any]) -> None:
    """Append `row` to the file as one JSON line, whole or not at all."""
    line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
    with _locked(path):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)


def drop_lines(path: Path, unwanted: Callable[[dict[str, Any]], bool]) -> None:
    """Take the unwanted rows out of the file of JSON lines; readers see it before or after, never in between."""
    if not path.exists():
        return
    with _locked(path):
        kept = [line for line in path.read_bytes().splitlines(keepends=True) if not unwanted(json.loads(line))]
        new = path.with_name(f".{path.name}.{os.getpid()}")
        new.write_bytes(b"".join(kept))
        new.chmod(0o600)
        new.replace(path)


def write_new(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Write `content` to "<stem>-<n><suffix>" with the first n from 1 that is free, and return its path."""
    _make(folder)
    draft = folder / f".{stem}-{secrets.token_hex(8)}"
    draft.write_bytes(content)
    draft.chmod(0o600)
    try:
        return _linked(draft, (folder / f"{stem}-{n}{suffix}" for n in range(1, 10_000)))
    finally:
        draft.unlink()


def _linked(draft: Path, names: Iterator[Path]) -> Path:
    for name in names:
        with suppress(FileExistsError):
            os.link(draft, name)
            return name
    raise FileExistsError(f"no free name for {draft.name}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock beside `path`; not its own, for `drop_lines` replaces the file."""
    _make(path.parent)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
