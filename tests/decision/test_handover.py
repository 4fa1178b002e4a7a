"""Giving what one has in hand to a colleague, or back, before one leaves the counter (issue 4, point 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.decision import actions as decide
from backoffice.decision import handover
from backoffice.decision.claims import MINUTES
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Claim, Declaration, OfficerSession, Role, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.signed_in import ABSOLUTE, IDLE
from tests.factories import make_actor, make_declaration, make_office

pytestmark = pytest.mark.usefixtures("database")
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def signed_in(actor: Actor, **values: Any) -> Actor:
    """Let the officer be signed in now; `values` are of the session."""
    now = clock.now()
    with transaction() as session:
        given = {"created_at": now, "active_at": now} | values
        session.add(OfficerSession(token_hash=token_hash(new_token()), officer_id=actor.id, **given))
    return actor


def an_officer(role: Role = Role.RECEPTION, office: str = "00114", **values: Any) -> Actor:
    with transaction() as session:
        return make_actor(session, role, office=make_office(session, office), **values)


def holder_of(declaration: Declaration) -> int | None:
    with transaction() as session:
        claim = session.get(Claim, declaration.id)
    return claim.officer_id if claim and claim.until >= clock.now() else None


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).all()


@pytest.fixture
def officer() -> Actor:
    return an_officer()


@pytest.fixture
def colleague(officer: Actor) -> Actor:
    return signed_in(an_officer(full_name="Trần Thị Lan"))


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session)
    decide.claim(made.receipt_code, officer)
    return made


def test_what_is_handed_over_is_the_colleagues_for_ten_minutes(
    declaration: Declaration, officer: Actor, colleague: Actor
):
    handover.hand_over(declaration.receipt_code, officer, str(colleague.id))
    assert holder_of(declaration) == colleague.id
    with clock.at(clock.now() + timedelta(minutes=MINUTES, seconds=-5)):
        assert [one.receipt_code for one in handover.held_by(colleague)] == [declaration.receipt_code]
    with pytest.raises(Conflict) as refusal:
        decide.reject(declaration.receipt_code, officer, ["id_invalid"], "")
    assert refusal.value.code == "claim_lost"


def test_the_trail_says_who_gave_it_to_whom_in_ids(declaration: Declaration, officer: Actor, colleague: Actor):
    handover.hand_over(declaration.receipt_code, officer, str(colleague.id))
    (row,) = trail(TrailEvent.HANDOVER)
    assert (row.actor_id, row.declaration_id) == (officer.id, declaration.id)
    assert row.facts == {"held_by": officer.id, "to": colleague.id}


@pytest.mark.parametrize(
    "session",
    [
        {"locked_at": MORNING},
        {"ended_at": MORNING},
        {"active_at": MORNING - IDLE},
        {"created_at": MORNING - ABSOLUTE},
    ],
    ids=["locked", "ended", "idle", "too old"],
)
def test_only_who_is_signed_in_now_at_an_open_screen_can_receive(
    declaration: Declaration, officer: Actor, session: dict[str, Any]
):
    with clock.at(MORNING):
        absent = signed_in(an_officer(), **session)
        decide.claim(declaration.receipt_code, officer)
        assert handover.colleagues_for(declaration.receipt_code, officer) == []
        with pytest.raises(InvalidInput) as refusal:
            handover.hand_over(declaration.receipt_code, officer, str(absent.id))
        assert [fault.field for fault in refusal.value.faults] == ["officer"]
        assert holder_of(declaration) == officer.id


@pytest.mark.parametrize(
    ("role", "office", "can"),
    [
        (Role.RECEPTION, "00114", True),
        (Role.SUPERVISOR, "00114", True),
        (Role.HOTLINE, "00114", False),
        (Role.RECEPTION, "00107", False),
        (Role.SUPERVISOR, "001", False),
    ],
)
def test_a_colleague_is_of_the_same_office_and_may_work_on_it(
    declaration: Declaration, officer: Actor, role: Role, office: str, can: bool
):
    somebody = signed_in(an_officer(role, office))
    offered = [one.id for one in handover.colleagues_for(declaration.receipt_code, officer)]
    assert offered == ([somebody.id] if can else [])


def test_k11_an_escalated_declaration_is_handed_to_nobody_but_a_supervisor(declaration: Declaration, colleague: Actor):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).escalated_at = clock.now()
        session.query(Claim).delete()
    supervisor = an_officer(Role.SUPERVISOR)
    other = signed_in(an_officer(Role.SUPERVISOR))
    decide.claim(declaration.receipt_code, supervisor)
    assert [one.id for one in handover.colleagues_for(declaration.receipt_code, supervisor)] == [other.id]
    with pytest.raises(InvalidInput):
        handover.hand_over(declaration.receipt_code, supervisor, str(colleague.id))


def test_one_hands_over_only_what_one_has(declaration: Declaration, officer: Actor, colleague: Actor):
    third = signed_in(an_officer())
    with pytest.raises(Conflict) as refusal:
        handover.hand_over(declaration.receipt_code, colleague, str(third.id))
    assert refusal.value.code == "claim_lost"
    assert officer.name in refusal.value.message
    decide.release(declaration.receipt_code, officer)
    with pytest.raises(Conflict):
        handover.hand_over(declaration.receipt_code, officer, str(colleague.id))
    assert holder_of(declaration) is None


def test_a_supervisor_hands_over_what_an_officer_of_the_branch_has(
    declaration: Declaration, officer: Actor, colleague: Actor
):
    supervisor = an_officer(Role.SUPERVISOR, "001")
    handover.hand_over(declaration.receipt_code, supervisor, str(colleague.id))
    assert holder_of(declaration) == colleague.id
    (row,) = trail(TrailEvent.HANDOVER)
    assert row.facts == {"held_by": officer.id, "to": colleague.id}


def test_out_of_scope_it_does_not_exist(declaration: Declaration, colleague: Actor):
    stranger, hotline = an_officer(office="00107"), an_officer(Role.HOTLINE)
    with pytest.raises(NotFound):
        handover.hand_over(declaration.receipt_code, stranger, str(colleague.id))
    with pytest.raises(NotFound):
        handover.colleagues_for(declaration.receipt_code, stranger)
    with pytest.raises(Forbidden):
        handover.hand_over(declaration.receipt_code, hotline, str(colleague.id))


@pytest.mark.parametrize("to", ["", "0", "abc", "-1", "1 OR 1=1", "99999999999999999999"])
def test_a_colleague_that_is_none_is_refused_and_changes_nothing(declaration: Declaration, officer: Actor, to: str):
    with pytest.raises(InvalidInput):
        handover.hand_over(declaration.receipt_code, officer, to)
    assert holder_of(declaration) == officer.id


class TestLeavingTheDesk:
    """Before the counter is another's: keep, give back or hand over each, all of it or nothing."""

    @pytest.fixture
    def others(self, declaration: Declaration, officer: Actor) -> list[Declaration]:
        with transaction() as session:
            made = [make_declaration(session), make_declaration(session)]
        for one in made:
            decide.claim(one.receipt_code, officer)
        return made

    def test_each_goes_its_own_way(
        self, declaration: Declaration, others: list[Declaration], officer: Actor, colleague: Actor
    ):
        given, kept = others
        choices = {declaration.receipt_code: "release", given.receipt_code: str(colleague.id)}
        handover.leave_desk(officer, choices)
        assert [holder_of(one) for one in (declaration, given, kept)] == [None, colleague.id, officer.id]
        assert [row.declaration_id for row in trail(TrailEvent.RELEASE)] == [declaration.id]

    def test_when_one_cannot_go_none_goes(self, declaration: Declaration, others: list[Declaration], officer: Actor):
        absent = an_officer()
        choices = {declaration.receipt_code: "release", others[0].receipt_code: str(absent.id)}
        with pytest.raises(InvalidInput) as refusal:
            handover.leave_desk(officer, choices)
        assert [fault.field for fault in refusal.value.faults] == [others[0].receipt_code]
        assert holder_of(declaration) == officer.id
        assert trail(TrailEvent.RELEASE) == []

    def test_what_is_not_mine_cannot_be_given_away(self, declaration: Declaration, officer: Actor, colleague: Actor):
        handover.leave_desk(colleague, {declaration.receipt_code: "release"})
        assert holder_of(declaration) == officer.id

    def test_whoever_is_listed_counts_as_looked_at(self, declaration: Declaration, officer: Actor, colleague: Actor):
        assert handover.held_by(colleague) == []
        assert trail(TrailEvent.QUEUE) == []
        assert [one.full_name for one in handover.held_by(officer)] == [declaration.full_name]
        (row,) = trail(TrailEvent.QUEUE)
        assert row.facts == {"tab": "held", "listed": [declaration.id]}

    def test_a_claim_whose_time_is_over_is_held_no_more(self, declaration: Declaration, officer: Actor):
        assert handover.holds_any(officer)
        with clock.at(clock.now() + timedelta(minutes=MINUTES, seconds=5)):
            assert not handover.holds_any(officer)
