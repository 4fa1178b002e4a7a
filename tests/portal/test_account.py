"""The account page (A2, A6, D11): what its owner reads there, and changes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from backoffice.accounts import owner, passwords
from backoffice.accounts.email_reset import token_for
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, Notice, NoticeKind, Purpose, Status, TrailEvent, TrailRow
from tests.factories import make_account, make_declaration
from tests.portal.owners import MINE, NEW, Browser, account_in_use, another, code_sent, title_of

CODE, FORM = "/account/password/code", "/account/password/new"


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use(email="nguoi.thu@example.vn", date_of_birth=date(1985, 1, 2))


@pytest.fixture
def here(browser: Browser, account: Account) -> Browser:
    browser.sign_in(account)
    assert title_of(browser.page) == "Tài khoản của tôi"
    return browser


def change(account: Account, **values: object) -> None:
    with transaction() as session:
        session.query(Account).filter_by(id=account.id).update(values)


class TestInformation:
    def test_a6_the_owner_reads_what_the_account_holds(self, here: Browser, account: Account):
        for said in (
            account.full_name,
            "02/01/1985",
            "Căn cước/CCCD",
            "Số 3 phố Mẫu, Phường Ba Đình, Thành phố Hà Nội",
            "nguoi.thu@example.vn",
            "Đang sử dụng",
            f"dùng được đến {clock.local(passwords.ends_at(account)):%d/%m/%Y}",
        ):
            assert said in here.page

    def test_an_address_whose_ward_is_no_more_still_shows_its_line(self, here: Browser, account: Account):
        change(account, ward_code="99999")
        assert "Số 3 phố Mẫu" in here.open("/account")

    def test_a1_a_password_that_ends_soon_is_warned_of(self, here: Browser, account: Account):
        assert "Xin đổi trước ngày đó" not in here.page
        change(account, password_set_at=clock.now() - timedelta(days=175))
        assert "Xin đổi trước ngày đó" in here.open("/account")

    def test_d6_a_number_that_is_somebody_elses_now_is_said(self, here: Browser, account: Account):
        change(account, phone="0399999999")
        assert "cần được cập nhật" in here.open("/account")

    def test_every_look_is_in_the_trail(self, here: Browser, account: Account):
        before = self.looks(account)
        for path in ("/account", "/account/declarations", "/account/children"):
            here.open(path)
        assert self.looks(account) == before + 3

    def looks(self, account: Account) -> int:
        with transaction() as session:
            return session.query(TrailRow).filter_by(event=TrailEvent.ACCOUNT_READ, account_id=account.id).count()


class TestPassword:
    def test_a2_a_code_is_ordered_then_old_new_repeat_and_code_are_asked_for(self, here: Browser, account: Account):
        assert "ít nhất 8 ký tự" in here.open("/account/password")
        here.press(CODE)
        assert "Đã gửi mã OTP" in here.page
        here.press(FORM, old=MINE, new=NEW, repeat=NEW, otp=code_sent(account))
        assert title_of(here.page) == "Tài khoản của tôi"
        assert "Đã đổi mật khẩu" in here.page
        here.press("/account/sign-out")
        assert here.sign_in(account, MINE).status_code == 422
        assert here.sign_in(account, NEW).status_code == 303

    def test_loading_the_form_anew_orders_no_second_code(self, here: Browser, account: Account):
        here.open("/account/password")
        here.press(CODE)
        assert here.addresses[-1] == FORM
        here.open(FORM)
        with transaction() as session:
            assert session.query(Notice).filter_by(kind=NoticeKind.OTP).count() == 1

    def test_a2_everything_that_is_missing_is_said_at_once_and_the_code_typed_stays(self, here: Browser):
        here.open(FORM)
        assert here.press(FORM, otp="123456").status_code == 422
        for name in ("old", "new", "repeat"):
            assert f'<a href="#f-{name}">' in here.page
        assert 'value="123456"' in here.page

    def test_a2_a_wrong_old_password_is_said_by_its_field_and_uses_up_no_code(self, here: Browser, account: Account):
        here.open("/account/password")
        here.press(CODE)
        code = code_sent(account)
        here.press(FORM, old="sai", new=NEW, repeat=NEW, otp=code)
        assert f'<a href="#f-old">{owner.WRONG_OLD}</a>' in here.page
        here.press(FORM, old=MINE, new=NEW, repeat=NEW, otp=code)
        assert "Đã đổi mật khẩu" in here.page

    def test_a2_a_wrong_code_changes_nothing(self, here: Browser, account: Account):
        here.open("/account/password")
        here.press(CODE)
        here.press(FORM, old=MINE, new=NEW, repeat=NEW, otp=another(code_sent(account)))
        assert "Mã OTP chưa đúng" in here.page
        here.press("/account/sign-out")
        assert here.sign_in(account, MINE).status_code == 303

    def test_a2_without_a_code_ordered_the_form_says_to_order_one(self, here: Browser):
        here.open(FORM)
        assert here.press(FORM, old=MINE, new=NEW, repeat=NEW, otp="123456").status_code == 409
        assert "Chưa có mã OTP nào" in here.page


class TestDeclarations:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({}, "Đã khai, chưa nộp"),
            ({"presented_at": clock.now()}, "Đã nộp, đang giải quyết"),
            ({"presented_at": clock.now(), "supplement_at": clock.now()}, "Chờ bổ sung"),
            ({"expires_at": clock.now() - timedelta(days=1)}, "Quá hạn, đã xóa"),
            ({"status": Status.APPROVED}, "Đã duyệt"),
            ({"status": Status.REJECTED}, "Không chấp nhận"),
            ({"status": Status.WITHDRAWN}, "Đã rút"),
        ],
    )
    def test_a6_each_is_told_in_words(self, here: Browser, account: Account, values: dict[str, object], said: str):
        with transaction() as session:
            make_declaration(session, bhxh_code=account.bhxh_code, purpose=Purpose.ADJUST, **values)
        page = here.open("/account/declarations")
        assert said in page
        assert "Điều chỉnh thông tin" in page

    def test_k5_the_deadline_of_one_not_handed_in_is_said_with_its_receipt_code(self, here: Browser, account: Account):
        with transaction() as session:
            made = make_declaration(session, bhxh_code=account.bhxh_code)
        page = here.open("/account/declarations")
        assert f"Hạn nộp</dt><dd>{clock.local(made.expires_at):%d/%m/%Y}" in page
        assert made.receipt_code[:4] in page

    def test_nobody_elses_is_listed(self, here: Browser):
        with transaction() as session:
            make_declaration(session)
            make_declaration(session, guardian_bhxh_code="0199999999", full_name="Người Khác")
        assert "Không có tờ khai nào" in here.open("/account/declarations")
        assert "Người Khác" not in here.open("/account/children")

    def test_d11_children_are_listed_with_account_or_declaration(self, here: Browser, account: Account):
        with transaction() as session:
            make_account(session, guardian_id=account.id, full_name="Trần Bé Mẫu", status=AccountStatus.ISSUED)
            make_declaration(session, guardian_bhxh_code=account.bhxh_code, full_name="Trần Bé Hai")
        page = here.open("/account/children")
        for said in ("Trần Bé Mẫu", "Đã cấp, chưa đăng nhập", "Trần Bé Hai", "Đã khai, chưa nộp"):
            assert said in page


class TestEmail:
    @pytest.fixture
    def link(self, account: Account) -> str:
        return f"/account/email/{token_for(account, clock.today())}"

    def is_confirmed(self, account: Account) -> bool:
        with transaction() as session:
            return session.get_one(Account, account.id).email_confirmed == account.email

    def test_a5_the_letter_is_asked_for_by_a_button(self, here: Browser):
        here.press("/account/email-link")
        assert "Đã gửi thư xác nhận" in here.page
        with transaction() as session:
            assert session.query(Notice).filter_by(kind=NoticeKind.EMAIL_CONFIRM).count() == 1

    def test_a5_too_many_letters_are_refused_on_the_page(self, here: Browser):
        for _ in range(4):
            here.press("/account/email-link")
        assert "Đã gửi 3 thư xác nhận" in here.page

    def test_a5_opening_the_link_confirms_nothing_a_press_does(self, here: Browser, account: Account, link: str):
        assert "Chưa xác nhận" in here.page
        here.open(link)
        assert not self.is_confirmed(account)
        here.press(link)
        assert self.is_confirmed(account)
        assert "Đã xác nhận" in here.open("/account")

    def test_a5_the_link_needs_nobody_signed_in(self, second: Browser, account: Account, link: str):
        second.open(link)
        assert account.full_name not in second.page
        second.press(link)
        assert self.is_confirmed(account)

    def test_a5_a_made_up_link_is_refused_with_a_way_on(self, second: Browser, account: Account):
        second.open("/account/email/bia-dat")
        assert second.press("/account/email/bia-dat").status_code == 404
        assert "Xin đăng nhập rồi yêu cầu gửi lại" in second.page
        assert not self.is_confirmed(account)


def test_signing_out_ends_the_session_at_once(here: Browser, second: Browser):
    kept = here.client.get_cookie("account", domain="localhost")
    assert kept
    here.press("/account/sign-out")
    assert "Đã thoát" in here.page
    assert here.client.get_cookie("account", domain="localhost") is None
    second.client.set_cookie("account", kept.value, domain="localhost")
    second.open("/account")
    assert title_of(second.page) == "Đăng nhập"


def test_after_fifteen_minutes_without_use_it_is_over_and_said(here: Browser):
    with clock.at(clock.now() + timedelta(minutes=14)):
        here.open("/account")
        assert title_of(here.page) == "Tài khoản của tôi"
    with clock.at(clock.now() + timedelta(minutes=30)):
        here.open("/account")
    assert title_of(here.page) == "Đăng nhập"
    assert "đã hết hạn" in here.page


def test_every_page_leads_somewhere(here: Browser):
    """No dead link: whatever a page links to is there."""
    for path in ("/account", "/account/password", "/account/declarations", "/account/children", "/account/adjust"):
        for link in set(re.findall(r'<a [^>]*href="(/[^"]*)"', here.open(path))):
            here.open(link)
            assert here.status == 200, link
