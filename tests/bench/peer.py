"""Python environments of their own for what the product does not depend on, made below the scratch folder by pip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class NotInstalled(Exception):
    """The packages could not be had; the text says why."""


def python_with(folder: Path, *packages: str) -> Path:
    """Return the interpreter of an environment in `folder` that has `packages`; raises NotInstalled."""
    python = folder / "bin" / "python"
    mark = folder / "packages.txt"
    if mark.is_file() and mark.read_text() == " ".join(packages):
        return python
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise NotInstalled(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else command[0])
    mark.write_text(" ".join(packages))
    return python


class Program:
    """A program that does one thing a line of its standard input and answers with a number a line."""

    def __init__(self, *command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=cwd, env=env
        )

    def ask(self, what: str) -> float:
        """Send one line and return the number that comes back."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the program has no pipes")
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the program."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(30)
