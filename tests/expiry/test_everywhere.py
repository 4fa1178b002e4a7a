"""K4: once it has expired, nothing of the person is found anywhere (issue 8, item 2).

What remains for a while, and is not found by looking where data is kept:
- the write-ahead log has the old rows until its segments are written over: after the next checkpoint nothing needs
  them any more (tested), but PostgreSQL renames up to `max_wal_size` of them for use again. Archived WAL and backups
  keep them until they lapse (deploy/photos.md: 30 days, a key for each day).
- bytes between the living items of a page stay until another row is written there; no query, dump or index reaches
  them, and a VACUUM FULL leaves none (tested).
- the name index (GIN) keeps the single words of a name, as a dictionary of all names, without any row: no vacuum takes
  a word out, REINDEX does. The words of one name stand apart, sorted among all others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO

import psycopg
import pytest
from flask import Flask

from backoffice.config import Settings
from backoffice.embedded.valkey import EmbeddedValkey
from backoffice.expiry import clearing, jobs
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import TrailEvent, TrailRow
from tests.conftest import _empty
from tests.embedded.helpers import eventually
from tests.expiry.helpers import MICROSECOND
from tests.expiry.life import ADDRESS, OLD_NUMBER, PERSON, SAID, WRONG, Life, Living
from tests.expiry.traces import bits, dump, files_below, found_in, live_items, on_disk, plain, spellings


@dataclass
class Ended:
    """A life that has ended: what it was, what was kept of it while it lived, and what was said in the logs."""

    life: Life
    marks: set[bytes]
    before: dict[str, set[bytes]]
    logs: str = ""
    valkey: EmbeddedValkey = field(repr=False, default=None)  # type: ignore[assignment]

    def left_in(self, place: bytes) -> set[bytes]:
        return found_in(place, self.marks)


@pytest.fixture(scope="module")
def ended(app: Flask, started: Settings, addresses: dict[str, str], tmp_path_factory) -> Iterator[Ended]:
    """One life for all tests here, on a queue of its own that writes to the disk, and its end."""
    with EmbeddedValkey(tmp_path_factory.mktemp("queue") / "vk") as valkey, redirect_stderr(StringIO()) as logs:
        queue.configure(valkey.url)
        try:
            life = Living(app).live()
            _analysed(addresses["super"])
            marks = set().union(*(spellings(one) for one in names(life)), *(bits(one) for one in life.pictures))
            made = Ended(life, marks, {name: found_in(look(), marks) for name, look in places(started, addresses)})
            with clock.at(life.declaration.expires_at + MICROSECOND):
                jobs.sweep()
                for number in range(len(clearing.tables())):
                    jobs.clear(number)
            made.logs, made.valkey = logs.getvalue(), valkey
            yield made
        finally:
            queue.configure(started.redis_url)
            _empty(addresses["super"])


def names(life: Life) -> list[str]:
    """Everything that names the person or came with them."""
    code = life.declaration.receipt_code
    free = [SAID, "Khuynh Ly", "0912555666"]
    return [*PERSON.values(), ADDRESS, *WRONG.values(), OLD_NUMBER, *free, code, format_receipt_code(code)]


def places(settings: Settings, addresses: dict[str, str]) -> list[tuple[str, Callable[[], bytes]]]:
    """Where things are kept."""
    return [
        ("dump", lambda: dump(addresses["super"])),
        ("pages", lambda: b"\0".join(map(live_items, on_disk(addresses["super"]).values()))),
        ("files", lambda: b"\0".join(files_below(settings.var).values())),
    ]


def _analysed(url: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("ANALYZE")


def test_the_search_finds_it_while_it_lives(ended: Ended):
    """Else nothing below would say anything."""
    for place in ("dump", "pages"):
        for name in names(ended.life):
            if name != format_receipt_code(ended.life.declaration.receipt_code):
                assert ended.before[place] & spellings(name), f"{name} is not in the {place}"
    assert ended.before["files"] >= {PERSON["email"].encode(), WRONG["phone"].encode()}
    assert len(ended.life.photo_ids) >= 6
    assert any(PERSON["full_name"] in answer for answer in ended.life.answers)


def test_nothing_is_in_a_dump_of_the_database_nor_in_its_samples(ended: Ended, addresses: dict[str, str]):
    assert ended.left_in(dump(addresses["super"])) == set()


def test_nothing_lives_in_a_page_of_a_table_or_index(ended: Ended, addresses: dict[str, str]):
    """The job has vacuumed all tables that a declaration takes along."""
    left = {name: ended.left_in(live_items(path)) for name, path in on_disk(addresses["super"]).items()}
    assert {name: marks for name, marks in left.items() if marks} == {}


def test_all_that_goes_with_a_declaration_is_cleared():
    """Whatever table comes to hang on one is cleared with it: foreign keys say so."""
    named = {"declarations", "photos", "photo_uploads", "notices", "call_backs", "desk_scans", "corrections"}
    assert set(clearing.tables()) >= named | {"claims", "verifications", "opened_files", "idempotency_keys"}
    assert not {"accounts", "offices", "officers", "tombstones", "trail"} & set(clearing.tables())


def test_a_table_written_anew_has_nothing_between_its_rows_either(ended: Ended, addresses: dict[str, str]):
    with psycopg.connect(plain(addresses["super"]), autocommit=True) as connection:
        for table in clearing.tables():
            connection.execute(f'VACUUM FULL "{table}"')
    left = {name: ended.left_in(path.read_bytes()) for name, path in on_disk(addresses["super"]).items()}
    assert {name: marks for name, marks in left.items() if marks} == {}


def test_after_a_checkpoint_nothing_needs_the_log_that_has_it(ended: Ended, addresses: dict[str, str]):
    with psycopg.connect(plain(addresses["super"]), autocommit=True) as connection:
        (then,) = connection.execute("SELECT pg_current_wal_lsn()").fetchone()
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        needed = connection.execute("SELECT redo_lsn > %s, redo_wal_file FROM pg_control_checkpoint()", [then])
        is_past, first = needed.fetchone()
        there = [name for (name,) in connection.execute("SELECT name FROM pg_ls_waldir()") if len(name) == 24]
    assert is_past
    assert min(there) >= first, "segments before the checkpoint are gone, or renamed to be written over"


def test_nothing_is_in_a_file_of_photos_messages_or_exports(ended: Ended, started: Settings):
    files = files_below(started.var)
    assert {name: marks for name, content in files.items() if (marks := ended.left_in(content))} == {}
    assert [name for name in files if any(photo in name for photo in ended.life.photo_ids)] == []


def test_nothing_is_in_the_queue_nor_in_its_file(ended: Ended):
    connection = queue.connection()
    connection.bgrewriteaof()
    eventually(lambda: not connection.info("persistence")["aof_rewrite_in_progress"], "the end of the rewriting")
    keys = list(connection.scan_iter())
    assert keys, "limits and jobs were there"
    assert ended.left_in(b"\0".join([*keys, *((connection.dump(key) or b"") for key in keys)])) == set()
    written = files_below(ended.valkey.data)
    assert any(name.startswith("appendonlydir") for name in written)
    assert {name: marks for name, content in written.items() if (marks := ended.left_in(content))} == {}


def test_nothing_was_in_the_queue_while_it_lived_either(ended: Ended):
    """Ids alone (house rule), so a file of jobs put aside as broken holds nothing."""
    written = files_below(ended.valkey.data)
    assert {name: marks for name, content in written.items() if (marks := ended.left_in(content))} == {}


def test_nothing_was_said_in_the_logs(ended: Ended):
    assert "declarations expired" in ended.logs
    assert ended.left_in(ended.logs.encode()) == set()


def test_what_the_trail_keeps_of_it_are_ids_codes_and_hashes(ended: Ended):
    """Every fact of every row: a whole number, a yes or no, a code of ours, or a hash."""
    with transaction() as session:
        rows = session.query(TrailRow).all()
    of_it = [row for row in rows if row.declaration_id == ended.life.declaration.id]
    assert {row.event for row in of_it} >= {
        TrailEvent.DECLARE, TrailEvent.REVIEW, TrailEvent.PHOTO, TrailEvent.SCAN, TrailEvent.CORRECT,
        TrailEvent.RETAKE, TrailEvent.PHOTO_SENT, TrailEvent.TRANSFER, TrailEvent.SUPPLEMENT, TrailEvent.EXPIRE,
    }  # fmt: skip
    odd = {(row.event, name, value) for row in rows for name, value in leaves(row.facts) if not is_plain(value)}
    assert odd == set()
    written = json.dumps([row.facts for row in rows], ensure_ascii=False).encode()
    assert ended.left_in(written) == set()


def leaves(facts: object, name: str = "") -> Iterator[tuple[str, object]]:
    """The values in facts, with the name under which each stands."""
    if isinstance(facts, dict):
        for key, value in facts.items():
            yield from leaves(value, key)
    elif isinstance(facts, list):
        for value in facts:
            yield from leaves(value, name)
    else:
        yield name, facts


def is_plain(value: object) -> bool:
    """Whether a fact names nobody by its shape: no free text, capital or accent, no number of nine digits or more."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return value < 10**8
    is_code = isinstance(value, str) and value.isascii() and " " not in value and "@" not in value
    return is_code and (value == value.lower()) and not (value.isdigit() and len(value) >= 9)  # type: ignore[union-attr]
