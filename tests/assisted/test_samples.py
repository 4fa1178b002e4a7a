"""A supervisor checks a sample of what one officer entered and approved alone (issue 10, point 10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backoffice.assisted import samples
from backoffice.decision.entered import DRAWS, note_approval, note_entry
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from backoffice.models import Channel, Declaration, DeskEntry, Role, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.assisted.entering import approved
from tests.desk.browser import trail
from tests.factories import make_actor, make_declaration, make_office


@pytest.fixture
def supervisor(officer: Actor) -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, username="lanhdao", full_name="Phạm Thử Lãnh Đạo")


def drawn(officer: Actor, draw: int, *, ago: int = 0, code: str = "00114") -> str:
    """The receipt code of what the officer entered and approved alone so many days ago."""
    with transaction() as session:
        made = make_declaration(
            session, office=make_office(session, code), channel=Channel.DESK, status=Status.APPROVED
        )
        note_entry(session, made, officer)
        with clock.at(clock.now() - timedelta(days=ago)):
            note_approval(session, made, officer)
        session.get_one(DeskEntry, made.id).draw = draw
        return made.receipt_code


def waiting(supervisor: Actor) -> set[str]:
    return {one.receipt_code for one in samples.show(supervisor).waiting}


HIGH, LOW = DRAWS - 1, DRAWS // samples.SHARE - 1


def test_low_draws_are_in_the_sample_at_once(officer: Actor, supervisor: Actor):
    low, high = drawn(officer, LOW), drawn(officer, LOW + 1)
    assert waiting(supervisor) == {low}
    assert high not in waiting(supervisor)


def test_of_each_officer_and_day_one_is_in_it_once_the_day_is_over(officer: Actor, colleague: Actor, supervisor: Actor):
    lowest = {drawn(officer, 5_000, ago=1), drawn(officer, 7_000, ago=2), drawn(colleague, 8_000, ago=1)}
    for other in (drawn(officer, HIGH, ago=1), drawn(officer, 6_000), drawn(officer, HIGH, ago=samples.DAYS + 1)):
        assert other not in waiting(supervisor)
    assert waiting(supervisor) == lowest


def test_the_draw_is_by_a_keyed_hash_and_spread_over_all(officer: Actor):
    with transaction() as session:
        made = [make_declaration(session, channel=Channel.DESK) for _ in range(40)]
        for one in made:
            note_entry(session, one, officer)
        draws = list(session.scalars(select(DeskEntry.draw)))
    assert len(set(draws)) > 30
    assert min(draws) < DRAWS // 2 < max(draws) < DRAWS


def test_what_was_entered_and_approved_alone_may_be_drawn(officer: Actor, supervisor: Actor):
    code = approved(officer)
    with transaction() as session:
        session.execute(update(DeskEntry).values(draw=0))
    assert waiting(supervisor) == {code}


def test_a_check_is_written_down_and_an_objection_is_counted(officer: Actor, supervisor: Actor):
    good, bad = drawn(officer, 1), drawn(officer, 2)
    samples.check(good, supervisor, "good")
    samples.check(bad, supervisor, "objection", "Chữ ký khác mẫu.")
    found = samples.show(supervisor)
    assert not found.waiting
    assert [(one.receipt_code, one.note, one.checked_by) for one in found.objected] == [
        (bad, "Chữ ký khác mẫu.", supervisor.name)
    ]
    assert found.tallies == [(officer.name, 2, 2, 1)]
    assert [row.facts["verdict"] for row in trail(TrailEvent.ENTRY_CHECKED)] == ["good", "objection"]
    assert "Chữ ký" not in str([row.facts for row in trail(TrailEvent.ENTRY_CHECKED)])


@pytest.mark.parametrize(("verdict", "note"), [("objection", " "), ("", "x"), ("x", "x"), ("objection", "x" * 5_000)])
def test_an_objection_wants_words_and_a_verdict(officer: Actor, supervisor: Actor, verdict: str, note: str):
    code = drawn(officer, 1)
    with pytest.raises(InvalidInput):
        samples.check(code, supervisor, verdict, note)
    assert waiting(supervisor) == {code}


def test_of_two_supervisors_the_first_counts(officer: Actor, supervisor: Actor):
    code = drawn(officer, 1)
    with transaction() as session:
        above = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"), username="captren")
    samples.check(code, above, "good")
    with pytest.raises(Conflict):
        samples.check(code, supervisor, "objection", "x")
    samples.check(code, above, "objection", "Xem lại ảnh.")
    assert [one.note for one in samples.show(supervisor).objected] == ["Xem lại ảnh."]


def test_nobody_checks_their_own_nor_what_is_not_drawn_nor_elsewhere(officer: Actor, supervisor: Actor):
    own, high = drawn(supervisor, 1), drawn(officer, HIGH)
    elsewhere = drawn(officer, 1, code="079")
    assert waiting(supervisor) == set()
    for code in (own, high, elsewhere, "7K4M92QX3A0", "x"):
        with pytest.raises(NotFound):
            samples.check(code, supervisor, "good")


def test_an_officer_sees_no_sample(officer: Actor):
    for act in (lambda: samples.show(officer), lambda: samples.check("x", officer, "good")):
        with pytest.raises(Forbidden):
            act()


def test_the_list_is_a_look_that_is_written_down(officer: Actor, supervisor: Actor):
    code = drawn(officer, 1)
    samples.show(supervisor)
    with transaction() as session:
        number = session.scalar(select(Declaration.id).where(Declaration.receipt_code == code))
    assert trail(TrailEvent.QUEUE)[-1].facts == {"tab": "samples", "listed": [number]}


def test_what_a_colleague_approved_is_in_no_sample(officer: Actor, colleague: Actor, supervisor: Actor):
    with transaction() as session:
        made = make_declaration(session, channel=Channel.DESK, status=Status.APPROVED)
        note_entry(session, made, officer)
        note_approval(session, made, colleague)
        session.get_one(DeskEntry, made.id).draw = 0
    assert waiting(supervisor) == set()
