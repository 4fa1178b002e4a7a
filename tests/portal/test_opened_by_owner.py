"""Correcting, and declaring anew, what rests on an account: it takes what declaring it took (points 7, 11; D2, D11)."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.intake import drafts, prefill
from backoffice.intake.draft_rows import DraftOver
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountChange,
    AccountStatus,
    Declaration,
    DeclarationVersion,
    Item,
    PhotoKind,
    Purpose,
    Status,
)
from backoffice.rules import changes
from backoffice.rules.reasons import Reason
from tests.factories import make_actor, make_office
from tests.portal.filling import add_photos, draft_of, post, send, text_of, token_of
from tests.portal.owners import Browser, account_in_use, another, code_sent
from tests.portal.sent import PAPER, ask, now, sent
from tests.portal.test_after_rejection import link_in, reject

NEW, NEWER = "0982000002", "0983000003"
CORRECT, AGAIN = "/declare/status/own/correct", "/declare/status/own/again"


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_office(session, "00115", name="BHXH quận Khác", province_code="01")
    known = {"full_name": "Nguyễn Thử Mẫu", "date_of_birth": date(1985, 1, 2), "email": "cu@example.vn", **PAPER}
    return account_in_use(phone="0981000001", bhxh_code="0123456789", **known)


def resting_on(
    account: Account, *photos: PhotoKind, purpose: Purpose = Purpose.ADJUST, **values: object
) -> Declaration:
    """A declaration that adjusts or stops the account, or registers a child under it."""
    child = {"guardian_bhxh_code": account.bhxh_code, "bhxh_code": "0201020399", "full_name": "Trần Thử Con"}
    own = child if purpose is Purpose.REGISTER else changes.snapshot(account)
    own["date_of_birth"] = date(2018, 5, 6) if purpose is Purpose.REGISTER else account.date_of_birth
    made = sent(*photos, purpose=purpose, **{"phone": account.phone, "email": account.email, **own, **values})
    if purpose is not Purpose.REGISTER:
        before = changes.snapshot(account) if purpose is Purpose.ADJUST else None
        with transaction() as session:
            session.add(AccountChange(declaration_id=made.id, account_id=account.id, before=before))
    return made


def come_to(browser: Browser, account: Account, declaration: Declaration, path: str) -> None:
    """Be let in to the declaration, be asked who one is there, sign in, and come back by oneself."""
    assert ask(browser.client, declaration, declaration.phone[-3:]).status_code == 303
    assert path in browser.client.get("/declare/status").text
    assert "xin đăng nhập trước" in browser.open(path)
    assert post(browser.client, path, consent="1").status_code == 200
    browser.sign_in(account)
    assert browser.addresses[-1] == path


def test_k10_an_adjustment_is_corrected_by_its_owner_and_a_new_number_is_proven_anew(
    browser: Browser, account: Account
) -> None:
    declaration = resting_on(account, phone=NEW)
    with transaction() as session:
        session.get_one(AccountChange, declaration.id).proven_phone = NEW
    come_to(browser, account, declaration, CORRECT)
    assert post(browser.client, CORRECT).location == "/declare/data"
    assert "Đang sửa tờ khai đã gửi" in browser.open("/declare/data")
    assert f'value="{NEW}"' in browser.page
    post(browser.client, "/declare/data", phone=NEWER, line="Ngõ 5")
    post(browser.client, "/declare/phone/code")
    post(browser.client, "/declare/phone/confirm", otp=code_sent(account))
    assert send(browser.client).location == "/declare/done"
    after = now(declaration)
    assert (after.phone, after.address_line, after.version) == (NEWER, "Ngõ 5", 2)
    assert after.expires_at == declaration.expires_at
    with transaction() as session:
        change = session.query(AccountChange).one()
        assert (change.account_id, change.proven_phone) == (account.id, NEWER)
        assert (change.before or {})["phone"] == account.phone
        assert session.query(DeclarationVersion).one().values["phone"] == NEW
        assert Item.PHONE not in ledger.missing(session, session.get_one(Declaration, declaration.id))


def test_d2_what_is_corrected_back_to_the_account_is_no_adjustment(browser: Browser, account: Account) -> None:
    """Measured by what the account said when it was declared, whatever it says by now."""
    declaration = resting_on(account, phone=NEW)
    with transaction() as session:
        session.get_one(Account, account.id).email = "doi-tai-quay@example.vn"
    come_to(browser, account, declaration, CORRECT)
    post(browser.client, CORRECT)
    post(browser.client, "/declare/data", phone=account.phone)
    assert send(browser.client).location == "/declare/look"
    assert "Chưa có mục nào khác" in text_of(browser.client.get("/declare/look"))
    assert now(declaration).version == 1


def test_d4_photos_of_a_paper_that_stays_after_all_are_left_behind(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, PhotoKind.ID_FRONT, id_number="C7654321")
    come_to(browser, account, declaration, CORRECT)
    post(browser.client, CORRECT)
    post(browser.client, "/declare/data", id_type="passport", id_number=account.id_number, phone=NEW)
    assert send(browser.client).location == "/declare/done"
    assert (now(declaration).id_number, now(declaration).photos) == (account.id_number, [])


def test_d2_a_stop_goes_to_another_office(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, purpose=Purpose.STOP)
    come_to(browser, account, declaration, CORRECT)
    assert post(browser.client, CORRECT).location == "/declare/stop"
    post(browser.client, "/declare/office", office_code="00115")
    assert send(browser.client).location == "/declare/done"
    after = now(declaration)
    assert (after.office_id != declaration.office_id, after.version, after.full_name) == (True, 2, account.full_name)


def test_d11_a_guardian_corrects_a_childs_by_a_code_to_the_registered_phone(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE, purpose=Purpose.REGISTER)
    ask(browser.client, declaration, "001")
    browser.open(CORRECT)
    browser.press(f"{CORRECT}/code")
    assert "Mã OTP đã được gửi" in browser.page
    digits = code_sent(account)
    wrong = post(browser.client, f"{CORRECT}/prove", otp=another(digits))
    assert (wrong.status_code, "Trần Thử Con" in wrong.text) == (422, False)
    assert post(browser.client, f"{CORRECT}/prove", otp=digits).location == "/declare/data"
    assert "Trần Thử Con" in browser.open("/declare/data")
    post(browser.client, "/declare/data", full_name="Trần Thử Côn", bhxh_code="0201020399")
    assert send(browser.client).location == "/declare/done"
    after = now(declaration)
    assert (after.full_name, after.guardian_bhxh_code, after.phone) == (
        "Trần Thử Côn", account.bhxh_code, account.phone,
    )  # fmt: skip
    assert (len(after.photos), after.version) == (2, 2)


def test_a7_a_stranger_with_the_receipt_code_changes_nothing_of_it(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, phone=NEW)
    stranger = account_in_use(phone="0984000004")
    come_to(browser, stranger, declaration, CORRECT)
    refused = post(browser.client, CORRECT)
    assert refused.status_code == 409
    assert "không phải của tài khoản đang dùng" in text_of(refused)
    assert post(browser.client, "/declare/status/correct", paper=account.id_number[-4:]).status_code == 409
    assert post(browser.client, f"{CORRECT}/code").status_code == 404
    assert browser.client.get("/declare/status/own/withdraw").status_code == 404
    assert browser.client.get_cookie("declare") is None
    for account_id in (stranger.id, 0):
        with pytest.raises(Conflict):
            prefill.correct_own(declaration.id, account_id)


def test_a_childs_correction_needs_the_guardians_account_to_be_usable_still(account: Account) -> None:
    declaration = resting_on(account, purpose=Purpose.REGISTER)
    with transaction() as session:
        session.get_one(Account, account.id).status = AccountStatus.LOCKED
    with pytest.raises(Conflict) as refusal:
        prefill.correct_own(declaration.id, account.id)
    assert refusal.value.code == "account_unusable"


def test_too_late_to_correct_an_adjustment_too(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, phone=NEW)
    come_to(browser, account, declaration, CORRECT)
    with transaction() as session:
        officer = make_actor(session)
    decide.present(declaration.receipt_code, officer)
    assert browser.client.get(CORRECT).location == "/declare/status"
    assert "Hồ sơ đã nộp" in text_of(post(browser.client, CORRECT))


def test_point_11_the_letters_link_of_a_childs_leads_its_guardian_to_the_form(
    browser: Browser, account: Account, settings: Settings
) -> None:
    old = resting_on(account, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE, purpose=Purpose.REGISTER)
    reject(old, Reason.NAME_DIFFERS)
    link = link_in(settings)
    assert "Bước sau hỏi đăng nhập" in browser.open(link)
    assert post(browser.client, link, digits="999").status_code == 422
    assert post(browser.client, link, digits="001").location == AGAIN
    browser.open(AGAIN)
    browser.sign_in(account)
    assert post(browser.client, AGAIN).status_code == 422
    assert post(browser.client, AGAIN, consent="1").location == "/declare/data"
    page = browser.open("/declare/data")
    assert "Họ tên khác giấy tờ" in page
    assert "Trần Thử Con" not in page
    post(browser.client, "/declare/data", full_name="Trần Thử Côn", bhxh_code="0201020399")
    assert send(browser.client).location == "/declare/done"
    with transaction() as session:
        new = session.query(Declaration).filter_by(status=Status.SUBMITTED).one()
    assert (new.replaces_id, new.guardian_bhxh_code, len(now(new).photos)) == (old.id, account.bhxh_code, 2)


def test_d6_an_adjustment_refused_for_its_phone_opens_with_what_the_account_says(
    browser: Browser, account: Account
) -> None:
    old = resting_on(account, phone=NEW, address_line="Ngõ Lạ")
    reject(old, Reason.PHONE_NOT_OWN, Reason.OTHER, note="Số của bà Lạ")
    come_to(browser, account, old, AGAIN)
    assert post(browser.client, AGAIN, consent="1").location == "/declare/data"
    page = browser.open("/declare/data")
    assert f'value="{account.phone}"' in page
    for other in (NEW, "Ngõ Lạ", "bà Lạ"):
        assert other not in page
    token = token_of(browser.client)
    post(browser.client, "/account/sign-out")
    with pytest.raises(DraftOver):
        drafts.open_draft(token)


def test_a_photo_of_a_childs_that_was_taken_anew_is_a_new_version(browser: Browser, account: Account) -> None:
    declaration = resting_on(account, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE, purpose=Purpose.REGISTER)
    browser.sign_in(account)
    ask(browser.client, declaration, "001")
    post(browser.client, CORRECT)
    assert draft_of(browser.client).account_id == account.id
    add_photos(browser.client, PhotoKind.PORTRAIT)
    assert send(browser.client).location == "/declare/done"
    assert (now(declaration).version, len(now(declaration).photos)) == (2, 2)
