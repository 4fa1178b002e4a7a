"""Merging offices (D8, figures in 4): what is open moves whole and once, what was decided stays, nobody loses work."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from time import monotonic
from typing import Any

import pytest
from rq import Queue
from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from backoffice.decision import actions as decide
from backoffice.decision import ledger, steps
from backoffice.decision.transfer import transfer
from backoffice.decision.watch import watched
from backoffice.desk.claim_words import lost_sentence
from backoffice.intake.actions import declare
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import (
    ActorKind,
    Claim,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Office,
    OfficeMerge,
    Officer,
    OfficerSession,
    OfficeWard,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.offices import actions, jobs, merging, view
from backoffice.offices.merging import Plan
from backoffice.rules.actors import Actor, client_actor, officer_actor
from backoffice.rules.permissions import Do
from backoffice.signin.sessions import resume
from tests.bench.recording import recording
from tests.factories import make_actor, make_client, make_declaration, make_office, make_officer, verify_all
from tests.followup.undelivered import make_notice
from tests.intake.sending import PORTRAIT, quick

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW, THIRD = "00114", "00115", "00116"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=clock.VIETNAM)


@pytest.fixture
def admin() -> Actor:
    with transaction() as session:
        for code in (OLD, NEW, THIRD):
            make_office(session, code)
        return make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))


def office(code: str) -> Office:
    with transaction() as session:
        return session.query(Office).filter_by(code=code).one()


def merge(admin: Actor, old: str = OLD, new: str = NEW, days: int = 0) -> merging.Outcome:
    day = clock.today() + timedelta(days=days)
    return merging.plan(old, admin, Plan(new, day.isoformat(), "391/QĐ-BTC"))


def reread(thing: Any) -> Any:
    with transaction() as session:
        return session.get_one(type(thing), thing.id)


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()


def notices(declaration: Declaration, kind: NoticeKind) -> list[Notice]:
    with transaction() as session:
        return session.query(Notice).filter_by(declaration_id=declaration.id, kind=kind).order_by(Notice.id).all()


def at_old(session: Session, **values: Any) -> Declaration:
    return make_declaration(session, office=make_office(session, OLD), **values)


# ---- What moves, and what stays ----


def test_open_declarations_move_with_deadline_escalation_and_ledger_and_decided_ones_stay(admin: Actor):
    with transaction() as session:
        officer = make_actor(session, office=make_office(session, OLD))
        waiting, here = at_old(session), at_old(session, presented_at=clock.now())
        left = at_old(session, presented_at=clock.now(), escalated_at=clock.now(), escalated_note="nghi ngờ")
        decided = at_old(session, status=Status.APPROVED)
        elsewhere = make_declaration(session, office=make_office(session, THIRD))
        verify_all(session, here, officer)
    assert merge(admin).done is True
    heir, former = office(NEW), office(OLD)
    for one in (waiting, here, left):
        now = reread(one)
        assert (now.office_id, now.expires_at, now.escalated_at) == (heir.id, one.expires_at, one.escalated_at)
    assert reread(decided).office_id == former.id
    assert reread(elsewhere).office_id == office(THIRD).id
    with transaction() as session:
        done = session.query(OfficeMerge).one()
        assert ledger.missing(session, session.get_one(Declaration, here.id)) == []
    assert (done.moved_declarations, done.moved_officers) == (3, 1)
    rows = trail(TrailEvent.TRANSFER)
    assert [row.declaration_id for row in rows] == [waiting.id, here.id, left.id]
    assert all((row.actor_kind, row.facts["to_office"]) == (ActorKind.SYSTEM, heir.id) for row in rows)


def test_the_old_office_is_closed_and_hangs_under_its_successor_with_its_decided_files(admin: Actor):
    with transaction() as session:
        make_office(session, "002")
        make_office(session, "00201")
        lead = make_actor(session, Role.SUPERVISOR, office=make_office(session, "00201"))
    merge(admin, OLD, "00201")
    former, heir = office(OLD), office("00201")
    assert former.closed_at is not None
    assert (former.successor_id, former.parent_id) == (heir.id, heir.id)
    assert former.path == "000.002.00201.00114."
    assert former.path.startswith(lead.office_path)


def test_offices_under_it_hang_under_the_successor(admin: Actor):
    with transaction() as session:
        make_office(session, "002")
        child = make_office(session, "00201")
    merge(admin, "002", "001")
    moved, former = office("00201"), office("002")
    assert (moved.path, moved.parent_id, moved.closed_at) == ("000.001.00201.", office("001").id, None)
    assert former.path == "000.001.002."
    assert child.id == moved.id


def test_a_closed_office_under_it_goes_along_and_can_be_opened_again(admin: Actor):
    with transaction() as session:
        make_office(session, "00201")
    actions.close("00201", admin)
    merge(admin, "002", "001")
    assert (office("00201").path, office("00201").parent_id) == ("000.001.00201.", office("001").id)
    actions.reopen("00201", admin)
    assert office("00201").closed_at is None


def test_what_was_merged_into_it_stays_under_it(admin: Actor):
    with transaction() as session:
        make_office(session, "002")
        make_office(session, "003")
    merge(admin, "003", "002")
    merge(admin, "002", "001")
    assert office("003").path == "000.001.002.003."


def test_wards_are_served_by_the_successor_each_once(admin: Actor):
    with transaction() as session:
        for code, wards in ((OLD, ("00004", "00008")), (NEW, ("00008",))):
            number = make_office(session, code).id
            session.add_all(OfficeWard(office_id=number, ward_code=ward) for ward in wards)
    merge(admin)
    with transaction() as session:
        rows = session.execute(select(OfficeWard.office_id, OfficeWard.ward_code).order_by(OfficeWard.ward_code)).all()
    assert [tuple(row) for row in rows] == [(office(NEW).id, "00004"), (office(NEW).id, "00008")]


def test_each_person_is_told_once_where_to_go_and_nothing_old_goes_out_any_more(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            plain, mailed = at_old(session), at_old(session, email="nguoi@example.vn")
            overdue = at_old(session, expires_at=clock.now() - timedelta(hours=1))
            waits = make_notice(session, NoticeKind.REMINDER, about=plain, status=NoticeStatus.QUEUED)
            letter = make_notice(
                session,
                NoticeKind.FORM01,
                about=mailed,
                channel=NoticeChannel.EMAIL,
                status=NoticeStatus.QUEUED,
                attach_form01=True,
            )
        merge(admin)
    [told] = notices(plain, NoticeKind.MOVED)
    assert (told.channel, told.lane, told.status) == (NoticeChannel.SMS, "bulk", NoticeStatus.QUEUED)
    assert "BHXH Mau 00115" in told.body
    assert sorted(one.channel for one in notices(mailed, NoticeKind.MOVED)) == ["email", "sms"]
    assert notices(overdue, NoticeKind.MOVED) == []
    assert reread(waits).status is NoticeStatus.CANCELLED
    assert reread(letter).status is NoticeStatus.CANCELLED
    [_, again] = notices(mailed, NoticeKind.FORM01)
    assert again.status is NoticeStatus.QUEUED
    assert again.attach_form01
    assert "BHXH Mẫu 00115" in again.body


def test_who_is_left_to_a_supervisor_is_told_nothing(admin: Actor):
    """K11: no message goes out; what waited and names the old office does not go either."""
    with transaction() as session:
        left = at_old(session, escalated_at=clock.now(), escalated_note="nghi ngờ", email="nguoi@example.vn")
        for kind in (NoticeKind.REMINDER, NoticeKind.FORM01):
            make_notice(session, kind, about=left, status=NoticeStatus.QUEUED)
    merge(admin)
    assert reread(left).office_id == office(NEW).id
    with transaction() as session:
        assert set(session.scalars(select(Notice.status))) == {NoticeStatus.CANCELLED}
        assert session.scalar(select(func.count()).select_from(Notice)) == 2


def test_nobody_is_rung_at_night(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            one = at_old(session)
        merge(admin, days=1)
    with clock.at(NOON.replace(day=21, hour=0, minute=0)):
        jobs.merge_due()
    [told] = notices(one, NoticeKind.MOVED)
    assert told.next_try_at == NOON.replace(day=21, hour=8, minute=0)


def test_what_did_not_arrive_goes_to_the_successors_worklist_also_when_it_fails_later(admin: Actor):
    with transaction() as session:
        decided = at_old(session, status=Status.APPROVED)
        failed = make_notice(session, about=decided)
        settled = make_notice(session, about=decided, status=NoticeStatus.DELIVERED)
        later = make_notice(session, about=decided, status=NoticeStatus.SENT)
    merge(admin)
    with transaction() as session:
        session.get_one(Notice, later.id).status = NoticeStatus.FAILED
    jobs.merge_due()
    assert reread(failed).office_id == reread(later).office_id == office(NEW).id
    assert reread(settled).office_id == office(OLD).id


# ---- Officers ----


def test_officers_move_and_stay_signed_in_and_what_they_hold_goes_back_to_the_queue(admin: Actor):
    with transaction() as session:
        officer = make_officer(session, "lan", office=make_office(session, OLD))
        gone = make_officer(session, office=make_office(session, OLD), disabled_at=clock.now())
        held = at_old(session)
    token = begin(officer)
    decide.claim(held.receipt_code, officer_actor(officer))
    merge(admin)
    state = resume(token, is_input=True)
    assert state is not None
    assert (state.actor.office_code, state.actor.office_path) == (NEW, "000.001.00115.")
    assert reread(gone).office_id == office(NEW).id
    with transaction() as session:
        assert session.query(Claim).count() == 0
    [released] = trail(TrailEvent.RELEASE)
    assert (released.actor_kind, released.facts["held_by"]) == (ActorKind.SYSTEM, officer.id)
    with transaction() as session:
        told = lost_sentence(watched(session, held.receipt_code, state.actor), state.actor)
    names = f"{office(OLD).name} đã hợp nhất vào {office(NEW).name} lúc "
    assert told.startswith(names)
    assert told.endswith("Muốn làm tiếp, bấm “Nhận xử lý” (F2).")
    decide.claim(held.receipt_code, state.actor)


def begin(officer: Officer, **values: Any) -> str:
    """Sign an officer in; return the session's token."""
    token, now = new_token(), clock.now()
    with transaction() as session:
        session.add(
            OfficerSession(token_hash=token_hash(token), officer_id=officer.id, created_at=now, active_at=now, **values)
        )
    return token


def test_who_stands_in_at_the_old_office_stands_in_at_the_new_one_or_is_at_home(admin: Actor):
    until = clock.today() + timedelta(days=5)
    with transaction() as session:
        old = make_office(session, OLD)
        stands_in = make_officer(
            session, office=make_office(session, THIRD), second_office_id=old.id, second_until=until
        )
        at_home = make_officer(session, office=make_office(session, NEW), second_office_id=old.id, second_until=until)
    tokens = [begin(one, office_id=old.id) for one in (stands_in, at_home)]
    merge(admin)
    assert (reread(stands_in).second_office_id, reread(stands_in).second_until) == (office(NEW).id, until)
    assert (reread(at_home).second_office_id, reread(at_home).second_until) == (None, None)
    with transaction() as session:
        places = dict(session.execute(select(OfficerSession.officer_id, OfficerSession.office_id)).all())
    assert places == {stands_in.id: office(NEW).id, at_home.id: None}
    told = {row.facts["officer"]: row.facts["second_office"] for row in trail(TrailEvent.OFFICER_EDIT)}
    assert told == {stands_in.id: NEW, at_home.id: None}
    assert [resume(token, is_input=False) is not None for token in tokens] == [True, True]


# ---- Days ----


def test_a_merge_of_a_later_day_is_done_in_the_first_minute_of_that_day_and_once(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            one = at_old(session)
        assert merge(admin, days=2).done is False
    last_moment = NOON.replace(day=21, hour=23, minute=59, second=59)
    with clock.at(last_moment):
        jobs.merge_due()
        assert office(OLD).closed_at is None
    with clock.at(last_moment + timedelta(seconds=1)):
        jobs.merge_due()
        jobs.merge_due()
    assert reread(one).office_id == office(NEW).id
    assert len(notices(one, NoticeKind.MOVED)) == 1
    assert len(trail(TrailEvent.OFFICE_MERGE)) == 1


def test_two_schedulers_at_once_do_it_once(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            those = [at_old(session) for _ in range(20)]
        merge(admin, days=1)

    def due() -> int:
        with clock.at(NOON + timedelta(days=1)):
            return merging.do_due()

    assert sum(together(due, due, due)) == 1
    assert [len(notices(one, NoticeKind.MOVED)) for one in those] == [1] * 20


def together(*acts: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


# ---- Chains and refusals ----


def test_of_a_chain_the_first_code_finds_the_last_office(admin: Actor):
    merge(admin, OLD, NEW)
    merge(admin, NEW, THIRD)
    assert office(OLD).successor_id == office(NEW).successor_id == office(THIRD).id
    assert office(OLD).path == "000.001.00116.00115.00114."
    assert [office(code).former_path for code in (OLD, NEW, THIRD)] == ["000.001.00114.", "000.001.00115.", None]


def test_a_plan_follows_its_successor_into_its_successor(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            one = at_old(session)
        merge(admin, OLD, NEW, days=5)
        merge(admin, NEW, THIRD)
    with clock.at(NOON + timedelta(days=5)):
        jobs.merge_due()
    assert reread(one).office_id == office(THIRD).id
    assert office(OLD).successor_id == office(THIRD).id


def test_a_plan_into_a_merged_office_is_one_into_its_successor_shown_there_and_in_the_way_of_closing_it(admin: Actor):
    merge(admin, OLD, NEW, days=5)
    merge(admin, NEW, THIRD)
    assert [one["office"]["code"] for one in view.show_office(admin, THIRD)["planned_into"]] == [OLD]
    assert view.show_office(admin, NEW)["planned_into"] == []
    with pytest.raises(actions.InTheWay, match="kế hoạch hợp nhất cơ quan khác vào đây"):
        actions.close(THIRD, admin)
    merging.cancel(OLD, admin)
    actions.close(THIRD, admin)


def test_plans_of_one_day_come_out_the_same_in_whatever_order_they_were_made(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            one = at_old(session)
        merge(admin, NEW, THIRD, days=1)
        merge(admin, OLD, NEW, days=1)
    with clock.at(NOON + timedelta(days=1)):
        jobs.merge_due()
    assert reread(one).office_id == office(THIRD).id


def test_offices_cannot_be_merged_into_each_other_not_even_by_way_of_a_third(admin: Actor):
    merge(admin, OLD, NEW, days=5)
    merge(admin, NEW, THIRD, days=6)
    for day in (0, 7):
        with pytest.raises(InvalidInput) as refused:
            merge(admin, THIRD, OLD, days=day)
        assert "đang có kế hoạch hợp nhất vào" in refused.value.faults[0].message


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (OLD, OLD, "vào chính nó"),
        (OLD, "000", "không trực tiếp tiếp nhận"),
        ("001", OLD, "là cấp dưới của"),
        ("001", "00201", "chỉ hợp nhất được vào cơ quan cấp tỉnh"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(admin: Actor, old: str, new: str, sentence: str):
    with transaction() as session:
        make_office(session, "00201")
    with pytest.raises(InvalidInput) as refused:
        merge(admin, old, new)
    assert sentence in refused.value.faults[0].message
    assert office(old).closed_at is None


def test_a_merged_office_is_neither_merged_again_nor_a_successor_nor_opened(admin: Actor):
    merge(admin, OLD, NEW)
    with pytest.raises(Conflict, match="đã đóng"):
        merge(admin, OLD, THIRD)
    with pytest.raises(InvalidInput) as refused:
        merge(admin, THIRD, OLD)
    assert "đã hợp nhất vào BHXH Mẫu 00115 (00115)" in refused.value.faults[0].message
    with pytest.raises(Conflict, match="lập cơ quan mới"):
        actions.reopen(OLD, admin)
    with pytest.raises(Conflict, match="gốc của cây"):
        merge(admin, "000", NEW)


def test_an_office_that_is_to_be_merged_or_to_take_over_is_not_closed(admin: Actor):
    merge(admin, OLD, NEW, days=5)
    for code in (OLD, NEW):
        with pytest.raises(actions.InTheWay, match="kế hoạch hợp nhất"):
            actions.close(code, admin)
    merging.cancel(OLD, admin)
    actions.close(OLD, admin)
    assert office(OLD).closed_at is not None


def test_a_plan_whose_successor_was_closed_all_the_same_waits_and_harms_no_other(admin: Actor):
    with clock.at(NOON):
        with transaction() as session:
            one = make_declaration(session, office=make_office(session, THIRD))
        merge(admin, OLD, NEW, days=1)
        with transaction() as session:
            make_office(session, "00117")
        merge(admin, THIRD, "00117", days=1)
        with transaction() as session:
            session.query(Office).filter_by(code=NEW).update({"closed_at": clock.now()})
    with clock.at(NOON + timedelta(days=1)):
        assert merging.do_due() == 1
    assert office(OLD).closed_at is None
    assert reread(one).office_id == office("00117").id


# ---- The old code ----


def test_a_declaration_sent_with_the_old_code_is_taken_by_the_successor(admin: Actor):
    merge(admin)
    with transaction() as session:
        client, _ = make_client(session)
    receipt = declare(quick(office_code=OLD), PORTRAIT, client_actor(client))
    assert receipt.office.code == NEW
    with transaction() as session:
        assert session.query(Declaration).one().office_id == office_id_of(session, NEW)


def test_a_declaration_for_an_office_closed_without_successor_is_refused(admin: Actor):
    actions.close(OLD, admin)
    with transaction() as session:
        client, _ = make_client(session)
    with pytest.raises(InvalidInput) as refused:
        declare(quick(office_code=OLD), PORTRAIT, client_actor(client))
    assert [fault.code for fault in refused.value.faults] == ["office_closed"]


def test_who_takes_a_declaration_over_at_the_very_instant_of_the_merge_is_asked_to_load_anew(admin: Actor):
    with transaction() as session:
        officer = make_actor(session, office=make_office(session, OLD))
        one = make_declaration(session, office=make_office(session, THIRD))
    merge(admin)
    with pytest.raises(Conflict, match="vừa được hợp nhất"):
        transfer(one.receipt_code, officer, "đến nộp tại đây")
    assert reread(one).office_id == office(THIRD).id


# ---- In the same instant ----


WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def until_waiting(number: int) -> None:
    """Go on once so many transactions wait for a lock."""
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        given_up = monotonic() + 30
        while (connection.scalar(WAITING) or 0) < number:
            assert monotonic() < given_up, "nobody waits"


def test_what_comes_while_the_merge_is_at_work_waits_for_it_and_goes_to_the_successor(admin: Actor):
    """The merge is held up by a row; meanwhile a declaration comes in, and an officer refuses another one."""
    with transaction() as session:
        officer = make_actor(session, office=make_office(session, OLD))
        first, last = at_old(session), at_old(session)
        client, _ = make_client(session)
    decide.claim(first.receipt_code, officer)

    def refuse() -> str:
        with pytest.raises(NotFound):
            decide.reject(first.receipt_code, officer, ["id_invalid"], "")
        return "not found"

    with ThreadPoolExecutor(3) as pool:
        with db.engine().begin() as connection:
            connection.execute(select(Declaration.id).where(Declaration.id == last.id).with_for_update())
            merging_now = pool.submit(merge, admin)
            until_waiting(1)
            sent = pool.submit(declare, quick(office_code=OLD), PORTRAIT, client_actor(client))
            refused = pool.submit(refuse)
            until_waiting(3)
        assert merging_now.result().done is True
        assert sent.result().office.code == NEW
        assert refused.result() == "not found"
    with transaction() as session:
        assert session.scalars(select(Declaration.office_id).distinct()).all() == [office_id_of(session, NEW)]
        assert {one.status for one in session.query(Declaration)} == {Status.SUBMITTED}
    assert len(notices(first, NoticeKind.MOVED)) == len(notices(last, NoticeKind.MOVED)) == 1


def test_who_decided_first_has_decided_and_the_file_stays(admin: Actor):
    with transaction() as session:
        officer = make_actor(session, office=make_office(session, OLD))
        one = at_old(session)
    decide.claim(one.receipt_code, officer)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            held = decide.for_decision(session, one.receipt_code, officer, Do.REJECT)
            merging_now = pool.submit(merge, admin)
            until_waiting(1)
            steps.reject(session, held, officer, ["id_invalid"], "")
        assert merging_now.result().done is True
    assert (reread(one).status, reread(one).office_id) == (Status.REJECTED, office(OLD).id)
    assert notices(one, NoticeKind.MOVED) == []


def test_a_merge_that_cannot_have_a_lock_is_put_off_not_lost(admin: Actor):
    with transaction() as session:
        one = at_old(session)
    with db.engine().begin() as connection:
        connection.execute(select(Declaration.id).where(Declaration.id == one.id).with_for_update())
        assert merge(admin).done is None
        assert office(OLD).closed_at is None
    assert merging.do_due() == 1
    assert reread(one).office_id == office(NEW).id


# ---- Many ----


def many_at_old(session: Session, number: int) -> None:
    """Give the old office so many declarations, with a reminder that waits each."""
    template = at_old(session)
    values = {
        column.name: getattr(template, column.key)
        for column in Declaration.__table__.c
        if column.computed is None and column.name not in ("id", "receipt_code", "form01_token")
    }
    lines = [values | {"receipt_code": f"X{n:010d}", "form01_token": f"token-{n}"} for n in range(number - 1)]
    session.execute(Declaration.__table__.insert(), lines)
    about = select(
        *(literal(value) for value in ("reminder", "sms", "0987654321", "bulk", "x", "queued")),
        *(literal(value) for value in (0, False)),
        *(func.now(), func.now(), Declaration.office_id, Declaration.id),
    )
    columns = ("kind", "channel", "recipient", "lane", "body", "status", "tries", "attach_form01")
    columns += ("created_at", "next_try_at", "office_id", "declaration_id")
    session.execute(Notice.__table__.insert().from_select(columns, about))


def test_two_thousand_declarations_move_in_one_transaction(admin: Actor):
    with transaction() as session:
        many_at_old(session, 2000)
    with recording(db.engine()) as kept:
        assert merge(admin).done is True
    with transaction() as session:
        counted = session.execute(
            select(Notice.kind, Notice.status, func.count()).group_by(Notice.kind, Notice.status)
        ).all()
        assert sorted(tuple(row) for row in counted) == [
            (NoticeKind.MOVED, NoticeStatus.QUEUED, 2000),
            (NoticeKind.REMINDER, NoticeStatus.CANCELLED, 2000),
        ]
        assert session.scalar(select(func.count()).where(TrailRow.event == TrailEvent.TRANSFER)) == 2000
        assert session.scalars(select(Declaration.office_id).distinct()).all() == [office_id_of(session, NEW)]
    assert len(kept.statements()) < 200


def test_more_are_left_to_the_worker_which_is_asked_at_once(admin: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(merging, "MOST_AT_ONCE", 2)
    with transaction() as session:
        those = [at_old(session) for _ in range(3)]
    queue.begin(merging.DUE)
    assert merge(admin) == merging.Outcome(clock.today(), None, many=True)
    assert office(OLD).closed_at is None
    assert merging.DUE in [job.func_name for job in Queue(queue.DEFAULT, connection=queue.connection()).jobs]
    jobs.merge_due()
    assert {reread(one).office_id for one in those} == {office(NEW).id}


def test_many_that_are_to_move_another_day_are_not_the_workers_yet(admin: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(merging, "MOST_AT_ONCE", 2)
    with transaction() as session:
        for _ in range(3):
            at_old(session)
    assert merge(admin, days=1) == merging.Outcome(clock.today() + timedelta(days=1), False)


def office_id_of(session: Session, code: str) -> int:
    return session.scalars(select(Office.id).where(Office.code == code)).one()


def test_nothing_personal_is_in_the_trail_of_a_merge(admin: Actor):
    with transaction() as session:
        one = at_old(session)
    merge(admin)
    for event in (
        TrailEvent.OFFICE_MERGE_PLANNED,
        TrailEvent.OFFICE_MERGE,
        TrailEvent.TRANSFER,
        TrailEvent.OFFICER_EDIT,
    ):
        for row in trail(event):
            told = json.dumps(row.facts)
            assert not any(value in told for value in (one.full_name, one.phone, one.bhxh_code, one.id_number))
