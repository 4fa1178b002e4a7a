"""Photos of drafts are photos: their keys count, are changed like others, and their files are nobody's strays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from backoffice import dossier
from backoffice.config import Settings
from backoffice.dossier import orphans
from backoffice.dossier.house import house
from backoffice.dossier.keys_check import key_faults
from backoffice.dossier.photos import StoredPhoto, discard, file_names, store_photos
from backoffice.dossier.reencrypt import reencrypt
from backoffice.gateways.photos import open_store
from backoffice.intake import drafts
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import DraftKind, DraftPhoto, PhotoKind
from tests.dossier.helpers import SMALL, keys, opened, opens


@pytest.fixture(autouse=True)
def desk(database: None, started: Settings) -> Settings:
    dossier.configure(started)
    return started


def drafted() -> StoredPhoto:
    [photo] = store_photos({PhotoKind.PORTRAIT: SMALL})
    drafts.put_photo(drafts.begin(DraftKind.REGISTER), photo)
    return photo


def kept() -> DraftPhoto:
    with transaction() as session:
        return session.scalars(select(DraftPhoto)).one()


def test_the_key_of_a_drafts_photo_counts_and_is_changed_like_others(desk: Settings) -> None:
    with opened("old"):
        drafted()
    [fault] = key_faults(replace(desk, photo_keys=keys("new"), app_env="production"))
    assert "lacks the key 'old': 1 photos" in fault
    with opened("new", "old"):
        assert reencrypt().done == 1
    with opened("new"):
        assert opens(kept())


def test_files_of_drafts_are_left_by_the_check_of_the_store(desk: Settings, tmp_path_factory) -> None:
    with opened(store=open_store(f"file://{tmp_path_factory.mktemp('store')}")):
        photo = drafted()
        with clock.at(clock.now() + orphans.SETTLED + timedelta(hours=1)):
            check_id = orphans.begin()
            while orphans.step(check_id):
                pass
        assert {blob.key for blob in house().store.listed()} == file_names(photo.id)


def test_what_was_committed_though_its_answer_was_lost_keeps_its_files() -> None:
    photo = drafted()
    discard([photo])
    assert opens(kept())
