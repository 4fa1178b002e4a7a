"""Accounts, take-over and freed phones over HTTP: what an officer sees, and what is never shown (K8, K9, D6)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, Declaration, Notice, Role, Status, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_declaration, make_office, make_officer, verify_all

CHECKS = {"identity": "yes", "phone_own": "yes"}
WHY = "Công dân ở gần đây, đến nộp tại quầy này."


@pytest.fixture
def account(officer: Actor) -> Account:
    """An account of another office, to be found by an exact search alone."""
    with transaction() as session:
        return make_account(session, office=make_office(session, "00131"), email="mau@example.vn")


@pytest.fixture
def found(desk: Desk, account: Account) -> str:
    """The address of the account's page, after a search by its code."""
    page = desk.post("/desk/search", q=account.bhxh_code).get_data(as_text=True)
    address = re.search(r'href="(/desk/accounts/\d+)"', page)
    assert address is not None
    return address.group(1)


@pytest.fixture
def theirs(officer: Actor) -> Declaration:
    """An undecided declaration of another office."""
    with transaction() as session:
        return make_declaration(session, office=make_office(session, "00131"), full_name="Lê Văn Nơi Khác")


@pytest.fixture
def supervisor(client: FlaskClient, database: None) -> Desk:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
    return Desk(client, "giamsat")


def test_k8_an_exact_search_offers_to_take_over_and_shows_nothing_but_office_and_deadline(
    desk: Desk, theirs: Declaration
):
    page = desk.post("/desk/search", q=theirs.bhxh_code).get_data(as_text=True)
    assert f'action="/desk/{theirs.receipt_code}/transfer"' in page
    assert "BHXH Mẫu 00131" in page
    for personal in (theirs.full_name, theirs.phone, theirs.id_number, theirs.address_line):
        assert personal not in page


def test_k8_found_by_its_id_number_the_number_is_not_typed_again(desk: Desk, theirs: Declaration):
    page = desk.post("/desk/search", q=theirs.id_number).get_data(as_text=True)
    assert re.search(rf'name="presented"\s+value="{theirs.id_number}"', page)


def test_k8_a_name_or_phone_offers_nothing_of_another_office(desk: Desk, theirs: Declaration):
    for text in (theirs.full_name, theirs.phone):
        assert "transfer" not in desk.post("/desk/search", q=text).get_data(as_text=True)


def test_k8_taking_over_opens_the_declaration_in_my_hands(desk: Desk, theirs: Declaration):
    answer = desk.post(f"/desk/{theirs.receipt_code}/transfer", note=WHY)
    assert (answer.status_code, answer.location) == (303, f"/desk/{theirs.receipt_code}")
    page = desk.get(answer.location).get_data(as_text=True)
    assert theirs.full_name in page
    assert "Tôi đang giữ hồ sơ này" in page
    assert f"Tiếp nhận từ cơ quan khác, giấy tờ xem bằng mắt (00131 → 00114). Lý do: {WHY}" in page


def test_k8_by_htmx_the_browser_is_sent_there(desk: Desk, theirs: Declaration):
    answer = desk.post(f"/desk/{theirs.receipt_code}/transfer", HTMX, note=WHY)
    assert answer.headers["HX-Redirect"] == f"/desk/{theirs.receipt_code}"


def test_k8_without_a_reason_nothing_is_taken_over(desk: Desk, theirs: Declaration):
    answer = desk.post(f"/desk/{theirs.receipt_code}/transfer", HTMX, note="")
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).lstrip().startswith('<div id="banner"')
    assert desk.get(f"/desk/{theirs.receipt_code}").status_code == 404


def test_k9_the_accounts_page_is_noted_and_shows_no_whole_number(desk: Desk, account: Account, found: str):
    page = desk.get(found).get_data(as_text=True)
    assert account.full_name in page
    assert "Đang sử dụng" in page
    assert "BHXH Mẫu 00131" in page
    for personal in (account.bhxh_code, account.id_number, account.phone, account.email, account.address_line):
        assert personal not in page
    assert [row.account_id for row in trail(TrailEvent.ACCOUNT)] == [account.id]


@pytest.mark.parametrize(
    "path", ["/desk/accounts/0", "/desk/accounts/x", "/desk/accounts/-1", f"/desk/accounts/{'9' * 40}"]
)
def test_an_address_of_no_account_is_not_found(desk: Desk, path: str):
    assert desk.get(path).status_code == 404


def test_d11_of_the_accounts_with_a_guardians_paper_the_guardians_is_found_however_many_children(
    desk: Desk, account: Account
):
    with transaction() as session:
        for _ in range(3):
            make_account(session, guardian_id=account.id).id_number = account.id_number
            session.flush()
        session.get_one(Account, account.id).email = None  # so its row lies behind theirs
    page = desk.post("/desk/search", q=account.id_number).get_data(as_text=True)
    assert f'href="/desk/accounts/{account.id}"' in page


def test_an_account_out_of_reach_answers_like_none_by_every_door(desk: Desk, account: Account):
    def seen(method: str, part: str, number: int) -> tuple[int, str]:
        path = f"/desk/accounts/{number}{part}"
        form = CHECKS | {"text": "001085000001", "value": "0981234567", "consent": "1", "note": "x"}
        answer = desk.get(path, **HTMX) if method == "GET" else desk.post(path, HTMX, **form)
        return answer.status_code, answer.get_data(as_text=True)

    doors = [("GET", ""), ("GET", "/messages"), ("POST", "/compare"), ("POST", "/reset"), ("POST", "/phone")]
    for method, part in doors:
        there = seen(method, part, account.id)
        assert there[0] == 404
        assert there == seen(method, part, account.id + 999), part
    assert trail(TrailEvent.RESET) == []


def test_k9_a_reset_shows_how_its_message_fares_and_no_password(desk: Desk, account: Account, found: str):
    answer = desk.post(f"{found}/reset", HTMX, **CHECKS)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert {"work", "caption", "facts"} <= set(re.findall(r'id="(\w+)"', body))
    assert "Chờ gửi" in body
    with transaction() as session:
        assert session.query(Notice).filter_by(account_id=account.id, kind="reset").one().recipient == account.phone
    assert account.phone not in body


def test_the_messages_are_asked_for_again_until_nothing_changes(desk: Desk, found: str):
    body = desk.post(f"{found}/reset", HTMX, **CHECKS).get_data(as_text=True)
    address = re.search(rf'hx-get="({found}/messages\?state=\w+)"', body)
    assert address is not None
    assert desk.get(address.group(1), **HTMX).status_code == 204
    with transaction() as session:
        session.query(Notice).update({"failure": "Mạng bận."})
    again = desk.get(address.group(1), **HTMX)
    assert (again.status_code, "Mạng bận." in again.get_data(as_text=True)) == (200, True)


def test_polls_and_acts_of_an_open_page_are_one_look(desk: Desk, found: str):
    desk.get(found)
    desk.post(f"{found}/reset", HTMX, **CHECKS)
    desk.get(f"{found}/messages", **HTMX)
    assert len(trail(TrailEvent.ACCOUNT)) == 1


def test_k9_a_reset_without_the_checks_is_refused_and_leaves_the_form_alone(desk: Desk, found: str):
    answer = desk.post(f"{found}/reset", HTMX, identity="yes")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "số điện thoại là của chính người này" in body
    assert body.lstrip().startswith('<div id="banner"')


def test_the_fourth_reset_of_the_day_names_the_supervisor(desk: Desk, found: str):
    for _ in range(3):
        assert desk.post(f"{found}/reset", **CHECKS).status_code == 303
    answer = desk.post(f"{found}/reset", HTMX, **CHECKS)
    assert answer.status_code == 429
    assert "báo lãnh đạo" in answer.get_data(as_text=True)
    page = desk.get(found).get_data(as_text=True)
    assert "báo lãnh đạo" in page
    assert f'action="{found}/reset"' not in page


def scanned(desk: Desk, found: str, text: str) -> str:
    return desk.post(f"{found}/compare", HTMX, text=text).get_data(as_text=True)


def test_k9_the_id_presented_is_compared_without_showing_the_accounts_own_number(
    desk: Desk, account: Account, found: str
):
    card = f"{account.id_number}||{account.full_name}|02011990|Nữ|Số 3 phố Mẫu|20112021"
    body = scanned(desk, found, card)
    assert "Giấy tờ trùng với chủ tài khoản" in body
    other = scanned(desk, found, "001085999999")
    assert "khác chủ tài khoản" in other
    assert account.id_number not in other
    verdicts = [row.facts["verdicts"]["number"] for row in trail(TrailEvent.ACCOUNT_COMPARE)]
    assert verdicts == ["same", "different"]


def test_a_card_with_another_name_asks_for_eyes(desk: Desk, account: Account, found: str):
    body = scanned(desk, found, f"{account.id_number}||Phạm Văn Khác|02011990|Nam|Số 3 phố Mẫu|20112021")
    assert "Cần xem kỹ" in body


def test_what_cannot_be_read_gets_a_sentence(desk: Desk, found: str):
    answer = desk.post(f"{found}/compare", HTMX, text="????")
    assert answer.status_code == 422
    assert "banner warn" in answer.get_data(as_text=True)


def test_form_01_scanned_on_an_account_opens_its_declaration(desk: Desk, declaration: Declaration, found: str):
    answer = desk.post(f"{found}/compare", HTMX, text=declaration.receipt_code)
    assert answer.headers["HX-Redirect"] == f"/desk/{declaration.receipt_code}"


def test_k10_a_changed_number_is_corrected_on_the_page(desk: Desk, account: Account, found: str):
    answer = desk.post(f"{found}/phone", HTMX, value="0981234567", consent="yes")
    assert answer.status_code == 200
    assert "098…567" in answer.get_data(as_text=True)
    with transaction() as session:
        assert session.get_one(Account, account.id).phone == "0981234567"


def test_k9_from_a_declaration_of_who_has_an_account_both_are_settled_at_once(desk: Desk, account: Account):
    with transaction() as session:
        again = make_declaration(session, bhxh_code=account.bhxh_code)
    path = f"/desk/{again.receipt_code}"
    desk.post(f"{path}/claim")
    page = desk.get(path).get_data(as_text=True)
    assert "Cấp lại mật khẩu và đóng tờ khai" in page
    assert account.phone not in page
    answer = desk.post(f"{path}/reset-and-close", HTMX, **CHECKS)
    assert answer.headers["HX-Redirect"] == f"/desk/accounts/{account.id}"
    assert "Chờ gửi" in desk.get(f"/desk/accounts/{account.id}").get_data(as_text=True)
    assert "Đã rút" in desk.get(path).get_data(as_text=True)


def test_d6_a_supervisor_sees_what_holds_a_phone_and_never_whose(supervisor: Desk):
    with transaction() as session:
        account = make_account(session, full_name="Hoàng Chủ Cũ", office=make_office(session, "00131"))
        taken = make_declaration(session, phone=account.phone)
    supervisor.post(f"/desk/{taken.receipt_code}/open", reason="citizen_here")
    assert f'href="/desk/phones/{taken.receipt_code}"' in supervisor.get(f"/desk/{taken.receipt_code}").get_data(
        as_text=True
    )
    page = supervisor.get(f"/desk/phones/{taken.receipt_code}").get_data(as_text=True)
    assert "BHXH Mẫu 00131" in page
    for personal in (account.full_name, "Hoàng", account.bhxh_code, account.id_number):
        assert personal not in page
    assert [row.account_id for row in trail(TrailEvent.ACCOUNT)] == [account.id]
    answer = supervisor.post("/desk/phones/free", receipt=taken.receipt_code, note="Gọi thử, máy đổ chuông.")
    assert (answer.status_code, answer.location) == (303, f"/desk/{taken.receipt_code}")
    assert supervisor.get(f"/desk/phones/{taken.receipt_code}").status_code == 409


def test_d6_a_reception_officer_neither_sees_nor_frees(desk: Desk):
    with transaction() as session:
        taken = make_declaration(session, phone=make_account(session).phone)
    assert "/desk/phones/" not in desk.get(f"/desk/{taken.receipt_code}").get_data(as_text=True)
    assert desk.get(f"/desk/phones/{taken.receipt_code}").status_code == 403
    assert desk.post("/desk/phones/free", receipt=taken.receipt_code, note="x").status_code == 403


def approved_declaration() -> tuple[Declaration, int]:
    with transaction() as session:
        lan = officer_actor(make_officer(session, full_name="Trần Thị Lan"))
        declaration = make_declaration(session)
    decide.claim(declaration.receipt_code, lan)
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), lan)
    decide.approve(declaration.receipt_code, lan)
    with transaction() as session:
        return declaration, session.query(Account.id).filter_by(declaration_id=declaration.id).scalar()


def test_a_wrong_approval_is_locked_from_its_page_by_a_supervisor(supervisor: Desk):
    declaration, number = approved_declaration()
    supervisor.post(f"/desk/{declaration.receipt_code}/open", reason="complaint")
    page = supervisor.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert "Duyệt nhầm, khóa tài khoản" in page
    answer = supervisor.post(f"/desk/accounts/{number}/lock", HTMX, note="Nhầm người.")
    assert answer.status_code == 200
    assert 'id="work"' in answer.get_data(as_text=True)
    with transaction() as session:
        assert session.get_one(Account, number).status is AccountStatus.LOCKED
        assert session.get_one(Declaration, declaration.id).status is Status.APPROVED
    page = supervisor.get(f"/desk/accounts/{number}").get_data(as_text=True)
    assert "Tạm khóa" in page
    assert "/reset" not in page


def test_a_reception_officer_is_not_offered_to_lock(desk: Desk):
    declaration, number = approved_declaration()
    desk.post(f"/desk/{declaration.receipt_code}/open", reason="complaint")
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert f'href="/desk/accounts/{number}"' in page
    assert "Duyệt nhầm" not in page
    assert desk.post(f"/desk/accounts/{number}/lock", note="x").status_code == 403
