"""Messages that did not arrive, seen to at a counter: by keys, one after the other, and nothing is sent twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.followup import handling
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Gateway, Notice, NoticeChannel, NoticeKind, NoticeStatus, Role
from backoffice.rules.actors import Actor, officer_actor
from tests.decision.decided import approved, messages, rejected, send
from tests.factories import make_account, make_declaration, make_office, make_officer
from tests.followup.undelivered import call_backs, make_notice, make_reset, reread
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser
GATEWAYS = "#gateways_now"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp"))


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "lan", full_name="Trần Văn Lan"))


@pytest.fixture
def opened(page: Page, address: str, officer: Actor) -> Page:
    """A browser in which the officer has signed in, on /notices once there is something to see."""
    be_signed_in(page, address)
    return page


def two_waiting(officer: Actor) -> tuple[Declaration, Notice, Notice]:
    """A refusal and a confirmation that did not arrive."""
    declaration = rejected(officer, phone="0981230001", full_name="Phạm Quốc Khánh")
    send()
    with transaction() as session:
        confirmation = make_notice(session, about=make_declaration(session, full_name="Vũ Thị Lan"))
    return declaration, messages(declaration)[0], confirmation


def item(page: Page, notice: Notice):  # noqa: ANN201
    return page.locator(f"#notice-{notice.id}")


def test_the_hands_begin_at_the_first_message_and_keys_act_on_the_chosen_one(
    opened: Page, address: str, officer: Actor
):
    _, refusal, confirmation = two_waiting(officer)
    opened.goto(f"{address}/notices")
    expect(item(opened, refusal).get_by_role("link", name="Phạm Quốc Khánh")).to_be_focused()
    opened.keyboard.press("ArrowDown")
    expect(item(opened, confirmation).get_by_role("link", name="Vũ Thị Lan")).to_be_focused()
    opened.keyboard.press("Alt+v")
    expect(item(opened, confirmation)).to_contain_text("Nguyễn Thị Tiếp đã gửi lại lúc")
    expect(item(opened, confirmation).get_by_role("link", name="Vũ Thị Lan")).to_be_focused()
    expect(opened.locator("#worklist_count")).to_have_text("1")
    assert reread(refusal).handling is None
    opened.keyboard.press("Alt+v")
    opened.keyboard.press("ArrowUp")
    expect(item(opened, refusal).get_by_role("button", name="Gửi lại")).to_be_visible()


def test_no_message_is_acted_on_by_a_key_while_none_is_chosen(opened: Page, address: str, officer: Actor):
    _, refusal, _ = two_waiting(officer)
    opened.goto(f"{address}/notices")
    opened.locator("#seek").focus()
    opened.keyboard.press("Alt+v")
    opened.keyboard.press("Alt+b")
    expect(opened.locator("details.unfold[open]")).to_have_count(0)
    assert reread(refusal).handling is None


def test_a_call_is_noted_then_the_refusal_goes_to_the_right_number(opened: Page, address: str, officer: Actor):
    declaration, refusal, _ = two_waiting(officer)
    opened.goto(f"{address}/notices")
    opened.keyboard.press("Alt+g")
    expect(item(opened, refusal).get_by_label("Kết quả liên hệ")).to_be_focused()
    opened.keyboard.type("Gọi lúc 09:40, công dân cho số khác.")
    opened.keyboard.press("Alt+Enter")
    expect(item(opened, refusal).locator(".calls")).to_contain_text(
        "Nguyễn Thị Tiếp: Gọi lúc 09:40, công dân cho số khác."
    )
    assert call_backs(refusal) == ["Gọi lúc 09:40, công dân cho số khác."]
    opened.keyboard.press("Alt+j")
    expect(item(opened, refusal).get_by_label("Số điện thoại đúng")).to_be_focused()
    opened.keyboard.type("0912")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Space")
    opened.keyboard.press("Alt+Enter")
    expect(item(opened, refusal)).to_contain_text("Số điện thoại di động có 10 chữ số")
    expect(item(opened, refusal).get_by_label("Số điện thoại đúng")).to_have_value("0912")
    item(opened, refusal).get_by_label("Số điện thoại đúng").fill("0912 345 678")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Space")
    opened.keyboard.press("Alt+Enter")
    expect(item(opened, refusal)).to_contain_text("đã gửi lại lúc")
    assert messages(declaration)[-1].recipient == "0912345678"


def test_the_second_officer_learns_what_the_first_did(opened: Page, address: str, officer: Actor, colleague: Actor):
    _, refusal, confirmation = two_waiting(officer)
    opened.goto(f"{address}/notices")
    handling.resend(refusal.id, colleague)
    handling.give_up(confirmation.id, colleague, "Đã đến quầy")
    opened.keyboard.press("Alt+v")
    expect(item(opened, refusal)).to_contain_text("Trần Văn Lan đã gửi lại lúc")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Alt+g")
    expect(item(opened, confirmation).get_by_label("Kết quả liên hệ")).to_be_focused()
    opened.keyboard.type("Không nghe máy")
    opened.keyboard.press("Alt+Enter")
    expect(opened.locator("#banner")).to_contain_text(
        re.compile(r"Trần Văn Lan đã ghi thôi gửi lúc \d\d:\d\d: Đã đến quầy")
    )
    expect(item(opened, confirmation).get_by_label("Kết quả liên hệ")).to_have_value("Không nghe máy")


def test_what_became_of_somebodys_messages_is_found_and_the_way_back_is_one_key(
    opened: Page, address: str, officer: Actor
):
    declaration, refusal, _ = two_waiting(officer)
    opened.goto(f"{address}/notices")
    opened.keyboard.press("Alt+o")
    expect(opened.locator("#seek")).to_be_focused()
    opened.locator("#seek").fill("+84 98 123 0001")  # typed as quickly as this it would be a scan, which opens the file
    opened.keyboard.press("Enter")
    expect(opened.locator("#found_title")).to_contain_text("098 123 0001")
    expect(item(opened, refusal)).to_contain_text("Không gửi được")
    assert "0001" not in opened.url
    opened.locator("#seek").fill("nguyen van")
    opened.keyboard.press("Enter")
    expect(opened.locator("#content")).to_contain_text("tìm theo họ tên thì dùng ô tìm ở đầu trang")
    opened.keyboard.press("F3")
    expect(opened.locator("#worklist_title")).to_contain_text("Tin chưa đến: 2")


def test_a_gateway_that_goes_out_is_said_by_itself_and_what_is_typed_stays(opened: Page, address: str, officer: Actor):
    _, refusal, _ = two_waiting(officer)
    opened.goto(f"{address}/notices")
    expect(opened.locator(GATEWAYS)).to_be_empty()
    opened.keyboard.press("Alt+b")
    expect(item(opened, refusal).get_by_label("Vì sao thôi gửi")).to_be_focused()
    opened.keyboard.type("Công dân đã")
    now = clock.now()
    with transaction() as session:
        session.add(
            Gateway(name="sandbox", faults=5, opened_at=now, open_until=now + timedelta(minutes=1), opened_times=1)
        )
    expect(opened.locator(GATEWAYS)).to_contain_text("Nhà mạng đang gián đoạn từ", timeout=25_000)
    expect(item(opened, refusal).get_by_label("Vì sao thôi gửi")).to_have_value("Công dân đã")
    expect(item(opened, refusal).get_by_label("Vì sao thôi gửi")).to_be_focused()


def test_an_expired_password_is_given_out_anew_by_one_key_at_the_desk(opened: Page, address: str, officer: Actor):
    with clock.at(clock.now() - timedelta(days=9)):
        declaration = approved(officer, phone="0981234567")
        send()
    opened.goto(f"{address}/desk/{declaration.receipt_code}")
    opened.get_by_role("button", name="Công dân đang ở quầy").click()
    expect(opened.locator("#fates")).to_contain_text("mà chưa được dùng")
    opened.keyboard.press("Alt+v")
    expect(opened.locator("#fates")).to_contain_text("Tin đã gửi trước đó (1)")
    expect(opened.locator("#fates")).not_to_contain_text("mà chưa được dùng")
    assert len(messages(declaration)) == 2


def test_nothing_hinders_on_the_page_of_messages(page: Page, address: str, officer: Actor):
    two_waiting(officer)
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_officer(session, "quantri", role=Role.ADMINISTRATOR, office=make_office(session, "000"))
        make_reset(session, make_account(session), status=NoticeStatus.UNKNOWN, failure=None, sent_at=clock.now())
        declaration = make_declaration(session, full_name="Nguyễn Phúc Bảo Khánh Huyền Trân " * 3)
        mail = {
            "channel": NoticeChannel.EMAIL,
            "recipient": f"{'dia.chi.rat.dai' * 4}@example.vn",
            "subject": "Mẫu số 01",
        }
        make_notice(session, NoticeKind.FORM01, about=declaration, body="x" * 400, **mail)
        session.add(Gateway(name="sandbox", faults=5, reason="Hỏng.", opened_at=clock.now(), opened_times=1))
    found: dict[str, list[str]] = {}
    for who in ("tieptan", "giamsat", "quantri"):
        be_signed_in(page, address, who)
        page.goto(f"{address}/notices")
        found[who] = hindrances(page)
        page.context.clear_cookies()
    be_signed_in(page, address)
    page.goto(f"{address}/notices")
    page.keyboard.press("Alt+j")
    found["unfolded"] = hindrances(page)
    page.get_by_text("Nội dung, giờ gửi").last.click()
    found["text"] = hindrances(page)
    for state, text in {"found": declaration.receipt_code, "none": "0999999999", "unreadable": "nguyen"}.items():
        page.locator("#seek").fill(text)
        page.locator("#seek").press("Enter")
        page.wait_for_selector("#found_title")
        found[state] = hindrances(page)
    assert {state: faults for state, faults in found.items() if faults} == {}
