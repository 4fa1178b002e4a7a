"""SIGKILL of the sweep in every step: each declaration is whole or wholly gone, the next sweep goes on (K4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from backoffice.config import Settings
from backoffice.dossier import orphans
from backoffice.dossier.photos import read_photo
from backoffice.expiry import actions
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Notice, Photo, Tombstone, TrailEvent, TrailRow
from backoffice.notices import jobs as notices
from backoffice.rules.actors import Actor
from tests.expiry.helpers import MICROSECOND, NOON, Known, declared_with_everything, officer
from tests.faults.dying import Instant, dies_at, dies_at_line

pytestmark = pytest.mark.usefixtures("database")

COUNT = 5
"""Declarations, in chunks of two: three transactions."""
LINES = 1600
"""About so many of our own lines run in a sweep of them."""
STEPS = {
    "before anything": Instant("expiry/queries.py", "overdue", "call"),
    "its rows locked": Instant("expiry/queries.py", "overdue", "return"),
    "tombstones written": Instant("expiry/actions.py", "_bury", "return"),
    "rows deleted, not committed": Instant("rules/lifecycle.py", "expire", "return"),
    "a chunk committed": Instant("expiry/queries.py", "overdue", "call", 2),
    "two chunks committed, a third deleted": Instant("rules/lifecycle.py", "expire", "return", 3),
    "all committed, no file removed": Instant("expiry/actions.py", "clear_away", "call"),
    "some files removed": Instant("gateways/photos/store.py", "checked", "call", 4),
    "a full photo removed, its thumbnail not": Instant("gateways/photos/store.py", "checked", "call", 2),
    "all files removed, messages not": Instant("dossier/photos.py", "delete_files", "return"),
    "everything done": Instant("expiry/actions.py", "sweep", "return"),
}
WHOLE_CHUNKS = (0, 2, 4, COUNT)
"""How many may be gone at any instant: the chunks are of two."""
GONE_BEFORE = {"a chunk committed": 2, "two chunks committed, a third deleted": 4}
"""How many are gone when it was killed there; none in the steps before, all in those after."""


@dataclass
class Books:
    """The declarations, and what was in the store for each."""

    declarations: list[Known]
    folder: Path
    after: datetime

    def sweep(self) -> int:
        with clock.at(self.after):
            return actions.sweep()

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and ".incoming" not in path.parts]

    def check(self) -> int:
        """Each is whole, its photos open, or wholly gone, once; return how many are gone."""
        with transaction() as session:
            stones = sorted(stone.declaration_id for stone in session.query(Tombstone))
            told = sorted(row.declaration_id or 0 for row in session.query(TrailRow).filter_by(event=TrailEvent.EXPIRE))
            kept = {declaration.id for declaration in session.query(Declaration)}
            photos = session.query(Photo).all()
            about = {notice.declaration_id for notice in session.query(Notice)}
        assert stones == told
        assert sorted([*stones, *kept]) == sorted(one.id for one in self.declarations)
        assert sorted(photo.declaration_id for photo in photos) == sorted(3 * list(kept))
        assert about == kept
        assert all(read_photo(photo, size) for photo in photos for size in ("full", "thumb"))
        return len(stones)


@pytest.fixture
def lan() -> Actor:
    return officer()


@pytest.fixture
def books(started: Settings, lan: Actor, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setattr(actions, "CHUNK", 2)
    made = [
        declared_with_everything(
            lan,
            full_name=f"Người Quá Hạn {number}",
            id_number=f"00108577000{number}",
            phone=f"035977000{number}",
            email=f"qua.han{number}@example.vn",
        )
        for number in range(COUNT)
    ]
    with clock.at(NOON + timedelta(hours=1)):
        notices.drain_default()
    return Books(made, started.var / "photos", made[0].expires_at + MICROSECOND)


def ended(books: Books, kill: Callable[[], bool]) -> tuple[int, bool]:
    """Let a sweep be killed, check the books, and let the next ones and the daily check end the work."""
    before = {path.name for path in books.files()}
    was_killed = kill()
    gone = books.check()
    assert books.sweep() == COUNT - gone
    assert books.check() == COUNT
    assert books.sweep() == 0
    with clock.at(datetime.now(UTC) + orphans.SETTLED + timedelta(minutes=1)):
        check_id = orphans.begin()
        while orphans.step(check_id, even_most=True):
            pass
    assert not before & {path.name for path in books.files()}
    return gone, was_killed


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_any_step_nothing_is_half_gone_and_the_next_sweep_goes_on(books: Books, step: str):
    gone, was_killed = ended(books, lambda: dies_at(STEPS[step], books.sweep))
    assert was_killed
    names = list(STEPS)
    is_before = names.index(step) < names.index("a chunk committed")
    assert gone == GONE_BEFORE.get(step, 0 if is_before else COUNT)


def test_killed_before_any_line_of_it(books: Books, round_number: int):
    gone, _ = ended(books, lambda: dies_at_line(Random(round_number).randrange(1, LINES), books.sweep))
    assert gone in WHOLE_CHUNKS


def test_killed_again_and_again_each_goes_once(books: Books, round_number: int):
    chance = Random(-1 - round_number)
    for _ in range(3):
        dies_at_line(chance.randrange(1, LINES), books.sweep)
        assert books.check() in WHOLE_CHUNKS
    ended(books, lambda: False)


def test_killed_before_its_files_were_removed_a_copy_of_the_store_opens_for_nobody(books: Books):
    """The key went with the row (design 4): what a kill leaves in the store is noise until the daily check comes by."""
    with transaction() as session:
        photos = session.query(Photo).all()
    assert dies_at(STEPS["all committed, no file removed"], books.sweep)
    assert len(books.files()) >= 2 * 3 * COUNT
    for path in books.files():
        content = path.read_bytes()
        assert not content.startswith(b"\xff\xd8")
        assert all(photo.wrapped_key not in content for photo in photos)
    with transaction() as session:
        assert session.query(Photo).count() == 0
