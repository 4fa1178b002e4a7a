"""A citizen asks what is held on them: as a supervisor meets it at the counter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, PersonRequest, Role
from tests.factories import make_account, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in
from tests.rights.people import make_request

pytestmark = pytest.mark.browser


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_officer(
            session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001", name="BHXH thành phố Mẫu")
        )
        office = make_office(session, "00114", name="BHXH huyện Thanh Trì")
        return make_account(session, office=office, bhxh_code="0123456789", full_name="Trần Thị Mẫu")


def fill(page: Page, account: Account, number: str = "15/YC-2026") -> None:
    page.get_by_label("Số trong sổ tiếp nhận").fill(number)
    page.get_by_label("Về người nào").fill(account.bhxh_code)
    page.get_by_label("Giấy tờ của người yêu cầu").fill(account.id_number)
    page.keyboard.press("Enter")


def test_from_the_counter_to_the_file_that_is_handed_over(page: Page, address: str, account: Account) -> None:
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk")
    page.get_by_role("navigation").get_by_role("link", name="Yêu cầu của công dân").click()
    fill(page, account)
    expect(page.get_by_role("heading", name="Trần Thị Mẫu")).to_be_visible()
    assert account.bhxh_code not in page.url
    with page.expect_download() as download:
        page.keyboard.press("F9")
    assert download.value.suggested_filename.endswith(".pdf")
    page.get_by_role("button", name="Đã giao").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Đã ghi là đã trả lời")).to_be_visible()
    expect(page.get_by_text("Trần Thị Mẫu")).to_have_count(0)
    with transaction() as session:
        assert session.query(PersonRequest).one().answered_at is not None


def test_a_paper_of_somebody_else_is_refused_and_the_form_stays(page: Page, address: str, account: Account) -> None:
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/rights")
    account.id_number = "079090123456"
    fill(page, account)
    expect(page.get_by_text("Giấy tờ này không khớp")).to_be_visible()
    expect(page.get_by_label("Số trong sổ tiếp nhận")).to_have_value("15/YC-2026")
    assert hindrances(page) == []


def test_nothing_hinders_who_answers(page: Page, address: str, account: Account) -> None:
    with transaction() as session:
        officer = make_officer(session, "lanhdao", role=Role.SUPERVISOR, office=make_office(session, "001"))
        late = clock.today() - timedelta(days=9)
        make_request(session, account, officer, number="9/YC-2026", received_on=late)
        now = clock.now()
        make_request(
            session, account, officer, number="8/YC-2026", received_on=late, sealed=None, answered_at=now, made_at=now
        )
        number = make_request(session, account, officer, number="14/YC-2026").id
    be_signed_in(page, address, "giamsat")
    for path in ("/rights", f"/rights/{number}", f"/rights/{number - 1}"):
        page.goto(f"{address}{path}")
        assert hindrances(page) == []
