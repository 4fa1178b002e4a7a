"""From an account's page: an adjustment or a stop for the owner who stands there (D2, K10, A7)."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountChange,
    AccountStatus,
    Channel,
    Claim,
    Declaration,
    DeskEntry,
    LockReason,
    Notice,
    NoticeKind,
    NoticeStatus,
    Purpose,
    Role,
)
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.browser import Desk
from tests.factories import make_account, make_office, make_officer, verify_all

TICKED = {"identity": "yes", "agreed": "yes"}
OLD, NEW = "0356789012", "0981234567"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def desk(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "tieptan")


@pytest.fixture
def account(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(session, phone=OLD, email="cu@example.vn")


def path(account: Account) -> str:
    return f"/desk/accounts/{account.id}/declare"


def declared() -> Declaration:
    with transaction() as session:
        return session.query(Declaration).one()


def shown(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_k10_the_accounts_page_leads_to_the_form_which_shows_no_full_number(desk: Desk, account: Account) -> None:
    assert path(account) in desk.get(f"/desk/accounts/{account.id}").text
    page = desk.get(path(account)).text
    for number in (account.bhxh_code, account.id_number, account.phone, "cu@example.vn"):
        assert number not in page


def test_k10_a_new_phone_is_declared_handed_in_and_in_the_officers_hands(
    desk: Desk, officer: Actor, account: Account
) -> None:
    answer = desk.post(f"{path(account)}/adjust", phone="098 123 4567", **TICKED)
    one = declared()
    assert answer.location == f"/desk/{one.receipt_code}"
    assert (one.purpose, one.channel, one.phone, one.client_id) == (Purpose.ADJUST, Channel.DESK, NEW, None)
    assert (one.email, one.address_line, one.office_id) == ("cu@example.vn", account.address_line, officer.office_id)
    assert (one.presented_to_id, one.expires_at) == (officer.id, None)
    with transaction() as session:
        assert session.query(Claim).one().officer_id == officer.id
        assert session.query(Notice).count() == 0
        assert session.query(DeskEntry).one().officer_id == officer.id


def test_k10_approved_it_sends_a_password_to_the_new_number_and_tells_the_old(
    desk: Desk, officer: Actor, account: Account
) -> None:
    desk.post(f"{path(account)}/adjust", phone=NEW, **TICKED)
    one = declared()
    page = shown(desk.get(f"/desk/{one.receipt_code}").text)
    assert ["Điện", "thoại", "035 678 9012 098 123 4567"][2] in page
    assert "xin gọi thử tại quầy" in page
    with transaction() as session:
        verify_all(session, session.merge(one), officer)
        colleague = officer_actor(make_officer(session))
    with pytest.raises(Conflict) as alone:
        decide.approve(one.receipt_code, officer)
    assert alone.value.code == "own_entry"
    decide.release(one.receipt_code, officer)
    decide.claim(one.receipt_code, colleague)
    decide.approve(one.receipt_code, colleague)
    with transaction() as session:
        told = {(n.kind, n.recipient) for n in session.query(Notice).filter_by(status=NoticeStatus.QUEUED)}
    assert {(NoticeKind.RESET, NEW), (NoticeKind.PHONE_CHANGED, OLD), (NoticeKind.ADJUSTED, NEW)} <= told
    assert "Đã duyệt" in shown(desk.get(f"/desk/{one.receipt_code}").text)


def test_pressed_twice_it_is_one_declaration_and_in_other_words_another(desk: Desk, account: Account) -> None:
    first, again = (desk.post(f"{path(account)}/adjust", phone=NEW, **TICKED) for _ in range(2))
    assert again.location == first.location == f"/desk/{declared().receipt_code}"
    other = desk.post(f"{path(account)}/adjust", phone=NEW, line="Ngõ 5", **TICKED)
    assert other.location != first.location


def test_d2_a_stop_is_declared_from_there_too(desk: Desk, account: Account) -> None:
    desk.post(f"{path(account)}/stop", **TICKED)
    one = declared()
    assert (one.purpose, one.full_name) == (Purpose.STOP, account.full_name)
    assert "tài khoản đóng hẳn" in shown(desk.get(f"/desk/{one.receipt_code}").text)


def test_what_is_wrong_stands_beside_what_was_typed_and_nothing_was_made(desk: Desk, account: Account) -> None:
    wrong = {"phone": "12", "ward": "Không Có Ở Đâu", "date_of_birth": "31/02/1985"}
    answer = desk.post(f"{path(account)}/adjust", **wrong, **TICKED)
    assert answer.status_code == 422
    for typed in wrong.values():
        assert f'value="{typed}"' in answer.text
    assert answer.text.count('class="fault"') == 3
    unticked = desk.post(f"{path(account)}/adjust", phone=NEW)
    assert unticked.status_code == 422
    assert "Xin đối chiếu người đang đứng đây" in unticked.text
    with transaction() as session:
        assert session.query(AccountChange).count() == 0


def test_d2_a_ward_is_found_by_its_name_and_an_e_mail_may_go(desk: Desk, account: Account) -> None:
    desk.post(f"{path(account)}/adjust", ward="hoan kiem, ha noi", drop_email="yes", **TICKED)
    one = declared()
    assert one.ward_code != account.ward_code
    assert (one.address_line, one.email) == (account.address_line, None)


@pytest.mark.parametrize("status", [AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_what_is_locked_is_unlocked_first_and_what_is_closed_stays_so(
    desk: Desk, account: Account, status: AccountStatus
) -> None:
    with transaction() as session:
        found = session.get_one(Account, account.id)
        found.status, found.lock_reason = status, LockReason.OWNER_ASKED
    assert desk.post(f"{path(account)}/adjust", phone=NEW, **TICKED).status_code == 409


def test_nobody_writes_a_declaration_for_their_own_account(desk: Desk, officer: Actor, account: Account) -> None:
    with transaction() as session:
        session.get_one(Account, account.id).full_name = officer.name.upper()
    assert desk.post(f"{path(account)}/stop", **TICKED).status_code == 409


def test_an_account_out_of_reach_is_none(client: FlaskClient, account: Account) -> None:
    with transaction() as session:
        make_officer(session, "xa", role=Role.RECEPTION, office=make_office(session, "07901"))
    far = Desk(client, "xa")
    assert far.get(path(account)).status_code == 404
    assert far.post(f"{path(account)}/stop", **TICKED).status_code == 404


def test_a7_no_officers_page_has_a_box_for_a_citizens_code(desk: Desk, account: Account) -> None:
    desk.post(f"{path(account)}/adjust", phone=NEW, **TICKED)
    for page in (path(account), f"/desk/{declared().receipt_code}", f"/desk/accounts/{account.id}"):
        assert not re.search(r'name="(otp|code)"|one-time-code', desk.get(page).text)
