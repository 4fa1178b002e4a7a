"""A PostgreSQL that lives for one command: to compare models with migrations, or to write one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded.postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Scratch:
    """The addresses of a throw-away database."""

    database_url: str
    database_owner_url: str


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Give a database that is new and empty, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "pg", durable=False)
    postgres.start()
    try:
        yield Scratch(postgres.app_url, postgres.owner_url)
    finally:
        postgres.destroy()
        shutil.rmtree(folder, ignore_errors=True)
