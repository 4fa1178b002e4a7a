"""What was typed is kept for two hours, opens with its token alone, and is sent once (issue 10, point 1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backoffice.dossier.house import house
from backoffice.dossier.photos import StoredPhoto, store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake import drafts
from backoffice.intake.draft_rows import KEPT, DraftOver, DraftSent
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import (
    Channel,
    Declaration,
    DeclarationDraft,
    DraftKind,
    DraftPhoto,
    Notice,
    Photo,
    PhotoKind,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import CITIZEN, officer_actor
from tests.factories import make_office, make_officer
from tests.intake.sending import jpeg

TYPED = {
    "bhxh_code": "0123456789",
    "full_name": "Nguyễn Thử Mẫu",
    "id_type": "passport",
    "id_number": "C1234567",
    "date_of_birth": "20/01/1985",
    "province": "01",
    "ward": "00004",
    "line": "Số 2 phố Mẫu",
    "phone": "0981234567",
    "office_code": "00114",
    "consent": "1",
    "undertaking": "1",
}
"""An adult with a passport, which has no back (D4): two photos are enough."""


@pytest.fixture
def office(database: None) -> None:
    with transaction() as session:
        make_office(session)


def photo(kind: PhotoKind) -> StoredPhoto:
    return store_photos({kind: get_pool().prepare_photo(jpeg(120, 160))})[0]


def filled(**changes: str) -> str:
    token = drafts.begin(DraftKind.REGISTER, TYPED | changes)
    for kind in (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT):
        drafts.put_photo(token, photo(kind))
    return token


def is_kept(photo: StoredPhoto) -> bool:
    return any(blob.key.startswith(photo.id.hex) for blob in house().store.listed())


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_what_was_typed_survives_and_nobody_reads_it_without_the_token(database: None):
    token = drafts.begin(DraftKind.REGISTER, {"full_name": "Nguyễn Thử Mẫu"})
    drafts.put(token, {"phone": "098 123 4567", "full_name": "Nguyễn Thử Mẫu Hai", "no_such": "x"})
    found = drafts.open_draft(token)
    assert found.values == {"full_name": "Nguyễn Thử Mẫu Hai", "phone": "098 123 4567"}
    with transaction() as session:
        row = session.scalars(select(DeclarationDraft)).one()
    assert token.encode() not in row.token_hash + row.sealed
    assert b"098" not in row.sealed
    assert "Nguyễn".encode() not in row.sealed


def test_a_wrong_token_and_another_officers_draft_are_over(database: None):
    with transaction() as session:
        office = make_office(session)
        one, other = (officer_actor(make_officer(session, name, office=office)) for name in ("mot", "hai"))
    token = drafts.begin(DraftKind.REGISTER, officer_id=one.id)
    assert drafts.open_draft(token, one).officer_id == one.id
    for wrong, officer in ((token[:-1] + "?", None), (token, None), (token, other), ("", one)):
        with pytest.raises(DraftOver):
            drafts.open_draft(wrong, officer)


def test_a_draft_lapses_two_hours_after_it_was_last_touched(database: None):
    began = clock.now()
    with clock.at(began):
        token = drafts.begin(DraftKind.REGISTER)
        drafts.put_photo(token, kept := photo(PhotoKind.PORTRAIT))
    with clock.at(began + KEPT - timedelta(minutes=1)):
        drafts.open_draft(token)
    with clock.at(began + 2 * KEPT - timedelta(minutes=2)):
        assert drafts.tidy() == 0
        assert drafts.open_draft(token).photos.keys() == {PhotoKind.PORTRAIT}
    with clock.at(began + 4 * KEPT):
        with pytest.raises(DraftOver):
            drafts.open_draft(token)
        assert drafts.tidy() == 1
    assert count(DraftPhoto) == count(DeclarationDraft) == 0
    assert not is_kept(kept)


def test_sending_moves_the_photos_and_leaves_the_receipt(office: None):
    token = filled()
    with transaction() as session:
        before = set(session.scalars(select(DraftPhoto.id)))
    receipt = drafts.send(token, CITIZEN, Channel.PORTAL)
    assert receipt.office.code == "00114"
    with transaction() as session:
        declaration = session.scalars(select(Declaration)).one()
        assert declaration.channel is Channel.PORTAL
        assert declaration.date_of_birth is not None
        assert declaration.date_of_birth.isoformat() == "1985-01-20"
        assert set(session.scalars(select(Photo.id))) == before
        assert session.scalars(select(TrailRow.event).where(TrailRow.declaration_id == declaration.id)).all() == [
            TrailEvent.DECLARE
        ]
    assert count(DraftPhoto) == 0
    sent = drafts.open_draft(token)
    assert sent.receipt == receipt
    assert sent.values == {}
    with pytest.raises(DraftSent):
        drafts.put(token, {"phone": "0912345678"})
    with pytest.raises(DraftSent):
        drafts.put_photo(token, photo(PhotoKind.PORTRAIT))


def test_fifty_presses_at_once_make_one_declaration_and_get_one_receipt(office: None):
    token = filled()
    with ThreadPoolExecutor(16) as threads:
        receipts = list(threads.map(lambda _: drafts.send(token, CITIZEN, Channel.PORTAL), range(50)))
    assert len({receipt.receipt_code for receipt in receipts}) == 1
    assert count(Declaration) == 1
    assert count(Photo) == 2
    assert count(Notice) == 1


def test_every_fault_is_told_at_once_and_the_draft_stays(office: None):
    token = drafts.begin(DraftKind.REGISTER, TYPED | {"date_of_birth": "31/02/1985", "phone": "1", "ward": ""})
    with pytest.raises(InvalidInput) as refused:
        drafts.send(token, CITIZEN, Channel.PORTAL)
    told = {fault.field: fault.message for fault in refused.value.faults}
    assert told.keys() == {"date_of_birth", "phone", "ward", "portrait", "id_front"}
    assert "20/01/1985" in told["date_of_birth"]
    assert drafts.open_draft(token).values["phone"] == "1"
    assert count(Declaration) == 0


def test_a_photo_taken_again_takes_the_place_of_the_one_before(database: None):
    token = drafts.begin(DraftKind.REGISTER)
    old, new = photo(PhotoKind.PORTRAIT), photo(PhotoKind.PORTRAIT)
    drafts.put_photo(token, old)
    found = drafts.put_photo(token, new)
    assert found.photos[PhotoKind.PORTRAIT].id == new.id
    assert is_kept(new)
    assert not is_kept(old)
    assert drafts.take_out_photo(token, PhotoKind.PORTRAIT).photos == {}
    assert not is_kept(new)


def test_dropping_leaves_nothing(database: None):
    token = drafts.begin(DraftKind.REGISTER, TYPED)
    drafts.put_photo(token, kept := photo(PhotoKind.PORTRAIT))
    drafts.drop(token)
    drafts.drop(token)
    assert count(DeclarationDraft) == count(DraftPhoto) == 0
    assert not is_kept(kept)
