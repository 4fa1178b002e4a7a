"""Adjusting, stopping, and declaring for a child: what rests on an account there is (D2, D11)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountChange,
    AccountHold,
    AccountStatus,
    Declaration,
    HoldKind,
    IdType,
    LockReason,
    Notice,
    PhotoKind,
    Purpose,
)
from tests.factories import make_account
from tests.intake.sending import PORTRAIT, faults, jpeg, quick, send

CODE, CHILD = "0201020304", "0201020399"
CERTIFICATE = PORTRAIT | {"birth_certificate": jpeg()}
PAPER = {"id_front": jpeg(640, 400), "id_back": jpeg(640, 400)}
AGREED = {"office_code": "00114", "consent": True, "undertaking": True}


@pytest.fixture
def account(machine: object) -> Account:
    return have_account()


def have_account(**values: Any) -> Account:
    with transaction() as session:
        born = {
            "bhxh_code": CODE,
            "date_of_birth": date(1985, 1, 2),
            "id_number": "001185000001",
            "phone": "0981000001",
        }
        return make_account(session, **born | {"email": "me@example.vn"} | values)


def about(purpose: str, **changes: Any) -> dict[str, Any]:
    return {"purpose": purpose, "bhxh_code": CODE, **AGREED, **changes}


def child(**changes: Any) -> dict[str, Any]:
    known = {"bhxh_code": CHILD, "full_name": "Trần Thử Con", "guardian_bhxh_code": CODE, "date_of_birth": "2018-05-06"}
    return {"purpose": "register", **AGREED, **known, **changes}


def declared() -> Declaration:
    with transaction() as session:
        return session.query(Declaration).one()


def change() -> AccountChange:
    with transaction() as session:
        return session.query(AccountChange).one()


def test_d2_an_adjustment_names_what_is_new_and_keeps_the_rest_as_the_account_has_it(
    client: FlaskClient, key: str, account: Account
) -> None:
    assert send(client, key, about("adjust", phone="0982 000 002"), {}).status_code == 201
    one, kept = declared(), change()
    assert (one.purpose, one.phone, one.full_name) == (Purpose.ADJUST, "0982000002", account.full_name)
    assert (one.id_number, one.email, one.ward_code) == (account.id_number, account.email, account.ward_code)
    assert kept.account_id == account.id
    assert kept.before is not None
    assert kept.before["phone"] == "0981000001"


def test_d2_an_adjustment_of_what_stands_on_the_paper_shows_the_paper(
    client: FlaskClient, key: str, account: Account
) -> None:
    renamed = about("adjust", full_name="Trần Thị Mẫu Mới")
    assert list(faults(send(client, key, renamed, {}))) == ["id_front", "id_back"]
    assert send(client, key, renamed, PAPER).status_code == 201


def test_d2_an_e_mail_sent_empty_is_to_go(client: FlaskClient, key: str, account: Account) -> None:
    assert send(client, key, about("adjust", email=""), {}).status_code == 201
    assert declared().email is None


def test_d2_an_adjustment_that_changes_nothing_is_told_so(client: FlaskClient, key: str, account: Account) -> None:
    told = faults(send(client, key, about("adjust", phone="+84 981 000 001"), {}))
    assert list(told) == ["purpose"]


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Lê Người Lạ", "id_number": "001190000009", "date_of_birth": "1990-02-03"},
        {"full_name": "Lê Người Lạ", "id_number": "001185000009"},
        {"date_of_birth": "1990-02-03", "id_number": "001190000009"},
    ],
)
def test_d2_no_adjustment_makes_an_account_another_persons(
    client: FlaskClient, key: str, account: Account, changes: dict[str, str]
) -> None:
    """Else whoever holds a stranger's telephone would declare the account over, and come with an ID of their own."""
    assert list(faults(send(client, key, about("adjust", **changes), PAPER))) == ["id_number"]


def test_d2_a_new_paper_under_the_same_name_and_birth_is_taken(client: FlaskClient, key: str, account: Account) -> None:
    new = about("adjust", id_type="passport", id_number="C1234567")
    assert send(client, key, new, {"id_front": jpeg()}).status_code == 201
    assert declared().id_type is IdType.PASSPORT


def test_d2_a_stop_needs_the_code_alone_and_changes_nothing(client: FlaskClient, key: str, account: Account) -> None:
    assert list(faults(send(client, key, about("stop", phone="0982000002"), {}))) == ["phone"]
    assert send(client, key, about("stop", phone="0981 000 001"), {}).status_code == 201
    assert (declared().full_name, change().before) == (account.full_name, None)


@pytest.mark.parametrize("purpose", ["adjust", "stop"])
def test_d2_without_an_open_account_there_is_nothing_to_change(client: FlaskClient, key: str, purpose: str) -> None:
    response = send(client, key, about(purpose), {})
    assert list(faults(response)) == ["bhxh_code"]
    assert "không có tài khoản đang mở" in response.get_json()["detail"]
    assert list(faults(send(client, key, about(purpose, bhxh_code="12"), {}))) == ["bhxh_code"]


def test_d2_a_locked_account_may_be_stopped_but_not_adjusted(client: FlaskClient, key: str, machine: object) -> None:
    have_account(status=AccountStatus.LOCKED, lock_reason=LockReason.OWNER_ASKED)
    assert list(faults(send(client, key, about("adjust", phone="0982000002"), {}))) == ["bhxh_code"]
    assert send(client, key, about("stop"), {}).status_code == 201


def test_d2_the_account_is_known_by_the_personal_number_too(client: FlaskClient, key: str, account: Account) -> None:
    assert send(client, key, about("stop", bhxh_code=account.id_number), {}).status_code == 201
    assert declared().bhxh_code == CODE


def test_d6_an_adjustment_takes_no_phone_of_another_account(client: FlaskClient, key: str, account: Account) -> None:
    with transaction() as session:
        make_account(session, phone="0982000002")
    told = faults(send(client, key, about("adjust", phone="0982000002"), {}))
    assert list(told) == ["phone"]


def test_d11_a_child_needs_name_code_portrait_and_birth_certificate_the_rest_is_the_guardians(
    client: FlaskClient, key: str, account: Account
) -> None:
    assert send(client, key, child(), CERTIFICATE).status_code == 201
    one = declared()
    assert (one.bhxh_code, one.guardian_bhxh_code, one.phone) == (CHILD, CODE, "0981000001")
    assert (one.id_number, one.email, one.address_line) == (account.id_number, account.email, account.address_line)
    with transaction() as session:
        sms = session.query(Notice).one()
        assert (sms.recipient, "cua con" in sms.body) == ("0981000001", True)
        assert sms.body.endswith("Xem http://localhost/declare/status")


def test_d11_the_photos_are_the_childs(client: FlaskClient, key: str, account: Account) -> None:
    assert list(faults(send(client, key, child(), {}))) == ["portrait", "birth_certificate"]
    lost = faults(send(client, key, quick(), CERTIFICATE))
    assert list(lost) == ["guardian_bhxh_code"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"phone": "0982000002"}, "phone"),
        ({"id_number": "001190000009"}, "id_number"),
        ({"bhxh_code": CODE}, "bhxh_code"),
        ({"date_of_birth": "2000-01-01"}, "date_of_birth"),
        ({"guardian_bhxh_code": "0999999999"}, "guardian_bhxh_code"),
        ({"full_name": None}, "full_name"),
    ],
)
def test_d11_what_does_not_fit_the_guardian_is_named(
    client: FlaskClient, key: str, account: Account, changes: dict[str, Any], named: str
) -> None:
    assert list(faults(send(client, key, child(**changes), CERTIFICATE))) == [named]


@pytest.mark.parametrize(
    "values",
    [
        {"status": AccountStatus.LOCKED, "lock_reason": LockReason.SUSPICION},
        {"must_update_phone": True},
        {"date_of_birth": date(2012, 1, 2)},
    ],
)
def test_d11_not_every_account_is_a_guardians(
    client: FlaskClient, key: str, machine: object, values: dict[str, Any]
) -> None:
    """Locked, without a phone of its own, or itself under age."""
    have_account(**values)
    assert list(faults(send(client, key, child(), CERTIFICATE))) == ["guardian_bhxh_code"]


def test_d11_a_childs_account_is_no_guardians(client: FlaskClient, key: str, account: Account) -> None:
    with transaction() as session:
        make_account(session, bhxh_code=CHILD, guardian_id=account.id)
    other = child(bhxh_code="0201020388", guardian_bhxh_code=CHILD)
    assert list(faults(send(client, key, other, CERTIFICATE))) == ["guardian_bhxh_code"]


def test_d11_an_adjustment_of_a_childs_account_stays_under_the_guardian_until_it_has_a_paper_of_its_own(
    client: FlaskClient, key: str, account: Account
) -> None:
    with transaction() as session:
        mine = make_account(
            session, bhxh_code=CHILD, guardian_id=account.id, id_type=IdType.PASSPORT, id_number="C7654321",
            phone="0983000003", date_of_birth=date(2009, 1, 2),
        )  # fmt: skip
    moved = about("adjust", bhxh_code=CHILD, address={"province": "01", "ward": "00008", "line": "Ngõ 1"})
    assert send(client, key, moved, {}).status_code == 201
    assert declared().guardian_bhxh_code == CODE
    with transaction() as session:
        session.delete(session.query(Declaration).one())
    grown = about("adjust", bhxh_code=CHILD, id_type="citizen_id", id_number="001209000009")
    assert send(client, key, grown, PAPER).status_code == 201
    assert declared().guardian_bhxh_code is None
    assert mine.guardian_id == account.id


def test_d11_whatever_a_child_is_declared_with_its_photos_are_kept(
    client: FlaskClient, key: str, account: Account
) -> None:
    send(client, key, child(), CERTIFICATE)
    with transaction() as session:
        photos = session.query(Declaration).one()
        session.refresh(photos, ["photos"])
        assert {photo.kind for photo in photos.photos} == {PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE}
        assert session.query(AccountHold).filter_by(kind=HoldKind.CODE, value=CHILD).count() == 0
