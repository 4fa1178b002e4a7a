"""What is counted at each door, on which day, for whom, and how it is read."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from backoffice.dashboards import figures, folding
from backoffice.dashboards.times import median
from backoffice.decision import actions as decide
from backoffice.decision.late import enter_late, extend
from backoffice.decision.transfer import transfer
from backoffice.expiry import actions as expiry
from backoffice.hotline import calls
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Figure, Office, Role, TrailEvent
from backoffice.offices import merging, tree
from backoffice.offices.merging import Plan
from backoffice.rules import lifecycle
from backoffice.rules.actors import Actor
from backoffice.rules.figures import LONGER, UNKNOWN, time_key
from backoffice.rules.journal import record_each
from backoffice.rules.reasons import Reason
from tests.dashboards.counting import assert_right, steps
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")
MONDAY = datetime(2026, 11, 9, 8, 0, tzinfo=clock.VIETNAM)
LAST_DAY = date(2026, 11, 19)
"""Of what was declared on that Monday."""

OFFICES = ("00114", "00115", "00116")


def declared(code: str = "00114", **values: Any) -> Declaration:
    """A declaration that came in on Monday, counted."""
    with transaction() as session, clock.at(MONDAY):
        made = make_declaration(session, office=make_office(session, code), **values)
        lifecycle.begin(session, made)
        return made


def officer_of(code: str = "00114", role: Role = Role.RECEPTION) -> Actor:
    with transaction() as session:
        return make_actor(session, role, office=make_office(session, code))


def claimed(declaration: Declaration, officer: Actor) -> Declaration:
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.claim(declaration.receipt_code, officer)
    return declaration


def seen(path: str = "000.", since: date = MONDAY.date(), until: date = date(2026, 11, 30)) -> figures.Figures:
    with transaction() as session:
        return figures.read(session, path, since, until)


def test_an_empty_office_reads_as_nothing():
    with transaction() as session:
        office = make_office(session)
        today = clock.today()
        lead = make_actor(session, Role.SUPERVISOR, office=make_office(session, "000"))
        board = figures.board(session, lead, "000", today, today, hotline=True)
        assert board.figures.waiting == board.figures.decided == board.hotline.calls == 0
        assert board.figures.approval_rate is board.figures.median_minutes is board.figures.mean_seconds is None
        assert [one.code for one in board.below] == ["001"]
        assert [one.code for one in figures.by_office(session, "000.", today, today)] == ["000", "001", "00114"]
        assert figures.by_officer(session, office.id, today, today) == []
        assert figures.own(session, 1, today, today).decided == 0
        assert figures.hotline(session, today, today).agents == []


def test_k4_an_approval_is_counted_with_its_officer_and_the_time_from_the_handing_in():
    officer, one = officer_of(), declared()
    with clock.at(MONDAY + timedelta(hours=1)):
        decide.present(one.receipt_code, officer)
        assert (seen().waiting, seen().presented, seen().arrived) == (0, 1, 1)
        claimed(one, officer)
    with clock.at(MONDAY + timedelta(hours=1, minutes=6)):
        decide.approve(one.receipt_code, officer)
        now = seen()
        assert (now.undecided, now.approved, now.approval_rate, now.mean_seconds) == (0, 1, 1.0, 360)
        assert (now.share_within(10), now.share_within(5)) == (1.0, 0.0)
        assert now.channels == {"app": 1}
        with transaction() as session:
            (mine,) = figures.by_officer(session, one.office_id, clock.today(), clock.today())
            assert (mine.officer_id, mine.name, mine.figures.approved) == (officer.id, officer.name, 1)
            assert (
                figures.own(session, officer.id, clock.today(), clock.today()).on(clock.today(), Figure.APPROVED) == 1
            )
        assert_right()


def test_k3_a_rejection_counts_each_of_its_reasons():
    officer, one = officer_of(), declared()
    reasons = [reason.value for reason in Reason][:2]
    with clock.at(MONDAY + timedelta(days=1)):
        decide.reject(claimed(one, officer).receipt_code, officer, reasons, "Xin xem lại giấy tờ")
        assert (seen().rejected, seen().reasons, seen().approval_rate) == (1, dict.fromkeys(sorted(reasons), 1), 0.0)
        assert_right()


def test_k7_what_is_sent_back_is_due_anew_and_counted_once_more_when_it_comes_again():
    officer, one = officer_of(), declared()
    with clock.at(MONDAY):
        decide.supplement(claimed(one, officer).receipt_code, officer, "Thiếu ảnh")
        assert (seen().supplement, seen().asked, seen().arrived, seen().due_by(LAST_DAY)) == (1, 1, 1, 1)
        decide.present(one.receipt_code, officer)
        assert (seen().presented, seen().supplement, seen().arrived) == (1, 0, 2)
    with clock.at(MONDAY):
        assert_right()


def test_k11_what_is_left_to_a_supervisor_is_counted_at_the_desk_too():
    officer, one = officer_of(), declared()
    with clock.at(MONDAY):
        decide.escalate(claimed(one, officer).receipt_code, officer, "Nghi giấy tờ giả")
        assert (seen().escalated, seen().presented, seen().undecided) == (1, 1, 1)


def test_k4_at_midnight_what_is_overdue_is_counted_no_longer_though_not_swept():
    declared()
    with clock.at(clock.end_of_day(LAST_DAY)):
        assert (seen().waiting, seen().due_today, seen().due_in_3_days) == (1, 1, 1)
    with clock.at(clock.end_of_day(LAST_DAY) + timedelta(microseconds=1)):
        assert (seen().waiting, seen().due_today, seen().expired) == (0, 0, 0)
        expiry.sweep()
        assert (seen().waiting, seen().expired) == (0, 1)
        assert_right()


def test_a_decision_belongs_to_the_day_it_is_in_vietnam():
    officer, one, other = officer_of(), declared(), declared()
    midnight = datetime(2026, 11, 11, tzinfo=clock.VIETNAM)
    for which, at in ((one, midnight - timedelta(seconds=1)), (other, midnight + timedelta(seconds=1))):
        with clock.at(at):
            decide.approve(claimed(which, officer).receipt_code, officer)
    with clock.at(midnight):
        now = seen(until=midnight.date())
        assert now.by_day(Figure.APPROVED)[-2:] == [(date(2026, 11, 10), 1), (date(2026, 11, 11), 1)]
        assert_right()


def test_k8_what_is_taken_over_waits_at_the_other_office_and_was_declared_at_the_first():
    here, one = officer_of("00115"), declared("00114")
    with clock.at(MONDAY + timedelta(hours=1)):
        transfer(one.receipt_code, here, "Công dân đến nộp tại quầy này")
        first, second = seen("000.001.00114."), seen("000.001.00115.")
        assert (first.waiting, first.declared) == (0, 1)
        assert (second.waiting, second.declared) == (1, 0)
        assert_right()


def test_what_a_citizen_gives_to_another_office_was_declared_there_but_where_one_took_it_over_it_stays():
    one, taken = declared("00114"), declared("00114")
    with clock.at(MONDAY + timedelta(hours=1)):
        transfer(taken.receipt_code, officer_of("00115"), "Công dân đến nộp tại quầy này")
        with transaction() as session:
            chosen = make_office(session, "00116").id
            for known in (one, taken):
                lifecycle.redirect(session, lifecycle.lock(session, known.id), chosen)
        numbers = [(seen(f"000.001.{code}.").waiting, seen(f"000.001.{code}.").declared) for code in OFFICES]
        assert numbers == [(0, 1), (0, 0), (2, 1)]
        assert_right()


def test_k4_what_was_handed_in_before_is_counted_on_that_day_and_an_extension_moves_the_deadline():
    supervisor = officer_of("001", Role.SUPERVISOR)
    late = declared()
    declared()
    with clock.at(datetime(2026, 11, 19, 16, 0, tzinfo=clock.VIETNAM)):
        enter_late(late.receipt_code, supervisor, "16:30 18/11/2026", "Mất điện")
        assert seen().on(date(2026, 11, 18), Figure.ARRIVED) == 1
        assert seen().due_today == 1
        extend("00114", supervisor, "Mất điện")
        assert (seen().due_today, seen().due_by(date(2026, 11, 20)), seen().waiting) == (0, 1, 1)
        assert_right()


def test_d6_other_declarations_of_the_person_are_counted_as_withdrawn_by_the_same_statement():
    officer, one = officer_of(), declared()
    declared("00115", bhxh_code=one.bhxh_code)
    with clock.at(MONDAY):
        decide.approve(claimed(one, officer).receipt_code, officer)
        assert (seen().approved, seen().withdrawn, seen().undecided) == (1, 1, 0)
        assert_right()


def test_what_is_rolled_back_is_not_counted_and_steps_that_cancel_out_are_not_written():
    officer, one = officer_of(), declared()
    before = steps()
    with suppress(ZeroDivisionError), transaction() as session, clock.at(MONDAY):
        lifecycle.change(session, session.get_one(Declaration, one.id), escalated_at=clock.now())
        raise ZeroDivisionError
    assert steps() == before
    with clock.at(MONDAY):
        decide.escalate(claimed(one, officer).receipt_code, officer, "Nghi giấy tờ giả")
    written = [what for what, _, _ in steps()[len(before) :]]
    assert sorted(written) == sorted([Figure.WAITING, Figure.PRESENTED, Figure.ESCALATED, Figure.ARRIVED])


def test_d8_of_a_merged_office_what_waits_goes_along_and_what_happened_stays():
    with transaction() as session:
        for code in ("00114", "00214"):
            make_office(session, code)
        admin = make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))
    officer, one = officer_of(), declared()
    declared()
    with clock.at(MONDAY + timedelta(hours=1)):
        decide.approve(claimed(one, officer).receipt_code, officer)
        folding.fold()
        merging.plan("00114", admin, Plan("00214", clock.today().isoformat(), "391/QĐ-BTC"))
        for _ in range(2):
            now = {code: seen(path) for code, path in (("001", "000.001."), ("002", "000.002."), ("000", "000."))}
            assert [(now[code].waiting, now[code].approved) for code in now] == [(0, 0), (1, 1), (1, 1)]
            with transaction() as session:
                own = {
                    one.code: one.figures for one in figures.by_office(session, "000.", MONDAY.date(), clock.today())
                }
            assert (own["00114"].approved, own["00214"].approved) == (1, 0)
            assert (own["00114"].waiting, own["00214"].waiting) == (0, 1)
            folding.fold()
        assert_right()


def test_d8_a_branch_that_hangs_elsewhere_takes_its_figures_along():
    officer, one = officer_of(), declared()
    with clock.at(MONDAY):
        folding.fold()
        decide.approve(claimed(one, officer).receipt_code, officer)
        with transaction() as session:
            office, parent = session.get_one(Office, one.office_id), make_office(session, "002")
            tree.hang_under(session, office, parent)
        assert (seen("000.001.").declared, seen("000.002.").declared, seen("000.002.").approved) == (0, 1, 1)
        folding.fold()
        assert (seen("000.001.").approved, seen("000.002.").approved, seen().approved) == (0, 1, 1)
        assert_right()


def test_figures_of_the_branches_are_those_of_the_offices_under_them():
    declared("00114")
    declared("00115")
    declared("00214")
    lead = officer_of("000", Role.SUPERVISOR)
    with clock.at(MONDAY), transaction() as session:
        board = figures.board(session, lead, "000", MONDAY.date(), MONDAY.date())
        assert {one.code: one.figures.waiting for one in board.below} == {"001": 2, "002": 1}
        own = figures.by_office(session, "000.", MONDAY.date(), MONDAY.date())
        assert sum(one.figures.declared for one in own) == board.figures.declared == 3


def test_a4_calls_are_counted_for_the_hotline_and_of_no_office():
    agent = officer_of("000", Role.HOTLINE)
    with transaction() as session:
        account = make_account(session, phone="0981234567")
    shown = calls.look(agent, account.phone, account.bhxh_code)
    calls.look(agent, account.phone, "0999999999")
    calls.reset(agent, str(shown["pass"]))
    calls.open_door(agent, str(shown["pass"]))
    with transaction() as session:
        found = figures.hotline(session, clock.today(), clock.today())
        assert (found.figures.calls_matched, found.figures.calls_missed) == (1, 1)
        assert (found.figures.resets, found.figures.unlocked) == (1, 1)
        assert [(one.officer_id, one.figures.calls) for one in found.agents] == [(agent.id, 2)]
        assert figures.read(session, "000.", clock.today(), clock.today()).calls == 0
    assert_right()


@pytest.mark.parametrize(
    ("seconds", "key"),
    [(0, "1"), (60, "1"), (61, "2"), (600, "10"), (601, "15"), (86_400, "1440"), (86_401, LONGER), (None, UNKNOWN)],
)
def test_times_at_the_desk_are_put_into_classes(seconds: int | None, key: str):
    assert time_key(seconds) == key


def test_the_median_lies_within_its_class():
    assert median({}) is None
    assert median({"10": 4}) == 8.5
    assert median({"1": 1, "15": 2, LONGER: 1}) == 12.5
    assert median({LONGER: 3}) == 1440


def test_a_span_is_cut_out_of_another():
    one = declared()
    with clock.at(MONDAY + timedelta(days=1)):
        whole = seen()
        assert whole.within(date(2026, 11, 10), date(2026, 11, 11)).declared == 0
        assert whole.within(MONDAY.date(), MONDAY.date()).by_day(Figure.DECLARED) == [(MONDAY.date(), 1)]
    assert one.id


def test_what_a_list_approves_was_at_no_desk_and_makes_no_time_there_shorter():
    officer, one, other = officer_of(), declared(), declared(bhxh_code="0199000001", phone="0912000001")
    with clock.at(MONDAY + timedelta(hours=1)):
        decide.present(other.receipt_code, officer)
    with clock.at(MONDAY + timedelta(hours=2)), transaction() as session:
        rows = [session.get_one(Declaration, number) for number in (one.id, other.id)]
        for row in rows:
            session.expunge(row)
        lifecycle.approve_each(session, rows, officer, clock.now())
        record_each(session, TrailEvent.PRESENT, officer, rows[:1])
    found = seen()
    assert found.by_key(Figure.APPROVED) == {"60": 1, UNKNOWN: 1}
    assert (found.arrived, found.median_minutes) == (2, 52.5)
    assert_right()
