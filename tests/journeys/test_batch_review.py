"""A list of a school in review: a fault corrected in place, looked through by keys, seen by a second, approved."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from backoffice.batches import applying, result_actions, review
from backoffice.kernel.db import transaction
from backoffice.models import Notice, NoticeStatus, Role
from backoffice.rules.actors import officer_actor
from tests.batches.files import make_unit, rows_of, send, work_off, workbook
from tests.desk.pictures import add_photos
from tests.factories import make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in
from tests.journeys.test_batches import look

pytestmark = pytest.mark.browser
LETTER = {"letter_number": "12/CV-THPT", "letter_date": "2026-01-05", "signatory": "Bà Mẫu"}


@pytest.fixture
def token(database: None) -> str:
    """A list of a school in review: two rows agree, one has a wrong phone, one is of nobody who declared."""
    with transaction() as session:
        officer = officer_actor(make_officer(session, "tieptan", full_name="Đỗ Thị Thu"))
        make_officer(
            session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"), full_name="Lê Giám Sát"
        )
        unit = make_unit(session, name="Trường THPT Mẫu Giáo Dục", email="truong@example.vn")
        good, other, wrong = (
            make_declaration(session, full_name=name) for name in ("Trần Thử Hòa", "Lê Mẫu An", "Vũ Thử Bình")
        )
    for one in (good, other):
        add_photos(one)
    rows = [
        (good.bhxh_code, good.full_name, "02/01/1985", good.phone),
        (other.bhxh_code, other.full_name, None, None),
        (wrong.bhxh_code, wrong.full_name, None, "09812"),
        ("0123456789", "Lê Thử Không", None, None),
    ]
    made = send(officer, workbook(*rows), name="lớp 12A1.xlsx", unit=unit.code, **LETTER)
    work_off()
    return made


def test_a_list_is_corrected_looked_through_seen_by_a_second_and_approved(
    page: Page, address: str, token: str, monkeypatch: pytest.MonkeyPatch
):
    where = f"{address}/batches/{token}"
    be_signed_in(page, address)
    page.goto(where)
    expect(page.get_by_role("button", name="Duyệt 2 dòng khớp")).to_be_visible()
    assert hindrances(page) == []
    look(page, "review")
    cell = page.get_by_role("textbox", name="Số điện thoại, dòng 4")
    cell.fill("")
    cell.press("Enter")
    expect(page.locator("#row-4")).to_contain_text("Khớp")
    expect(page.get_by_role("button", name="Duyệt 3 dòng khớp")).to_be_visible()
    expect(page.get_by_label("Chọn cả trang")).to_be_visible()
    expect(page.get_by_role("button", name="Duyệt các dòng đã chọn")).to_be_disabled()
    page.locator("#row-2 a[data-row]").click()
    pane = page.locator("#row_pane")
    expect(pane.get_by_alt_text("Chân dung, dòng 2")).to_be_visible()
    expect(pane.get_by_role("heading", name="Dòng 2")).to_be_focused()
    look(page, "review-pane")
    assert hindrances(page) == []
    page.keyboard.press("j")
    expect(pane.get_by_role("heading", name="Dòng 3")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Duyệt 1 dòng đã chọn")).to_be_enabled()
    page.keyboard.press("k")
    expect(pane.get_by_role("heading", name="Dòng 2")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#row-2")).to_contain_text("Đã bỏ ra")
    expect(pane.get_by_role("button", name="Đưa lại")).to_be_visible()
    expect(pane.get_by_role("heading", name="Dòng 2")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#row-2")).to_contain_text("Khớp")
    assert rows_of(token)[2].state == "ok"
    page.keyboard.press("?")
    keys = page.locator("#keys")
    expect(keys).to_contain_text("Dấu cách")
    expect(keys.get_by_role("heading", name="Khi đang chọn một dòng của danh sách")).to_be_visible()
    expect(keys.get_by_role("heading", name="Danh sách hồ sơ")).to_be_hidden()
    page.keyboard.press("Escape")
    page.goto(f"{where}?which=not_declared")
    page.get_by_role("button", name="Bỏ ra cả 1 dòng").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.locator("#banner")).to_contain_text("Đã bỏ 1 dòng")

    monkeypatch.setattr(review, "ALONE", 2)
    page.get_by_role("button", name="Duyệt 3 dòng khớp").click()
    expect(page.locator("#ask")).to_contain_text("công văn 12/CV-THPT của Trường THPT Mẫu Giáo Dục")
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_role("heading", name="Chờ người thứ hai xem")).to_be_visible()
    look(page, "review-waits")

    page.context.clear_cookies()
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/batches")
    expect(page.locator("#batches_now")).to_contain_text("Chờ người thứ hai xem")
    page.get_by_role("link", name="lớp 12A1.xlsx").click()
    page.get_by_role("link", name="xem 3 dòng rút ngẫu nhiên").click()
    expect(page.locator(".grid tbody tr")).to_have_count(3)
    assert hindrances(page) == []
    look(page, "review-second")
    page.get_by_role("button", name="Đồng ý, duyệt 3 dòng").click()
    page.locator("#ask").get_by_role("button", name="Đồng ý").click()
    expect(page.locator("#batch_progress")).to_contain_text("Đang duyệt")
    while applying.apply_one():
        pass
    expect(page.locator("#batch_progress")).to_contain_text("Đã duyệt")
    expect(page.locator("#row-2")).to_contain_text("Đã duyệt")
    assert hindrances(page) == []
    look(page, "review-applied")

    panel = page.locator("section", has=page.get_by_role("heading", name="Kết quả"))
    expect(panel).to_contain_text("Đang gửi cho đơn vị")
    with page.expect_download() as saved:
        panel.get_by_role("link", name="Tải tệp kết quả").click()
    assert saved.value.suggested_filename.startswith("ket-qua-danh-sach-")
    sheet = load_workbook(BytesIO(saved.value.path().read_bytes())).active
    assert sheet is not None
    assert ["Đã duyệt" in [cell.value for cell in line] for line in sheet.iter_rows(min_row=2)] == [True] * 3 + [False]
    assert result_actions.send_wanted()
    with transaction() as session:
        lost = session.query(Notice).filter_by(channel="sms").order_by(Notice.id).first()
        assert lost is not None
        lost.status, lost.failure = NoticeStatus.FAILED, "Thuê bao không có hoặc đã ngừng."
    page.reload()
    expect(panel.get_by_role("button", name="Gửi lại cho đơn vị")).to_be_visible()
    look(page, "result")
    assert hindrances(page) == []
    panel.get_by_role("link", name="Xem tên ở trang đơn vị").click()
    expect(page.get_by_role("heading", name="Chưa nhận được tin nhắn")).to_be_visible()
    expect(page.get_by_text("Thuê bao không có hoặc đã ngừng.")).to_be_visible()
    look(page, "unit-lost")
    assert hindrances(page) == []
