"""A blurred photo is taken anew at the counter, by webcam or by the citizen's phone (issue 4, item 4; design 4)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from rq.utils import import_attribute
from sqlalchemy import select

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.decision import ledger, photo_links, retake
from backoffice.decision.jobs import sweep_photo_links
from backoffice.decision.photo_links import LinkEnded
from backoffice.decision.photo_scan import scan_photo
from backoffice.dossier.house import House, house, use
from backoffice.dossier.photos import read_photo
from backoffice.gateways.photos import PhotoRefused, PhotoStore, QualityNote
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import (
    Declaration,
    DeskScan,
    Item,
    PhotoKind,
    PhotoUpload,
    Role,
    TrailEvent,
)
from backoffice.rules.actors import Actor
from backoffice.scheduler import JOBS
from tests.desk.browser import trail
from tests.desk.pictures import add_photos, photo_of
from tests.factories import make_actor, make_declaration, make_office, verify_all
from tests.intake.sending import CARD, jpeg

PORTRAIT, FRONT, BACK = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK
SHARP = jpeg(1280, 960, qr=CARD)
PLAIN = jpeg(1280, 960)


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def declaration(officer: Actor, started: Settings) -> Declaration:
    """A declaration with its three photos, in the officer's hands."""
    with transaction() as session:
        made = make_declaration(session)
    add_photos(made, notes=(QualityNote.BLURRED, QualityNote.NO_QR))
    decide.claim(made.receipt_code, officer)
    return made


def files() -> set[str]:
    return {blob.key for blob in house().store.listed()}


def names(photo_id: UUID) -> set[str]:
    return {photo_id.hex, f"{photo_id.hex}.thumb"}


def done_items(declaration: Declaration) -> set[Item]:
    with transaction() as session:
        return {entry.item for entry in ledger.entries(session, declaration.id)}


def uploads(declaration: Declaration) -> list[PhotoUpload]:
    with transaction() as session:
        return list(session.scalars(select(PhotoUpload).where(PhotoUpload.declaration_id == declaration.id)))


def sent_photo_id(declaration: Declaration, officer: Actor, kind: PhotoKind = FRONT) -> str:
    link = photo_links.link_of(declaration.receipt_code, kind.value, officer)
    assert link.sent is not None
    return str(link.sent.id)


def invited(declaration: Declaration, officer: Actor, kind: PhotoKind = FRONT) -> str:
    return photo_links.invite(declaration.receipt_code, kind.value, officer).token


# ---- At the desk ----


def test_the_new_photo_takes_the_old_ones_place_under_a_key_of_its_own(declaration: Declaration, officer: Actor):
    old = photo_of(declaration, FRONT)
    done = retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    new = photo_of(declaration, FRONT)
    assert new.id == done.photo_id != old.id
    assert new.wrapped_key != old.wrapped_key
    assert (new.width, new.height, new.rotation) == (1280, 960, 0)
    assert read_photo(new, "full")[:3] == b"\xff\xd8\xff"


def test_of_the_old_photo_nothing_is_left_and_the_others_stay(declaration: Declaration, officer: Actor):
    """Design 4: deleting the row shreds every copy."""
    others = {photo_of(declaration, kind).id for kind in (PORTRAIT, BACK)}
    old = photo_of(declaration, FRONT)
    retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    assert names(old.id).isdisjoint(files())
    assert set().union(*map(names, others)) <= files()
    assert {photo_of(declaration, kind).id for kind in (PORTRAIT, BACK)} == others


def test_what_was_seen_on_the_old_photo_lapses_and_nothing_else(declaration: Declaration, officer: Actor):
    """Issue 4, item 3: another photo, another look."""
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    before = done_items(declaration)
    done = retake.retake(declaration.receipt_code, "portrait", PLAIN, officer)
    assert done.lapsed == (Item.PORTRAIT,)
    assert done_items(declaration) == before - {Item.PORTRAIT}
    assert retake.retake(declaration.receipt_code, "id_back", PLAIN, officer).lapsed == (Item.ID_DOCUMENT,)
    assert done_items(declaration) == before - {Item.PORTRAIT, Item.ID_DOCUMENT}


def test_the_id_photos_of_a_child_are_the_guardians(officer: Actor, started: Settings):
    """D11."""
    with transaction() as session:
        child = make_declaration(
            session, guardian_bhxh_code="0100000099", date_of_birth=clock.today() - timedelta(days=2000)
        )
        verify_all(session, child, officer)
    add_photos(child)
    decide.claim(child.receipt_code, officer)
    assert retake.retake(child.receipt_code, "id_front", PLAIN, officer).lapsed == (Item.GUARDIAN,)


def test_the_qr_on_the_new_photo_is_read(declaration: Declaration, officer: Actor):
    """D5: the comparison has what the first photo did not show."""
    done = retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    card = photo_of(declaration, FRONT).citizen_card
    assert done.has_card
    assert card is not None
    assert card["number"] == "001085012345"


def test_a_qr_read_on_the_back_ends_the_note_that_the_front_has_none(declaration: Declaration, officer: Actor):
    """The 2024 card has its QR on the back."""
    assert "no_qr" in photo_of(declaration, FRONT).notes
    retake.retake(declaration.receipt_code, "id_back", SHARP, officer)
    assert photo_of(declaration, FRONT).notes == ["blurred"]
    retake.retake(declaration.receipt_code, "id_back", PLAIN, officer)
    assert photo_of(declaration, FRONT).notes == ["blurred", "no_qr"]


def test_what_is_still_wrong_with_the_new_photo_is_told(declaration: Declaration, officer: Actor):
    done = retake.retake(declaration.receipt_code, "portrait", jpeg(120, 160), officer)
    assert QualityNote.TOO_SMALL in done.notes
    assert QualityNote.NO_QR not in done.notes
    assert "too_small" in photo_of(declaration, PORTRAIT).notes


def test_the_trail_knows_of_it_by_codes_alone(declaration: Declaration, officer: Actor):
    """Design 5."""
    retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    [row] = trail(TrailEvent.RETAKE)
    assert (row.actor_id, row.declaration_id) == (officer.id, declaration.id)
    assert row.facts["kind"] == "id_front"
    assert row.facts["source"] == "desk"
    assert set(row.facts) <= {"kind", "source", "notes"}


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", SHARP[:900], b"GIF89a" * 99])
def test_what_is_no_photo_changes_nothing(declaration: Declaration, officer: Actor, data: bytes):
    old, before = photo_of(declaration, FRONT), files()
    with pytest.raises(PhotoRefused):
        retake.retake(declaration.receipt_code, "id_front", data, officer)
    assert photo_of(declaration, FRONT).id == old.id
    assert files() == before


@pytest.mark.parametrize("kind", ["birth_certificate", "passport", ""])
def test_a_photo_that_was_never_there_is_not_retaken(declaration: Declaration, officer: Actor, kind: str):
    with pytest.raises(NotFound):
        retake.retake(declaration.receipt_code, kind, SHARP, officer)


def test_whoever_has_not_the_claim_takes_no_photo(declaration: Declaration, officer: Actor):
    """Design 4: deciding needs my live claim, and so does what is decided upon."""
    old, before = photo_of(declaration, FRONT), files()
    with transaction() as session:
        colleague = make_actor(session)
    with pytest.raises(Conflict, match="đang xử lý hồ sơ này"):
        retake.retake(declaration.receipt_code, "id_front", SHARP, colleague)
    decide.release(declaration.receipt_code, officer)
    with pytest.raises(Conflict, match="Nhận xử lý"):
        retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    assert photo_of(declaration, FRONT).id == old.id
    assert files() == before


def test_a_claim_lost_while_the_photo_was_being_read_leaves_nothing_behind(
    declaration: Declaration, officer: Actor, started: Settings
):
    old, before, opened = photo_of(declaration, FRONT), files(), house()
    use(House(_StoreInWhichTimePasses(opened.store, declaration, officer), opened.keys))
    try:
        with pytest.raises(Conflict, match="đang xử lý hồ sơ này"):
            retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    finally:
        use(opened)
    assert photo_of(declaration, FRONT).id == old.id
    assert files() == before


class _StoreInWhichTimePasses:
    """While a photo is written the claim goes to a colleague."""

    def __init__(self, store: PhotoStore, declaration: Declaration, officer: Actor) -> None:
        self._store, self._declaration, self._officer = store, declaration, officer
        self.get, self.delete = store.get, store.delete
        self.listed, self.tidy = store.listed, store.tidy

    def put(self, key: str, blob: bytes) -> None:
        self._store.put(key, blob)
        if key.endswith(".thumb"):
            code = self._declaration.receipt_code
            with transaction() as session:
                colleague = make_actor(session)
            decide.release(code, self._officer)
            decide.claim(code, colleague)


def test_nothing_of_a_decided_declaration_changes(declaration: Declaration, officer: Actor):
    """Design 4."""
    decide.reject(declaration.receipt_code, officer, ["form01_unsigned"], "")
    with pytest.raises(Conflict, match="giữ nguyên"):
        retake.retake(declaration.receipt_code, "id_front", SHARP, officer)


def test_an_escalated_declaration_is_its_supervisors(declaration: Declaration, officer: Actor):
    """K11."""
    decide.escalate(declaration.receipt_code, officer, "Nghi người khác đi thay")
    with transaction() as session:
        above = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    decide.claim(declaration.receipt_code, above)
    with pytest.raises(Conflict):
        retake.retake(declaration.receipt_code, "id_front", SHARP, officer)
    retake.retake(declaration.receipt_code, "id_front", SHARP, above)


def test_an_officer_of_another_office_finds_no_such_declaration(declaration: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound):
        retake.retake(declaration.receipt_code, "id_front", SHARP, stranger)
    with pytest.raises(NotFound):
        photo_links.invite(declaration.receipt_code, "id_front", stranger)
    with pytest.raises(NotFound):
        photo_links.link_of(declaration.receipt_code, "id_front", stranger)


# ---- By the citizen's phone ----


def test_what_the_phone_sends_replaces_nothing_by_itself(declaration: Declaration, officer: Actor):
    old = photo_of(declaration, FRONT)
    photo_links.send(invited(declaration, officer), SHARP)
    assert photo_of(declaration, FRONT).id == old.id
    link = photo_links.link_of(declaration.receipt_code, "id_front", officer)
    assert link.until is None
    assert link.sent is not None
    assert read_photo(link.sent, "thumb")[:3] == b"\xff\xd8\xff"


def test_accepted_it_takes_the_photos_place(declaration: Declaration, officer: Actor):
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    old = photo_of(declaration, FRONT)
    photo_links.send(invited(declaration, officer), SHARP)
    sent = sent_photo_id(declaration, officer)
    done = photo_links.accept(declaration.receipt_code, "id_front", sent, officer)
    new = photo_of(declaration, FRONT)
    assert str(new.id) == sent
    assert read_photo(new, "full")[:3] == b"\xff\xd8\xff"
    assert done.has_card
    assert done.lapsed == (Item.ID_DOCUMENT,)
    assert names(old.id).isdisjoint(files())
    assert photo_links.link_of(declaration.receipt_code, "id_front", officer).sent is None
    assert [row.facts["source"] for row in trail(TrailEvent.RETAKE)] == ["phone"]


def test_discarded_it_is_gone_and_the_photo_stays(declaration: Declaration, officer: Actor):
    old, before = photo_of(declaration, FRONT), files()
    photo_links.send(invited(declaration, officer), SHARP)
    sent = sent_photo_id(declaration, officer)
    photo_links.discard_sent(declaration.receipt_code, "id_front", sent, officer)
    assert photo_of(declaration, FRONT).id == old.id
    assert files() == before
    assert [one.wrapped_key for one in uploads(declaration)] == [None]
    with pytest.raises(Conflict, match="không còn chờ"):
        photo_links.accept(declaration.receipt_code, "id_front", sent, officer)


def test_an_officer_accepts_only_the_photo_they_saw(declaration: Declaration, officer: Actor):
    photo_links.send(invited(declaration, officer), SHARP)
    seen = sent_photo_id(declaration, officer)
    photo_links.send(invited(declaration, officer), PLAIN)
    for photo_id in (seen, str(uuid4()), "", "x"):
        with pytest.raises(Conflict, match="không còn chờ"):
            photo_links.accept(declaration.receipt_code, "id_front", photo_id, officer)


def test_accepting_needs_the_claim(declaration: Declaration, officer: Actor):
    photo_links.send(invited(declaration, officer), SHARP)
    sent = sent_photo_id(declaration, officer)
    decide.release(declaration.receipt_code, officer)
    for act in (photo_links.accept, photo_links.discard_sent):
        with pytest.raises(Conflict, match="Nhận xử lý"):
            act(declaration.receipt_code, "id_front", sent, officer)
    assert sent_photo_id(declaration, officer) == sent


def test_a_colleague_who_took_the_declaration_over_accepts_it(declaration: Declaration, officer: Actor):
    photo_links.send(invited(declaration, officer), SHARP)
    decide.release(declaration.receipt_code, officer)
    with transaction() as session:
        colleague = make_actor(session)
    decide.claim(declaration.receipt_code, colleague)
    sent = sent_photo_id(declaration, colleague)
    assert photo_links.accept(declaration.receipt_code, "id_front", sent, colleague).has_card


def test_a_link_is_good_for_one_photo(declaration: Declaration, officer: Actor):
    token = invited(declaration, officer)
    photo_links.send(token, SHARP)
    before = files()
    with pytest.raises(LinkEnded, match="đã được gửi bằng mã này rồi"):
        photo_links.send(token, PLAIN)
    assert files() == before


def test_of_two_photos_sent_at_once_one_is_taken_and_nothing_of_the_other_stays(
    declaration: Declaration, officer: Actor
):
    token, before = invited(declaration, officer), files()

    def outcome(data: bytes) -> str:
        try:
            photo_links.send(token, data)
        except LinkEnded:
            return "ended"
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(outcome, (SHARP, PLAIN))) == ["ended", "taken"]
    assert files() - before == names(UUID(sent_photo_id(declaration, officer)))


def test_a_photo_that_is_refused_leaves_the_link_as_it_was(declaration: Declaration, officer: Actor):
    token = invited(declaration, officer)
    with pytest.raises(PhotoRefused):
        photo_links.send(token, b"not a photo")
    photo_links.send(token, SHARP)


def test_a_link_ends_after_ten_minutes(declaration: Declaration, officer: Actor):
    invitation = photo_links.invite(declaration.receipt_code, "id_front", officer)
    assert invitation.expires_at - clock.now() <= timedelta(minutes=10)
    with clock.at(invitation.expires_at - timedelta(seconds=1)):
        assert photo_links.asked_by(invitation.token).kind is FRONT
    with clock.at(invitation.expires_at), pytest.raises(LinkEnded, match="hết hạn"):
        photo_links.send(invitation.token, SHARP)


def test_a_new_link_ends_the_earlier_one_and_what_it_brought(declaration: Declaration, officer: Actor):
    before = files()
    first, second = invited(declaration, officer), invited(declaration, officer)
    with pytest.raises(LinkEnded, match="hết hạn"):
        photo_links.asked_by(first)
    photo_links.send(second, SHARP)
    invited(declaration, officer)
    assert files() == before


def test_links_for_two_photos_do_not_meet(declaration: Declaration, officer: Actor):
    for_front, for_portrait = invited(declaration, officer), invited(declaration, officer, PORTRAIT)
    photo_links.send(for_portrait, PLAIN)
    assert photo_links.asked_by(for_front).kind is FRONT
    assert photo_links.link_of(declaration.receipt_code, "id_front", officer).sent is None
    assert photo_links.link_of(declaration.receipt_code, "portrait", officer).sent is not None


def test_a_link_is_of_no_use_once_the_declaration_is_decided(declaration: Declaration, officer: Actor):
    token, before = invited(declaration, officer), files()
    decide.reject(declaration.receipt_code, officer, ["form01_unsigned"], "")
    with pytest.raises(LinkEnded, match="không cần ảnh này nữa"):
        photo_links.send(token, SHARP)
    assert files() == before


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 42 + "/", "a" * 5000, "á" * 43, "\x00" * 43])
def test_an_invented_token_opens_nothing(declaration: Declaration, token: str):
    with pytest.raises(NotFound):
        photo_links.send(token, SHARP)
    assert not photo_links.is_usable(token)


def test_the_token_itself_is_kept_nowhere(declaration: Declaration, officer: Actor):
    token = invited(declaration, officer)
    [upload] = uploads(declaration)
    assert token.encode() not in upload.token_hash
    assert token not in str([row.facts for row in trail(TrailEvent.PHOTO_INVITE)])


def test_the_trail_tells_who_invited_and_that_the_citizen_sent(declaration: Declaration, officer: Actor):
    photo_links.send(invited(declaration, officer), SHARP)
    [asked], [came] = trail(TrailEvent.PHOTO_INVITE), trail(TrailEvent.PHOTO_SENT)
    assert (asked.actor_id, asked.facts) == (officer.id, {"kind": "id_front"})
    assert (came.actor_kind.value, came.actor_id, came.declaration_id) == ("citizen", None, declaration.id)
    assert came.facts["kind"] == "id_front"


def test_what_nobody_took_is_removed_an_hour_after_its_link_ended(declaration: Declaration, officer: Actor):
    before = files()
    photo_links.send(invited(declaration, officer), SHARP)
    ended = uploads(declaration)[0].expires_at
    with clock.at(ended + timedelta(minutes=59)):
        assert photo_links.sweep() == 0
    with clock.at(ended + timedelta(minutes=61)):
        assert photo_links.sweep() == 1
        assert photo_links.sweep() == 0
    assert uploads(declaration) == []
    assert files() == before


def test_the_scheduler_asks_for_the_removal():
    [job] = [one.job for one in JOBS if "photo_links" in one.job]
    assert import_attribute(job) is sweep_photo_links


def test_an_accepted_photo_outlives_its_link(declaration: Declaration, officer: Actor):
    photo_links.send(invited(declaration, officer), SHARP)
    photo_links.accept(declaration.receipt_code, "id_front", sent_photo_id(declaration, officer), officer)
    with clock.at(clock.now() + timedelta(hours=2)):
        photo_links.sweep()
    assert read_photo(photo_of(declaration, FRONT), "full")[:3] == b"\xff\xd8\xff"


def test_what_waits_goes_with_the_declaration(declaration: Declaration, officer: Actor):
    """K4, design 4: the key is in the row, and without it nobody opens the files."""
    photo_links.send(invited(declaration, officer), SHARP)
    with transaction() as session:
        session.delete(session.get_one(Declaration, declaration.id))
    with transaction() as session:
        assert session.scalars(select(PhotoUpload)).all() == []


# ---- A photo of a QR instead of a scanner ----


def test_a_photo_of_a_card_is_a_scan_of_it(officer: Actor, started: Settings):
    """Issue 4, item 1: no scanner at all."""
    with transaction() as session:
        person = make_declaration(session, id_number="001085012345", date_of_birth=None)
    reading = scan_photo(person.receipt_code, officer, SHARP)
    assert Item.ID_NUMBER in reading.filled
    with transaction() as session:
        [kept] = session.scalars(select(DeskScan))
    assert kept.declaration_id == person.id


def test_a_photo_without_a_code_says_how_to_hold_the_card(declaration: Declaration, officer: Actor):
    with pytest.raises(InvalidInput, match="Xin đưa thẻ gần ống kính"):
        scan_photo(declaration.receipt_code, officer, PLAIN)
    with transaction() as session:
        assert session.scalars(select(DeskScan)).all() == []


def test_a_stranger_has_no_photo_read(declaration: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound):
        scan_photo(declaration.receipt_code, stranger, SHARP)


@pytest.fixture(autouse=True)
def store(database: None, started: Settings) -> Iterator[None]:
    """The store of this process, emptied after each test."""
    yield
    house().store.delete(files())
