"""A 12-megapixel JPEG made 2000 pixels and a thumbnail, decoding and encoding alone, against pyvips with one thread."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

from backoffice.config import ROOT
from tests.bench import photo as programs
from tests.bench.measure import Row, at_most, by_turns, no_more_than, said, told
from tests.bench.peer import NotInstalled, Program, python_with
from tests.bench.pictures import photo
from tests.bench.sets import Bench

TIMES = 10
MEGABYTE = 1024 * 1024
PEER = ("pyvips==3.1.1", "pyvips-binary==8.18.0")


def measure(bench: Bench) -> list[Row]:
    """Return the rows; without pyvips only what needs no limit."""
    path = bench.engines.folder / "photo.jpg"
    path.write_bytes(photo(with_card=True))
    with ExitStack() as stack:
        ours = Program(sys.executable, "-m", "tests.bench.photo.ours", str(path), cwd=ROOT)
        stack.callback(ours.close)
        rows = [_memory(ours)]
        whole = by_turns({"ours": lambda _: ours.ask("whole")}, TIMES // 2)
        rows.append(told("photo, with inspection, notes, QR and sealing", whole["ours"]))
        try:
            python = python_with(bench.engines.folder / "vips", *PEER)
        except NotInstalled as reason:
            return [said("photo, against pyvips", f"SKIPPED, it cannot be installed: {reason}"), *rows]
        vips = Program(str(python), _script("vips.py"), str(path), env={**os.environ, "VIPS_CONCURRENCY": "1"})
        stack.callback(vips.close)
        extra = vips.ask("memory reduce") / MEGABYTE
        taken = by_turns({"ours": _reducing(ours), "limit": _reducing(vips)}, TIMES)
        told_extra = said("photo, extra memory of pyvips", f"{extra:.0f} MB")
        return [at_most("photo, 12 megapixels", taken["ours"], taken["limit"], 1.3), *rows, told_extra]


def _reducing(program: Program):  # noqa: ANN202
    return lambda _number: program.ask("reduce")


def _memory(program: Program) -> Row:
    extra = program.ask("memory reduce") / MEGABYTE
    return no_more_than("photo, extra memory", f"{extra:.0f} MB", extra, 40, "MB")


def _script(name: str) -> str:
    return str(Path(programs.__file__).with_name(name))
