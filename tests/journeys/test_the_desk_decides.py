"""From the API to the password on the citizen's phone, as people live it."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.demo.drawings import draw_id_back, draw_id_front, draw_portrait
from backoffice.demo.people import Person, invent_person
from backoffice.demo.sample import sample_declaration
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Claim, Declaration, Status
from backoffice.notices.credentials import check_temporary
from backoffice.rules.actors import Actor
from tests.factories import PASSWORD, make_actor, make_client, make_declaration, make_office, make_officer
from tests.intake.sending import send
from tests.journeys.looking import COUNTER, PHONE, is_too_wide
from tests.journeys.officers import be_signed_in, sign_in, sign_in_by_hand
from tests.processes import working

pytestmark = pytest.mark.browser


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        return make_actor(session, full_name="Trần Thị Lan")


def declare(app: Flask, person: Person) -> dict[str, Any]:
    """Send the person's declaration as the app does."""
    rng = random.Random(7)
    with transaction() as session:
        _, key = make_client(session)
        make_office(session)
    photos = {
        "portrait": draw_portrait(person, rng),
        "id_front": draw_id_front(person, rng),
        "id_back": draw_id_back(person, rng),
    }
    fields = sample_declaration(person, "00114") | {"phone": "0981234567"}
    answer = send(app.test_client(), key, fields, photos)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


def sms(settings: Settings) -> list[dict[str, Any]]:
    path = Path(settings.sandbox / "sms.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_citizen_declares_comes_and_receives_a_password_that_fits(
    page: Page, address: str, app: Flask, settings: Settings, colleague: Actor
):
    person = invent_person(random.Random(11))
    made = declare(app, person)
    sign_in_by_hand(page, address)

    page.keyboard.type(made["receipt_code"].replace("-", ""))  # form 01's QR: a scanner types and ends with Enter
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(person.full_name)
    expect(page.locator("tr", has_text="Số CCCD")).to_contain_text("trùng")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("F6")
    expect(page.locator("#caption")).to_contain_text("đã nộp")
    for digit in "12345678":
        page.keyboard.press(f"Alt+{digit}")
    expect(page.locator("#ledger_title")).to_contain_text("8/8")
    with working(settings):
        page.keyboard.press("F9")
        expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
        expect(page.locator("#outcome")).to_contain_text("Đã đến máy")

    told = [one["text"] for one in sms(settings) if "mat khau" in one["text"]]
    assert len(told) == 1
    password = re.search(r" mat khau (\S+) ", told[0])
    assert password is not None
    with transaction() as session:
        account = session.query(Account).filter_by(bhxh_code=person.bhxh_code).one()
        assert check_temporary(session, account, password.group(1)) is not None
    page.keyboard.press("F3")
    expect(page.locator("#q")).to_be_focused()


def test_a_rejection_shows_beforehand_what_the_citizen_will_read(
    page: Page, address: str, settings: Settings, colleague: Actor
):
    with transaction() as session:
        declaration = make_declaration(session, email="mau@example.vn")
    sign_in(page, address)
    page.get_by_role("link", name=declaration.full_name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(declaration.full_name)
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("F8")
    page.get_by_label("Giấy tờ hết hạn hoặc hư hỏng").check()
    expect(page.locator("#preview")).to_contain_text("Giay to het han hoac hong")
    promised = page.locator("#preview .message").first.inner_text()
    with working(settings):
        page.get_by_role("button", name="Không chấp nhận và gửi thông báo").click()
        expect(page.locator("#outcome")).to_contain_text("Không chấp nhận lúc")
        expect(page.locator("#outcome")).to_contain_text("Đã đến máy")
    assert promised in [one["text"] for one in sms(settings)]


def test_the_second_officer_sees_at_once_that_a_colleague_decided(page: Page, address: str, colleague: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    decide.claim(declaration.receipt_code, colleague)
    decide.reject(declaration.receipt_code, colleague, ["id_invalid"], "")
    page.keyboard.press("F2")
    expect(page.locator("#banner")).to_contain_text("Trần Thị Lan đã trả lời “Không chấp nhận” hồ sơ này lúc")


def test_typed_text_survives_a_locked_screen(page: Page, address: str, colleague: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("F7")
    page.get_by_label("Còn thiếu gì").fill("Chụp lại mặt sau")
    page.keyboard.press("Alt+l")
    expect(page.locator("#lock")).to_be_visible()
    page.locator("#unlock-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    page.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
    expect(page.locator("#caption")).to_contain_text("Chờ bổ sung")
    with transaction() as session:
        kept = session.get_one(Declaration, declaration.id)
    assert (kept.status, kept.supplement_note) == (Status.SUBMITTED, "Chụp lại mặt sau")


def test_a_claim_survives_the_reload_of_its_page(page: Page, address: str, colleague: Actor):
    """Leaving gives the claim up after 15 seconds unless the page comes back (design 4): a reload is coming back."""
    with transaction() as session:
        declaration = make_declaration(session)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.reload()
    with page.expect_response("**/heartbeat"):
        pass
    with transaction() as session:
        claim = session.get_one(Claim, declaration.id)
    assert claim.until > clock.now() + timedelta(minutes=9)


def test_no_screen_is_wider_than_its_window(page: Page, address: str, colleague: Actor):
    with transaction() as session:
        declaration = make_declaration(session, full_name="Nguyễn Thị Hoàng Phương Thảo Nguyên " * 3)
        soon = make_declaration(session, declared_at=clock.now() - timedelta(days=9))
    be_signed_in(page, address)
    for path in ("/desk", f"/desk/{declaration.receipt_code}", f"/desk/{soon.receipt_code}", "/sandbox"):
        page.goto(address + path)
        assert [window for window in (COUNTER, PHONE) if is_too_wide(page, window)] == [], path
