"""What of an approved declaration goes first, what stays longest, and how it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backoffice.dossier.photos import attach
from backoffice.expiry import retention
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    Declaration,
    DeskScan,
    How,
    Item,
    KeptData,
    PastApproval,
    Photo,
    TrailEvent,
    TrailRow,
    Verification,
)
from backoffice.rules.journal import subject_of
from backoffice.rules.retention import term
from tests.expiry.helpers import MICROSECOND
from tests.expiry.kept import (
    NOON,
    approved,
    count,
    files_of,
    stored_photos,
)
from tests.factories import make_account, make_actor

pytestmark = pytest.mark.usefixtures("database")


class TestApproved:
    """ID images have served once the account is open; what proves the approval stays longer."""

    @pytest.fixture
    def declaration(self, started) -> int:
        self.photo_ids = stored_photos()
        with transaction() as session:
            lan = make_actor(session)
            made = approved(session, NOON, escalated_note="nghi ngờ", supplement_note="ảnh mờ", decided_by_id=lan.id)
            attach(session, made, self.photo_ids)
            make_account(session, declaration_id=made.id)
            for item, how, note in ((Item.NAME, How.SCANNED, None), (Item.PORTRAIT, How.OVERRIDDEN, "râu dài")):
                session.add(
                    Verification(
                        declaration_id=made.id,
                        item=item,
                        how=how,
                        note=note,
                        officer_id=lan.id,
                        at=NOON,
                        lapsed_at=None,
                    )
                )
            session.add(DeskScan(declaration_id=made.id, officer_id=lan.id, at=NOON, read={"name": "Nguyễn Thử Mẫu"}))
            return made.id

    def test_photos_scans_and_notes_go_first_and_the_rest_stays(self, declaration: int):
        at = NOON + term(KeptData.APPROVED_PHOTOS) + MICROSECOND
        with clock.at(at):
            assert retention.sweep() == {KeptData.APPROVED_PHOTOS: 1}
            assert retention.sweep() == {}
        assert not files_of(self.photo_ids)
        assert (count(Photo), count(DeskScan), count(Verification)) == (0, 0, 2)
        with transaction() as session:
            left = session.get_one(Declaration, declaration)
            assert (left.cleared_at, left.supplement_note, left.escalated_note) == (
                at.astimezone(clock.UTC),
                None,
                None,
            )
            assert left.full_name == "Nguyễn Thử Mẫu"
            assert set(session.scalars(select(Verification.note))) == {None}

    def test_at_the_end_who_approved_what_by_which_proof_is_all_that_stays(self, declaration: int):
        for days in (31, 1826):
            with clock.at(NOON + timedelta(days=days)):
                retention.sweep()
        assert count(Declaration) == 0
        with transaction() as session:
            left = session.scalars(select(PastApproval)).one()
            account = session.scalars(select(Account)).one()
            assert (left.declaration_id, left.account_id, left.decided_at) == (declaration, account.id, NOON)
            assert left.decided_by_id is not None
            assert [(one["item"], one["how"]) for one in left.ledger] == [
                ("name", "scanned"),
                ("portrait", "overridden"),
            ]
            assert account.declaration_id is None

    def test_missed_for_years_both_steps_are_done_at_once(self, declaration: int):
        with clock.at(NOON + timedelta(days=4000)):
            assert retention.sweep() == {KeptData.APPROVED_PHOTOS: 1, KeptData.APPROVED: 1}
        assert (count(Declaration), count(Photo), count(PastApproval)) == (0, 0, 1)

    def test_the_trail_of_the_person_says_so(self, declaration: int):
        with transaction() as session:
            subject = subject_of(session.get_one(Declaration, declaration))
        with clock.at(NOON + timedelta(days=31)):
            retention.sweep()
        with transaction() as session:
            of_person = select(TrailRow).where(TrailRow.subject_hash == subject, TrailRow.event == TrailEvent.RETENTION)
            row = session.scalars(of_person).one()
            assert (row.declaration_id, row.actor_id, row.facts) == (declaration, None, {"data": "approved_photos"})
