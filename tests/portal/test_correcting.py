"""Correcting before the visit (point 7): a new version in the place of the one before, which is kept to compare."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.decision.correct import correct
from backoffice.dossier.photos import read_photo
from backoffice.expiry import actions as expiry
from backoffice.expiry.retention import sweep as retention
from backoffice.gateways.photos import PhotoMissing
from backoffice.intake import drafts, phone_limit, prefill
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, TooManyRequests
from backoffice.models import (
    Channel,
    Declaration,
    DeclarationVersion,
    IdType,
    Item,
    Notice,
    NoticeKind,
    NoticeStatus,
    PhotoKind,
    Purpose,
    Status,
    TrailEvent,
    VersionPhoto,
)
from backoffice.notices import actions as notices
from backoffice.rules.actors import CITIZEN
from tests.dashboards.counting import assert_right, count_all
from tests.decision.test_races import together
from tests.factories import make_actor, make_office, verify_all
from tests.portal.filling import add_photos, draft_of, post, send, text_of, token_of
from tests.portal.sent import ask, events, now, sent

pytestmark = pytest.mark.usefixtures("database")
PORTRAIT, FRONT, BACK = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK
AN_ADDRESS = "192.0.2.9"


def opened(client: FlaskClient, declaration: Declaration) -> None:
    """Come to the form with what was declared."""
    assert ask(client, declaration).status_code == 303
    answer = post(client, "/declare/status/correct", paper=declaration.id_number[-4:])
    assert (answer.status_code, answer.location) == (303, "/declare/data")


def typed(client: FlaskClient, **changes: str) -> None:
    """Send the step of the data as the page shows it, but for the changes."""
    known = dict(draft_of(client).values)
    known["place"] = "-".join(known[name] for name in ("province", "district", "ward"))
    assert post(client, "/declare/data", **known | changes).location == "/declare/photos"


def versions(declaration: Declaration) -> list[DeclarationVersion]:
    with transaction() as session:
        found = session.query(DeclarationVersion).filter_by(declaration_id=declaration.id)
        return found.order_by(DeclarationVersion.number).all()


def test_the_form_opens_with_all_that_was_declared_and_its_photos(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT, email="mau@example.vn", contact_person="Bà Mẫu")
    opened(client, declaration)
    page = client.get("/declare/data")
    for said in ("Nguyễn Thử Mẫu", "C1234567", "02/01/1985", "Số 2 phố Mẫu", "0981234567", "mau@example.vn", "Bà Mẫu"):
        assert said in page.text
    assert "Đang sửa tờ khai đã gửi" in page.text
    assert client.get("/declare/photos/portrait").mimetype == "image/jpeg"
    assert "Còn mục cần sửa" not in text_of(client.get("/declare/look"))
    assert len(events(declaration, TrailEvent.PREFILL)) == 1


def test_k4_a_correction_is_a_new_version_under_the_same_code_and_deadline(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    opened(client, declaration)
    with clock.at(clock.now() + timedelta(hours=1)):
        typed(client, full_name="Nguyễn Thử Mẫn", phone="0987654321")
        assert send(client).location == "/declare/done"
        done = text_of(client.get("/declare/done"))
    after, (former,) = now(declaration), versions(declaration)
    assert "Đã nhận bản sửa" in done
    assert (after.full_name, after.folded_name, after.phone) == ("Nguyễn Thử Mẫn", "nguyen thu man", "0987654321")
    assert (after.receipt_code, after.expires_at, after.declared_at, after.version) == (
        declaration.receipt_code, declaration.expires_at, declaration.declared_at, 2,
    )  # fmt: skip
    assert (former.number, former.made_at, former.values["full_name"]) == (1, declaration.declared_at, "Nguyễn Thử Mẫu")
    (row,) = events(declaration, TrailEvent.RESUBMIT)
    assert row.facts == {"version": 2, "parts": ["full_name", "phone"], "photos": []}
    with transaction() as session:
        assert session.query(Declaration).count() == 1


def test_photos_are_kept_unless_taken_anew_and_the_replaced_stays_to_compare(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    before = {photo.kind: photo.id for photo in now(declaration).photos}
    opened(client, declaration)
    add_photos(client, FRONT)
    send(client)
    after = {photo.kind: photo for photo in now(declaration).photos}
    with transaction() as session:
        (old,) = session.query(VersionPhoto).all()
    assert (old.kind, old.number, old.id) == (FRONT, 1, before[FRONT])
    assert (after[PORTRAIT].id, after[FRONT].id != old.id) == (before[PORTRAIT], True)
    assert all(read_photo(photo, "full") for photo in (old, *after.values()))


def test_who_changes_to_a_passport_leaves_the_back_of_the_card_behind(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT, BACK, id_type=IdType.CITIZEN_ID, id_number="001085012345")
    opened(client, declaration)
    typed(client, id_type="passport", id_number="C7654321")
    assert send(client).location == "/declare/done"
    assert {photo.kind for photo in now(declaration).photos} == {PORTRAIT, FRONT}
    with transaction() as session:
        assert [photo.kind for photo in session.query(VersionPhoto)] == [BACK]


def test_dropping_the_form_takes_nothing_from_the_declaration(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    opened(client, declaration)
    post(client, "/declare/drop")
    after = now(declaration)
    assert (after.version, len(after.photos)) == (1, 2)
    assert all(read_photo(photo, "full") for photo in after.photos)


def test_who_corrects_and_removes_all_from_a_shared_machine_leaves_no_open_status_page(client: FlaskClient):
    opened(client, sent(PORTRAIT, FRONT))
    assert client.get("/declare/status").status_code == 200
    post(client, "/declare/drop")
    assert client.get_cookie("declared") is None


def test_what_says_nothing_new_makes_no_version(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    opened(client, declaration)
    typed(client)
    assert send(client).location == "/declare/done"
    assert now(declaration).version == 1
    assert versions(declaration) == []
    with transaction() as session:
        assert session.query(Notice).count() == 0


def test_another_phone_or_office_is_told_by_a_message_and_the_former_goes_no_more(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    count_all()
    with transaction() as session:
        make_office(session, "00115", name="BHXH quận Khác", province_code="01")
        notices.declaration_received(session, session.get_one(Declaration, declaration.id))
    opened(client, declaration)
    typed(client, email="mau@example.vn")
    send(client)
    with transaction() as session:
        assert session.query(Notice).count() == 1
    client.delete_cookie("declare")
    opened(client, now(declaration))
    post(client, "/declare/office", office_code="00115")
    send(client)
    with transaction() as session:
        old, new = session.query(Notice).filter_by(kind=NoticeKind.RECEIVED).order_by(Notice.id)
        assert (old.status, new.status) == (NoticeStatus.CANCELLED, NoticeStatus.QUEUED)
    assert old.office_id == new.office_id == now(declaration).office_id
    assert now(declaration).version == 3
    assert [one.number for one in versions(declaration)] == [1, 2]
    assert_right()


def test_what_was_verified_of_what_changed_lapses_and_the_signature_always(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    with transaction() as session:
        officer = make_actor(session)
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    opened(client, declaration)
    typed(client, full_name="Nguyễn Thử Mẫn")
    send(client)
    with transaction() as session:
        missing = ledger.missing(session, session.get_one(Declaration, declaration.id))
    assert set(missing) == {Item.NAME, Item.FORM01_SIGNED}
    decide.claim(declaration.receipt_code, officer)
    with pytest.raises(Conflict) as refusal:
        decide.approve(declaration.receipt_code, officer)
    assert refusal.value.code == "ledger_incomplete"


def test_d4_the_population_databases_mark_stays_until_what_it_proved_is_changed(client: FlaskClient):
    known = {"population_db_verified": True, "channel": Channel.APP, "id_type": IdType.CITIZEN_ID}
    declaration = sent(PORTRAIT, **known, id_number="001085012345")
    opened(client, declaration)
    typed(client, line="Số 9 phố Mẫu")
    assert send(client).location == "/declare/done"
    assert now(declaration).population_db_verified
    client.delete_cookie("declare")
    opened(client, now(declaration))
    typed(client, full_name="Nguyễn Thử Mẫn")
    send(client)
    assert "Thiếu ảnh mặt trước" in text_of(client.get("/declare/look"))
    add_photos(client, FRONT, BACK)
    assert send(client).location == "/declare/done"
    assert not now(declaration).population_db_verified


def test_whoever_does_not_know_the_paper_sees_nothing_of_it_and_guesses_close_the_door(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    ask(client, declaration)
    assert post(client, "/declare/status/correct", paper="").status_code == 422
    for _ in range(5):
        answer = post(client, "/declare/status/correct", paper="0000")
        assert answer.status_code == 422
        assert "C1234567" not in answer.text
    assert post(client, "/declare/status/correct", paper="4567").status_code == 429
    assert client.get_cookie("declare") is None


def test_too_late_to_correct_says_why_and_what_rests_on_an_account_asks_for_its_owner(client: FlaskClient):
    for number, values, said in (
        (1, {"purpose": Purpose.ADJUST}, "chỉ chủ tài khoản"),
        (2, {"guardian_bhxh_code": "0123456780"}, "chỉ chủ tài khoản"),
        (3, {"presented_at": clock.now()}, "Hồ sơ đã nộp"),
        (4, {"status": Status.WITHDRAWN}, "đã được rút"),
    ):
        declaration = sent(phone=f"098123456{number}", **values)
        with pytest.raises(Conflict) as refusal:
            prefill.correct(declaration.id, "4567", AN_ADDRESS)
        assert said in refusal.value.message
        ask(client, declaration, f"56{number}")
        is_open = 'href="/declare/status/own/correct"' in client.get("/declare/status").text
        assert is_open is (number < 3)
        assert 'href="/declare/status/correct"' not in client.get("/declare/status").text
        assert client.get("/declare/status/correct").location == "/declare/status"


def test_handed_in_while_the_form_was_open_it_is_sent_no_more(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    opened(client, declaration)
    typed(client, full_name="Nguyễn Thử Mẫn")
    with transaction() as session:
        officer = make_actor(session)
    decide.present(declaration.receipt_code, officer)
    answer = send(client)
    assert answer.status_code == 409
    assert "Hồ sơ đã nộp" in text_of(answer)
    assert now(declaration).full_name == "Nguyễn Thử Mẫu"


def test_what_an_officer_put_right_meanwhile_is_not_overwritten():
    declaration = sent(PORTRAIT, FRONT)
    token = begun(declaration, "Nguyễn Thử Khác")
    with transaction() as session:
        officer = make_actor(session)
    decide.claim(declaration.receipt_code, officer)
    correct(declaration.receipt_code, officer, "phone", "0359123124", "Gõ nhầm", consented=True)
    with pytest.raises(Conflict) as refusal:
        drafts.send(token, CITIZEN, Channel.PORTAL)
    assert "hoặc tại quầy" in refusal.value.message
    assert (now(declaration).phone, now(declaration).full_name) == ("0359123124", "Nguyễn Thử Mẫu")


def begun(declaration: Declaration, name: str) -> str:
    token = prefill.correct(declaration.id, declaration.id_number[-4:], AN_ADDRESS)
    drafts.put(token, {"full_name": name, "undertaking": "1"})
    return token


def test_of_two_corrections_at_once_one_wins_and_the_other_is_told():
    declaration = sent(PORTRAIT, FRONT)
    tokens = [begun(declaration, name) for name in ("Nguyễn Thử Một", "Nguyễn Thử Hai")]
    results = together(*[lambda t=token: drafts.send(t, CITIZEN, Channel.PORTAL) for token in tokens])
    (lost,) = [result for result in results if isinstance(result, Conflict)]
    assert lost.code == "changed"
    assert "vừa được sửa ở máy hoặc cửa sổ khác" in lost.message
    assert now(declaration).version == 2
    assert len(versions(declaration)) == 1


def test_of_a_correction_and_an_officers_act_one_comes_first_and_nothing_is_approved_unseen():
    for number in range(6):
        declaration = sent(PORTRAIT, FRONT, phone=f"098123456{number}", bhxh_code=f"012345678{number}")
        with transaction() as session:
            officer = make_actor(session)
            verify_all(session, session.get_one(Declaration, declaration.id), officer)
        token = begun(declaration, "Nguyễn Thử Khác")
        decide.claim(declaration.receipt_code, officer)
        corrected, approved = together(
            lambda t=token: drafts.send(t, CITIZEN, Channel.PORTAL),
            lambda d=declaration, o=officer: decide.approve(d.receipt_code, o),
        )
        assert isinstance(corrected, Conflict) != isinstance(approved, Conflict)
        after = now(declaration)
        assert after.full_name == ("Nguyễn Thử Mẫu" if after.status is Status.APPROVED else "Nguyễn Thử Khác")


def test_pressing_send_many_times_at_once_makes_one_version():
    declaration = sent(PORTRAIT, FRONT)
    token = begun(declaration, "Nguyễn Thử Khác")
    receipts = together(*[lambda: drafts.send(token, CITIZEN, Channel.PORTAL)] * 5)
    assert len({receipt.receipt_code for receipt in receipts}) == 1  # type: ignore[attr-defined]
    assert now(declaration).version == 2


def replaced_photo(client: FlaskClient, declaration: Declaration) -> VersionPhoto:
    opened(client, declaration)
    add_photos(client, FRONT)
    send(client)
    with transaction() as session:
        return session.query(VersionPhoto).one()


def test_k4_an_expired_declaration_takes_its_former_versions_and_their_photos_along(client: FlaskClient):
    old = replaced_photo(client, sent(PORTRAIT, FRONT))
    with clock.at(clock.now() + timedelta(days=12)):
        expiry.sweep()
    with transaction() as session:
        assert session.query(DeclarationVersion).count() == session.query(VersionPhoto).count() == 0
    with pytest.raises(PhotoMissing):
        read_photo(old, "full")


def test_of_an_approved_declaration_former_versions_go_with_its_photos(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    old = replaced_photo(client, declaration)
    with transaction() as session:
        officer = make_actor(session)
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.claim(declaration.receipt_code, officer)
    decide.approve(declaration.receipt_code, officer)
    with clock.at(clock.now() + timedelta(days=31)):
        retention()
    with transaction() as session:
        assert session.query(Declaration).count() == 1
        assert session.query(DeclarationVersion).count() == session.query(VersionPhoto).count() == 0
    with pytest.raises(PhotoMissing):
        read_photo(old, "full")


def test_faults_are_told_as_of_any_form_and_change_nothing(client: FlaskClient):
    declaration = sent(PORTRAIT, FRONT)
    opened(client, declaration)
    drafts.put(token_of(client), {"phone": "12", "full_name": "😀", "undertaking": "1"})
    with pytest.raises(InvalidInput) as refusal:
        drafts.send(token_of(client), CITIZEN, Channel.PORTAL)
    assert {fault.field for fault in refusal.value.faults} == {"phone", "full_name"}
    assert now(declaration).version == 1


def test_a_declaration_is_corrected_only_so_often_a_day(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(phone_limit, "MOST_CORRECTIONS", 1)
    declaration = sent(PORTRAIT, FRONT)
    drafts.send(begun(declaration, "Nguyễn Thử Một"), CITIZEN, Channel.PORTAL)
    token = begun(declaration, "Nguyễn Thử Hai")
    with pytest.raises(TooManyRequests) as refusal:
        drafts.send(token, CITIZEN, Channel.PORTAL)
    assert "24 giờ" in refusal.value.message
    assert now(declaration).full_name == "Nguyễn Thử Một"
