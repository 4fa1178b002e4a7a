"""A child under a guardian uses the guardian's phone, and holds none (D11, the exception of D6)."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.accounts import desk_actions, life, sessions
from backoffice.accounts.actions import open_account, person_codes
from backoffice.accounts.queries import account_of_person, holds_its_phone
from backoffice.decision import account_acts
from backoffice.decision import actions as decide
from backoffice.desk.actions import open_review
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Declaration,
    HoldKind,
    Notice,
    NoticeKind,
    NoticeStatus,
    Role,
    SessionKind,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import Actor
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW = "0356789012", "0981234567"


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def guardian(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(session, phone=OLD)


def declared(guardian: Account, **values: object) -> Declaration:
    """A child's declaration: code, name and birth are the child's, the rest is the guardian's (D11)."""
    known: dict[str, object] = {
        "full_name": "Trần Bé Mẫu",
        "date_of_birth": date(2019, 5, 4),
        "guardian_bhxh_code": guardian.bhxh_code,
        "id_number": guardian.id_number,
        "phone": guardian.phone,
    }
    with transaction() as session:
        return make_declaration(session, **known | values)


def approved(declaration: Declaration, officer: Actor) -> Account:
    decide.claim(declaration.receipt_code, officer)
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.approve(declaration.receipt_code, officer)
    with transaction() as session:
        return session.query(Account).filter_by(declaration_id=declaration.id).one()


@pytest.fixture
def child(guardian: Account, officer: Actor) -> Account:
    return approved(declared(guardian), officer)


def held(account: Account) -> set[tuple[HoldKind, str]]:
    with transaction() as session:
        return {(one.kind, one.value) for one in session.query(AccountHold).filter_by(account_id=account.id)}


def kept(account: Account) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.id)


def is_reached(account: Account) -> bool:
    with transaction() as session:
        return holds_its_phone(session, session.get_one(Account, account.id))


def messages(account: Account) -> list[Notice]:
    with transaction() as session:
        return session.query(Notice).filter_by(account_id=account.id).order_by(Notice.id).all()


def test_d11_a_child_is_approved_on_the_guardians_phone_and_holds_its_own_code_alone(child, guardian):
    assert (child.status, child.guardian_id) == (AccountStatus.ISSUED, guardian.id)
    assert held(child) == {(HoldKind.CODE, child.bhxh_code)}
    assert (HoldKind.PHONE, guardian.phone) in held(guardian)
    assert is_reached(child)


def test_d11_two_children_may_use_one_guardians_phone(child, guardian, officer):
    assert approved(declared(guardian), officer).guardian_id == guardian.id


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"guardian_bhxh_code": "0999999999"}, "guardian_missing"),
        ({"phone": NEW}, "guardian_phone"),
    ],
    ids=["no open account", "another phone"],
)
def test_d11_without_a_guardians_account_and_its_very_phone_a_child_is_not_approved(guardian, officer, values, code):
    declaration = declared(guardian, **values)
    with pytest.raises(Conflict) as refused:
        approved(declaration, officer)
    assert refused.value.code == code
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).status is Status.SUBMITTED
    (flag,) = open_review(declaration.receipt_code, officer)["flags"]
    assert (flag.code, flag.blocks) == (code, True)


def test_d11_under_a_locked_guardian_no_child_is_approved(guardian, officer):
    with transaction() as session:
        session.get_one(Account, guardian.id).status = AccountStatus.LOCKED
    with pytest.raises(Conflict) as refused:
        approved(declared(guardian), officer)
    assert refused.value.code == "guardian_unusable"


def test_d6_a_phone_that_the_guardian_had_to_give_up_is_not_the_childs_either(guardian, officer):
    with transaction() as session:
        desk_actions.give_up_phone(session, session.get_one(Account, guardian.id, with_for_update=True), officer)
    with pytest.raises(Conflict) as refused:
        approved(declared(guardian), officer)
    assert refused.value.code == "guardian_phone"


def test_d11_the_guardians_phone_and_paper_are_no_reason_to_hold_a_childs_declaration_up(guardian, officer):
    declaration = declared(guardian)
    assert open_review(declaration.receipt_code, officer)["flags"] == []
    with transaction() as session:
        assert account_of_person(session, declaration) is None
    assert person_codes(declaration) == {declaration.bhxh_code}


def test_d6_an_adult_may_not_use_anothers_phone_by_naming_nobody(guardian):
    with transaction() as session:
        adult = make_declaration(session, phone=guardian.phone)
        with pytest.raises(Conflict) as refused:
            open_account(session, adult, make_actor(session))
        assert refused.value.code == "phone_taken"


def test_d11_nobody_frees_the_guardians_phone_for_the_child(guardian):
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    with pytest.raises(Conflict) as refused:
        account_acts.free_phone(declared(guardian).receipt_code, supervisor, "Máy đổ chuông.")
    assert refused.value.code == "phone_own"
    assert is_reached(guardian)


def test_d11_what_is_sent_for_a_child_says_so_to_the_guardian(child, guardian, officer):
    desk_actions.reset_password(child.id, officer, frozenset(desk_actions.CHECKS))
    sent = [one for one in messages(child) if one.kind in (NoticeKind.APPROVED, NoticeKind.RESET)]
    assert [one.recipient for one in sent] == [guardian.phone] * 2
    assert ["cua con" in one.body for one in sent] == [True, True]


def test_d11_a_child_with_an_own_phone_is_written_to_as_itself(child, officer):
    desk_actions.correct_phone(child.id, officer, NEW, "yes")
    desk_actions.reset_password(child.id, officer, frozenset(desk_actions.CHECKS))
    last = messages(child)[-1]
    assert (last.recipient, "cua con" in last.body) == (NEW, False)
    assert (HoldKind.PHONE, NEW) in held(child)


def test_d11_a_child_goes_back_to_the_guardians_phone(child, guardian, officer):
    desk_actions.correct_phone(child.id, officer, NEW, "yes")
    desk_actions.correct_phone(child.id, officer, guardian.phone, "yes")
    assert is_reached(child)
    assert held(child) == {(HoldKind.CODE, child.bhxh_code)}


def test_d11_the_guardians_new_number_is_the_childs_and_nothing_more_goes_to_the_old_one(child, guardian, officer):
    desk_actions.correct_phone(guardian.id, officer, NEW, "yes")
    assert kept(child).phone == NEW
    assert is_reached(child)
    assert {one.status for one in messages(child)} == {NoticeStatus.CANCELLED}
    with transaction() as session:
        told = session.query(TrailRow.account_id).filter_by(event=TrailEvent.PHONE_CHANGE).all()
    assert sorted(told) == sorted([(guardian.id,), (child.id,)])


def test_k10_whoever_has_the_guardians_lost_phone_is_signed_out_of_the_childs_account(child, guardian, officer):
    with transaction() as session:
        account = session.get_one(Account, child.id)
        sessions.begin(session, account, SessionKind.APP, sessions.device_hash(account.id, "may-mat"))
    desk_actions.correct_phone(guardian.id, officer, NEW, "yes")
    with transaction() as session:
        account = session.get_one(Account, child.id)
        assert sessions.open_session(session, account) is None
        assert not sessions.has_devices(session, account)


def test_d6_while_the_guardians_number_is_doubted_nothing_is_sent_for_the_child(child, guardian):
    with transaction() as session:
        session.get_one(Account, guardian.id).must_update_phone = True
    assert not is_reached(child)


def test_d11_a_child_with_an_own_phone_keeps_it_when_the_guardians_changes(child, guardian, officer):
    desk_actions.correct_phone(child.id, officer, "0977777777", "yes")
    desk_actions.correct_phone(guardian.id, officer, NEW, "yes")
    assert kept(child).phone == "0977777777"


@pytest.mark.parametrize("end", ["given up", "closed"])
def test_d6_when_the_guardian_loses_the_phone_nothing_is_sent_for_the_child(child, guardian, officer, end):
    with transaction() as session:
        account = session.get_one(Account, guardian.id, with_for_update=True)
        if end == "closed":
            life.close(session, account, officer)
        else:
            desk_actions.give_up_phone(session, account, officer)
    assert not is_reached(child)
    assert kept(child).must_update_phone
    assert {one.status for one in messages(child)} == {NoticeStatus.CANCELLED}
    with pytest.raises(Conflict) as refused:
        desk_actions.reset_password(child.id, officer, frozenset(desk_actions.CHECKS))
    assert refused.value.code == "phone_not_held"
