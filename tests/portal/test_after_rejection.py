"""After a rejection (point 11): the letter's link opens the form filled with what was right."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.intake import again, drafts
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import token_hash
from backoffice.models import (
    Declaration,
    DeclarationDraft,
    Notice,
    NoticeChannel,
    PhotoKind,
    RedeclareLink,
    Status,
    TrailEvent,
)
from backoffice.notices import actions as notices
from backoffice.notices import jobs
from backoffice.notices.rendering import LINK_DAYS, LINK_MASK
from backoffice.rules.reasons import Reason
from tests.decision.test_races import together
from tests.factories import make_actor
from tests.portal.filling import add_photos, draft_of, post, send, text_of
from tests.portal.sent import ask, events, now, sent

pytestmark = pytest.mark.usefixtures("database")
PORTRAIT, FRONT = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT
ADDRESS = "192.0.2.8"


def reject(declaration: Declaration, *reasons: str, note: str = "", photos: tuple[str, ...] = ()) -> None:
    with transaction() as session:
        officer = make_actor(session)
    decide.claim(declaration.receipt_code, officer)
    decide.reject(declaration.receipt_code, officer, list(reasons), note, photos)


def letters(settings: Settings) -> list[EmailMessage]:
    jobs.drain(queue.DEFAULT)
    paths = sorted((settings.sandbox / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]  # type: ignore[misc]


def link_in(settings: Settings) -> str:
    """The path of the link in the last letter, which plain words and HTML have alike."""
    letter = letters(settings)[-1]
    found = {
        path
        for kind in ("plain", "html")
        for path in re.findall(r"/declare/again/([\w-]{43})", letter.get_body((kind,)).get_content())  # type: ignore[union-attr]
    }
    (token,) = found
    return f"/declare/again/{token}"


def refused(*reasons: str, note: str = "", photos: tuple[str, ...] = (), **values: object) -> Declaration:
    declaration = sent(PORTRAIT, FRONT, email="mau@example.vn", **values)
    reject(declaration, *reasons, note=note, photos=photos)
    return declaration


def test_the_letters_link_opens_the_form_once_and_the_new_declaration_names_the_old(
    client: FlaskClient, settings: Settings
):
    old = refused(Reason.NAME_DIFFERS, Reason.OTHER, note="Ngày sinh xin ghi theo CCCD")
    link = link_in(settings)
    page = client.get(link)
    assert page.status_code == 200
    assert old.full_name not in page.text
    answer = post(client, link, digits="567", consent="1")
    assert (answer.status_code, answer.location) == (303, "/declare/data")
    data = client.get("/declare/data")
    assert 'value="C1234567"' in data.text
    assert "Nguyễn Thử Mẫu" not in data.text
    assert "Họ tên khác giấy tờ xuất trình. Xin ghi lại." in text_of(data)
    assert "Ngày sinh xin ghi theo CCCD" in text_of(data)
    known = draft_of(client).values
    place = "-".join(known[name] for name in ("province", "district", "ward"))
    post(client, "/declare/data", **{**known, "place": place, "full_name": "Nguyễn Thử Mẫn"})
    assert "khác giấy tờ xuất trình. Xin ghi lại" not in text_of(client.get("/declare/data"))
    assert send(client).location == "/declare/done"
    with transaction() as session:
        new = session.query(Declaration).filter_by(full_name="Nguyễn Thử Mẫn").one()
        assert (new.replaces_id, new.status, new.version) == (old.id, Status.SUBMITTED, 1)
        assert session.query(RedeclareLink).filter(RedeclareLink.used_at.is_(None)).count() == 0
    assert len(now(new).photos) == len(now(old).photos) == 2
    assert {photo.id for photo in now(new).photos}.isdisjoint(photo.id for photo in now(old).photos)
    assert client.get(link).status_code == 404
    assert post(client, link, digits="567", consent="1").status_code == 404
    assert len(events(old, TrailEvent.PREFILL)) == 1


def test_what_is_kept_of_the_letter_opens_nothing(settings: Settings):
    refused(Reason.NAME_DIFFERS)
    token = link_in(settings).rpartition("/")[2]
    with transaction() as session:
        (letter,) = session.query(Notice).filter_by(channel=NoticeChannel.EMAIL)
        (link,) = session.query(RedeclareLink)
        assert LINK_MASK in letter.body
        assert token not in letter.body + (letter.html or "")
        assert link.token_hash == token_hash(token)
    with pytest.raises(NotFound):
        again.look(LINK_MASK)


def test_every_try_at_the_letter_fits_until_one_link_is_used(settings: Settings):
    declaration = refused(Reason.NAME_DIFFERS)
    first = link_in(settings).rpartition("/")[2]
    with transaction() as session:
        notices.rejected(session, session.get_one(Declaration, declaration.id), [Reason.NAME_DIFFERS], "")
    second = link_in(settings).rpartition("/")[2]
    assert first != second
    again.open_form(first, "567", ADDRESS)
    with pytest.raises(NotFound):
        again.look(second)


def test_without_the_consent_or_the_digits_nothing_is_opened_and_guesses_close_the_door(
    client: FlaskClient, settings: Settings
):
    refused(Reason.NAME_DIFFERS)
    link = link_in(settings)
    assert post(client, link, digits="567").status_code == 422
    for digits in ("", "000", "111", "222", "333"):
        answer = post(client, link, digits=digits, consent="1")
        assert answer.status_code == 422
        assert "C1234567" not in answer.text
    assert post(client, link, digits="567", consent="1").status_code == 429
    with transaction() as session:
        assert session.query(DeclarationDraft).count() == 0
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert post(client, link, digits="567", consent="1").location == "/declare/data"


def test_a_link_counts_for_so_many_days(client: FlaskClient, settings: Settings):
    refused(Reason.NAME_DIFFERS)
    link = link_in(settings)
    with clock.at(clock.now() + timedelta(days=LINK_DAYS, minutes=1)):
        answer = client.get(link)
    assert answer.status_code == 404
    assert "Liên kết này không còn dùng được" in answer.text


def test_of_two_who_use_a_link_at_once_one_gets_the_form(settings: Settings):
    refused(Reason.NAME_DIFFERS)
    token = link_in(settings).rpartition("/")[2]

    def use() -> str:
        try:
            return again.open_form(token, "567", ADDRESS)
        except NotFound:
            return ""

    opened = [one for one in together(*[use] * 3) if one]
    assert len(opened) == 1
    with transaction() as session:
        assert session.query(DeclarationDraft).count() == 1


def test_d6_where_the_phone_may_be_a_strangers_nothing_personal_is_filled_in(client: FlaskClient, settings: Settings):
    old = refused(Reason.PHONE_NOT_OWN, Reason.OTHER, note="Số này của bà Trần Thị Mẫu")
    assert post(client, link_in(settings), digits="567", consent="1").location == "/declare/data"
    page = client.get("/declare/data")
    for secret in (old.full_name, old.id_number, old.phone, old.bhxh_code, old.address_line, "Trần"):
        assert secret not in page.text
    assert "Số điện thoại không phải của người khai" in page.text
    draft = draft_of(client)
    assert (dict(draft.photos), draft.replaces_id) == ({}, old.id)


@pytest.mark.parametrize(
    ("reason", "photos", "emptied"),
    [
        (Reason.ID_NUMBER_DIFFERS, (), {"id_number"}),
        (Reason.CODE_WRONG, (), {"bhxh_code"}),
        (Reason.WRONG_OFFICE, (), {"office_code"}),
        (Reason.NOT_THE_PERSON, (), {PORTRAIT}),
        (Reason.PHOTO_UNUSABLE, ("id_front",), {FRONT}),
        (Reason.PHOTO_UNUSABLE, (), {PORTRAIT, FRONT}),
        (Reason.ID_INVALID, (), {"id_number", FRONT}),
        (Reason.FORM01_UNSIGNED, (), set()),
    ],
)
def test_what_a_reason_says_is_wrong_is_to_be_filled_in_anew(
    client: FlaskClient, reason: Reason, photos: tuple[str, ...], emptied: set[str]
):
    old = refused(reason, photos=photos)
    ask(client, old)
    answer = post(client, "/declare/status/again", paper="4567", consent="1")
    assert answer.location == "/declare/data"
    draft = draft_of(client)
    there = {name for name, text in draft.values.items() if text} | set(draft.photos)
    fields = {"full_name", "bhxh_code", "id_number", "phone", "line", "office_code", PORTRAIT, FRONT}
    assert fields - there == emptied
    marked = {name.removeprefix("_wrong_") for name in draft.values if name.startswith("_wrong_")}
    assert emptied <= marked
    for photo in emptied & {PORTRAIT, FRONT}:
        assert "Xin chụp lại" in draft.values[f"_wrong_{photo}"]


def test_from_the_status_page_it_takes_the_end_of_the_paper_and_the_consent(client: FlaskClient):
    old = refused(Reason.NAME_DIFFERS)
    ask(client, old)
    assert "Họ tên khác giấy tờ" in client.get("/declare/status/again").text
    assert post(client, "/declare/status/again", paper="4567").status_code == 422
    assert post(client, "/declare/status/again", paper="0000", consent="1").status_code == 422
    assert post(client, "/declare/status/again", paper="4567", consent="1").location == "/declare/data"
    add_photos(client, PORTRAIT)
    post(client, "/declare/drop")
    assert len(now(old).photos) == 2


def test_whoever_declares_anew_after_the_refused_one_is_gone_declares_all_the_same(
    app: Flask, client: FlaskClient, settings: Settings
):
    old = refused(Reason.FORM01_UNSIGNED)
    post(client, link_in(settings), digits="567", consent="1")
    with transaction() as session:
        session.delete(session.get_one(Declaration, old.id))
    assert send(client).location == "/declare/done"
    with transaction() as session:
        assert session.query(Declaration).one().replaces_id is None
    assert drafts.tidy() == 0
