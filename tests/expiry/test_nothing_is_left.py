"""K4: after expiry nothing of the person is left, and everything of the next one (deeper: test_everywhere)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from backoffice import dossier
from backoffice.config import Settings
from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Photo
from backoffice.notices import jobs as notices
from tests.expiry.helpers import MICROSECOND, NOON, Known, declared_with_everything, is_kept, officer

pytestmark = pytest.mark.usefixtures("database")

GONE = {
    "full_name": "Tống Khuynh Dấu Vết",
    "bhxh_code": "0099887766",
    "id_number": "001085987654",
    "phone": "0359123123",
    "email": "dau.vet@example.vn",
    "address_line": "Số 99 ngõ Dấu Vết",
}
STAYS = {
    "full_name": "Phạm Còn Lại",
    "bhxh_code": "0011223344",
    "id_number": "001085000111",
    "phone": "0359000111",
    "email": "con.lai@example.vn",
    "address_line": "Số 1 phố Còn Lại",
}


@dataclass(frozen=True)
class Two:
    """Two declarations of the same day with everything that hangs on one; the second was handed in."""

    gone: Known
    gone_files: list[Path]
    stays: Known
    stays_files: list[Path]


@pytest.fixture
def two(started: Settings) -> Iterator[Two]:
    lan = officer()
    gone, stays = declared_with_everything(lan, **GONE), declared_with_everything(lan, **STAYS)
    with clock.at(NOON + timedelta(hours=1)):
        notices.drain_default()
        decision.present(stays.receipt_code, lan)
    yield Two(gone, files_of(started, gone), stays, files_of(started, stays))
    dossier.configure(started)


def files_of(settings: Settings, declaration: Known) -> list[Path]:
    with transaction() as session:
        names = [photo.id.hex for photo in session.query(Photo).filter_by(declaration_id=declaration.id)]
    return [path for name in names for path in (settings.var / "photos").rglob(f"{name}*")]


def marks(person: dict[str, str], declaration: Known) -> list[str]:
    """Every way in which the person is written anywhere."""
    code = declaration.receipt_code
    return [*person.values(), fold(person["full_name"]), code, format_receipt_code(code)]


def places_in_database(url: str, mark: str) -> set[str]:
    """The columns, of all tables, that hold `mark`, as text or as bytes."""
    found = set()
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
        assert len(columns) > 100
        for table, column in columns:
            query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s)'
            (count,) = connection.execute(query, [[f"%{mark}%", f"%{mark.encode().hex()}%"]]).fetchone()
            if count:
                found.add(f"{table}.{column}")
    return found


def places_in_files(folder: Path, mark: str) -> set[str]:
    written = [mark.encode(), mark.encode("unicode-escape")]
    return {
        path.name for path in folder.rglob("*") if path.is_file() and any(way in path.read_bytes() for way in written)
    }


def sweep_after(declaration: Known) -> None:
    with clock.at(declaration.expires_at + MICROSECOND):
        assert actions.sweep() == 1


def test_nothing_of_the_person_is_in_the_database(two: Two, addresses: dict[str, str]):
    before = {mark: places_in_database(addresses["super"], mark) for mark in marks(GONE, two.gone)}
    assert before[two.gone.receipt_code] >= {"declarations.receipt_code", "idempotency_keys.answer"}
    assert before[GONE["id_number"]] >= {"declarations.id_number", "photos.citizen_card"}
    assert before[GONE["phone"]] >= {"declarations.phone", "notices.recipient"}
    sweep_after(two.gone)
    after = {mark: places_in_database(addresses["super"], mark) for mark in marks(GONE, two.gone)}
    assert after == dict.fromkeys(after, set())


def test_nothing_of_the_person_is_in_a_file(two: Two, started: Settings):
    assert places_in_files(started.sandbox, GONE["phone"])
    assert places_in_files(started.sandbox, GONE["email"])
    assert len(two.gone_files) == 6
    sweep_after(two.gone)
    assert not any(path.exists() for path in two.gone_files)
    assert {mark: places_in_files(started.var, mark) for mark in marks(GONE, two.gone)} == dict.fromkeys(
        marks(GONE, two.gone), set()
    )


def test_everything_of_the_other_person_is_still_there(two: Two, addresses: dict[str, str], started: Settings):
    before = {mark: places_in_database(addresses["super"], mark) for mark in marks(STAYS, two.stays)}
    messages = places_in_files(started.sandbox, STAYS["phone"]) | places_in_files(started.sandbox, STAYS["email"])
    sweep_after(two.gone)
    assert is_kept(two.stays)
    assert {mark: places_in_database(addresses["super"], mark) for mark in marks(STAYS, two.stays)} == before
    assert len(two.stays_files) == 6
    assert all(path.exists() for path in two.stays_files)
    left = places_in_files(started.sandbox, STAYS["phone"]) | places_in_files(started.sandbox, STAYS["email"])
    assert left == messages
    assert len(left) == 2


def test_a_photo_store_that_is_out_does_not_keep_the_declaration(two: Two, started: Settings):
    """Its files stay for now, but the key that opened them went with the row (design 4)."""
    for path in two.gone_files:
        path.unlink()
        path.mkdir()
    sweep_after(two.gone)
    assert not is_kept(two.gone)
    assert not places_in_files(started.sandbox, GONE["phone"])
    for path in two.gone_files:
        path.rmdir()  # the store is the worker's: the next test needs it whole
