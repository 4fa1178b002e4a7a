"""Photos are kept sealed, each under a key of its own, and never without their declaration (design 4, D4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select

from backoffice.config import Settings
from backoffice.dossier.house import House, configure, house, use
from backoffice.dossier.photos import attach, delete_files, discard, read_photo, remove_files, store_photos
from backoffice.dossier.photos import replace as replace_photo
from backoffice.gateways.photos import (
    Blob,
    PhotoMissing,
    PhotoStore,
    PhotoUnreadable,
    PreparedPhoto,
    QualityNote,
    StoreUnavailable,
)
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, IdType, Photo, PhotoKind
from tests.factories import make_declaration


def prepared(*notes: QualityNote, card: dict[str, str] | None = None) -> PreparedPhoto:
    """A photo as the gateway hands it over."""
    return PreparedPhoto(
        full=_jpeg(60), thumb=_jpeg(20), width=60, height=60, notes=notes, qr_text=None, citizen_card=card
    )


def kept(photos: dict[PhotoKind, PreparedPhoto], id_type: IdType = IdType.CITIZEN_ID) -> dict[PhotoKind, Photo]:
    """The rows of a declaration made with these photos."""
    stored = store_photos(photos)
    with transaction() as session:
        declaration = make_declaration(session, id_type=id_type)
        attach(session, declaration, stored)
    with transaction() as session:
        return {photo.kind: photo for photo in session.scalars(select(Photo))}


def files() -> set[str]:
    return {blob.key for blob in house().store.listed()}


@pytest.fixture(autouse=True)
def store(database: None, started: Settings) -> Iterator[PhotoStore]:
    """The store of this process, empty at the start."""
    configure(started)
    for name in files():
        house().store.delete([name])
    yield house().store
    configure(started)


def test_a_photo_reads_back_in_both_sizes() -> None:
    photo = prepared()
    row = kept({PhotoKind.PORTRAIT: photo})[PhotoKind.PORTRAIT]
    assert (read_photo(row, "full"), read_photo(row, "thumb")) == (photo.full, photo.thumb)
    assert (row.width, row.height) == (60, 60)


def test_what_lies_in_the_store_is_no_picture_and_is_named_by_a_random_number_alone(store: PhotoStore) -> None:
    photo = prepared()
    row = kept({PhotoKind.PORTRAIT: photo})[PhotoKind.PORTRAIT]
    assert files() == {row.id.hex, f"{row.id.hex}.thumb"}
    for name in files():
        blob = store.get(name)
        assert photo.full[:16] not in blob
        assert photo.thumb[:16] not in blob


def test_each_photo_has_a_data_key_of_its_own() -> None:
    rows = kept({PhotoKind.PORTRAIT: prepared(), PhotoKind.ID_FRONT: prepared()})
    assert len({row.wrapped_key for row in rows.values()}) == 2


def test_a_photo_in_anothers_place_does_not_open(store: PhotoStore) -> None:
    rows = kept({PhotoKind.PORTRAIT: prepared(), PhotoKind.ID_FRONT: prepared()})
    portrait, front = rows[PhotoKind.PORTRAIT], rows[PhotoKind.ID_FRONT]
    store.put(portrait.id.hex, store.get(front.id.hex))
    with pytest.raises(PhotoUnreadable):
        read_photo(portrait, "full")
    store.put(front.id.hex, store.get(f"{front.id.hex}.thumb"))
    with pytest.raises(PhotoUnreadable):
        read_photo(front, "full")


def test_when_the_store_fails_midway_nothing_stays_in_it(store: PhotoStore) -> None:
    use(replace(house(), store=FullAfter(store, 3)))
    with pytest.raises(StoreUnavailable):
        store_photos({PhotoKind.PORTRAIT: prepared(), PhotoKind.ID_FRONT: prepared()})
    assert files() == set()


def test_the_files_of_a_declaration_that_was_not_kept_are_discarded() -> None:
    discard(store_photos({PhotoKind.PORTRAIT: prepared()}))
    assert files() == set()


def test_the_files_of_a_declaration_that_was_kept_after_all_are_not_discarded() -> None:
    """A commit may succeed and its answer be lost."""
    stored = store_photos({PhotoKind.PORTRAIT: prepared()})
    with transaction() as session:
        attach(session, make_declaration(session), stored)
    discard(stored)
    assert len(files()) == 2


def test_discarding_with_the_store_out_raises_nothing(store: PhotoStore) -> None:
    stored = store_photos({PhotoKind.PORTRAIT: prepared()})
    use(House(FullAfter(store, 0), house().keys))
    discard(stored)
    assert len(files()) == 2


def test_files_are_deleted_once_and_again_without_complaint() -> None:
    row = kept({PhotoKind.PORTRAIT: prepared()})[PhotoKind.PORTRAIT]
    delete_files([row.id, uuid4()])
    delete_files([row.id])
    assert files() == set()
    with pytest.raises(PhotoMissing):
        read_photo(row, "full")


def test_with_the_row_the_key_is_gone() -> None:
    """Deleting the declaration shreds its photos: the data key was in the row alone."""
    kept({PhotoKind.PORTRAIT: prepared()})
    with transaction() as session:
        session.delete(session.scalars(select(Declaration)).one())
    with transaction() as session:
        assert session.scalars(select(Photo)).all() == []


def test_a_missing_qr_is_noted_on_the_front_of_a_citizen_card_alone() -> None:
    rows = kept({kind: prepared(QualityNote.NO_QR, QualityNote.DARK) for kind in ID_PHOTOS})
    assert {kind: row.notes for kind, row in rows.items()} == {
        PhotoKind.PORTRAIT: ["dark"], PhotoKind.ID_FRONT: ["no_qr", "dark"], PhotoKind.ID_BACK: ["dark"],
    }  # fmt: skip


def test_a_qr_on_the_back_of_the_2024_card_is_enough() -> None:
    rows = kept(
        {
            PhotoKind.ID_FRONT: prepared(QualityNote.NO_QR),
            PhotoKind.ID_BACK: prepared(card={"number": "001085012345"}),
        }
    )
    assert rows[PhotoKind.ID_FRONT].notes == []
    assert rows[PhotoKind.ID_BACK].citizen_card == {"number": "001085012345"}


@pytest.mark.parametrize("id_type", [IdType.OLD_ID, IdType.PASSPORT])
def test_papers_that_have_no_qr_are_not_blamed_for_it(id_type: IdType) -> None:
    rows = kept({PhotoKind.ID_FRONT: prepared(QualityNote.NO_QR)}, id_type)
    assert rows[PhotoKind.ID_FRONT].notes == []


ID_PHOTOS = (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK)


class FullAfter:
    """A store that takes a number of blobs and is out from then on for writing; deleting works until it is 0."""

    def __init__(self, inner: PhotoStore, room: int) -> None:
        self._inner, self._room, self._out = inner, room, room == 0

    def put(self, key: str, blob: bytes) -> None:
        if self._room == 0:
            raise StoreUnavailable
        self._room -= 1
        self._inner.put(key, blob)

    def get(self, key: str) -> bytes:
        return self._inner.get(key)

    def delete(self, keys: Iterable[str]) -> None:
        if self._out:
            raise StoreUnavailable
        self._inner.delete(keys)

    def listed(self, after: str = "") -> Iterator[Blob]:
        return self._inner.listed(after)

    def tidy(self) -> None:
        self._inner.tidy()


def _jpeg(edge: int) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize((edge, edge)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_photo_is_replaced_row_and_key_and_its_files_are_left_to_be_removed() -> None:
    """Issue 4, item 4."""
    rows = kept({PhotoKind.PORTRAIT: prepared(), PhotoKind.ID_FRONT: prepared()})
    [new] = store_photos({PhotoKind.PORTRAIT: prepared()})
    with transaction() as session:
        old = replace_photo(session, session.get_one(Declaration, rows[PhotoKind.PORTRAIT].declaration_id), new)
    assert old == rows[PhotoKind.PORTRAIT].id
    with transaction() as session:
        assert {photo.id for photo in session.scalars(select(Photo))} == {new.id, rows[PhotoKind.ID_FRONT].id}
    remove_files([old])
    assert not [name for name in files() if name.startswith(old.hex)]


def test_a_declaration_without_that_photo_has_none_replaced() -> None:
    rows = kept({PhotoKind.PORTRAIT: prepared()})
    [new] = store_photos({PhotoKind.ID_BACK: prepared()})
    with pytest.raises(NotFound), transaction() as session:
        replace_photo(session, session.get_one(Declaration, rows[PhotoKind.PORTRAIT].declaration_id), new)
    with transaction() as session:
        assert session.scalars(select(Photo.kind)).all() == [PhotoKind.PORTRAIT]
