"""The trail in a browser: from a declaration to who looked at it by one key, alarms, and the question why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.desk.actions import open_review
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, OpenedFile, OpenReason, Role, Status, TrailAlarm, TrailAlarmKind
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_officer(session, "kiemtra", role=Role.AUDITOR, office=make_office(session, "000"))
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        return make_actor(session, username="lan.tt", full_name="Trần Thị Lan")


@pytest.fixture
def decided(colleague: Actor) -> Declaration:
    yesterday = clock.now() - timedelta(days=1)
    with transaction() as session:
        return make_declaration(
            session, status=Status.REJECTED, decided_at=yesterday, decided_by_id=colleague.id, reasons=["name_differs"]
        )


def test_one_key_says_why_and_opens_a_decided_file(page: Page, address: str, decided: Declaration):
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{decided.receipt_code}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vì sao mở hồ sơ")
    expect(page.get_by_text(decided.full_name)).to_have_count(0)
    page.keyboard.press("Alt+1")
    expect(page.get_by_role("heading", level=1)).to_have_text(decided.full_name)
    with transaction() as session:
        assert session.query(OpenedFile).one().reason is OpenReason.CITIZEN_HERE


def test_the_key_of_another_reason_leads_to_its_words(page: Page, address: str, decided: Declaration):
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{decided.receipt_code}")
    page.keyboard.press("Alt+4")
    expect(page.get_by_label("Lý do khác")).to_be_focused()
    page.keyboard.insert_text("Tòa án yêu cầu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(decided.full_name)


def test_one_key_leads_a_supervisor_from_a_file_to_who_looked_at_it(
    page: Page, address: str, colleague: Actor, decided: Declaration
):
    with transaction() as session:
        one = make_declaration(session)
    open_review(one.receipt_code, colleague)
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/{one.receipt_code}")
    page.keyboard.press("Alt+3")
    expect(page.get_by_role("heading", level=1)).to_have_text(one.full_name)
    page.keyboard.press("Alt+e")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ai đã xem")
    people = page.get_by_role("region", name="Những ai")
    expect(people).to_contain_text("Trần Thị Lan")
    expect(page.get_by_role("region", name="Từng việc")).to_contain_text("kiểm tra nội bộ")
    with page.expect_download() as download:
        page.keyboard.press("Alt+x")
    assert download.value.suggested_filename.endswith(".xlsx")


def test_an_alarm_leads_to_the_officers_day_and_is_seen_to(page: Page, address: str, colleague: Actor):
    now = clock.now()
    with transaction() as session:
        one = make_declaration(session)
        values = {"day": clock.today(), "first_at": now, "last_at": now, "number": 1}
        kind = TrailAlarmKind.OUT_OF_HOURS
        session.add(TrailAlarm(kind=kind, officer_id=colleague.id, office_id=colleague.office_id, **values))
    open_review(one.receipt_code, colleague)
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/trail")
    page.get_by_role("link", name="Cảnh báo 1").click()
    page.get_by_role("button", name="Xem ngày này của cán bộ Trần Thị Lan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Trần Thị Lan (lan.tt)")
    expect(page.get_by_role("region", name="Từng việc")).to_contain_text("Mở xem hồ sơ")
    page.goto(f"{address}/trail/alarms")
    page.get_by_label("Đã xem xét thế nào").fill("Trực theo phân công")
    page.get_by_role("button", name="Đã xem", exact=True).click()
    expect(page.get_by_text("Không có cảnh báo nào đang chờ")).to_be_visible()
    expect(page.get_by_role("region", name="Đã xem gần đây")).to_contain_text("Trực theo phân công")


def test_the_next_page_is_put_below_the_first(page: Page, address: str, colleague: Actor):
    with transaction() as session:
        files = [make_declaration(session) for _ in range(60)]
    for one in files:
        open_review(one.receipt_code, colleague)
    be_signed_in(page, address, "kiemtra")
    page.goto(f"{address}/trail")
    page.get_by_label("Cán bộ", exact=True).fill("lan.tt")
    page.keyboard.press("Enter")
    lines = page.get_by_role("region", name="Từng việc").locator("td.when")
    expect(lines).to_have_count(50)
    page.get_by_role("link", name="Xem thêm").click()
    expect(lines).to_have_count(60)
    expect(page.get_by_role("link", name="Xem thêm")).to_have_count(0)


def test_the_trails_screens_are_accessible_and_fit(page: Page, address: str, colleague: Actor, decided: Declaration):
    now, found = clock.now(), {}
    with transaction() as session:
        long = make_officer(session, "a" * 30, full_name="Nguyễn Thị Hoàng Phương Thảo Nguyên " * 2)
        values = {"day": clock.today(), "first_at": now, "last_at": now, "office_id": colleague.office_id}
        for kind, officer, handled in (
            (TrailAlarmKind.OUT_OF_HOURS, colleague.id, None),
            (TrailAlarmKind.MASS_LOOKUP, long.id, None),
            (TrailAlarmKind.MASS_LOOKUP, colleague.id, now),
        ):
            session.add(TrailAlarm(kind=kind, officer_id=officer, number=41, handled_at=handled, **values))
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/{decided.receipt_code}")
    found["why"] = hindrances(page)
    page.keyboard.press("Alt+2")
    expect(page.get_by_role("heading", level=1)).to_have_text(decided.full_name)
    found["review"] = hindrances(page)
    page.keyboard.press("Alt+e")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ai đã xem")
    found["person"] = hindrances(page)
    for path in ("/trail", "/trail/alarms"):
        page.goto(address + path)
        found[path] = hindrances(page)
    page.goto(f"{address}/trail")
    page.get_by_label("Người dân").fill("Nguyễn Thử Mẫu")
    page.keyboard.press("Enter")
    expect(page.locator(".fault")).to_be_visible()
    found["refused"] = hindrances(page)
    page.get_by_label("Cán bộ", exact=True).fill("thi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chọn cán bộ")
    found["officers"] = hindrances(page)
    page.get_by_role("button", name="Xem nhật ký của Trần Thị Lan, lan.tt").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("đã làm gì")
    found["officer"] = hindrances(page)
    assert {state: faults for state, faults in found.items() if faults} == {}
