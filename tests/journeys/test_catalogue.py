"""The catalogue of messages, in a browser: an administrator reads what citizens get, at the counter and on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from backoffice.kernel.db import transaction
from backoffice.models import Role
from tests.factories import make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in


def test_an_administrator_reads_every_message_and_nothing_hinders(page: Page, address: str):
    with transaction() as session:
        make_officer(session, "quantri", role=Role.ADMINISTRATOR)
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/notices/catalogue")
    page.get_by_role("link", name="Nhắc hạn nộp").click()
    reminder = page.locator("#reminder")
    expect(reminder).to_be_in_viewport()
    longest = reminder.get_by_text("Dài nhất: 160 ký tự")
    longest.click()
    expect(reminder.get_by_text("den BHXH Q. Mau Ten Dai Nhat cham nhat")).to_have_count(2)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    assert hindrances(page) == []
