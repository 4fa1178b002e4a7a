"""The moment after, at the counter: the message's fate comes by itself, and what went wrong is put right by keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration
from backoffice.notices.credentials import check_temporary
from backoffice.rules.actors import Actor, officer_actor
from tests.decision.decided import account_of, age, approved, arrived, passwords, rejected, send, sent_back
from tests.factories import make_declaration, make_officer, verify_all
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in
from tests.processes import working

pytestmark = pytest.mark.browser
FATES = "#fates"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp"))


@pytest.fixture
def at_desk(page: Page, address: str, officer: Actor) -> Callable[[Declaration], Page]:
    """Open a declaration's page as the officer who signed in."""
    be_signed_in(page, address)

    def opened(declaration: Declaration) -> Page:
        page.goto(f"{address}/desk/{declaration.receipt_code}")
        return page

    return opened


def ready(officer: Actor, phone: str) -> Declaration:
    """A declaration in the officer's hands, verified: one key approves it."""
    with transaction() as session:
        declaration = make_declaration(session, phone=phone)
        verify_all(session, declaration, officer)
    decide.claim(declaration.receipt_code, officer)
    decide.present(declaration.receipt_code, officer)
    return declaration


def unfold(page: Page) -> None:
    """Press the key of “Sửa số”: the hands are in the field."""
    page.keyboard.press("Alt+j")
    expect(page.get_by_label("Số điện thoại đúng")).to_be_focused()


def test_an_sms_that_failed_is_corrected_in_place_and_arrives_while_the_citizen_stands_there(
    at_desk: Callable[[Declaration], Page], settings: Settings, officer: Actor
):
    declaration = ready(officer, "0981230001")
    page = at_desk(declaration)
    with working(settings):
        page.keyboard.press("F9")
        expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
        expect(page.locator(FATES)).to_contain_text("Không gửi được")
        expect(page.locator(FATES)).to_contain_text("Nhà mạng báo thuê bao không tồn tại.")
        unfold(page)
        page.keyboard.type("+84 912 345 678")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator(FATES)).to_contain_text("091…678")
        expect(page.locator(FATES)).to_contain_text("Đã đến máy")
    assert arrived(settings, "0981230001") == []
    [password] = passwords(settings, "0912345678")
    with transaction() as session:
        account = session.query(Account).filter_by(declaration_id=declaration.id).one()
        assert check_temporary(session, account, password) is not None
    expect(page.locator("#history")).to_contain_text("Sửa số điện thoại, gửi lại mật khẩu")


def test_without_a_receipt_the_officer_asks_after_a_minute_and_notes_what_the_citizen_shows(
    at_desk: Callable[[Declaration], Page], settings: Settings, officer: Actor
):
    declaration = ready(officer, "0981230003")
    page = at_desk(declaration)
    with working(settings):
        page.keyboard.press("F9")
        expect(page.locator(FATES)).to_contain_text("Đã gửi, nhà mạng chưa báo")
        expect(page.locator(FATES)).not_to_contain_text("Xin hỏi công dân xem máy")
    age(declaration, seconds=61)
    expect(page.locator(FATES)).to_contain_text("Xin hỏi công dân xem máy")
    for name in ("Đã thấy tin", "Gửi lại", "Sửa số"):
        expect(page.locator("#outcome").get_by_text(name, exact=False).first).to_be_visible()
    page.keyboard.press("Alt+t")
    expect(page.locator(FATES)).to_contain_text("công dân đã thấy tin lúc")
    expect(page.locator(FATES)).to_contain_text("Nguyễn Thị Tiếp")
    expect(page.get_by_role("button", name="Đã thấy tin")).to_have_count(0)


def test_what_is_being_typed_stays_while_the_fate_comes_in(at_desk: Callable[[Declaration], Page], officer: Actor):
    page = at_desk(approved(officer, phone="0981234567"))
    expect(page.locator(FATES)).to_contain_text("Chờ gửi")
    unfold(page)
    page.keyboard.type("0912")
    send()
    expect(page.locator(FATES)).to_contain_text("Đã đến máy")
    expect(page.get_by_label("Số điện thoại đúng")).to_have_value("0912")
    expect(page.get_by_label("Số điện thoại đúng")).to_be_focused()


def test_a_number_that_another_holds_is_refused_and_what_was_typed_stays(
    at_desk: Callable[[Declaration], Page], officer: Actor
):
    taken = account_of(approved(officer)).phone
    page = at_desk(approved(officer))
    unfold(page)
    page.keyboard.type(taken)
    page.get_by_label("Công dân đồng ý").check()
    page.get_by_role("button", name="Ghi và gửi mật khẩu mới").click()
    expect(page.locator("#banner")).to_contain_text("Mỗi số điện thoại chỉ được đăng ký cho 1 mã số")
    expect(page.get_by_label("Số điện thoại đúng")).to_have_value(taken)


def test_sending_again_by_key_waits_for_the_message_that_may_still_arrive(
    at_desk: Callable[[Declaration], Page], officer: Actor
):
    declaration = approved(officer, phone="0981230003")
    send()
    page = at_desk(declaration)
    page.keyboard.press("Alt+v")
    expect(page.locator("#banner")).to_contain_text("giây nữa rồi bấm “Gửi lại”")
    age(declaration, seconds=31)
    page.keyboard.press("Alt+v")
    expect(page.locator(FATES)).to_contain_text("Tin đã gửi trước đó (1)")
    expect(page.locator("#banner")).to_be_empty()


def test_one_key_leads_to_the_empty_search_box_and_nobodys_dossier_is_fetched(
    at_desk: Callable[[Declaration], Page], officer: Actor, address: str
):
    with transaction() as session:
        make_declaration(session, full_name="Người Kế Tiếp")
    page = at_desk(approved(officer, full_name="Người Vừa Xong"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(address)))
    page.keyboard.press("F3")
    page.wait_for_url(f"{address}/desk")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#counts")).to_contain_text(re.compile(r"Chưa đến nộp\s*1"))
    assert "Người Vừa Xong" not in page.content()
    assert [path for path in asked if path.startswith("/desk/") and not path.startswith("/desk/counts")] == []


def test_no_state_of_the_moment_after_has_an_accessibility_violation_or_is_wider_than_its_window(
    at_desk: Callable[[Declaration], Page], officer: Actor
):
    states = {
        "waiting": approved(officer),
        "failed": approved(officer, phone="0981230001"),
        "no receipt": approved(officer, phone="0981230003", email="nguoi.thu.co.dia.chi.rat.dai@example.vn"),
        "rejected": rejected(officer, phone="0981230011"),
        "sent back": sent_back(officer, phone="0981230013"),
    }
    found: dict[str, list[str]] = {}

    def look(state: str, page: Page) -> None:
        found[state] = hindrances(page)

    for state, declaration in states.items():
        if state == "failed":
            send()
        age(declaration, seconds=70)
        page = at_desk(declaration)
        look(state, page)
    page = at_desk(states["failed"])
    unfold(page)
    page.get_by_role("button", name="Ghi và gửi mật khẩu mới").click()
    look("form unfolded", page)
    page.get_by_label("Số điện thoại đúng").fill("0912")
    page.get_by_label("Công dân đồng ý").check()
    page.get_by_role("button", name="Ghi và gửi mật khẩu mới").click()
    expect(page.get_by_text("Số điện thoại di động có 10 chữ số")).to_be_visible()
    look("form refused", page)
    assert {state: faults for state, faults in found.items() if faults} == {}
