"""Calls at the hotline, in a browser: the owner's, a stranger's, one about a locked account (A4, A7)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.accounts import tries
from backoffice.accounts.life import lock
from backoffice.config import ROOT
from backoffice.hotline.gate import NO_MATCH
from backoffice.hotline.spelling import spoken
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Alarm, AlarmKind, HotlineCall, LockReason, Notice, Role, Scope
from backoffice.notices import account_actions
from backoffice.notices.credentials import issue_credentials
from tests.factories import make_account, make_actor, make_client, make_declaration, make_office, make_officer
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.journeys.officers import be_signed_in

NUMBER, CODE = "0981234567", "0123456789"
SHOTS = os.environ.get("SHOTS")
"""A folder to which what was seen is written, for people to look at."""


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_officer(session, "tongdai", role=Role.HOTLINE, office=make_office(session, "000"))
        return make_account(session, full_name="Nguyễn Thử Mẫu", phone=NUMBER, bhxh_code=CODE)


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        for width, height in (COUNTER, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": COUNTER[0], "height": COUNTER[1]})


def take_call(page: Page, address: str, phone: str = NUMBER, code: str = CODE) -> None:
    be_signed_in(page, address, "tongdai")
    page.goto(f"{address}/")
    page.wait_for_url(f"{address}/hotline")
    expect(page.get_by_label("Số điện thoại đang gọi")).to_be_focused()
    page.keyboard.type(phone)
    page.keyboard.press("Tab")
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a4_the_owner_calls_and_gets_a_new_password_by_sms(page: Page, address: str, account: Account):
    with transaction() as session:
        kept = session.get_one(Account, account.id)
        account_actions.reset_password(session, kept, issue_credentials(session, kept, 7))
        make_declaration(session, bhxh_code=CODE)
        for _ in range(tries.ROUND):
            tries.reserve(session, tries.key_of("", kept, None), kept)
    take_call(page, address)
    expect(page.get_by_role("heading", name="Khớp: số điện thoại và mã số BHXH")).to_be_visible()
    expect(page.locator(".owner .part")).to_have_text("Ng… Th… M…")
    shoot(page, "match")
    assert hindrances(page) == []
    page.keyboard.press("F6")
    expect(page.get_by_text("Đã mở: tài khoản nhận lại mật khẩu")).to_be_visible()
    expect(page.get_by_role("button", name="Mở đăng nhập")).to_have_count(0)
    page.keyboard.press("F9")
    expect(page.get_by_text("chậm nhất hết ngày")).to_be_visible()
    shoot(page, "declaration")
    page.keyboard.press("F8")
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Đã cấp mật khẩu mới")).to_be_visible()
    page.keyboard.press("Alt+1")
    expect(page.get_by_role("button", name="Quên mật khẩu")).to_have_attribute("aria-pressed", "true")
    shoot(page, "reset")
    assert hindrances(page) == []
    assert NUMBER not in page.locator("#call").inner_text()
    with transaction() as session:
        assert session.query(HotlineCall).one().acts == "open declaration reset"
        assert session.query(Notice).filter_by(kind="reset").count() == 2
    page.goto(f"{address}/hotline/log")
    expect(page.get_by_role("cell", name="mở đăng nhập, báo nơi và hạn nộp tờ khai, cấp mật khẩu mới")).to_be_visible()
    shoot(page, "log")
    assert hindrances(page) == []


def test_a4_a_stranger_learns_nothing_and_is_told_where_to_go(page: Page, address: str, account: Account):
    take_call(page, address, phone="0987654321")
    expect(page.locator("#verdict")).to_contain_text(NO_MATCH)
    expect(page.locator("#call")).to_contain_text("cơ quan BHXH gần nhất")
    expect(page.locator(".now, .owner")).to_have_count(0)
    assert "Ng…" not in page.locator("main").inner_text()
    shoot(page, "stranger")
    assert hindrances(page) == []
    page.keyboard.press("Alt+5")
    expect(page.get_by_role("button", name="Mất hoặc đổi số điện thoại")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("F2")
    expect(page.get_by_label("Số điện thoại đang gọi")).to_have_value("")


def test_as_soon_as_the_next_callers_number_is_typed_no_button_acts_for_the_one_before(
    page: Page, address: str, account: Account
):
    take_call(page, address)
    expect(page.locator(".now")).to_be_visible()
    page.get_by_label("Số điện thoại đang gọi").press("0")
    expect(page.locator("#call")).to_be_empty()
    page.keyboard.press("F8")
    expect(page.locator("#ask")).to_be_hidden()


def test_a_locked_account_is_sent_to_the_office(page: Page, address: str, account: Account):
    with transaction() as session:
        lock(session, session.get_one(Account, account.id), make_actor(session), LockReason.SUSPICION)
    take_call(page, address)
    expect(page.locator(".say")).to_contain_text("đang tạm khóa")
    expect(page.locator(".now")).to_have_count(0)
    shoot(page, "locked")
    assert hindrances(page) == []


def test_an_announced_call_needs_the_code_alone(page: Page, address: str, account: Account):
    with transaction() as session:
        _, key = make_client(session, Scope.HOTLINE)
    answer = page.context.request.post(
        f"{address}/api/v1/hotline/calls", data={"caller_phone": NUMBER}, headers={"Authorization": f"Bearer {key}"}
    )
    token = answer.json()["token"]
    be_signed_in(page, address, "tongdai")
    page.goto(f"{address}/hotline?call={token}")
    expect(page.get_by_label("Số điện thoại đang gọi")).to_have_value(NUMBER)
    expect(page.get_by_label("Mã số BHXH người gọi đọc")).to_be_focused()
    shoot(page, "announced")
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("Khớp")


def test_a_supervisor_sees_to_an_alarm(page: Page, address: str, account: Account):
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "000"))
        for kind in AlarmKind:
            session.add(Alarm(kind=kind, account_id=account.id, at=clock.now()))
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/hotline/alarms")
    expect(page.get_by_text("····6789")).to_have_count(len(AlarmKind))
    shoot(page, "alarms")
    assert hindrances(page) == []
    page.get_by_label("Đã xem xét thế nào").first.fill("Đã gọi lại chủ tài khoản")
    page.get_by_role("button", name="Đã xem").first.click()
    expect(page.get_by_text("Đã gọi lại chủ tài khoản")).to_be_visible()
    expect(page.get_by_label("Đã xem xét thế nào")).to_have_count(len(AlarmKind) - 1)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_of_the_readme_gives_a_password(address: str, account: Account):
    with transaction() as session:
        _, key = make_client(session, Scope.HOTLINE)
    script = re.search(r"## Give a password by telephone.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert script is not None
    words = re.sub(r"KEY=\$\(.*\)\n", f"KEY={key}\n", script[1]).replace("http://127.0.0.1:8000", address)
    answer = subprocess.run(["bash", "-ec", words], cwd=ROOT, capture_output=True, check=True).stdout
    made = json.loads(answer)
    assert made["spoken"] == spoken(made["password"])
