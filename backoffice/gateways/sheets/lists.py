"""The door to reading lists: each in a confined process of its own, for openers of workbooks have no bounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backoffice.gateways.sheets.answering import Answers
from backoffice.gateways.sheets.list_worker import SECONDS
from backoffice.gateways.sheets.listing import ListRow, ListTable
from backoffice.gateways.sheets.refusal import broken, too_big, unfit
from backoffice.gateways.sheets.table import Column

_READER = "backoffice.gateways.sheets.list_worker"
_ANSWERER = "backoffice.gateways.sheets.answer_worker"


def read_list_apart(data: bytes, columns: Sequence[Column], people: Sequence[str], *, most: int) -> ListTable:
    """Return what `listing.read_list` finds; raises InvalidInput as it does, and for what takes too much.

    OSError when no process can be started.
    """
    asked = {"columns": [asdict(column) for column in columns], "people": list(people), "most": most}
    return _unpacked(json.loads(_run(_READER, asked, data)))


def answer_list_apart(data: bytes, asked: Answers) -> bytes:
    """Return the workbook that `answering.answered` makes; raises InvalidInput for a file that cannot be read.

    OSError when no process can be started.
    """
    head, _, made = _run(_ANSWERER, asdict(asked), data).partition(b"\n")
    _refuse(json.loads(head))
    return made


def _run(program: str, asked: dict[str, Any], data: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, nothing from outside in it
            [sys.executable, "-P", "-s", "-m", program],
            input=json.dumps(asked).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_big() from None
    if done.returncode < 0:
        raise too_big()
    if done.returncode:
        raise broken()
    return done.stdout


def _unpacked(answer: dict[str, Any]) -> ListTable:
    _refuse(answer)
    table = dict(answer["table"])
    return ListTable(**table | {"rows": [ListRow(**row) for row in table["rows"]]})


def _refuse(answer: dict[str, Any]) -> None:
    if fault := answer.get("fault"):
        refusal = unfit(fault["sentence"], fault["code"])
        refusal.message = fault["sentence"]
        raise refusal


def _environment() -> dict[str, str]:
    return {
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ},
    }
