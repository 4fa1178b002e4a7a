"""Applying a list (D12): every row decided once; what the desk did meanwhile stands and is told in the row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread, current_thread
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from backoffice.batches import applying, outcomes, review, work
from backoffice.decision import actions as desk
from backoffice.decision import bulk
from backoffice.expiry import actions as expiry
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.models import (
    Account,
    Batch,
    BatchRow,
    BatchStage,
    Declaration,
    How,
    Notice,
    NoticeChannel,
    Officer,
    RowState,
    Status,
    TrailEvent,
    TrailRow,
    Verification,
)
from backoffice.rules import lifecycle
from backoffice.rules.actors import Actor
from tests.batches.files import apply_off, asked, batch_of, reviewed, rows_of, send, workbook
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all
from tests.faults.dying import Instant, dies_at

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


def declared(count: int = 3, **values: Any) -> list[Declaration]:
    with transaction() as session:
        return [make_declaration(session, **values) for _ in range(count)]


def listed(*those: Declaration) -> bytes:
    return workbook(*((one.bhxh_code, one.full_name, "", "") for one in those))


def status_of(one: Declaration) -> Status | None:
    with transaction() as session:
        return session.scalar(select(Declaration.status).where(Declaration.id == one.id))


def number_of(model: type[Any], *where: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def waiting(officer: Actor, those: Sequence[Declaration]) -> str:
    """A list of these that was asked for and waits to be applied."""
    token = reviewed(officer, listed(*those))
    asked(officer, token)
    return token


def states(token: str) -> list[RowState]:
    return [row.state for row in rows_of(token).values()]


def test_all_that_were_asked_for_have_accounts_and_the_ledger_says_by_which_list(officer: Actor):
    those = declared()
    token = waiting(officer, those)
    with clock.at(clock.now().replace(hour=15)):  # ten at night in Vietnam
        apply_off()
        tomorrow = clock.now() + timedelta(hours=8)
    batch = batch_of(token)
    assert (batch.stage, batch.rows, batch.applied, batch.refused, batch.done) == (BatchStage.APPLIED, 3, 3, 0, 3)
    assert [status_of(one) for one in those] == [Status.APPROVED] * 3
    with transaction() as session:
        assert set(session.scalars(select(Verification.how))) == {How.LIST}
        assert set(session.scalars(select(Verification.note))) == {
            f"Danh sách số {batch.id}, công văn 45/CV ngày 02/11/2026"
        }
        told = session.scalars(select(Notice).where(Notice.channel == NoticeChannel.SMS)).all()
        assert {(notice.lane, notice.next_try_at > tomorrow) for notice in told} == {("bulk", True)}
        facts = session.scalars(select(TrailRow.facts).where(TrailRow.event == TrailEvent.APPROVE)).all()
    assert facts == [{"batch": batch.id}] * 3
    assert all(row.applied_at is not None for row in rows_of(token).values())


def test_what_was_not_asked_for_stays_in_review_and_is_applied_later(officer: Actor):
    token = reviewed(officer, listed(*declared(3)))
    asked(officer, token, [2])
    apply_off()
    assert (batch_of(token).stage, states(token)) == (
        BatchStage.IN_REVIEW,
        [RowState.APPLIED, RowState.OK, RowState.OK],
    )
    asked(officer, token)
    apply_off()
    assert (batch_of(token).stage, batch_of(token).applied) == (BatchStage.APPLIED, 3)


def test_decisions_of_the_desk_meanwhile_win_and_are_told_in_the_row(officer: Actor):
    rejected, claimed, gone, late, sent_back, moved, held, fine = declared(8)
    mine = waiting(officer, [rejected, claimed, gone, late, sent_back, moved, held, fine])
    with transaction() as session:
        colleague = make_actor(session, full_name="Lan Mẫu")
        make_account(session, phone=held.phone)
        session.get_one(Declaration, moved.id).office_id = make_office(session, "00299").id
        session.get_one(Declaration, sent_back.id).supplement_at = clock.now()
        for one in (gone, late):
            session.get_one(Declaration, one.id).expires_at = clock.now() - timedelta(minutes=1)
        supervisor = colleague
    desk.claim(rejected.receipt_code, supervisor)
    desk.reject(rejected.receipt_code, supervisor, ["name_differs"], "")
    desk.claim(claimed.receipt_code, supervisor)
    with transaction() as session:
        session.get_one(Declaration, late.id).expires_at = clock.now() + timedelta(minutes=1)
    expiry.sweep()
    with clock.at(clock.now() + timedelta(minutes=5)):
        apply_off()
    rows = rows_of(mine)
    assert [row.state for row in rows.values()] == [
        RowState.SKIPPED,
        RowState.OK,
        *[RowState.FAULT] * 5,
        RowState.APPLIED,
    ]
    assert "Lan Mẫu đã trả lời “Không chấp nhận” hồ sơ này" in (rows[2].reason or "")
    assert "Lan Mẫu đang xử lý hồ sơ này" in (rows[3].reason or "")
    assert [[one["code"] for one in rows[number].faults] for number in range(4, 9)] == [
        ["expired"],
        ["expired"],
        ["supplement"],
        ["other_office"],
        ["phone_held"],
    ]
    batch = batch_of(mine)
    assert (batch.stage, batch.applied, batch.refused, batch.faults) == (BatchStage.IN_REVIEW, 1, 1, 5)


def test_a_person_who_declared_anew_is_approved_by_that_declaration_once_somebody_asks_again(officer: Actor):
    gone, withdrawn = declared(2)
    token = waiting(officer, [gone, withdrawn])
    with transaction() as session:
        session.delete(session.get_one(Declaration, gone.id))
        lifecycle.move(session, session.get_one(Declaration, withdrawn.id), Status.WITHDRAWN, officer)
        those = [
            make_declaration(session, bhxh_code=one.bhxh_code, full_name=one.full_name) for one in (gone, withdrawn)
        ]
    apply_off()
    rows = rows_of(token).values()
    assert [(row.state, "tờ khai khác" in (row.reason or "")) for row in rows] == [(RowState.OK, True)] * 2
    asked(officer, token)
    apply_off()
    assert (states(token), [status_of(one) for one in those]) == ([RowState.APPLIED] * 2, [Status.APPROVED] * 2)


def test_nobody_is_approved_in_the_name_of_who_was_disabled_since_also_in_the_midst(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "SIZES", (1, 1, 1, 1))
    monkeypatch.setattr(applying, "SIDE_BY_SIDE", 1)
    first, second = waiting(officer, declared(2)), waiting(officer, declared(1))
    decide = applying._decide

    def disabled(*known: Any) -> None:
        decide(*known)
        with transaction() as session:
            session.get_one(Officer, officer.id).disabled_at = clock.now()

    monkeypatch.setattr(applying, "_decide", disabled)
    apply_off()
    with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
        apply_off()
    assert (states(first), states(second)) == ([RowState.APPLIED, RowState.OK], [RowState.OK])
    for token in (first, second):
        assert batch_of(token).stage is BatchStage.IN_REVIEW
        assert review.ASKER_GONE in {row.reason for row in rows_of(token).values()}


def test_what_went_to_an_office_below_since_it_was_asked_for_waits_for_somebody_who_may_approve_it():
    with transaction() as session:
        province = make_office(session, "001")
        reception = make_actor(session, office=province)
        here, moved = (make_declaration(session, office=province) for _ in range(2))
    token = waiting(reception, [here, moved])
    with transaction() as session:
        session.get_one(Declaration, moved.id).office_id = make_office(session, "00114").id
    apply_off()
    assert states(token) == [RowState.APPLIED, RowState.OK]
    assert "chuyển sang cơ quan khác" in (rows_of(token)[3].reason or "")


def test_a_list_whose_office_is_merged_meanwhile_is_compared_and_applied_within_the_heir(officer: Actor):
    those = declared(2)
    token = send(officer, listed(*those))
    working = work._take()
    assert working is not None
    work._read(working)
    merged(token, those, "00299")
    work._compare(working)
    work._finish(working)
    assert states(token) == [RowState.OK] * 2
    token = waiting(officer, those := declared(2))
    turn = applying._take()
    assert turn is not None
    merged(token, those, "00299")
    with pytest.raises(applying.NoLongerOurs):
        applying._decide(turn, [2, 3])
    with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
        apply_off()
    assert states(token) == [RowState.APPLIED] * 2


def merged(token: str, those: Sequence[Declaration], heir: str) -> None:
    """As offices.moving leaves them."""
    with transaction() as session:
        office = make_office(session, heir).id
        session.query(Batch).filter_by(token=token).update({"office_id": office})
        session.query(Declaration).filter(Declaration.id.in_([one.id for one in those])).update({"office_id": office})


def test_d11_a_guardian_on_the_same_list_goes_before_the_child(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(applying, "SIZES", (1, 1, 1, 1))
    (guardian,) = declared(1)
    shared = {"guardian_bhxh_code": guardian.bhxh_code, "phone": guardian.phone, "id_number": guardian.id_number}
    child, other = declared(2, **shared)
    orphan = declared(1, guardian_bhxh_code="0900000009")[0]
    token = waiting(officer, [child, orphan, guardian, other])
    apply_off()
    rows = rows_of(token)
    assert [row.state for row in rows.values()] == [RowState.APPLIED, RowState.OK, RowState.APPLIED, RowState.APPLIED]
    assert "Người giám hộ của trẻ chưa có tài khoản" in (rows[3].reason or "")


def test_a_row_that_cannot_be_decided_holds_up_no_other_and_is_refused_with_a_sentence(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    those = declared(7)
    token = waiting(officer, those)
    approve = bulk.approve

    def failing(session: Any, held: Sequence[Any], *known: Any) -> Any:
        if those[4].id in {one.id for one in held}:
            session.execute(text("SELECT 1 / 0"))
        return approve(session, held, *known)

    monkeypatch.setattr(bulk, "approve", failing)
    apply_off()
    rows = rows_of(token)
    assert Counter(row.state for row in rows.values()) == {RowState.APPLIED: 6, RowState.REFUSED: 1}
    assert rows[6].reason == outcomes.BROKEN
    assert (batch_of(token).stage, status_of(those[4])) == (BatchStage.APPLIED, Status.SUBMITTED)


def test_what_the_database_refuses_for_now_is_tried_again_and_then_left_to_the_next(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    token = waiting(officer, declared(2))
    approve, refused = bulk.approve, iter(range(applying.RETRIES + 3))

    def refusing(*known: Any) -> Any:
        if next(refused, None) is not None:
            raise OperationalError("", None, Exception("deadlock detected"))
        return approve(*known)

    monkeypatch.setattr(bulk, "approve", refusing)
    assert not applying.apply_one()
    assert (batch_of(token).stage, set(states(token))) == (BatchStage.APPLYING, {RowState.TO_APPLY})
    apply_off()
    assert batch_of(token).applied == 2


STEPS = {
    "taken": Instant("batches/applying.py", "_carry", "call"),
    "declarations locked": Instant("decision/holding.py", "hold", "return"),
    "approved, not committed": Instant("batches/outcomes.py", "write", "return"),
    "a chunk committed": Instant("batches/applying.py", "_decide", "return"),
    "half way through the second": Instant("accounts/opening.py", "open_each", "return", 2),
    "all decided, not settled": Instant("batches/review.py", "settle", "call"),
    "everything done": Instant("batches/applying.py", "_carry", "return"),
}


def test_killed_at_each_step_and_twice_every_row_is_decided_once(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(applying, "SIZES", (2, 2, 2, 1))
    monkeypatch.setattr(applying, "SIDE_BY_SIDE", 1)  # what is in a thread of its own is not seen by the killer
    for step in STEPS.values():
        those = declared(5)
        token = waiting(officer, those)
        assert dies_at(step, applying.apply_one)
        with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
            dies_at(step, applying.apply_one)
        with clock.at(clock.now() + 2 * applying.STRAY + timedelta(seconds=2)):
            apply_off()
        batch = batch_of(token)
        assert (batch.stage, batch.applied, batch.done, set(states(token))) == (
            BatchStage.APPLIED,
            5,
            5,
            {RowState.APPLIED},
        ), step
        ids = [one.id for one in those]
        assert number_of(Account, Account.declaration_id.in_(ids)) == 5
        assert number_of(Notice, Notice.declaration_id.in_(ids)) == 5
        approved = TrailRow.event == TrailEvent.APPROVE, TrailRow.declaration_id.in_(ids)
        assert number_of(TrailRow, *approved) == 5


def test_a_row_that_kills_each_worker_is_refused_in_the_end(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(applying, "SIDE_BY_SIDE", 1)
    token = waiting(officer, declared(2))
    later = clock.now()
    for _ in applying.SIZES:
        with clock.at(later):
            assert dies_at(Instant("decision/holding.py", "hold", "call"), applying.apply_one)
        later += applying.STRAY + timedelta(seconds=1)
    with clock.at(later):
        apply_off()
    assert states(token) == [RowState.REFUSED, RowState.APPLIED]


def test_once_a_worker_was_killed_no_chunk_is_begun_beside_another_that_might_be_the_one(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "SIZES", (1, 1, 1, 1))
    token, decide, threads = waiting(officer, declared(2)), applying._decide, set[Thread]()

    def seen(*known: Any) -> None:
        threads.add(current_thread())
        decide(*known)

    monkeypatch.setattr(applying, "_decide", seen)
    assert applying._take() is not None  # and dies
    with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
        apply_off()
    assert (states(token), threads) == ([RowState.APPLIED] * 2, {current_thread()})


def test_a_worker_thought_dead_who_comes_back_decides_nothing(officer: Actor):
    token = waiting(officer, declared(2))
    turn = applying._take()
    assert turn is not None
    with clock.at(clock.now() + applying.STRAY + timedelta(seconds=1)):
        apply_off()
    with pytest.raises(applying.NoLongerOurs):
        applying._decide(turn, [2, 3])
    assert batch_of(token).applied == 2


def test_a_list_is_stopped_between_chunks_and_what_is_left_may_be_asked_for_again(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(applying, "SIZES", (2, 2, 2, 2))
    monkeypatch.setattr(applying, "SIDE_BY_SIDE", 1)
    token = waiting(officer, declared(5))
    decide = applying._decide

    def stopped(*known: Any) -> None:
        decide(*known)
        with transaction() as session:
            applying.stop(session, officer, session.get_one(Batch, batch.id, with_for_update={"of": Batch}))

    batch = batch_of(token)
    monkeypatch.setattr(applying, "_decide", stopped)
    apply_off()
    assert Counter(states(token)) == {RowState.APPLIED: 2, RowState.OK: 3}
    assert batch_of(token).stage is BatchStage.IN_REVIEW
    monkeypatch.setattr(applying, "_decide", decide)
    asked(officer, token)
    apply_off()
    assert batch_of(token).applied == 5


def at_once(*acts: Any) -> None:
    start = Barrier(len(acts))

    def run(act: Any) -> None:
        start.wait()
        act()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_lists_of_the_same_people_applied_at_once_open_each_account_once(officer: Actor):
    those = declared(40)
    tokens = [waiting(officer, those), waiting(officer, [*reversed(those)])]
    at_once(apply_off, apply_off)
    apply_off()
    together = Counter(state for token in tokens for state in states(token))
    assert together[RowState.APPLIED] == 40
    assert together[RowState.SKIPPED] + together[RowState.FAULT] == 40
    assert number_of(Account) == 40


def test_a_hundred_decisions_of_the_desk_during_an_apply_lose_nothing(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(applying, "SIZES", (20, 20, 20, 20))
    those = declared(120)
    token = waiting(officer, those)
    with transaction() as session:
        colleague = make_actor(session)
        for one in those[:100]:
            verify_all(session, session.get_one(Declaration, one.id), colleague)
    wrong: list[BaseException] = []

    def decide(part: Sequence[Declaration]) -> None:
        for number, one in enumerate(part):
            try:
                desk.claim(one.receipt_code, colleague)
                if number % 2:
                    desk.approve(one.receipt_code, colleague)
                else:
                    desk.reject(one.receipt_code, colleague, ["name_differs"], "")
            except DomainError:
                continue
            except BaseException as error:  # noqa: BLE001 (told below)
                wrong.append(error)

    desks = [partial(decide, [*reversed(those[n:100:4])]) for n in range(4)]
    at_once(apply_off, *desks)
    apply_off()
    rows = rows_of(token)
    assert wrong == []
    for row, one in zip(rows.values(), those, strict=True):
        with transaction() as session:
            now = session.get_one(Declaration, one.id)
            accounts = session.scalars(select(Account.declaration_id).where(Account.declaration_id == one.id)).all()
        by_list = row.state is RowState.APPLIED
        assert len(accounts) == (now.status is Status.APPROVED)
        assert by_list == (now.decided_by_id == officer.id)
        assert by_list or row.state in (RowState.SKIPPED, RowState.OK, RowState.FAULT)
    assert all(row.state is RowState.APPLIED for row in [*rows.values()][100:])


def test_the_same_file_applied_before_is_refused_whole(officer: Actor):
    those = declared(2)
    token = waiting(officer, those)
    apply_off()
    again = reviewed(officer, listed(*those))
    assert token != again
    assert batch_of(again).stage is BatchStage.REFUSED or set(states(again)) == {RowState.FAULT}


def test_what_is_left_when_a_list_is_ended_is_refused_so_that_all_rows_add_up(officer: Actor):
    token = reviewed(officer, listed(*declared(4)))
    asked(officer, token, [2, 3])
    apply_off()
    with transaction() as session:
        review.close(session, officer, session.scalars(select(Batch).where(Batch.token == token)).one())
    batch = batch_of(token)
    assert (batch.stage, batch.applied + batch.refused, batch.rows) == (BatchStage.APPLIED, 4, 4)
    assert number_of(BatchRow, BatchRow.state == RowState.OK) == 0
