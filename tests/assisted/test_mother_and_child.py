"""Mother and child in one sitting: her card proves her against her account, without password (D11)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from backoffice.assisted import sending, sitting
from backoffice.decision import actions as decide
from backoffice.intake.draft_rows import DraftOver
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import (
    Account,
    AccountStatus,
    Declaration,
    DraftKind,
    IdType,
    Status,
)
from backoffice.rules.actors import Actor
from tests.assisted.entering import CHILD, OF_CHILD, add_photos, verify
from tests.factories import make_account
from tests.intake.sending import CARD


def only(model: type[Declaration] = Declaration) -> Declaration:
    with transaction() as session:
        return session.scalars(select(model)).one()


def mother(**values: Any) -> int:
    known = {"id_number": "001085012345", "id_type": IdType.CITIZEN_ID, "phone": "0981234560"}
    with transaction() as session:
        return make_account(session, **known | {"bhxh_code": "0123456789"} | values).id


def test_mother_and_child_in_one_sitting(officer: Actor):
    """D11: her card is her proof, no password; paper, address and phone are her account's."""
    account_id = mother()
    token = sitting.begin(officer)
    sitting.take_scan(token, officer, CARD)
    person = sitting.owner(sitting.open_sitting(token, officer), officer)
    assert person is not None
    assert person.account_id == account_id
    child = sitting.turn_to_child(token, officer)
    with pytest.raises(DraftOver):
        sitting.open_sitting(token, officer)
    found = sitting.keep(child, officer, OF_CHILD)
    assert (found.kind, found.account_id) == (DraftKind.CHILD, account_id)
    add_photos(child, officer, *CHILD)
    assert sending.faults(child, officer) == {}
    code = sending.send(child, officer)
    made = only()
    assert (made.guardian_bhxh_code, made.id_number) == ("0123456789", "001085012345")
    verify(code, officer)
    decide.approve(code, officer)
    assert only().status is Status.APPROVED


def test_the_mothers_card_is_not_the_childs_data(officer: Actor):
    mother()
    token = sitting.begin(officer)
    sitting.take_scan(token, officer, CARD)
    child = sitting.turn_to_child(token, officer)
    again = sitting.take_scan(child, officer, CARD)
    assert "full_name" not in again.values
    own = sitting.take_scan(child, officer, "001324000017||Nguyễn Thử Con|02032024|Nữ|Số 2 phố Mẫu|01052025")
    assert own.values["full_name"] == "Nguyễn Thử Con"
    assert own.values["bhxh_code"] == "001324000017"
    assert own.values["_scan_citizen"] == CARD


@pytest.mark.parametrize("scan", ["", "001085012345"])
def test_a_guardian_is_proven_by_the_card_alone(officer: Actor, scan: str):
    mother()
    token = sitting.begin(officer)
    if scan:
        sitting.take_scan(token, officer, scan)
    with pytest.raises(InvalidInput) as refused:
        sitting.turn_to_child(token, officer)
    assert "Chưa quét" in refused.value.faults[0].message
    assert sitting.open_sitting(token, officer).kind is DraftKind.REGISTER


def test_an_account_of_another_number_or_none_proves_no_guardian(officer: Actor):
    token = sitting.begin(officer)
    sitting.take_scan(token, officer, CARD)
    for is_there in (False, True):
        if is_there:
            mother(id_type=IdType.PASSPORT, id_number="C7654321", bhxh_code="001085012345")
        with pytest.raises(InvalidInput) as refused:
            sitting.turn_to_child(token, officer)
        assert "chưa có tài khoản" in refused.value.faults[0].message


def test_nobody_declares_for_their_own_child_here(officer: Actor):
    mother(full_name=officer.name)
    token = sitting.begin(officer)
    sitting.take_scan(token, officer, CARD)
    child = sitting.turn_to_child(token, officer)
    sitting.keep(child, officer, OF_CHILD)
    assert "chính mình" in sending.faults(child, officer)["full_name"]


def test_an_account_opened_with_the_old_number_is_known_by_the_new_card(officer: Actor):
    account_id = mother(id_type=IdType.OLD_ID, id_number="012345678")
    token = sitting.begin(officer)
    person = sitting.owner(sitting.take_scan(token, officer, CARD), officer)
    assert person is not None
    assert person.account_id == account_id


def test_a_childs_account_bears_its_guardians_number_and_is_not_taken_for_the_guardians(officer: Actor):
    """D11."""
    grown = mother()
    with transaction() as session:
        child = make_account(session, guardian_id=grown, id_type=IdType.PASSPORT, id_number="C1")
        child.id_type, child.id_number = IdType.CITIZEN_ID, "001085012345"
        session.get_one(Account, grown).status = AccountStatus.CLOSED
    token = sitting.begin(officer)
    assert sitting.owner(sitting.take_scan(token, officer, CARD), officer) is None
