"""The acts that decide, as the page offers them: what stands in the way, which reasons are likely, previews."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from backoffice.decision import actions as decide
from backoffice.decision.scan import scan
from backoffice.desk import actions
from backoffice.desk.deciding import KEYS
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.models import Correction, Declaration, Notice, NoticeChannel, Photo, PhotoKind, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.reasons import Reason
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, verify_all

NOTE = "Người khai gõ nhầm, đồng ý sửa"


@pytest.fixture
def claimed(declaration: Declaration, officer: Actor) -> Declaration:
    decide.claim(declaration.receipt_code, officer)
    return declaration


def shown(declaration: Declaration, officer: Actor) -> dict[str, Any]:
    return actions.show_state(declaration.receipt_code, officer)


def suggested(declaration: Declaration, officer: Actor) -> list[str]:
    return [one["value"] for one in shown(declaration, officer)["reasons"] if one["suggested"]]


def add_photo(declaration: Declaration, kind: PhotoKind, *notes: str) -> None:
    with transaction() as session:
        session.add(
            Photo(
                id=uuid4(), declaration_id=declaration.id, kind=kind, wrapped_key=b"key", key_name="tests", width=100,
                height=100, notes=list(notes), citizen_card=None, created_at=clock.now(),
            )
        )  # fmt: skip


def messages(page: str) -> list[str]:
    return [unescape(text).strip() for text in re.findall(r'<p class="message">(.*?)</p>', page, re.S)]


def test_approval_says_what_is_missing_until_the_ledger_is_complete(claimed: Declaration, officer: Actor):
    approval = shown(claimed, officer)["approval"]
    assert not approval["ready"]
    assert approval["why"].startswith("Còn thiếu 8 mục: Họ tên, Số giấy tờ,")
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, claimed.id), officer)
    assert shown(claimed, officer)["approval"] == {"here": False, "ready": True, "why": ""}


def test_d6_what_refuses_the_approval_locks_it_and_says_where_stands_what_to_do(claimed: Declaration, officer: Actor):
    with transaction() as session:
        make_account(session, phone=claimed.phone)
        verify_all(session, session.get_one(Declaration, claimed.id), officer)
    approval = shown(claimed, officer)["approval"]
    assert not approval["ready"]
    assert approval["why"] == "Chưa duyệt được: điện thoại đã dùng. Xem “Cần lưu ý” để biết cách làm."


def test_who_has_not_claimed_is_told_that_first(declaration: Declaration, officer: Actor, desk: Desk):
    assert shown(declaration, officer)["approval"]["why"] == ""
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert re.search(r'id="why_not"[^>]*>Bấm “Nhận xử lý” để bắt đầu.', page)


def test_each_reason_has_a_letter_of_its_own_that_no_input_method_alters():
    assert set(KEYS) == set(Reason)
    assert len(set(KEYS.values())) == len(KEYS)
    assert not set(KEYS.values()) & set("AEIOUYWDSFRXJZ0123456789")


def test_without_anything_to_go_by_no_reason_is_suggested(claimed: Declaration, officer: Actor):
    assert suggested(claimed, officer) == []
    assert [one["value"] for one in shown(claimed, officer)["reasons"]] == [reason.value for reason in Reason]


def test_what_a_scan_says_otherwise_is_suggested_first_and_ticked_never(
    desk: Desk, claimed: Declaration, officer: Actor
):
    scan(claimed.receipt_code, officer, f"{claimed.id_number}||Trần Văn Khác|02011985|Nam|Số 2 phố Mẫu|25042021")
    assert suggested(claimed, officer) == ["name_differs"]
    assert shown(claimed, officer)["reasons"][0]["value"] == "name_differs"
    page = desk.get(f"/desk/{claimed.receipt_code}").get_data(as_text=True)
    ticks = page[page.index("data-letters") : page.index("</fieldset>")]
    assert "gợi ý" in ticks
    assert "checked" not in ticks


def test_flags_suggest_their_reasons(claimed: Declaration, officer: Actor):
    with transaction() as session:
        make_account(session, phone=claimed.phone)
        make_account(session, bhxh_code=claimed.bhxh_code)
    assert suggested(claimed, officer) == ["phone_not_own", "has_account"]


def test_a_blurred_photo_is_suggested_by_its_name_among_the_photos_there_are(claimed: Declaration, officer: Actor):
    add_photo(claimed, PhotoKind.PORTRAIT)
    add_photo(claimed, PhotoKind.ID_BACK, "blurred")
    (reason,) = [one for one in shown(claimed, officer)["reasons"] if one["suggested"]]
    assert reason["value"] == "photo_unusable"
    assert [(photo["value"], photo["suggested"]) for photo in reason["photos"]] == [
        ("portrait", False),
        ("id_back", True),
    ]


def test_the_preview_of_a_refusal_names_the_photo_and_is_what_is_sent(desk: Desk, claimed: Declaration):
    path = f"/desk/{claimed.receipt_code}"
    typed = {"reasons": ["photo_unusable"], "photos": ["id_back"], "note": "Chụp lại trên nền tối"}
    told = messages(desk.post(f"{path}/reject/preview", HTMX, **typed).get_data(as_text=True))
    assert desk.post(f"{path}/reject", **typed).status_code == 303
    with transaction() as session:
        sent = {one.channel: one.body for one in session.query(Notice)}
        assert session.get_one(Declaration, claimed.id).reasons == ["photo_unusable:id_back"]
    assert told == [sent[NoticeChannel.SMS], sent[NoticeChannel.EMAIL].strip()]
    assert "Anh mat sau mo, loa, mat goc" in told[0]


def test_the_preview_of_a_supplement_is_what_is_sent_with_the_new_deadline(desk: Desk, claimed: Declaration):
    path = f"/desk/{claimed.receipt_code}"
    told = messages(desk.post(f"{path}/supplement/preview", HTMX, note="  Ký lại mẫu số 01 ").get_data(as_text=True))
    desk.post(f"{path}/supplement", note="  Ký lại mẫu số 01 ")
    with transaction() as session:
        sent = {one.channel: one.body for one in session.query(Notice)}
    assert told == [sent[NoticeChannel.SMS], sent[NoticeChannel.EMAIL].strip()]


@pytest.mark.parametrize("act", ["reject", "supplement"])
def test_a_preview_of_nothing_yet_says_what_to_do(desk: Desk, claimed: Declaration, act: str):
    page = desk.post(f"/desk/{claimed.receipt_code}/{act}/preview", HTMX).get_data(as_text=True)
    assert messages(page) == []
    assert "để xem trước" in page


def test_a_refusal_with_faults_keeps_the_photos_ticked(desk: Desk, claimed: Declaration):
    add_photo(claimed, PhotoKind.ID_BACK)
    typed = {"reasons": ["photo_unusable", "other"], "photos": ["id_back"], "note": ""}
    answer = desk.post(f"/desk/{claimed.receipt_code}/reject", HTMX, **typed)
    assert answer.status_code == 422
    assert re.search(r'name="photos" value="id_back"\s+checked', answer.get_data(as_text=True))


def test_a_correction_shows_the_new_data_asks_for_a_new_signature_and_stands_in_the_history(
    desk: Desk, claimed: Declaration
):
    path = f"/desk/{claimed.receipt_code}"
    typed = {"field": "full_name", "value": "Nguyễn Thử Đúng", "note": NOTE, "consent": ["no", "yes"]}
    answer = desk.post(f"{path}/correct", HTMX, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert {"work", "caption", "compare", "facts", "history"} <= set(re.findall(r'id="(\w+)"', page))
    assert "Sửa họ tên: “Nguyễn Thử Mẫu” → “Nguyễn Thử Đúng”" in page
    assert "in lại mẫu số 01" in page
    assert desk.post(f"{path}/correct", **typed | {"value": "Nguyễn Thử Khác"}).status_code == 303


def test_a_refused_correction_keeps_what_was_typed(desk: Desk, claimed: Declaration):
    typed = {"field": "phone", "value": "12345", "note": NOTE, "consent": ["no", "yes"]}
    answer = desk.post(f"/desk/{claimed.receipt_code}/correct", HTMX, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Số điện thoại thiếu số 0 ở đầu" in page
    assert 'value="12345"' in page
    assert NOTE in page
    assert re.search(r'value="phone"[^>]* selected', page)


def test_without_the_tick_of_consent_nothing_is_corrected(desk: Desk, claimed: Declaration):
    typed = {"field": "full_name", "value": "Nguyễn Thử Đúng", "note": NOTE, "consent": "no"}
    answer = desk.post(f"/desk/{claimed.receipt_code}/correct", HTMX, **typed)
    assert answer.status_code == 422
    assert "Chỉ sửa khi người khai đã đồng ý" in answer.get_data(as_text=True)
    with transaction() as session:
        assert session.query(Correction).count() == 0


def test_the_trail_finds_a_corrected_value_by_its_keyed_hash(desk: Desk, claimed: Declaration):
    typed = {"field": "bhxh_code", "value": "0123456789", "note": NOTE, "consent": "yes"}
    desk.post(f"/desk/{claimed.receipt_code}/correct", **typed)
    (row,) = trail(TrailEvent.CORRECT)
    assert row.facts["new"] == hashing.lookup_hash("bhxh_code", "0123456789").hex()
    assert row.facts["old"] == hashing.lookup_hash("bhxh_code", claimed.bhxh_code).hex()
