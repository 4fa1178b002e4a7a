"""The desk over HTTP: what an officer gets, plain and by HTMX (contract: officer endpoints)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, OfficeMerge, Role, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer, verify_all

ITEMS = ("name", "id_number", "date_of_birth", "bhxh_code", "portrait", "id_document", "form01_signed", "phone")
"""What is verified of an adult (the contract)."""


def test_the_queue_shows_the_own_office_by_deadline_with_counts(desk: Desk, declaration: Declaration):
    with transaction() as session:
        make_declaration(session, full_name="Người Nơi Khác", office=make_office(session, "00131"))
    page = desk.get("/desk").get_data(as_text=True)
    assert "Nguyễn Thử Mẫu" in page
    assert "Người Nơi Khác" not in page
    assert declaration.bhxh_code not in page
    assert re.search(r"Chưa đến nộp\s*<b>1</b>", desk.get("/desk/counts", **HTMX).get_data(as_text=True))
    assert trail(TrailEvent.QUEUE)[0].facts["listed"] == [declaration.id]


def test_d8_a_planned_merge_of_the_own_office_is_told_above_the_queue_until_it_is_cancelled(desk: Desk, officer: Actor):
    with transaction() as session:
        heir = make_office(session, "00115", name="BHXH Mẫu Đông Anh")
        planned = OfficeMerge(
            office_id=officer.office_id,
            successor_id=heir.id,
            on_day=date(2026, 12, 24),
            decision="391/QĐ-BTC",
            officer_id=officer.id,
            created_at=clock.now(),
        )
        session.add(planned)
    told = f"Từ ngày 24/12/2026, {officer.office_name} hợp nhất vào BHXH Mẫu Đông Anh."
    assert told in desk.get("/desk").text
    with transaction() as session:
        session.get_one(OfficeMerge, planned.id).cancelled_at = clock.now()
    assert "hợp nhất" not in desk.get("/desk").text


def test_the_queue_pages_by_key_without_losing_or_doubling_a_row(desk: Desk, officer: Actor):
    with transaction() as session:
        made = {make_declaration(session).receipt_code for _ in range(120)}
    seen: list[str] = []
    path: str | None = "/desk?list=waiting"
    while path:
        page = desk.get(path, **HTMX).get_data(as_text=True)
        seen += re.findall(r'href="/desk/([0-9A-Z]{11})"', page)
        more = re.search(r'"(/desk\?list=waiting&(?:amp;)?after=[^"]+)"', page)
        path = more.group(1).replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == made


@pytest.mark.parametrize("after", ["", "x", "1e400_5", "_", "nan_1", "-1_-1", "9" * 400 + "_1"])
def test_a_mangled_page_key_shows_a_page_and_never_fails(desk: Desk, declaration: Declaration, after: str):
    assert desk.get(f"/desk?list=no_such&after={after}").status_code == 200


def test_one_hit_opens(desk: Desk, declaration: Declaration):
    for text in (
        declaration.bhxh_code,
        declaration.id_number,
        declaration.phone,
        f"+84 {declaration.phone[1:4]} {declaration.phone[4:]}",
        declaration.receipt_code,
        format_receipt_code(declaration.receipt_code).lower(),
        f"GD4{'01'}{declaration.bhxh_code}",
        "nguyen thu",
        "Nguyễn Mẫu",
    ):
        answer = desk.post("/desk/search", q=text)
        assert (text, answer.status_code, answer.location) == (text, 303, f"/desk/{declaration.receipt_code}")


def test_several_hits_are_listed_and_nothing_personal_is_in_the_address(desk: Desk, officer: Actor):
    with transaction() as session:
        make_declaration(session, full_name="Trần Văn Một")
        make_declaration(session, full_name="Trần Văn Hai")
    answer = desk.post("/desk/search", q="tran van")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Trần Văn Một" in page
    assert "Trần Văn Hai" in page
    listed = trail(TrailEvent.SEARCH)[0]
    assert len(listed.facts["listed"]) == 2
    assert "tran" not in str(listed.facts)


def test_names_are_found_by_word_beginnings_with_or_without_diacritics_in_either_form(desk: Desk, officer: Actor):
    with transaction() as session:
        for name in ("Đỗ Thị Ánh", "Đỗ Thị Ân"):
            make_declaration(session, full_name=name)
    for text in ("do thi", "Đỗ Thị", "d t a", "Đô\u0303 thi"):
        assert "Đỗ Thị Ánh" in desk.post("/desk/search", q=text).get_data(as_text=True), text


def test_what_was_sought_in_vain_says_why_perhaps(desk: Desk, officer: Actor):
    with transaction() as session:
        elsewhere = make_declaration(session, full_name="Người Nơi Khác", office=make_office(session, "00131"))
        account = make_account(session)
    page = desk.post("/desk/search", q=elsewhere.bhxh_code).get_data(as_text=True)
    assert "BHXH Mẫu 00131" in page
    assert "Người Nơi Khác" not in page
    assert "đã có tài khoản" in desk.post("/desk/search", q=account.bhxh_code).get_data(as_text=True)


def test_k8_a_decided_one_here_does_not_hide_the_undecided_one_elsewhere(desk: Desk, officer: Actor):
    with transaction() as session:
        mine = make_declaration(session, status=Status.REJECTED)
        make_declaration(session, bhxh_code=mine.bhxh_code, office=make_office(session, "00131"))
    answer = desk.post("/desk/search", q=mine.bhxh_code)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "BHXH Mẫu 00131" in page
    assert f"/desk/{mine.receipt_code}" in page


@pytest.mark.parametrize("text", ["", "   ", "1234567", "\x00", "|" * 900, "a" * 2000, "' OR 1=1 --", "!!!", "&|!():*"])
def test_what_cannot_be_sought_gets_a_sentence(desk: Desk, declaration: Declaration, text: str):
    answer = desk.post("/desk/search", q=text)
    assert answer.status_code in (200, 422)
    assert "banner" in answer.get_data(as_text=True)


def test_the_review_shows_data_flags_and_is_noted(desk: Desk, declaration: Declaration):
    with transaction() as session:
        make_declaration(session, phone=declaration.phone)
    page = desk.get(f"/desk/{format_receipt_code(declaration.receipt_code)}").get_data(as_text=True)
    assert "Nguyễn Thử Mẫu" in page
    assert "Số điện thoại có trong 1 tờ khai khác" in page
    (row,) = trail(TrailEvent.REVIEW)
    assert row.declaration_id == declaration.id


def test_a_citizen_number_that_disagrees_with_the_birth_date_is_pointed_out(desk: Desk, officer: Actor):
    with transaction() as session:
        odd = make_declaration(session, id_number="001090123456", date_of_birth=date(1985, 1, 2))
    assert "cho biết năm sinh 1990" in desk.get(f"/desk/{odd.receipt_code}").get_data(as_text=True)


def test_an_approval_by_plain_forms(desk: Desk, declaration: Declaration):
    path = f"/desk/{declaration.receipt_code}"
    for act in ("claim", "present"):
        assert desk.post(f"{path}/{act}").status_code == 303
    for item in ITEMS:
        assert desk.post(f"{path}/verify", item=item, how="seen").status_code == 303
    assert desk.post(f"{path}/approve").status_code == 303
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).status is Status.APPROVED
    assert "Đã duyệt lúc" in desk.get(path).get_data(as_text=True)


def test_an_act_by_htmx_answers_with_the_changed_parts(desk: Desk, declaration: Declaration):
    answer = desk.post(f"/desk/{declaration.receipt_code}/claim", HTMX)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in body
    assert {"work", "caption", "history"} <= set(re.findall(r'id="(\w+)"', body))
    assert "Tôi đang giữ hồ sơ này" in body


def test_a_rejection_with_faults_keeps_what_was_typed(desk: Desk, declaration: Declaration):
    path = f"/desk/{declaration.receipt_code}"
    desk.post(f"{path}/claim")
    answer = desk.post(f"{path}/reject", HTMX, reasons=["other"], note="")
    assert answer.status_code == 422
    body = answer.get_data(as_text=True)
    assert "xin ghi rõ lý do" in body
    assert re.search(r'value="other"\s+checked', body)


def test_the_preview_is_what_is_sent(desk: Desk, declaration: Declaration):
    path = f"/desk/{declaration.receipt_code}"
    desk.post(f"{path}/claim")
    preview = desk.post(f"{path}/reject/preview", HTMX, reasons=["id_invalid"], note="").get_data(as_text=True)
    desk.post(f"{path}/reject", reasons=["id_invalid"], note="")
    from backoffice.models import Notice, NoticeChannel

    with transaction() as session:
        sms = session.query(Notice).filter_by(channel=NoticeChannel.SMS).one()
    assert sms.body in preview


def test_the_second_of_two_officers_is_told_what_the_first_did(desk: Desk, declaration: Declaration):
    with transaction() as session:
        colleague = make_actor(session, full_name="Trần Thị Lan")
        verify_all(session, declaration, colleague)
    decide.claim(declaration.receipt_code, colleague)
    path = f"/desk/{declaration.receipt_code}"
    assert desk.post(f"{path}/approve").status_code == 409
    decide.approve(declaration.receipt_code, colleague)
    answer = desk.post(f"{path}/approve", HTMX)
    assert answer.status_code == 409
    assert "Trần Thị Lan đã duyệt hồ sơ này lúc" in answer.get_data(as_text=True)


def test_the_tabs_list_what_they_count(desk: Desk, officer: Actor):
    now = clock.now()
    with transaction() as session:
        make_declaration(session)
        make_declaration(session, presented_at=now)
        make_declaration(session, presented_at=now, supplement_at=now, expires_at=clock.end_of_day(clock.today()))
        make_declaration(session, phone="0900000001")
        make_declaration(session, phone="0900000001")
        make_declaration(session, status=Status.APPROVED, decided_at=now)
        make_declaration(session, status=Status.REJECTED, decided_at=now)
        mine = make_declaration(session)
    desk.post(f"/desk/{mine.receipt_code}/claim")
    page = desk.get("/desk/counts", **HTMX).get_data(as_text=True)
    counted = dict(re.findall(r'href="/desk\?list=(\w+)".*?<b>(\d+)</b>', page, re.S))
    listed = {
        tab: len(re.findall(r'data-row href="/desk/', desk.get(f"/desk?list={tab}").get_data(as_text=True)))
        for tab in counted
    }
    assert {tab: int(number) for tab, number in counted.items()} == listed
    assert listed == {
        "waiting": 4,
        "presented": 1,
        "supplement": 1,
        "due_today": 1,
        "flagged": 2,
        "mine": 1,
        "approved_today": 1,
        "rejected_today": 1,
    }


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_have_no_desk(client: FlaskClient, role: Role):
    with transaction() as session:
        make_officer(session, "khach", role=role)
    assert Desk(client, "khach").get("/desk").status_code == 403


def test_out_of_scope_looks_like_nonexistent(desk: Desk, officer: Actor):
    with transaction() as session:
        foreign = make_declaration(session, office=make_office(session, "00131"))
    there = desk.get(f"/desk/{foreign.receipt_code}")
    nowhere = desk.get("/desk/7K4M92QX3AB")
    mangled = desk.get("/desk/khong-co")
    assert {there.status_code, nowhere.status_code, mangled.status_code} == {404}
    # A form token holds the second in which it was made.
    pages = {
        re.sub(r'(content|value)="[\w.-]{80,}"', "", page.get_data(as_text=True)) for page in (there, nowhere, mangled)
    }
    assert len(pages) == 1


def test_pages_are_never_kept_by_the_browser_and_hold_a_strict_policy(desk: Desk, declaration: Declaration):
    headers = desk.get(f"/desk/{declaration.receipt_code}").headers
    assert headers["Cache-Control"] == "no-store"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
