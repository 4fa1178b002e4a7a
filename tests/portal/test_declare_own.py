"""On the public form: a child, an adjustment, a stop, by whoever proves to own the account (D2, D11, K10, A7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backoffice.accounts import proving
from backoffice.dossier.house import house
from backoffice.dossier.photos import file_names
from backoffice.intake import drafts
from backoffice.intake.draft_rows import DraftOver
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, TooManyRequests
from backoffice.models import (
    Account,
    AccountChange,
    AccountStatus,
    Declaration,
    DraftPhoto,
    Notice,
    NoticeKind,
    OneTimeCode,
    Photo,
    PhotoKind,
    Purpose,
    Status,
)
from tests.bench.recording import recording
from tests.factories import make_account, make_declaration, make_office
from tests.portal.filling import add_photos, draft_of, post, send, text_of, token_of
from tests.portal.owners import Browser, account_in_use, another, code_sent

CHILD = {"full_name": "Trần Thử Con", "bhxh_code": "0201020399", "date_of_birth": "06/05/2018"}
NEW = "0982000002"


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_office(session)
    return account_in_use(date_of_birth=date(1985, 1, 2), phone="0981000001", email="cu@example.vn")


def start(browser: Browser, account: Account, kind: str) -> None:
    """Choose the form, sign in where it leads, and come back to it by oneself."""
    answer = post(browser.client, "/declare", kind=kind, consent="1")
    assert answer.location == f"/declare/begin/{kind}"
    browser.open(answer.location)
    browser.sign_in(account)
    assert browser.addresses[-1] == f"/declare/begin/{kind}"
    answer = post(browser.client, f"/declare/begin/{kind}")
    assert answer.status_code == 303, answer.text


def declared() -> Declaration:
    with transaction() as session:
        return session.query(Declaration).one()


def finish(browser: Browser, **fields: str) -> None:
    post(browser.client, "/declare/office", office_code="00114")
    answer = send(browser.client, **fields)
    assert answer.location == "/declare/done", text_of(browser.client.get("/declare/look"))
    assert browser.client.get("/declare/done").status_code == 200


def test_d11_a_guardian_who_has_signed_in_declares_for_a_child(browser: Browser, account: Account) -> None:
    start(browser, account, "child")
    assert post(browser.client, "/declare/data", **CHILD).location == "/declare/photos"
    assert "giấy khai sinh" in text_of(browser.client.get("/declare/photos")).lower()
    add_photos(browser.client, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE)
    look = text_of(browser.client.get("/declare/look"))
    assert "Đồng ý và gửi" in look
    assert "Hủy, quay lại" in look
    finish(browser)
    one = declared()
    assert (one.purpose, one.bhxh_code, one.guardian_bhxh_code) == (
        Purpose.REGISTER,
        CHILD["bhxh_code"],
        account.bhxh_code,
    )
    assert (one.phone, one.id_number) == (account.phone, account.id_number)


def test_d11_a_guardian_proves_to_be_it_by_a_code_to_the_registered_phone(browser: Browser, account: Account) -> None:
    post(browser.client, "/declare", kind="child", consent="1")
    sent = post(browser.client, "/declare/begin/child/code", bhxh_code=account.bhxh_code)
    unknown = post(browser.client, "/declare/begin/child/code", bhxh_code="0999999999")
    assert text_of(sent).replace(account.bhxh_code, "") == text_of(unknown).replace("0999999999", "")
    digits = code_sent(account)
    wrong = post(browser.client, "/declare/begin/child/prove", bhxh_code=account.bhxh_code, otp=another(digits))
    nobody = post(browser.client, "/declare/begin/child/prove", bhxh_code="0999999999", otp=digits)
    assert (wrong.status_code, nobody.status_code) == (422, 422)
    assert proving.WRONG in text_of(wrong)
    assert proving.WRONG in text_of(nobody)
    right = post(browser.client, "/declare/begin/child/prove", bhxh_code=account.bhxh_code, otp=digits)
    assert right.location == "/declare/data"
    assert draft_of(browser.client).account_id == account.id
    with pytest.raises(InvalidInput):
        proving.prove_guardian(account.bhxh_code, digits, "")


def test_d11_strangers_who_order_a_guardians_codes_are_soon_stopped_and_cost_the_owner_none(account: Account) -> None:
    for _ in range(3):
        proving.order_guardian_code(account.bhxh_code, "")
    with pytest.raises(TooManyRequests):
        proving.order_guardian_code(account.bhxh_code, "")
    for phone in ("0982000001", "0982000002", "0982000003", "0982000004", "0982000005"):
        proving.order_phone_code(account.id, phone)


def test_d11_the_work_is_the_same_whether_the_code_has_an_account_or_not(account: Account) -> None:
    """Nobody learns by the clock who has an account: statements and the queue's keys are compared, not time."""
    locked = account_in_use(status=AccountStatus.LOCKED, phone="0981000009")
    proving.order_guardian_code("0999999998", "")  # statements are prepared, pools filled
    done, asked = [], []
    for code in (account.bhxh_code, locked.bhxh_code, "0999999999"):
        queue.connection().flushdb()
        with recording(db.engine()) as kept:
            proving.order_guardian_code(code, "")
        asked.append(sorted(key.split(b":")[0] for key in queue.connection().scan_iter()))
        with recording(db.engine()) as tried, pytest.raises(InvalidInput):
            proving.prove_guardian(code, "", "")
        done.append([step.sql or step.mark for step in (*kept.steps, *tried.steps)])
    assert done[0] == done[1] == done[2]
    assert asked[0] == asked[1] == asked[2]
    with transaction() as session:
        assert [one.recipient for one in session.query(Notice)] == [account.phone]


def test_nothing_is_begun_without_consent_or_by_nobody(browser: Browser, account: Account) -> None:
    """D13; a page opened by its address."""
    assert "Đăng nhập" in text_of(post(browser.client, "/declare/begin/stop"))
    browser.sign_in(account)
    refused = post(browser.client, "/declare/begin/stop")
    assert refused.status_code == 422
    assert "đánh dấu đồng ý" in text_of(refused)
    assert browser.client.get_cookie("declare") is None


def test_who_signs_out_leaves_neither_the_form_begun_on_the_account_nor_the_consent(
    browser: Browser, account: Account
) -> None:
    """A machine that others use too; D13: each consents for themselves."""
    start(browser, account, "adjust")
    assert account.full_name in browser.client.get("/declare/data").text
    token = token_of(browser.client)
    refused = post(browser.client, "/declare/begin/stop")
    assert refused.status_code == 422
    post(browser.client, "/account/sign-out")
    with pytest.raises(DraftOver):
        drafts.open_draft(token)
    assert browser.client.get("/declare/data").status_code == 404
    assert "đang điền dở" not in text_of(browser.client.get("/declare"))


def test_d2_an_owner_adjusts_what_has_changed(browser: Browser, account: Account) -> None:
    start(browser, account, "adjust")
    page = browser.client.get("/declare/data").text
    assert account.full_name in page
    assert "Mã số BHXH" not in page
    post(browser.client, "/declare/data", email="moi@example.vn", line="Ngõ 5")
    assert "không cần xác nhận" in text_of(browser.client.get("/declare/phone"))
    finish(browser)
    one = declared()
    assert (one.purpose, one.email, one.address_line) == (Purpose.ADJUST, "moi@example.vn", "Ngõ 5")
    assert (one.full_name, one.phone, one.date_of_birth) == (account.full_name, account.phone, date(1985, 1, 2))


def test_d4_photos_of_a_paper_that_stays_after_all_do_not_go_along(browser: Browser, account: Account) -> None:
    start(browser, account, "adjust")
    typed = draft_of(browser.client).values
    post(browser.client, "/declare/data", id_type="passport", id_number="C7654321", act="save")
    add_photos(browser.client, PhotoKind.ID_FRONT)
    front = draft_of(browser.client).photos[PhotoKind.ID_FRONT].id
    back = {name: typed[name] for name in ("id_type", "id_number")}
    post(browser.client, "/declare/data", **back, phone=NEW)
    finish(browser)
    with transaction() as session:
        assert session.query(Photo).all() == []
        assert session.query(DraftPhoto).all() == []
    assert not file_names(front) & {blob.key for blob in house().store.listed()}


def test_d2_an_e_mail_that_was_emptied_goes(browser: Browser, account: Account) -> None:
    start(browser, account, "adjust")
    post(browser.client, "/declare/data", email="")
    finish(browser)
    assert declared().email is None


def test_d2_an_adjustment_without_a_change_is_not_sent(browser: Browser, account: Account) -> None:
    start(browser, account, "adjust")
    post(browser.client, "/declare/office", office_code="00114")
    assert send(browser.client).location == "/declare/look"
    assert "Chưa có mục nào khác" in text_of(browser.client.get("/declare/look"))


def test_k10_a_new_phone_proves_itself_by_a_code_that_is_typed_on_the_public_page(
    browser: Browser, account: Account
) -> None:
    start(browser, account, "adjust")
    post(browser.client, "/declare/data", phone="0982 000 002")
    post(browser.client, "/declare/phone/code")
    with transaction() as session:
        assert session.query(Notice).filter_by(kind=NoticeKind.OTP).one().recipient == NEW
    digits = code_sent(account)
    post(browser.client, "/declare/phone/confirm", otp=another(digits))
    assert "Mã OTP chưa đúng" in text_of(browser.client.get("/declare/phone"))
    post(browser.client, "/declare/phone/confirm", otp=digits)
    assert "Đã xác nhận số 098 200 0002" in text_of(browser.client.get("/declare/phone"))
    finish(browser)
    with transaction() as session:
        change = session.query(AccountChange).one()
        assert (change.proven_phone, change.proven_at is not None) == (NEW, True)


def test_k10_a_code_read_on_one_number_proves_no_other(browser: Browser, account: Account) -> None:
    start(browser, account, "adjust")
    post(browser.client, "/declare/data", phone=NEW)
    post(browser.client, "/declare/phone/code")
    digits = code_sent(account)
    post(browser.client, "/declare/data", phone="0983000003")
    post(browser.client, "/declare/phone/confirm", otp=digits)
    with pytest.raises(Conflict):
        proving.confirm_phone(account.id, "0983000003", digits)
    post(browser.client, "/declare/data", phone=NEW)
    post(browser.client, "/declare/phone/confirm", otp=digits)
    post(browser.client, "/declare/data", phone="0983000003")
    finish(browser)
    with transaction() as session:
        assert session.query(AccountChange).one().proven_phone is None


def test_d6_no_code_goes_to_a_number_that_another_account_holds(account: Account) -> None:
    with transaction() as session:
        make_account(session, phone=NEW)
    with pytest.raises(InvalidInput):
        proving.order_phone_code(account.id, NEW)
    with transaction() as session:
        assert session.query(OneTimeCode).count() == 0


def test_nobody_is_plagued_with_codes_by_whoever_is_signed_in(account: Account) -> None:
    for _ in range(3):
        proving.order_phone_code(account.id, NEW)
    with pytest.raises(TooManyRequests):
        proving.order_phone_code(account.id, NEW)
    with clock.at(clock.now() + timedelta(hours=2)):
        other = account_in_use()
        proving.order_phone_code(other.id, "0984000004")


def test_d2_an_owner_stops_and_is_told_what_it_means_for_the_children(browser: Browser, account: Account) -> None:
    with transaction() as session:
        child = make_account(session, guardian_id=account.id)
        child.phone = account.phone
    start(browser, account, "stop")
    assert "1 tài khoản của con" in text_of(browser.client.get("/declare/stop"))
    assert post(browser.client, "/declare/stop").location == "/declare/office"
    finish(browser)
    one = declared()
    assert (one.purpose, one.full_name) == (Purpose.STOP, account.full_name)


def test_d2_an_account_that_was_closed_meanwhile_takes_no_declaration(browser: Browser, account: Account) -> None:
    start(browser, account, "stop")
    with transaction() as session:
        session.get_one(Account, account.id).status = AccountStatus.CLOSED
    post(browser.client, "/declare/office", office_code="00114")
    assert send(browser.client).location == "/declare/look"
    assert "không có tài khoản đang mở" in text_of(browser.client.get("/declare/look"))
    assert token_of(browser.client)


def test_steps_of_another_form_are_none_of_this_one(browser: Browser, account: Account) -> None:
    start(browser, account, "stop")
    for path in ("/declare/phone", "/declare/data", "/declare/photos"):
        assert browser.client.get(path).status_code == 404
    assert draft_of(browser.client).account_id == account.id


def test_an_adjustment_after_a_refused_one_names_it(browser: Browser, account: Account) -> None:
    """Point 11: no link is needed, for its owner has signed in."""
    with transaction() as session:
        kept = {"bhxh_code": account.bhxh_code, "purpose": Purpose.STOP}
        make_declaration(session, **kept, status=Status.WITHDRAWN)
        old = make_declaration(session, **kept, status=Status.REJECTED, reasons=["form01_unsigned"])
        make_declaration(session, bhxh_code=account.bhxh_code, purpose=Purpose.ADJUST, status=Status.REJECTED)
    start(browser, account, "stop")
    finish(browser)
    with transaction() as session:
        new = session.query(Declaration).filter_by(status=Status.SUBMITTED).one()
    assert new.replaces_id == old.id
