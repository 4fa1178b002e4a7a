"""The account's page: how it stands and since when, what may be done, and its history (A1, A7, D6, wording.md)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.accounts import life, passwords, sign_in, tries
from backoffice.desk.account_history import MOST, WORDS, told
from backoffice.desk.account_life import password_ends, signed_in
from backoffice.kernel import clock
from backoffice.kernel.clock import VIETNAM
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    HoldKind,
    LockReason,
    Role,
    SessionKind,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import CITIZEN, SYSTEM
from backoffice.rules.journal import record, subject_of
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import know_device, make_account, make_declaration, make_office, make_officer

MINE = "con thuyền trên sông Hồng"
HASH = hash_password(passwords.normal(MINE))
WHY = "Mất điện thoại ở chợ sáng nay."
SEEN = {"identity": "yes"}


@pytest.fixture
def account(officer: object) -> Account:
    with transaction() as session:
        return make_account(session, phone="0356789012", password_hash=HASH, password_set_at=clock.now())


@pytest.fixture
def path(account: Account) -> str:
    return f"/desk/accounts/{account.id}"


@pytest.fixture
def supervisor(client: FlaskClient, account: Account) -> Desk:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
    return Desk(client, "giamsat")


def page(desk: Desk, path: str) -> str:
    return desk.get(path).get_data(as_text=True)


def shown(body: str) -> str:
    """What can be read: without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def history(body: str) -> list[str]:
    found = re.search(r'<section id="history".*?</section>', body, re.S)
    assert found is not None
    return [shown(line) for line in re.findall(r"<li>.*?</li>", found[0], re.S)]


def acts(body: str, path: str) -> set[str]:
    return set(re.findall(rf'action="{path}/([\w-]+)"', body))


def sign_on(account: Account, password: str = MINE, kind: SessionKind = SessionKind.APP) -> None:
    with transaction() as session:
        know_device(session, account, "dt")
    sign_in.sign_in(account.bhxh_code, password, device="dt", kind=kind, address="203.0.113.9")


def guess_wrong(account: Account) -> None:
    for _ in range(tries.ROUND):
        with pytest.raises(DomainError):
            sign_on(account, "sai")


def lock(account: Account, why: LockReason) -> None:
    with transaction() as session:
        life.lock(session, session.get_one(Account, account.id, with_for_update=True), SYSTEM, why)


def told_of(account: Account, event: TrailEvent) -> None:
    with transaction() as session:
        record(session, event, CITIZEN, account=account, subject_hash=subject_of(account))


def test_a_reception_officer_is_offered_what_may_be_done_for_who_stands_there(desk: Desk, path: str):
    assert acts(page(desk, path), path) == {"compare", "reset", "phone", "lock-for-owner", "doubt-phone"}


def test_a_supervisor_of_the_branch_is_offered_more(supervisor: Desk, path: str):
    assert acts(page(supervisor, path), path) >= {"lock-for-owner", "lock-on-suspicion"}


def test_of_a_closed_account_nothing_is_offered(supervisor: Desk, account: Account, path: str):
    with transaction() as session:
        life.close(session, session.get_one(Account, account.id, with_for_update=True), SYSTEM)
    body = page(supervisor, path)
    assert acts(body, path) == {"compare"}
    assert "Đã ngừng sử dụng" in body


def test_no_id_is_on_the_page_twice_and_every_key_has_one_meaning(supervisor: Desk, account: Account, path: str):
    guess_wrong(account)
    body = page(supervisor, path)
    for what in (re.findall(r'\sid="([^"]+)"', body), re.findall(r'data-key="([^"]+)"', body)):
        assert len({one.lower() for one in what}) == len(what), sorted(what)


def test_k10_locking_at_the_owners_wish_changes_the_page_and_says_why_and_since_when(desk: Desk, path: str):
    answer = desk.post(f"{path}/lock-for-owner", HTMX, note=WHY, **SEEN)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert {"work", "caption", "facts", "history"} <= set(re.findall(r'id="(\w+)"', body))
    assert re.search(r"Tài khoản tạm khóa từ \d\d:\d\d \d\d/\d\d: chủ tài khoản yêu cầu\.", shown(body))
    assert any(f"Khóa tài khoản: chủ tài khoản yêu cầu. Lý do: {WHY}" in line for line in history(body))
    assert acts(body, path) == {"doubt-phone"}


def test_what_a_lock_lacks_is_said_and_nothing_is_done(desk: Desk, account: Account, path: str):
    for form, said in (({"note": WHY}, "đối chiếu người đang đứng đây"), (SEEN, "vì sao chủ tài khoản")):
        answer = desk.post(f"{path}/lock-for-owner", HTMX, **form)
        assert (answer.status_code, said in answer.get_data(as_text=True)) == (422, True)
    with transaction() as session:
        assert session.get_one(Account, account.id).status is AccountStatus.ACTIVE


def test_what_changed_meanwhile_answers_409_and_says_so(desk: Desk, account: Account, path: str):
    lock(account, LockReason.SUSPICION)
    answer = desk.post(f"{path}/lock-for-owner", HTMX, note=WHY, **SEEN)
    assert answer.status_code == 409
    assert "đã được khóa từ trước" in answer.get_data(as_text=True)


def test_a_supervisor_unlocks_and_the_reason_is_in_the_history(supervisor: Desk, account: Account, path: str):
    lock(account, LockReason.OWNER_ASKED)
    body = page(supervisor, path)
    assert "unlock" in acts(body, path)
    assert "duyệt nhầm" not in body
    answer = supervisor.post(f"{path}/unlock", HTMX, note="Đã tìm thấy máy.")
    assert any("Mở khóa tài khoản. Lý do: Đã tìm thấy máy." in one for one in history(answer.get_data(as_text=True)))
    assert supervisor.post(f"{path}/unlock", HTMX, note="Lần nữa.").status_code == 409


def test_before_a_wrong_approvals_lock_is_lifted_the_supervisor_is_warned(
    supervisor: Desk, account: Account, path: str
):
    lock(account, LockReason.WRONG_APPROVAL)
    body = page(supervisor, path)
    assert "có thể không phải chủ mã số" in body
    assert supervisor.post(f"{path}/unlock", note="Gặp đúng chủ mã số.").status_code == 303
    assert "Đã cấp, chưa đăng nhập" in page(supervisor, path)


def test_a_reception_officer_neither_unlocks_nor_suspects(desk: Desk, account: Account, path: str):
    lock(account, LockReason.OWNER_ASKED)
    assert "unlock" not in acts(page(desk, path), path)
    for door in ("unlock", "lock-on-suspicion"):
        assert desk.post(f"{path}/{door}", note=WHY).status_code == 403


def test_a_lock_whose_answer_was_lost_is_told_to_have_been_done(desk: Desk, path: str):
    press = "0123456789abcdef0123456789abcdef"
    page(desk, path)
    desk.post(f"{path}/lock-for-owner", {**HTMX, "X-Press": press}, note=WHY, **SEEN)
    asked = desk.get(f"{path}/settled?press={press}", **HTMX)
    assert asked.headers["X-Settled"] == "done"
    assert "Đã khóa tài khoản lúc" in page(desk, path)


def test_a7_a_shut_door_is_said_and_opened_after_an_identity_check(desk: Desk, account: Account, path: str):
    assert "nhập sai nhiều lần" not in page(desk, path)
    guess_wrong(account)
    assert "nhập sai nhiều lần" in page(desk, path)
    assert desk.post(f"{path}/open-door", HTMX).status_code == 422
    answer = desk.post(f"{path}/open-door", HTMX, identity="door")
    body = answer.get_data(as_text=True)
    assert "open-door" not in acts(body, path)
    assert "tạm không nhận mật khẩu" not in body
    sign_on(account)


def test_d6_a_doubted_number_is_a_warning_on_the_page_until_it_is_changed(desk: Desk, path: str):
    body = desk.post(f"{path}/doubt-phone", HTMX, note="Người khác nghe máy.").get_data(as_text=True)
    assert "Phải cập nhật số điện thoại: số này cần được kiểm tra" in body
    assert "trust-phone" in acts(body, path)
    assert any("Đánh dấu phải cập nhật số điện thoại. Lý do: Người khác nghe máy." in line for line in history(body))
    body = desk.post(f"{path}/phone", HTMX, value="0981234567", consent="yes").get_data(as_text=True)
    assert "Phải cập nhật" not in body.partition('id="history"')[0]


def test_d6_a_number_that_was_tried_loses_the_mark(desk: Desk, path: str):
    desk.post(f"{path}/doubt-phone", note="Người khác nghe máy.")
    assert desk.post(f"{path}/trust-phone", HTMX, identity="trust").status_code == 422
    body = desk.post(f"{path}/trust-phone", HTMX, identity="trust", phone_own="trust").get_data(as_text=True)
    assert any("Bỏ đánh dấu phải cập nhật số điện thoại" in line for line in history(body))
    assert "doubt-phone" in acts(body, path)


def test_d6_beside_a_declaration_of_that_person_the_warning_stands_too(desk: Desk, account: Account, path: str):
    with transaction() as session:
        again = make_declaration(session, bhxh_code=account.bhxh_code)
    assert "Phải cập nhật số điện thoại" not in page(desk, f"/desk/{again.receipt_code}")
    desk.post(f"{path}/doubt-phone", note="Người khác nghe máy.")
    assert "Phải cập nhật số điện thoại" in page(desk, f"/desk/{again.receipt_code}")


def test_d6_and_beside_the_declaration_that_opened_the_account(desk: Desk, account: Account, path: str):
    with transaction() as session:
        made = make_declaration(session, status="approved", bhxh_code=account.bhxh_code)
        session.get_one(Account, account.id).declaration_id = made.id
    desk.post(f"{path}/doubt-phone", note="Người khác nghe máy.")
    desk.post(f"/desk/{made.receipt_code}/open", reason="citizen_here")
    assert "Phải cập nhật số điện thoại" in page(desk, f"/desk/{made.receipt_code}")


def test_signed_in_by_what_and_since_when_and_on_no_named_device(desk: Desk, account: Account, path: str):
    assert "hiện không đăng nhập" in page(desk, path)
    sign_on(account)
    body = page(desk, path)
    assert re.search(r"trên ứng dụng, từ \d\d:\d\d \d\d/\d\d", body)
    with clock.at(clock.now() + timedelta(days=91)), transaction() as session:
        assert signed_in(session, session.get_one(Account, account.id)) == "hiện không đăng nhập"


def test_a1_until_when_the_password_is_good_is_said(desk: Desk, account: Account, path: str):
    with transaction() as session:
        session.get_one(Account, account.id).password_set_at = datetime(2026, 11, 1, 9, 0, tzinfo=VIETNAM)
    with transaction() as session:
        mine = session.get_one(Account, account.id)
        with clock.at(datetime(2026, 12, 1, tzinfo=VIETNAM)):
            assert password_ends(mine) == "đến ngày 01/05/2027"
        with clock.at(datetime(2027, 5, 2, tzinfo=VIETNAM)):
            assert password_ends(mine).startswith("đã hết từ ngày 01/05/2027")
    assert "Hạn mật khẩu" in page(desk, path)


class TestHistory:
    def test_looking_is_a_row_of_the_trail_and_a_line_of_the_history(self, desk: Desk, account: Account, path: str):
        lines = history(page(desk, path))
        assert [row.account_id for row in trail(TrailEvent.ACCOUNT)] == [account.id]
        assert "Mở xem tài khoản · Cán Bộ Mẫu" in lines[0]

    def test_the_newest_is_first_and_there_are_fifty_at_most(self, desk: Desk, account: Account, path: str):
        now = clock.now()
        for number in range(MOST + 5):
            with clock.at(now - timedelta(minutes=number)):
                told_of(account, TrailEvent.PASSWORD_CHANGE if number else TrailEvent.ACCOUNT_ACTIVE)
        lines = history(page(desk, path))
        assert len(lines) == MOST
        assert "Đặt mật khẩu lần đầu" in lines[1]

    def test_who_guesses_at_passwords_does_not_drown_the_rest(self, desk: Desk, account: Account, path: str):
        told_of(account, TrailEvent.PASSWORD_CHANGE)
        for _ in range(MOST + 5):
            told_of(account, TrailEvent.ACCOUNT_SIGN_IN_FAILED)
        lines = history(page(desk, path))
        assert f"sai mật khẩu, {MOST + 5} lần" in lines[1]
        assert "Đổi mật khẩu · Chủ tài khoản" in lines[2]

    def test_nothing_of_anybody_else_is_in_it(self, desk: Desk, account: Account, path: str):
        with transaction() as session:
            other = make_account(session)
        told_of(other, TrailEvent.ACCOUNT_CLOSE)
        assert "Ngừng sử dụng tài khoản" not in page(desk, path)

    @pytest.mark.parametrize("event", list(WORDS))
    def test_every_event_has_plain_words_with_any_facts(self, event: TrailEvent):
        for facts in ({}, {"what": "nothing known"}, {"place": "moon", "by": "moon", "act": "moon"}):
            said = told(event, facts)
            assert said[0].isupper()
            assert "moon" not in said
            assert event.value not in said

    def test_every_event_about_an_account_is_told(self):
        about = {one for one in TrailEvent if one.name.startswith(("ACCOUNT", "HOTLINE", "EMAIL", "PASSWORD"))}
        about |= {TrailEvent.SMART_OTP, TrailEvent.ALARM_HANDLED, TrailEvent.PHONE_DOUBTED, TrailEvent.DOOR_OPENED}
        assert about <= set(WORDS)

    @pytest.mark.parametrize(
        ("event", "facts", "said"),
        [
            (TrailEvent.RESET, {"place": "hotline"}, "Cấp lại mật khẩu qua tổng đài"),
            (TrailEvent.RESET, {"place": "desk"}, "Cấp lại mật khẩu tại quầy"),
            (TrailEvent.ACCOUNT_SIGN_IN, {"by": "web", "new_device": True}, "Đăng nhập trên trang web, thiết bị mới"),
            (TrailEvent.ACCOUNT_LOCK, {"why": "suspicion"}, "Khóa tài khoản: nghi bị người khác lợi dụng"),
            (TrailEvent.HOTLINE_ACT, {"act": "open", "done": True}, "Tổng đài hỗ trợ: mở lại đăng nhập"),
            (TrailEvent.EMAIL_RESET, {"what": "wrong"}, "Nhập sai mã đặt lại mật khẩu gửi qua thư điện tử"),
        ],
    )
    def test_what_is_known_more_exactly_is_said(self, event: TrailEvent, facts: dict[str, object], said: str):
        assert told(event, facts) == said


def test_d11_a_childs_page_works_like_any(desk: Desk, account: Account):
    with transaction() as session:
        child = make_account(session)
        session.query(AccountHold).filter_by(account_id=child.id, kind=HoldKind.PHONE).delete()
        child.phone, child.guardian_id = account.phone, account.id
    body = page(desk, f"/desk/accounts/{child.id}")
    assert "reset" in acts(body, f"/desk/accounts/{child.id}")
    assert "không còn số dùng được" not in body
    with transaction() as session:
        assert session.query(TrailRow).filter_by(account_id=child.id).count() == 1
