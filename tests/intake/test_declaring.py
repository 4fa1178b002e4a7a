"""A declaration is taken: what is kept, what is answered, what goes out (D1, D3, D4, D9, K4)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backoffice.identity.receipt_code import normalize_receipt_code
from backoffice.intake.actions import add_under_new_code, declare
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    ActorKind,
    Channel,
    Declaration,
    Notice,
    NoticeKind,
    Photo,
    PhotoKind,
    Purpose,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import Actor
from tests.factories import make_account, make_declaration
from tests.intake.sending import PORTRAIT, adult, jpeg, quick, send, three_photos


def only_declaration() -> Declaration:
    with transaction() as session:
        return session.scalars(select(Declaration)).one()


def test_a_whole_declaration_is_answered_with_receipt_deadline_office_and_form(client: FlaskClient, key: str) -> None:
    with clock.at(datetime(2026, 11, 20, 3, 0, tzinfo=UTC)):
        response = send(client, key)
    answer = response.get_json()
    assert response.status_code == 201
    assert answer["status"] == "submitted"
    assert answer["expires_at"] == "2026-11-30T23:59:59+07:00"
    assert answer["office"] == {
        "code": "00114", "name": "BHXH Mẫu 00114", "address": "Số 1 phố Mẫu", "phone": "02400000000",
    }  # fmt: skip
    assert normalize_receipt_code(answer["receipt_code"]) == only_declaration().receipt_code
    assert answer["receipt_code"].count("-") == 2
    assert response.headers["Location"] == f"/api/v1/declarations/{answer['receipt_code']}"


def test_a_deadline_on_a_public_holiday_moves_to_the_next_working_day(client: FlaskClient, key: str) -> None:
    """K4: ten days from 20 April 2026 are 30 April, a holiday before a holiday before a weekend."""
    with clock.at(datetime(2026, 4, 20, 3, 0, tzinfo=UTC)):
        answer = send(client, key, quick(), PORTRAIT).get_json()
    assert answer["expires_at"] == "2026-05-04T23:59:59+07:00"


def test_everything_declared_is_kept_in_normal_form(client: FlaskClient, key: str, sender: Actor) -> None:
    """D3."""
    sent = adult(
        bhxh_code="HS4010123456789",
        full_name="  Nguyễn\tThử   Mẫu ",
        phone="+84 98 123.4567",
        email="Mau.Thu@Example.VN",
        id_number="001 085 012 345",
        contact_person="Trần Thị Hai",
        submission_method="Nộp trực tiếp",
        start_date=clock.today().isoformat(),
        registered_at="ivan",
    )
    assert send(client, key, sent).status_code == 201
    kept = only_declaration()
    assert (kept.purpose, kept.status, kept.channel, kept.client_id) == (
        Purpose.REGISTER, Status.SUBMITTED, Channel.APP, sender.id,
    )  # fmt: skip
    assert (kept.bhxh_code, kept.id_number, kept.phone) == ("0123456789", "001085012345", "0981234567")
    assert (kept.full_name, kept.folded_name) == ("Nguyễn Thử Mẫu", "nguyen thu mau")
    assert (kept.email, kept.contact_person, kept.submission_method) == (
        "Mau.Thu@example.vn", "Trần Thị Hai", "Nộp trực tiếp",
    )  # fmt: skip
    assert (kept.date_of_birth, kept.start_date, kept.registered_at) == (date(1985, 1, 20), clock.today(), "ivan")
    assert (kept.province_code, kept.district_code, kept.ward_code, kept.address_line) == (
        "01", None, "00004", "Số 2 phố Mẫu",
    )  # fmt: skip
    assert (kept.consent_wording, kept.population_db_verified, kept.send_form01_by_email) == ("2026-01", False, False)


def test_an_address_in_the_shape_before_july_2025_is_taken(client: FlaskClient, key: str) -> None:
    address = {"province": "01", "district": "001", "ward": "00001", "line": "Số 2 phố Mẫu"}
    assert send(client, key, quick(address=address), PORTRAIT).status_code == 201
    assert only_declaration().district_code == "001"


def test_three_photos_are_kept_and_the_citizen_card_is_read_from_the_front(client: FlaskClient, key: str) -> None:
    send(client, key)
    with transaction() as session:
        photos = {photo.kind: photo for photo in session.scalars(select(Photo))}
    assert set(photos) == {PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK}
    card = photos[PhotoKind.ID_FRONT].citizen_card
    assert card is not None
    assert card["number"] == "001085012345"


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_photo_is_known_by_its_content_not_by_its_name(client: FlaskClient, key: str, format: str) -> None:
    assert send(client, key, quick(), {"portrait": jpeg(format=format)}).status_code == 201


def test_the_id_photos_may_be_missing_when_the_population_database_has_verified(client: FlaskClient, key: str) -> None:
    """D4."""
    response = send(client, key, adult(population_db_verified=True), PORTRAIT)
    assert response.status_code == 201
    assert only_declaration().population_db_verified is True


def test_a_passport_needs_no_back_photo(client: FlaskClient, key: str) -> None:
    """D4."""
    sent = adult(id_type="passport", id_number="C1234567")
    assert send(client, key, sent, three_photos(id_back=...)).status_code == 201


def test_a_fourteen_year_old_with_an_id_and_a_phone_of_their_own_is_served_like_an_adult(
    client: FlaskClient, key: str
) -> None:
    """D11 is for a child without ID or without phone."""
    sent = quick(id_number="001212012345", date_of_birth="2012-05-06")
    assert send(client, key, sent, PORTRAIT).status_code == 201


def test_the_confirmation_by_sms_and_the_form_by_mail_are_queued_with_the_declaration(
    client: FlaskClient, key: str
) -> None:
    """D7, D9."""
    send(client, key, quick(email="mau@example.vn", send_form01_by_email=True), PORTRAIT)
    with transaction() as session:
        notices = {notice.kind: notice for notice in session.scalars(select(Notice))}
    assert set(notices) == {NoticeKind.RECEIVED, NoticeKind.FORM01}
    assert notices[NoticeKind.RECEIVED].recipient == "0981234567"
    assert notices[NoticeKind.FORM01].attach_form01 is True


def test_the_trail_tells_which_machine_sent_it_and_names_nobody(client: FlaskClient, key: str, sender: Actor) -> None:
    """Design 5."""
    send(client, key, quick(), PORTRAIT)
    with transaction() as session:
        row = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.DECLARE)).one()
    assert (row.actor_kind, row.actor_id, row.declaration_id) == (ActorKind.CLIENT, sender.id, only_declaration().id)
    assert row.subject_hash == lookup_hash("bhxh_code", "0123456789")
    assert row.facts == {"channel": "app", "photos": 1}


def test_competing_undecided_declarations_for_one_code_and_phone_are_taken(client: FlaskClient, key: str) -> None:
    """D6: otherwise a stranger could block the owner for ten days."""
    assert [send(client, key, quick(), PORTRAIT).status_code for _ in range(2)] == [201, 201]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Declaration)) == 2


def test_who_has_an_account_already_may_declare_with_the_same_phone(client: FlaskClient, key: str) -> None:
    """D6, K9: helped at the desk, not turned away here; also when the account is under the personal number."""
    with transaction() as session:
        make_account(session, bhxh_code="001085012345", id_number="001085012345", phone="0981234567")
    assert send(client, key, quick(), PORTRAIT).status_code == 201


def test_a_receipt_code_that_is_taken_is_drawn_again(database: None) -> None:
    with transaction() as session:
        first = make_declaration(session)
        taken = first.receipt_code
    drawn = iter([taken, taken, "7K4M92QX3A0"])
    with transaction() as session:
        again = _copy(session.get_one(Declaration, first.id))
        add_under_new_code(session, again, new_code=lambda: next(drawn))
    with transaction() as session:
        assert session.get_one(Declaration, again.id).receipt_code == "7K4M92QX3A0"


def test_the_desk_itself_may_declare_for_somebody(sender: Actor) -> None:
    """D1."""
    receipt = declare(quick(), PORTRAIT, sender, channel=Channel.DESK)
    assert receipt.status is Status.SUBMITTED
    assert only_declaration().channel is Channel.DESK


def _copy(one: Declaration) -> Declaration:
    left_out = {"id", "receipt_code", "form01_token", "name_words"}
    columns = {c.key: getattr(one, c.key) for c in Declaration.__mapper__.column_attrs if c.key not in left_out}
    return Declaration(**columns, form01_token="another")
