"""The supervisor's day in a browser: what was escalated, a power cut, the day's list; and flags that lead somewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.decision import actions as decide
from backoffice.desk.opening import give_reason
from backoffice.gateways.photos import QualityNote
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Officer, PhotoKind, Role, Status
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def reception(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def escalated(reception: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session, full_name="Người Bị Nghi")
    decide.claim(made.receipt_code, reception)
    decide.escalate(made.receipt_code, reception, "Ảnh không giống người nộp")
    return made


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def test_k11_a_supervisor_finds_what_was_escalated_and_gives_it_back_by_keys(
    page: Page, address: str, escalated: Declaration
):
    sign_in(page, address, "giamsat")
    expect(page.get_by_role("link", name="Báo lãnh đạo")).to_contain_text("1")
    page.keyboard.press("Alt+h")
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của lãnh đạo")
    expect(page.get_by_text("Ảnh không giống người nộp")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Người Bị Nghi")
    page.keyboard.press("Alt+y")
    expect(page.get_by_label("Ý kiến của lãnh đạo")).to_be_focused()
    page.keyboard.insert_text("Đã gặp, đúng người")
    page.get_by_role("button", name="Giao lại", exact=True).click()
    expect(page.locator("#work .standing")).to_contain_text("Đã gặp, đúng người")
    expect(page.locator("#caption")).to_contain_text("Đã nộp, đang giải quyết")
    assert kept(escalated).escalated_at is None


def test_k11_a_supervisor_decides_what_was_escalated(page: Page, address: str, escalated: Declaration):
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/{escalated.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("F8")
    page.get_by_label("Ảnh chân dung không phải người nộp").check()
    page.get_by_role("button", name="Không chấp nhận và gửi thông báo").click()
    expect(page.locator("#outcome")).to_contain_text("Không chấp nhận lúc")
    assert kept(escalated).status is Status.REJECTED


def test_k4_a_dossier_of_before_the_power_cut_is_entered_after_its_deadline(page: Page, address: str, reception: Actor):
    now = clock.now()
    with transaction() as session:
        late = make_declaration(session, declared_at=now - timedelta(days=11), expires_at=now - timedelta(minutes=5))
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/supervise")
    page.get_by_role("link", name=late.full_name).click()
    page.get_by_role("button", name="Công dân đang ở quầy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(late.full_name)
    page.keyboard.press("Alt+n")
    expect(page.get_by_label("Nộp lúc")).to_be_focused()
    page.keyboard.insert_text("chiều qua")
    page.get_by_label("Vì sao chưa nhập được").fill("Mất điện từ 14 giờ")
    page.get_by_role("button", name="Ghi là đã nộp").click()
    expect(page.get_by_text("Xin ghi giờ và ngày nộp theo mẫu")).to_be_visible()
    expect(page.get_by_label("Vì sao chưa nhập được")).to_have_value("Mất điện từ 14 giờ")
    page.get_by_label("Nộp lúc").fill(f"{clock.local(now - timedelta(hours=2)):%H:%M %d/%m/%Y}")
    page.get_by_role("button", name="Ghi là đã nộp").click()
    expect(page.locator("#caption")).to_contain_text("đã nộp")
    assert kept(late).expires_at is None


def test_k4_an_offices_deadlines_are_extended_after_a_look_at_how_many(page: Page, address: str, reception: Actor):
    with transaction() as session:
        due = make_declaration(session, expires_at=clock.end_of_day(clock.today()))
    sign_in(page, address, "giamsat")
    page.keyboard.press("Alt+h")
    page.get_by_role("link", name="Xem trước việc gia hạn").click()
    expect(page.get_by_text("1 tờ khai sẽ có hạn nộp mới")).to_be_visible()
    page.get_by_label("Lý do gia hạn").fill("Mất điện")
    page.get_by_role("button", name="Gia hạn 1 tờ khai").click()
    expect(page.locator("#banner")).to_contain_text("Đã gia hạn 1 tờ khai")
    deadline = kept(due).expires_at
    assert deadline is not None
    assert deadline > clock.end_of_day(clock.today())


def test_the_days_list_is_one_key_away_and_prints_without_its_controls(page: Page, address: str, reception: Actor):
    with transaction() as session:
        one = make_declaration(session, presented_at=clock.now(), presented_to_id=reception.id)
    sign_in(page, address)
    page.keyboard.press("Alt+k")
    row = page.locator("tbody tr")
    expect(row).to_contain_text(one.full_name)
    expect(row).to_contain_text("Trần Thị Lan")
    with page.expect_download() as download:
        page.keyboard.press("Alt+x")
    assert download.value.suggested_filename.endswith(".xlsx")
    page.emulate_media(media="print")
    expect(page.locator(".choose")).to_be_hidden()
    expect(page.get_by_text("Người lập bảng kê")).to_be_visible()
    expect(row).to_be_visible()


def test_a_flag_shows_the_photo_it_speaks_of(page: Page, address: str, reception: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
    add_photos(declaration, notes=(QualityNote.BLURRED,))
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    expect(page.locator(".slot [data-kind=id_back]")).to_have_count(0)
    flag = page.get_by_role("link", name="Xem ảnh chân dung")
    flag.evaluate("link => { link.dataset.show = 'id_back'; }")
    flag.click()
    expect(page.locator(".slot [data-kind=id_back] .stage")).to_be_focused()
    page.keyboard.press("PageDown")
    expect(page.locator(".slot [data-photo]")).to_have_count(2)


def test_k9_the_flag_of_an_account_leads_to_it(page: Page, address: str, reception: Actor):
    with transaction() as session:
        declaration = make_declaration(session)
        account = make_account(session, bhxh_code=declaration.bhxh_code)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.get_by_role("region", name="Cần lưu ý").get_by_role("link", name="Mở tài khoản").click()
    page.wait_for_url(f"**/desk/accounts/{account.id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(account.full_name)


def test_the_supervisors_screens_and_the_days_list_are_accessible_and_fit(
    page: Page, address: str, escalated: Declaration
):
    now = clock.now()
    with transaction() as session:
        make_declaration(session, full_name="Nguyễn Thị Hoàng Phương Thảo Nguyên " * 3, presented_at=now)
        make_declaration(session, expires_at=clock.end_of_day(clock.today()))
        lapsed = make_declaration(session, declared_at=now - timedelta(days=11), expires_at=now - timedelta(minutes=5))
        flagged = make_declaration(session, population_db_verified=True, phone=lapsed.phone)
        make_account(session, phone=lapsed.phone)
        make_account(session, bhxh_code=flagged.bhxh_code)
    add_photos(flagged, PhotoKind.PORTRAIT, PhotoKind.ID_BACK, notes=(QualityNote.BLURRED,))
    sign_in(page, address, "giamsat")
    with transaction() as session:
        supervisor = officer_actor(session.query(Officer).filter_by(username="giamsat").one())
    for one in (lapsed, flagged):
        give_reason(one.receipt_code, supervisor, "check", "")
    paths = [
        "/desk/supervise",
        "/desk/extend?office=00114",
        "/desk/extend?office=001",
        "/desk/day?office=00114",
        "/desk/day",
    ]
    paths += ["/desk", "/desk?list=escalated"]
    paths += [f"/desk/{one.receipt_code}" for one in (escalated, lapsed, flagged)]
    found = {}
    for path in paths:
        page.goto(address + path)
        found[path] = hindrances(page)
    page.goto(f"{address}/desk/{lapsed.receipt_code}")
    page.keyboard.press("Alt+n")
    expect(page.get_by_label("Nộp lúc")).to_be_focused()
    found["late"] = hindrances(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
