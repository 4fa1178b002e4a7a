"""Slips that are handed over: what they say, never a password, and that printing is noted (K2, K3, K6, K7)."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest

from backoffice.decision import actions as decide
from backoffice.identity.phone import mask_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import CredentialIssue, Declaration, Notice, Role, TrailEvent
from backoffice.notices import credentials
from backoffice.rules.actors import Actor
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, verify_all

NOTE = "Ảnh mặt sau mất góc dưới.\nXin chụp lại trên nền tối."


@pytest.fixture
def claimed(declaration: Declaration, officer: Actor) -> Declaration:
    decide.claim(declaration.receipt_code, officer)
    return declaration


def slip_of(desk: Desk, declaration: Declaration) -> str:
    answer = desk.get(f"/desk/{declaration.receipt_code}/slip")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return page[page.index("<article") : page.index("</article>")]


def approve(declaration: Declaration, officer: Actor) -> None:
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.approve(declaration.receipt_code, officer)


def test_k2_the_slip_of_an_approval_says_user_name_and_where_the_password_comes_but_never_the_password(
    desk: Desk, claimed: Declaration, officer: Actor
):
    approve(claimed, officer)
    with transaction() as session:
        password = credentials.make_attempt(session, session.query(CredentialIssue).one())
        until = clock.local(session.query(CredentialIssue).one().expires_at)
    slip = slip_of(desk, claimed)
    for said in (
        claimed.bhxh_code,
        mask_phone(claimed.phone),
        f"{until:%H:%M ngày %d/%m/%Y}",
        "Đổi mật khẩu ngay",
        officer.name,
        "BHXH Mẫu 00114",
        format_receipt_code(claimed.receipt_code),
    ):
        assert said in slip
    for secret in (password, claimed.phone, claimed.id_number):
        assert secret not in slip


def test_once_the_password_was_used_the_slip_names_no_hour_any_more(desk: Desk, claimed: Declaration, officer: Actor):
    approve(claimed, officer)
    with transaction() as session:
        credentials.use(session, session.query(CredentialIssue).one())
    assert "trước <b>" not in slip_of(desk, claimed)


def test_k3_the_slip_of_a_refusal_says_all_reasons_and_the_note_in_full(
    desk: Desk, claimed: Declaration, officer: Actor
):
    reasons = ["name_differs", "form01_unsigned", "id_invalid", "phone_not_own"]
    decide.reject(claimed.receipt_code, officer, reasons, NOTE, ["portrait", "id_back"])
    slip = slip_of(desk, claimed)
    for said in (
        "Họ tên khác giấy tờ xuất trình",
        "Chưa có mẫu số 01 hoặc chưa ký",
        "Giấy tờ hết hạn hoặc hư hỏng",
        "Số điện thoại không phải của người khai",
        "Ảnh chân dung, mặt sau mờ, lóa hoặc mất góc",
        NOTE,
        "khai lại trên ứng dụng VssID",
    ):
        assert said in slip
    assert claimed.phone not in slip


def test_k7_the_slip_of_a_supplement_says_what_is_missing_until_when_and_where(
    desk: Desk, claimed: Declaration, officer: Actor
):
    decide.supplement(claimed.receipt_code, officer, NOTE)
    with transaction() as session:
        until = session.get_one(Declaration, claimed.id).expires_at
        (mail,) = (one.body for one in session.query(Notice) if one.subject)
    slip = slip_of(desk, claimed)
    assert until is not None
    last = f"{clock.local(until):%d/%m/%Y}"
    for said in ("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", NOTE, last, "BHXH Mẫu 00114", "Số 1 phố Mẫu"):
        assert said in slip
    assert last in mail


def test_k6_a_dossier_that_was_handed_in_gets_a_receipt(desk: Desk, declaration: Declaration, officer: Actor):
    decide.present(declaration.receipt_code, officer)
    assert "Phiếu tiếp nhận hồ sơ" in slip_of(desk, declaration)


def test_the_qr_of_a_slip_is_the_receipt_code_that_opens_the_declaration(
    desk: Desk, declaration: Declaration, officer: Actor
):
    decide.present(declaration.receipt_code, officer)
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', slip_of(desk, declaration))
    assert found
    from backoffice.gateways.pdf.pictures import qr_svg

    assert b64decode(found[1]).decode() == qr_svg(declaration.receipt_code)


def test_while_there_is_nothing_to_hand_over_there_is_no_slip(desk: Desk, declaration: Declaration):
    answer = desk.get(f"/desk/{declaration.receipt_code}/slip")
    assert answer.status_code == 409
    assert "chưa có phiếu để in" in answer.get_data(as_text=True)
    assert trail(TrailEvent.SLIP) == []


def test_every_slip_is_noted_in_the_trail_by_its_kind(desk: Desk, claimed: Declaration, officer: Actor):
    decide.reject(claimed.receipt_code, officer, ["id_invalid"], NOTE)
    slip_of(desk, claimed)
    (row,) = trail(TrailEvent.SLIP)
    assert (row.declaration_id, row.actor_id, row.facts) == (claimed.id, officer.id, {"kind": "rejected"})


def test_another_offices_slip_is_not_there(desk: Desk, officer: Actor):
    with transaction() as session:
        office = make_office(session, "00131")
        foreign, there = make_declaration(session, office=office), make_actor(session, Role.RECEPTION, office=office)
    decide.present(foreign.receipt_code, there)
    assert desk.get(f"/desk/{foreign.receipt_code}/slip").status_code == 404
