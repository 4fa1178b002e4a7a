"""Deleting a photo's row destroys its key: a copy of the store is noise from then on (issue 8, 4; design 4)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from backoffice import dossier
from backoffice.config import Settings
from backoffice.decision import photo_links
from backoffice.dossier.house import House, house, use
from backoffice.dossier.photos import replace, store_photos
from backoffice.dossier.reencrypt import reencrypt
from backoffice.expiry import actions as expiry
from backoffice.gateways.photos import FolderStore, KeyRing, PhotoUnreadable, open_sealed
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind
from tests.dossier.helpers import SMALL, declared, keys, sent

WRAPPED_BYTES = 40
"""A data key of 32 bytes, wrapped (RFC 3394)."""


@pytest.fixture(autouse=True)
def store(database: None, started: Settings, tmp_path: Path) -> Iterator[Path]:
    """The folder of a store of its own, with keys of its own."""
    use(House(FolderStore(tmp_path / "photos"), KeyRing.parse(keys("k2", "k1"))))
    yield tmp_path / "photos"
    dossier.configure(started)


def wrapped_keys(url: str) -> set[bytes]:
    """Every value in the database, of any table, that could be a wrapped key."""
    found: set[bytes] = set()
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea'"
        ).fetchall()
        for table, column in columns:
            rows = connection.execute(
                psycopg.sql.SQL("SELECT {column} FROM {table} WHERE length({column}) = %s").format(
                    column=psycopg.sql.Identifier(column), table=psycopg.sql.Identifier(table)
                ),
                [WRAPPED_BYTES],
            )
            found |= {bytes(row[0]) for row in rows}
    return found


def opened(copy: Path, wrapped: set[bytes]) -> set[UUID]:
    """Whoever has a copy of the store, the database and PHOTO_KEYS tries every key on every file: what opens."""
    return {UUID(path.name[:32]) for path in copy.rglob("*") if path.is_file() and any(_tries(path, wrapped))}


def _tries(path: Path, wrapped: set[bytes]) -> Iterator[bool]:
    part = "thumb" if path.name.endswith(".thumb") else "full"
    context = UUID(path.name[:32]).bytes + b"/" + part.encode()
    for one in wrapped:
        for name in house().keys.names:
            try:
                open_sealed(house().keys, path.read_bytes(), one, name, context)
            except PhotoUnreadable:
                continue
            yield True


def _expire() -> UUID:
    [photo] = declared()
    with transaction() as session:
        session.get_one(Declaration, photo.declaration_id).expires_at = clock.now() - timedelta(seconds=1)
    return photo.id


def _retake() -> UUID:
    [photo] = declared()
    return photo.id


def _leave_unused() -> UUID:
    return sent()


def _expiring() -> None:
    assert expiry.sweep() == 1


def _retaking() -> None:
    [new] = store_photos({PhotoKind.PORTRAIT: SMALL})
    with transaction() as session:
        replace(session, session.query(Declaration).order_by(Declaration.id.desc()).first(), new)  # type: ignore[arg-type]


def _sweeping_links() -> None:
    with clock.at(clock.now() + timedelta(days=1)):
        assert photo_links.sweep() == 1


@pytest.mark.parametrize(
    ("make", "remove"),
    [(_expire, _expiring), (_retake, _retaking), (_leave_unused, _sweeping_links)],
    ids=["expired", "taken-anew", "sent-and-not-taken"],
)
def test_a_copy_of_the_store_with_the_present_database_opens_nothing_deleted(
    store: Path, tmp_path: Path, addresses: dict[str, str], make: Callable[[], UUID], remove: Callable[[], None]
) -> None:
    [stays] = declared()
    goes = make()
    shutil.copytree(store, tmp_path / "copy")
    assert opened(tmp_path / "copy", wrapped_keys(addresses["super"])) == {stays.id, goes}
    remove()
    assert opened(tmp_path / "copy", wrapped_keys(addresses["super"])) == {stays.id}


def test_so_it_is_after_the_keys_were_changed(store: Path, tmp_path: Path, addresses: dict[str, str]) -> None:
    use(House(house().store, KeyRing.parse(keys("k1"))))
    [stays] = declared()
    _expire()
    shutil.copytree(store, tmp_path / "copy")
    use(House(house().store, KeyRing.parse(keys("k2", "k1"))))
    reencrypt()
    _expiring()
    assert opened(tmp_path / "copy", wrapped_keys(addresses["super"])) == {stays.id}


def test_a_backup_of_the_database_still_opens_it_until_it_lapses(
    store: Path, tmp_path: Path, addresses: dict[str, str]
) -> None:
    """What the README says of backups: an old copy of the row is an old copy of the key."""
    goes = _expire()
    shutil.copytree(store, tmp_path / "copy")
    backup = wrapped_keys(addresses["super"])
    _expiring()
    assert opened(tmp_path / "copy", backup) == {goes}
    use(House(house().store, KeyRing.parse(keys("another"))))
    assert opened(tmp_path / "copy", backup) == set(), "without PHOTO_KEYS the backup opens nothing either"
