"""Jobs the worker's tests enqueue; they write who ran them into the folder NOTES."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.embedded.helpers import eventually

FOLDER = Path(os.environ.get("NOTES", "."))


def note(name: str) -> None:
    """Write our own process number."""
    with (FOLDER / name).open("a") as file:
        file.write(f"{os.getpid()}\n")


def ran(number: int) -> None:
    """Note the run, the parent, and whether the application was there before the fork."""
    note(f"ran-{number}")
    (FOLDER / f"parent-{number}").write_text(str(os.getppid()))
    (FOLDER / f"imported-{number}").write_text(str("backoffice.notices.jobs" in sys.modules))


def waits() -> None:
    """Run until the test lets it go on."""
    note("begun")
    eventually((FOLDER / "go").exists, "the word to go on")
    note("done")


def fails() -> None:
    """Fail with what must not be kept."""
    raise ValueError("cannot send to 0912345678: mat khau abcd2345efgh")
