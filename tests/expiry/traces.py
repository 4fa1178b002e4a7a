"""Looking for a person everywhere: every spelling of what names them, and every place where bytes are kept."""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from backoffice.embedded.folders import engine_uid
from backoffice.embedded.programs import find_programs
from backoffice.identity.names import fold

PAGE = 8192
NORMAL = 1
"""The state of an item on a page that is not dead (PostgreSQL: storage/itemid.h)."""
_BETWEEN_DIGITS = re.compile(rb"(?<=\d)[ .\-]{1,2}(?=\d)")


def spellings(mark: str) -> set[bytes]:
    """Every way in which a text may be written: composed or not, folded, escaped, in hexadecimal, in base 64."""
    texts = {mark, unicodedata.normalize("NFD", mark), mark.upper(), mark.lower(), fold(mark), fold(mark).upper()}
    if re.fullmatch(r"0\d{9}", mark):
        texts |= {f"84{mark[1:]}"}
    found = set()
    for text in texts:
        plain = text.encode()
        found |= {plain, plain.hex().encode(), json.dumps(text)[1:-1].encode(), quote(text).encode()}
        found |= set(_in_base64(plain))
    return found


def bits(picture: bytes) -> set[bytes]:
    """Stretches of a picture's own pixels, as they are, in hexadecimal and in base 64."""
    found = set()
    for share in (0.3, 0.6, 0.9):
        stretch = picture[(at := int(len(picture) * share)) : at + 24]
        found |= {stretch, stretch.hex().encode(), *_in_base64(stretch)}
    return found


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The text as it looks within a longer one in base 64, which depends on where it begins; less its ends."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + plain)
        yield coded[4 if before else 0 : len(coded) - 4]


def found_in(place: bytes, marks: Iterable[bytes]) -> set[bytes]:
    """Which of the `marks` stand in `place`, also as numbers written in groups."""
    joined = _BETWEEN_DIGITS.sub(b"", place)
    return {mark for mark in marks if mark in place or (mark.isdigit() and mark in joined)}


def dump(url: str) -> bytes:
    """A real pg_dump as SQL, with the planner's statistics, which are samples of the rows."""
    program = find_programs(Path("/tmp/none"), engine_uid()) / "pg_dump"  # noqa: S108 (nothing is made there)
    done = subprocess.run([program, "--statistics", plain(url)], capture_output=True, check=True)  # noqa: S603
    assert b"COPY public.declarations" in done.stdout
    return done.stdout


def on_disk(url: str) -> dict[str, Path]:
    """The files of all tables, their TOAST and indexes, by name, as they are after a checkpoint."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone()
        rows = connection.execute(
            "SELECT c.relname, pg_relation_filepath(c.oid) FROM pg_class c WHERE c.relkind IN ('r', 'i', 't') "
            "AND (c.relnamespace = 'public'::regnamespace OR c.relnamespace = 'pg_toast'::regnamespace)"
        ).fetchall()
    return {name: Path(folder) / path for name, path in rows if (Path(folder) / path).exists()}


def live_items(path: Path) -> bytes:
    """What the pages of a table or index hold as living: its rows, or its entries; not what lies between them."""
    content = path.read_bytes()
    kept = []
    for start in range(0, len(content), PAGE):
        page = content[start : start + PAGE]
        lower, upper = struct.unpack_from("<HH", page, 12)
        head = page[24 : max(lower, 24)]
        if len(head) % 4:  # of a long posting list of a GIN index, which has bytes instead of pointers to items
            kept.append(head)
            continue
        for (item,) in struct.iter_unpack("<I", head):
            offset, state, length = item & 0x7FFF, item >> 15 & 3, item >> 17
            if state == NORMAL and upper <= offset <= PAGE - length:
                kept.append(page[offset : offset + length])
    return b"\0".join(kept)


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def plain(url: str) -> str:
    """The URL as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
