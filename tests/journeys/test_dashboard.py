"""A supervisor's figures in a browser: the country, a province, an office, the hotline; an officer's own."""

from __future__ import annotations

import itertools
import os
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.decision import steps
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import FigureMorning, Stood
from tests.dashboards.scene import Scene, played, undecided_of
from tests.journeys.looking import PHONE, hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(database: None) -> Scene:
    made = played()
    with transaction() as session:
        for office, back, stood in itertools.product((made.offices["000"], made.offices["00114"]), range(14), Stood):
            day = clock.today() - timedelta(days=back)
            session.add(FigureMorning(office_id=office.id, day=day, figure=stood, number=3 * back))
    return made


def look(page: Page, name: str) -> None:
    """Keep a picture where LOOK says."""
    if folder := os.environ.get("LOOK"):
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/dashboard-{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1366, "height": 768})


def clipped(page: Page) -> list[str]:
    """Headings of the panels out of which a table reaches on a phone: what lies there nobody sees."""
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".dash .panel")].filter(panel => [...panel.querySelectorAll("table")].some(
            table => table.getBoundingClientRect().right > panel.getBoundingClientRect().right
        )).map(panel => panel.querySelector("h2").textContent)"""
    )
    page.set_viewport_size({"width": 1366, "height": 768})
    return found


def test_from_the_country_to_an_office_to_those_who_wait(page: Page, address: str, scene: Scene):
    be_signed_in(page, address, "quocgia")
    page.goto(address)
    page.get_by_role("link", name="Số liệu, báo cáo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Số liệu: BHXH Mẫu 000 (000)")
    expect(page.get_by_text("Cả nước")).to_be_visible()
    page.get_by_role("link", name="001 BHXH Mẫu 001").click()
    page.get_by_role("link", name="Xem đơn vị này").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Số liệu: BHXH Mẫu 00114 (00114)")
    tile = page.get_by_role("link", name="Hạn nộp hôm nay")
    number = int(tile.locator("b").inner_text())
    tile.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hạn nộp hôm nay, hiện nay")
    expect(page.locator("#list_rows tr")).to_have_count(number)
    page.get_by_role("link", name="Số liệu: 00114 BHXH Mẫu 00114").click()
    expect(page.get_by_role("row", name="Chờ bổ sung 0 21 giảm 21")).to_be_visible()
    page.get_by_role("link", name="Danh sách đơn vị đang xử lý 2").click()
    expect(page.locator("#list_rows tr")).to_have_count(2)
    page.locator("#list_rows").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/batches/"))
    page.goto(f"{address}/dashboard?office=00114")
    page.get_by_role("link", name="000 BHXH Mẫu 000").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Số liệu: BHXH Mẫu 000 (000)")


def test_the_figures_follow_what_happens_while_somebody_sees_them(page: Page, address: str, scene: Scene):
    be_signed_in(page, address, "truongphong")
    page.goto(f"{address}/dashboard")
    tile = page.get_by_role("link", name="Đã nộp, đang giải quyết").locator("b")
    expect(tile).to_have_text("1")
    with transaction() as session:
        steps.present(session, undecided_of(session, "00114")[0], scene.officers[0])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live" in request.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true})")
    page.evaluate("window.away = true; document.querySelector('#figures').dispatchEvent(new CustomEvent('seen'))")
    expect(tile).to_have_text("1")
    page.get_by_role("link", name="Hạn nộp hôm nay").focus()
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(tile).to_have_text("2")
    assert len(asked) == 1, "nothing was asked for while nobody saw it"
    expect(page.get_by_role("link", name="Hạn nộp hôm nay")).to_be_focused()


def test_whoever_has_more_entries_than_a_line_holds_finds_the_seldom_ones_under_one_more(
    page: Page, address: str, scene: Scene
):
    be_signed_in(page, address, "quocgia")
    page.goto(f"{address}/dashboard")
    menu = page.get_by_role("navigation", name="Mục")
    more = menu.locator("summary")
    assert menu.evaluate("(one) => one.offsetHeight") < 48, "one line"
    expect(menu.get_by_role("link", name="Người dùng")).to_be_hidden()
    more.click()
    look(page, "menu")
    assert not hindrances(page)
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Người dùng")).to_be_hidden()
    expect(more).to_be_focused()
    more.press("Enter")
    menu.get_by_role("link", name="Người dùng").click()
    expect(more).to_have_text("Thêm: Người dùng")
    assert menu.evaluate("(one) => one.offsetHeight") < 48, "one line"
    more.click()
    expect(menu.get_by_role("link", name="Người dùng")).to_have_attribute("aria-current", "page")


def test_on_paper_there_are_figures_and_no_controls(page: Page, address: str, scene: Scene):
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/dashboard")
    page.emulate_media(media="print")
    for gone in (page.locator("[data-print]"), page.get_by_role("link", name="Báo cáo Excel")):
        expect(gone).to_be_hidden()
    expect(page.get_by_role("img", name="Kết quả mỗi ngày, 14 ngày qua")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Hạn hôm nay", exact=True)).to_be_visible()
    page.emulate_media(media="screen")


def test_an_officer_finds_the_own_figures_under_the_own_name(page: Page, address: str, scene: Scene):
    be_signed_in(page, address, scene.officers[0].username)
    page.goto(f"{address}/desk")
    page.locator("summary", has_text="Nguyễn Thị Lan").click()
    page.get_by_role("link", name="Số liệu của tôi").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Hồ sơ tôi đã giải quyết")
    look(page, "mine")
    assert hindrances(page) == []


def test_nothing_hinders_who_reads_the_figures(page: Page, address: str, scene: Scene):
    found = {}
    for username, paths in {
        "quocgia": ["", "/hotline", "/hotline/calls", "/list/expired"],
        "truongphong": ["/officers", "/list/declared", "/list/failed", "/list/lists"],
    }.items():
        be_signed_in(page, address, username)
        for path in paths:
            page.goto(f"{address}/dashboard{path}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            look(page, (username + path).replace("/", "-").replace("?", "-"))
            found[username + path] = hindrances(page) + clipped(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
