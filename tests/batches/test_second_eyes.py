"""Letting rows of a list through (D12 a): the letter first, then up to a number alone, above it with somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.batches import actions, review, review_actions
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput
from backoffice.models import (
    Batch,
    BatchEdit,
    BatchKind,
    BatchRow,
    BatchStage,
    Channel,
    Officer,
    Role,
    RowState,
    TrailEvent,
)
from backoffice.rules.actors import Actor, officer_actor
from tests.batches.files import batch_of, make_batch, rows_of
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_officer

pytestmark = pytest.mark.usefixtures("database")
OK, FAULT, TO_APPLY, APPLIED = RowState.OK, RowState.FAULT, RowState.TO_APPLY, RowState.APPLIED


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows alone are the most."""
    monkeypatch.setattr(review, "ALONE", 2)


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def boss(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR)


def listed(*states: RowState, **values: Any) -> str:
    """A list with its letter and rows 2, 3, … in these states."""
    letter = {"letter_number": "12/CV", "letter_date": clock.today(), "signatory": "Bà Mẫu"}
    with transaction() as session:
        officer = session.query(Officer).filter_by(username="tieptan").one_or_none()
        batch = make_batch(session, officer=officer, rows=len(states), **letter | values)
        for number, state in enumerate(states, 2):
            session.add(BatchRow(batch_id=batch.id, number=number, values={}, marks={}, faults=[], state=state))
        return batch.token


def asked(actor: Actor, token: str, numbers: list[int] | None = None, expected: int | None = None) -> int:
    with transaction() as session:
        return review.start(session, actor, held(session, token), numbers, expected)


def held(session: Any, token: str) -> Batch:
    found = session.query(Batch).filter_by(token=token).with_for_update(of=Batch).one()
    assert isinstance(found, Batch)
    return found


def states(token: str) -> list[RowState]:
    return [row.state for _, row in sorted(rows_of(token).items())]


def test_all_that_is_sound_is_asked_for_and_applied_in_the_name_of_who_asks(officer: Actor):
    token = listed(OK, FAULT, OK, RowState.TAKEN_OUT)
    assert asked(officer, token, expected=2) == 2
    batch = batch_of(token)
    assert (batch.stage, batch.asked_by_id, batch.total) == (BatchStage.APPLYING, officer.id, 2)
    assert states(token) == [TO_APPLY, FAULT, TO_APPLY, RowState.TAKEN_OUT]
    assert [row.facts["count"] for row in trail(TrailEvent.BATCH_APPLY)] == [2]


@pytest.mark.parametrize("missing", ["letter_number", "letter_date", "signatory"])
def test_nobody_is_approved_before_the_letter_is_noted(officer: Actor, missing: str):
    token = listed(OK, **{missing: None})
    with pytest.raises(InvalidInput) as refusal:
        asked(officer, token)
    assert [fault.field for fault in refusal.value.faults] == [missing]
    assert states(token) == [OK]


def test_what_is_no_more_as_it_was_shown_is_told_and_nothing_is_asked_for(officer: Actor):
    token = listed(OK, FAULT)
    for numbers, expected in (([2, 3], None), (None, 2), ([3], None)):
        with pytest.raises(Conflict, match="vừa thay đổi"):
            asked(officer, token, numbers, expected)
    assert states(token) == [OK, FAULT]
    assert asked(officer, token, [2]) == 1
    with pytest.raises(Conflict, match="không còn chờ xem xét"):
        asked(officer, token)


def test_many_rows_wait_for_somebody_else_also_when_they_are_asked_for_in_parts(officer: Actor, boss: Actor):
    token = listed(OK, OK, OK)
    asked(officer, token, [2, 3])
    applied(token)
    assert batch_of(token).stage is BatchStage.IN_REVIEW
    asked(officer, token)
    batch = batch_of(token)
    assert (batch.stage, batch.needs_second) == (BatchStage.IN_REVIEW, True)
    with pytest.raises(Conflict, match="chờ người thứ hai"):
        asked(officer, token)
    with transaction() as session:
        assert review.confirm(session, boss, held(session, token)) == 1
    batch = batch_of(token)
    assert (batch.stage, batch.second_by_id, batch.alone) == (BatchStage.APPLYING, boss.id, 0)
    applied(token)
    assert (batch_of(token).stage, batch_of(token).applied) == (BatchStage.APPLIED, 3)


def applied(token: str) -> None:
    """As the job leaves it."""
    with transaction() as session:
        batch = held(session, token)
        session.query(BatchRow).filter_by(batch_id=batch.id, state=TO_APPLY).update({"state": APPLIED})
        review.settle(session, batch)


def test_who_sent_the_list_or_asks_is_not_the_second_pair_of_eyes(officer: Actor, boss: Actor):
    token = listed(OK, OK, OK)
    asked(boss, token)
    for actor in (boss, officer):
        with pytest.raises(Forbidden, match="cần người khác xem"), transaction() as session:
            review.confirm(session, actor, held(session, token))


def test_one_list_cut_into_several_files_of_the_same_day_waits_for_somebody_else_too(officer: Actor):
    first, second = listed(OK, OK), listed(OK)
    with transaction() as session:
        unit = held(session, first).unit
        held(session, second).unit = unit
    asked(officer, first)
    with clock.at(clock.now() + timedelta(days=1)), transaction() as session:
        assert review.let_through(session, held(session, second)) == 0
    asked(officer, second)
    assert (batch_of(first).needs_second, batch_of(second).needs_second) == (False, True)


def test_declarations_somebody_made_of_a_list_are_not_approved_by_a_list_by_them_alone(officer: Actor):
    token, alone = listed(OK), listed(OK)
    with transaction() as session:
        for at, made_by in ((token, "tieptan"), (alone, None)):
            one = make_declaration(session, channel=Channel.LIST)
            maker = session.query(Officer).filter_by(username=made_by).one() if made_by else None
            made = make_batch(session, officer=maker, kind=BatchKind.TO_DECLARE, stage=BatchStage.APPLIED)
            known = {"number": 2, "values": {}, "marks": {}, "faults": [], "declaration_id": one.id}
            session.add(BatchRow(batch_id=made.id, state=APPLIED, **known))
            session.query(BatchRow).filter_by(batch_id=held(session, at).id).update({"declaration_id": one.id})
    asked(officer, token)
    asked(officer, alone)
    assert (batch_of(token).needs_second, batch_of(alone).needs_second) == (True, False)


def test_who_was_disabled_since_they_asked_lets_nothing_through(officer: Actor, boss: Actor):
    token = listed(OK, OK, OK)
    asked(officer, token)
    with transaction() as session:
        session.get_one(Officer, officer.id).disabled_at = clock.now()
    with pytest.raises(Conflict, match="Xin trả lại danh sách"), transaction() as session:
        review.confirm(session, boss, held(session, token))
    with transaction() as session:
        review.send_back(session, boss, held(session, token), "Người đề nghị đã nghỉ")
    assert states(token) == [OK] * 3


def test_the_second_pair_of_eyes_is_told_of_corrected_rows_and_steps_through_those_drawn(officer: Actor, boss: Actor):
    token = listed(OK, OK, OK)
    with transaction() as session:
        edit = {"field": "bhxh_code", "old_value": "123", "new_value": "0123456789", "officer_id": officer.id or 0}
        session.add(BatchEdit(batch_id=held(session, token).id, number=3, at=clock.now(), **edit))
    asked(officer, token)
    page = actions.show(boss, token, "edited", 0)
    assert (page["second"]["edited"], [line["number"] for line in page["lines"]]) == (1, [3])
    pane = review_actions.show_row(boss, token, 3, "sample")
    assert (pane["before"], pane["behind"]) == (2, 4)
    assert "“123” thành “0123456789”" in pane["corrected"][0]


def test_what_is_sent_back_or_taken_back_is_as_before(officer: Actor, boss: Actor, client: FlaskClient):
    token = listed(OK, OK, OK)
    asked(officer, token)
    with transaction() as session:
        review.send_back(session, boss, held(session, token), "Xem lại dòng 3")
    assert (states(token), batch_of(token).second_note) == ([OK] * 3, "Xem lại dòng 3")
    page = Desk(client, "tieptan").get(f"/batches/{token}").text
    assert "trả lại danh sách: “Xem lại dòng 3”. Xin xem lại rồi đề nghị duyệt lại." in page
    asked(officer, token)
    assert batch_of(token).second_note is None
    with transaction() as session:
        review.take_back(session, officer, held(session, token))
    assert states(token) == [OK] * 3
    with pytest.raises(Conflict, match="không còn chờ người thứ hai"), transaction() as session:
        review.confirm(session, boss, held(session, token))


def test_a_list_that_is_ended_has_every_row_accounted_for(officer: Actor):
    token = listed(OK, FAULT, OK, RowState.TAKEN_OUT)
    with pytest.raises(Conflict, match="xin hủy danh sách"), transaction() as session:
        review.close(session, officer, held(session, token))
    asked(officer, token, [2])
    applied(token)
    with transaction() as session:
        assert review.close(session, officer, held(session, token)) == 2
    batch = batch_of(token)
    assert (batch.stage, batch.applied, batch.refused, batch.faults) == (BatchStage.APPLIED, 1, 3, 0)
    assert batch.applied + batch.refused == batch.rows
