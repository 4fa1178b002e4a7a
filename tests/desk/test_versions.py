"""What the citizen corrected before the visit, and what is otherwise than on a refused declaration, at the desk."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from backoffice.decision import actions as decide
from backoffice.desk.actions import open_review
from backoffice.desk.labels import PHOTOS
from backoffice.dossier.form01 import form01_pdf
from backoffice.dossier.photos import store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake import drafts, own, prefill
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Channel, Declaration, PhotoKind, Status, TrailEvent
from backoffice.rules.actors import CITIZEN, Actor
from backoffice.rules.reasons import Reason
from tests.desk.browser import Desk, trail
from tests.factories import make_declaration, make_office
from tests.intake.sending import jpeg
from tests.portal.filling import text_of
from tests.portal.sent import sent

PORTRAIT, FRONT = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT


def corrected(declaration: Declaration, *photos: PhotoKind, **changes: str) -> None:
    """The citizen corrects it: these values, and these photos taken anew."""
    token = prefill.correct(declaration.id, declaration.id_number[-4:], "192.0.2.3")
    drafts.put(token, {**changes, "undertaking": "1"})
    for kind in photos:
        drafts.put_photo(token, store_photos({kind: get_pool().prepare_photo(jpeg(120, 160))})[0])
    drafts.send(token, CITIZEN, Channel.PORTAL)


def test_the_review_page_says_when_it_was_corrected_and_what_field_by_field(desk: Desk, officer: Actor):
    declaration = sent(PORTRAIT, FRONT)
    corrected(declaration, full_name="Nguyễn Thử Mẫn", phone="0987654321", email="mau@example.vn")
    text = text_of(desk.client.get(f"/desk/{declaration.receipt_code}"))
    assert "bản 2" in text
    assert "Họ tên Nguyễn Thử Mẫu Nguyễn Thử Mẫn" in text
    assert "Điện thoại 098 123 4567 098 765 4321" in text
    assert "Thư điện tử không có mau@example.vn" in text
    assert "Công dân sửa tờ khai thành bản 2: họ tên, điện thoại, thư điện tử" in text
    assert "mẫu số 01 phải là bản 2" in text


def test_of_several_corrections_the_last_is_shown_and_the_others_are_unfolded(officer: Actor):
    declaration = sent(PORTRAIT, FRONT)
    corrected(declaration, line="Số 3 phố Mẫu")
    corrected(declaration, FRONT, office_code="00114", line="Số 4 phố Mẫu")
    versions = open_review(declaration.receipt_code, officer)["versions"]
    assert [line["new"].partition(",")[0] for line in versions["last"]["lines"]] == ["Số 4 phố Mẫu"]
    assert [photo["label"] for photo in versions["last"]["photos"]] == [PHOTOS[FRONT]]
    (before,) = versions["before"]
    assert [line["old"].partition(",")[0] for line in before["lines"]] == ["Số 2 phố Mẫu"]


def test_the_photo_before_is_shown_beside_and_looking_at_it_is_written_down(desk: Desk):
    declaration = sent(PORTRAIT, FRONT)
    corrected(declaration, FRONT)
    path = f"/desk/{declaration.receipt_code}/photos/id_front"
    assert f"{path}?version=1" in desk.client.get(f"/desk/{declaration.receipt_code}").text
    before, after = desk.client.get(f"{path}?version=1"), desk.client.get(path)
    assert before.status_code == after.status_code == 200
    assert [row.facts for row in trail(TrailEvent.PHOTO)] == [
        {"kind": "id_front", "version": "1"},
        {"kind": "id_front"},
    ]
    for version in ("2", "0", "x", "9" * 30, "-1"):
        assert desk.client.get(f"{path}?version={version}").status_code == 404
    assert desk.client.get(f"/desk/{declaration.receipt_code}/photos/portrait?version=1").status_code == 404


def test_most_declarations_show_nothing_of_it(officer: Actor, declaration: Declaration):
    values = open_review(declaration.receipt_code, officer)
    assert (values["versions"], values["refused"]) == (None, None)


def test_form01_printed_of_a_corrected_declaration_says_which_version_it_is():
    declaration = sent(PORTRAIT, FRONT)
    corrected(declaration, line="Số 3 phố Mẫu")
    with transaction() as session:
        text = PdfReader(BytesIO(form01_pdf(session, declaration.id))).pages[0].extract_text()
    assert "bản 2" in text
    assert "Số 3 phố Mẫu" in text


def test_an_officer_with_the_page_open_is_told_of_the_correction(desk: Desk, officer: Actor):
    declaration = sent(PORTRAIT, FRONT)
    decide.claim(declaration.receipt_code, officer)
    seen = open_review(declaration.receipt_code, officer)["claim"]["version"]
    path = f"/desk/{declaration.receipt_code}/claim-state"
    asked = {"headers": {"HX-Request": "true"}}
    assert desk.client.get(f"{path}?seen={seen}", **asked).status_code == 204
    corrected(declaration, full_name="Nguyễn Thử Mẫn")
    answer = desk.client.get(f"{path}?seen={seen}", **asked)
    assert 'data-change="other"' in answer.text
    assert "Công dân vừa sửa tờ khai này (bản 2)" in answer.text


def test_what_its_person_withdrew_says_so_to_officers(desk: Desk, officer: Actor):
    declaration = sent(PORTRAIT, FRONT)
    own.withdraw(declaration.id)
    with pytest.raises(Conflict) as refusal:
        decide.claim(declaration.receipt_code, officer)
    assert "Công dân đã tự rút tờ khai này" in refusal.value.message
    desk.post(f"/desk/{declaration.receipt_code}/open", reason="citizen_here")
    text = text_of(desk.client.get(f"/desk/{declaration.receipt_code}"))
    assert "Người giải quyết: công dân tự rút" in text
    assert "Công dân tự rút tờ khai" in text


def refused_and_again(officer: Actor) -> tuple[Declaration, Declaration]:
    old = sent(PORTRAIT, FRONT)
    decide.claim(old.receipt_code, officer)
    decide.reject(old.receipt_code, officer, [Reason.NAME_DIFFERS], "")
    token = prefill.after_refusal(old.id)
    drafts.put(token, {"full_name": "Nguyễn Thử Mẫn", "undertaking": "1"})
    drafts.send(token, CITIZEN, Channel.PORTAL)
    with transaction() as session:
        return old, session.query(Declaration).filter_by(status=Status.SUBMITTED).one()


def test_after_a_refusal_the_desk_shows_why_and_what_is_otherwise_now(desk: Desk, officer: Actor):
    old, new = refused_and_again(officer)
    page = desk.client.get(f"/desk/{new.receipt_code}")
    text = text_of(page)
    assert "Khai lại, thay tờ khai không được chấp nhận lúc" in text
    assert "Họ tên khác giấy tờ xuất trình" in text
    assert "Họ tên Nguyễn Thử Mẫu Nguyễn Thử Mẫn" in text
    assert f"/desk/{old.receipt_code}" in page.text


def test_of_a_refusal_out_of_scope_only_the_reasons_are_told(officer: Actor):
    with transaction() as session:
        far = make_office(session, "07901")
        new = make_declaration(session)
        old = make_declaration(
            session,
            office=far,
            status=Status.REJECTED,
            reasons=[Reason.NAME_DIFFERS],
            rejected_note="Ông Trần Mẫu",
            full_name="Trần Khác Hẳn",
        )
        new.replaces_id = old.id
    refused = open_review(new.receipt_code, officer)["refused"]
    assert refused["reasons"] == ["Họ tên khác giấy tờ xuất trình"]
    assert (refused["href"], refused["lines"], refused["receipt"]) == ("", None, "")
    assert refused["office"] == "BHXH Mẫu 07901"
