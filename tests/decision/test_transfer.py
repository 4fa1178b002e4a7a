"""Taking a declaration over: whoever stands here is served here (K8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.decision.transfer import transfer
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.models import (
    Claim,
    Correction,
    Declaration,
    Item,
    Notice,
    NoticeKind,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")
WHY = "Công dân ở gần đây, đến nộp tại quầy này."


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def other(officer: Actor) -> Actor:
    """An officer of the office that was declared."""
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan", office=make_office(session, "00131"))


@pytest.fixture
def theirs(other: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session, office=make_office(session, "00131"))


def refused(act: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


def test_k8_the_declaration_becomes_mine_and_its_deadline_stays(theirs: Declaration, officer: Actor):
    transfer(theirs.receipt_code, officer, WHY)
    after = kept(theirs)
    assert (after.office_id, after.status, after.expires_at, after.presented_at) == (
        officer.office_id,
        Status.SUBMITTED,
        theirs.expires_at,
        None,
    )
    assert [claim.officer_id for claim in rows(Claim, declaration_id=theirs.id)] == [officer.id]
    decide.present(theirs.receipt_code, officer)


def test_k8_the_citizen_is_told_once_where_the_declaration_is_now(theirs: Declaration, officer: Actor):
    for _ in range(2):
        transfer(theirs.receipt_code, officer, WHY)
    (sms,) = rows(Notice, declaration_id=theirs.id)
    assert (sms.kind, sms.recipient, sms.office_id) == (NoticeKind.MOVED, theirs.phone, officer.office_id)
    assert "da chuyen den BHXH Mau 00114," in sms.body


def test_k8_who_handed_in_elsewhere_is_told_of_no_deadline(officer: Actor, other: Actor):
    with transaction() as session:
        office = make_office(session, "00131")
        handed_in = make_declaration(session, office=office, presented_at=clock.now())
    transfer(handed_in.receipt_code, officer, WHY)
    (sms,) = rows(Notice, declaration_id=handed_in.id)
    assert "nay do BHXH Mau 00114 giai quyet" in sms.body


def test_k8_a_take_over_that_is_refused_tells_nobody(theirs: Declaration, officer: Actor):
    refused(lambda: transfer(theirs.receipt_code, officer, ""))
    assert rows(Notice) == []


def test_k8_the_former_office_has_it_no_more(theirs: Declaration, officer: Actor, other: Actor):
    transfer(theirs.receipt_code, officer, WHY)
    assert isinstance(refused(lambda: decide.claim(theirs.receipt_code, other)), NotFound)


def test_k8_the_trail_has_both_offices_and_the_reason_is_kept(theirs: Declaration, officer: Actor, other: Actor):
    transfer(theirs.receipt_code, officer, f"  {WHY} ")
    (row,) = rows(TrailRow, event=TrailEvent.TRANSFER)
    (correction,) = rows(Correction)
    assert row.facts == {
        "from_office": other.office_id,
        "to_office": officer.office_id,
        "reason": correction.id,
        "how": "seen",
    }
    assert (row.actor_id, row.declaration_id) == (officer.id, theirs.id)
    assert (correction.field, correction.old_value, correction.new_value, correction.note) == (
        "office_code",
        "00131",
        "00114",
        WHY,
    )


def test_what_another_office_verified_is_verified_anew(theirs: Declaration, officer: Actor, other: Actor):
    """K1: who decides has seen the person."""
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, theirs.id), other)
    transfer(theirs.receipt_code, officer, WHY)
    with transaction() as session:
        assert ledger.entries(session, theirs.id) == []


def test_k8_the_id_presented_fills_the_ledger_and_marks_presence(theirs: Declaration, officer: Actor):
    transfer(theirs.receipt_code, officer, WHY, theirs.id_number)
    with transaction() as session:
        assert Item.ID_NUMBER in {entry.item for entry in ledger.entries(session, theirs.id)}
    assert kept(theirs).presented_at is not None


@pytest.mark.parametrize("presented", ["001085999999", "0102030405", "xin chào", "7K4M92QX3AB"])
def test_k8_somebody_elses_id_takes_nothing_over(theirs: Declaration, officer: Actor, presented: str):
    refusal = refused(lambda: transfer(theirs.receipt_code, officer, WHY, presented))
    assert isinstance(refusal, InvalidInput)
    assert [fault.field for fault in refusal.faults] == ["presented"]
    assert kept(theirs).office_id == theirs.office_id


@pytest.mark.parametrize("note", ["", "  \n ", "x" * 501])
def test_a_reason_is_required(theirs: Declaration, officer: Actor, note: str):
    refusal = refused(lambda: transfer(theirs.receipt_code, officer, note))
    assert isinstance(refusal, InvalidInput)
    assert kept(theirs).office_id == theirs.office_id


def test_what_another_office_is_at_work_on_stays_there_and_it_is_said_whom_to_call(
    theirs: Declaration, officer: Actor, other: Actor
):
    decide.claim(theirs.receipt_code, other)
    refusal = refused(lambda: transfer(theirs.receipt_code, officer, WHY))
    assert (type(refusal), refusal.code) == (Conflict, "claimed")
    assert "Trần Thị Lan" in refusal.message
    assert "02400000000" in refusal.message
    assert kept(theirs).office_id == theirs.office_id


def test_a_claim_that_ran_out_stops_nobody(theirs: Declaration, officer: Actor, other: Actor):
    with clock.at(clock.now() - timedelta(minutes=11)):
        decide.claim(theirs.receipt_code, other)
    transfer(theirs.receipt_code, officer, WHY)
    assert [claim.officer_id for claim in rows(Claim)] == [officer.id]


def test_k11_what_a_supervisor_looks_at_is_not_carried_to_another_office(
    theirs: Declaration, officer: Actor, other: Actor
):
    decide.claim(theirs.receipt_code, other)
    decide.escalate(theirs.receipt_code, other, "Ảnh không giống.")
    assert refused(lambda: transfer(theirs.receipt_code, officer, WHY)).code == "escalated"


def test_k7_what_waits_for_a_supplement_may_be_brought_here(theirs: Declaration, officer: Actor, other: Actor):
    decide.claim(theirs.receipt_code, other)
    decide.supplement(theirs.receipt_code, other, "Chụp lại mặt sau.")
    waiting = kept(theirs)
    transfer(theirs.receipt_code, officer, WHY)
    after = kept(theirs)
    assert (after.office_id, after.supplement_at, after.expires_at) == (
        officer.office_id,
        waiting.supplement_at,
        waiting.expires_at,
    )


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED, Status.WITHDRAWN])
def test_what_is_decided_stays_where_it_was_decided(officer: Actor, other: Actor, status: Status):
    with transaction() as session:
        decided = make_declaration(session, office=make_office(session, "00131"), status=status)
    assert refused(lambda: transfer(decided.receipt_code, officer, WHY)).code == "already_decided"


def test_k4_what_is_overdue_is_declared_anew(theirs: Declaration, officer: Actor):
    assert theirs.expires_at is not None
    with clock.at(theirs.expires_at + timedelta(seconds=1)):
        assert refused(lambda: transfer(theirs.receipt_code, officer, WHY)).code == "expired"


def test_done_twice_it_changes_nothing_more(theirs: Declaration, officer: Actor):
    transfer(theirs.receipt_code, officer, WHY)
    transfer(theirs.receipt_code, officer, WHY)
    assert len(rows(TrailRow, event=TrailEvent.TRANSFER)) == 1


def test_of_two_offices_at_once_one_has_it(theirs: Declaration, officer: Actor):
    with transaction() as session:
        rival = make_actor(session, office=make_office(session, "00133"))
    start, refusals = Barrier(2), []

    def take(who: Actor) -> None:
        start.wait()
        try:
            transfer(theirs.receipt_code, who, WHY)
        except Conflict as refusal:
            refusals.append(refusal.code)

    threads = [Thread(target=take, args=(who,)) for who in (officer, rival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["claimed"]
    assert len(rows(TrailRow, event=TrailEvent.TRANSFER)) == 1


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_the_desk_takes_over(theirs: Declaration, role: Role):
    with transaction() as session:
        stranger = make_actor(session, role)
    assert isinstance(refused(lambda: transfer(theirs.receipt_code, stranger, WHY)), Forbidden)


def test_a_supervisor_takes_over_too(theirs: Declaration):
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "002"))
    transfer(theirs.receipt_code, supervisor, WHY)
    assert kept(theirs).office_id == supervisor.office_id


def test_what_does_not_exist_is_not_found(officer: Actor):
    assert isinstance(refused(lambda: transfer("7K4M92QX3AB", officer, WHY)), NotFound)
