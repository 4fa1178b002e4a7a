"""One warm typst compiler a process. Fonts are our own and the wheel's, so every machine prints the same page."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]  # archivable, and read well by screen readers

# A compiler takes one caller at a time; its threads do not survive a fork, and a compile in the child would hang.
_lock = threading.Lock()
_owner: int | None = None


def compile_pdf(template: str, data: Mapping[str, object], pictures: Mapping[str, str], *, created: datetime) -> bytes:
    """Return the PDF/A-2a of `template` (a file of this room) with `data` as its sys.inputs.form, in JSON.

    `pictures` are further sys.inputs, SVG each: as JSON they would be read letter by letter.
    `created` (aware) is the document's date: the same data gives the same bytes. Raises RuntimeError in a process whose
    parent has already made a document before forking: make documents after the fork, or in a process of their own.
    """
    with _lock:
        compiler = _compiler(template)
        pdf = compiler.compile(
            format="pdf",
            sys_inputs=_inputs(data, pictures),
            pdf_standards=STANDARDS,
            timestamp=int(created.timestamp()),
        )
    return _one(pdf)


def compile_png(template: str, data: Mapping[str, object], pictures: Mapping[str, str], *, ppi: int) -> list[bytes]:
    """Return the same pages as PNG images at `ppi` pixels an inch. Raises as compile_pdf does."""
    with _lock:
        pages = _compiler(template).compile(format="png", ppi=ppi, sys_inputs=_inputs(data, pictures))
    return pages if isinstance(pages, list) else [_one(pages)]


def _compiler(template: str) -> typst.Compiler:
    global _owner
    if _owner not in (None, os.getpid()):
        raise RuntimeError("typst was used before this process was forked: make documents only after the fork")
    _owner = os.getpid()
    return _warm(template)


@cache
def _warm(template: str) -> typst.Compiler:
    return typst.Compiler(str(HERE / template), root=str(HERE), font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])


def _inputs(data: Mapping[str, object], pictures: Mapping[str, str]) -> dict[str, str]:
    return {"form": json.dumps(data, ensure_ascii=False), **pictures}


def _one(output: bytes | list[bytes] | None) -> bytes:
    if not isinstance(output, bytes):
        raise TypeError("typst gave several outputs where one was asked for")
    return output
