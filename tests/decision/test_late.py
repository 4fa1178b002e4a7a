"""K4: what counts is handing in. Late arrivals after a power cut, and deadlines an office could not keep."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest

from backoffice.decision import actions as decide
from backoffice.decision.handback import deescalate
from backoffice.decision.late import enter_late, extend, extension
from backoffice.expiry import actions as expiry
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.models import Correction, Declaration, Notice, Role, Status, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, make_office

pytestmark = pytest.mark.usefixtures("database")

THURSDAY = datetime(2026, 11, 19, 16, 0, tzinfo=clock.VIETNAM)
DECLARED = datetime(2026, 11, 9, 8, 0, tzinfo=clock.VIETNAM)
"""On a Monday: the deadline is the end of Thursday, 19 November."""
NOTE = "Mất điện từ 14 giờ"


@pytest.fixture(autouse=True)
def thursday() -> Iterator[None]:
    with clock.at(THURSDAY):
        yield


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def supervisor() -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))


@pytest.fixture
def declaration() -> Declaration:
    with transaction() as session:
        return make_declaration(session, declared_at=DECLARED)


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def is_kept(declaration: Declaration) -> bool:
    with transaction() as session:
        return session.get(Declaration, declaration.id) is not None


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


def at(text: str) -> datetime:
    return datetime.strptime(text, "%H:%M %d/%m/%Y").replace(tzinfo=clock.VIETNAM)


def test_k4_who_came_in_time_is_entered_after_the_deadline_before_the_sweep(
    declaration: Declaration, supervisor: Actor
):
    with clock.at(THURSDAY + timedelta(days=1)):
        enter_late(declaration.receipt_code, supervisor, "15:30 19/11/2026", NOTE)
        expiry.sweep()
    after = kept(declaration)
    assert after.presented_at == at("15:30 19/11/2026")
    assert (after.status, after.expires_at, after.presented_to_id) == (Status.SUBMITTED, None, supervisor.id)


def test_the_trail_says_when_it_was_handed_in_and_where_the_reason_is_kept_but_not_what_it_says(
    declaration: Declaration, supervisor: Actor
):
    enter_late(declaration.receipt_code, supervisor, "15:30 19/11/2026", NOTE)
    (row,) = rows(TrailRow, event=TrailEvent.PRESENT_LATE)
    assert row.declaration_id == declaration.id
    assert datetime.fromisoformat(row.facts["handed_in"]) == at("15:30 19/11/2026")
    assert NOTE not in str(row.facts)
    (note,) = rows(Correction, declaration_id=declaration.id)
    assert row.facts["reason"] == note.id
    assert (note.field, note.new_value, note.note) == ("presented_at", "15:30 19/11/2026", NOTE)
    assert rows(Notice) == []


@pytest.mark.parametrize(
    "written",
    ["15:30 19/11/2026", " 15:30  19/11/2026 ", "15g30 19/11/2026", "15h30 ngày 19/11/2026", "15:30 19/11/2026\n"],
)
def test_the_moment_is_read_as_people_write_it(declaration: Declaration, supervisor: Actor, written: str):
    enter_late(declaration.receipt_code, supervisor, written, NOTE)
    assert kept(declaration).presented_at == at("15:30 19/11/2026")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "theo mẫu"),
        ("hôm qua", "theo mẫu"),
        ("25:00 19/11/2026", "theo mẫu"),
        ("15:30 31/11/2026", "theo mẫu"),
        ("2026-11-19T15:30", "theo mẫu"),
        ("16:01 19/11/2026", "không thể sau lúc này"),
        ("07:59 09/11/2026", "trước lúc khai"),
        ("00:00 01/01/0001", "trước lúc khai"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_and_changes_nothing(
    declaration: Declaration, supervisor: Actor, written: str, words: str
):
    with pytest.raises(InvalidInput) as refusal:
        enter_late(declaration.receipt_code, supervisor, written, NOTE)
    assert [(fault.field, words in fault.message) for fault in refusal.value.faults] == [("at", True)]
    assert kept(declaration).presented_at is None
    assert rows(Correction) == []


def test_k4_who_came_after_the_deadline_came_too_late(declaration: Declaration, supervisor: Actor):
    with clock.at(THURSDAY + timedelta(days=1)), pytest.raises(InvalidInput, match="chưa đúng") as refusal:
        enter_late(declaration.receipt_code, supervisor, "00:00 20/11/2026", NOTE)
    assert "sau hạn" in refusal.value.faults[0].message
    with clock.at(THURSDAY + timedelta(days=1)):
        enter_late(declaration.receipt_code, supervisor, "23:59 19/11/2026", NOTE)


def test_moment_and_note_are_both_asked_for_at_once(declaration: Declaration, supervisor: Actor):
    with pytest.raises(InvalidInput) as refusal:
        enter_late(declaration.receipt_code, supervisor, "", "  ")
    assert [fault.field for fault in refusal.value.faults] == ["at", "note"]


def test_once_it_was_swept_there_is_nothing_to_enter(declaration: Declaration, supervisor: Actor):
    with clock.at(THURSDAY + timedelta(days=1)):
        expiry.sweep()
        with pytest.raises(NotFound):
            enter_late(declaration.receipt_code, supervisor, "15:30 19/11/2026", NOTE)


def test_k7_what_was_waited_for_can_be_entered_late_too(declaration: Declaration, officer: Actor, supervisor: Actor):
    decide.claim(declaration.receipt_code, officer)
    decide.supplement(declaration.receipt_code, officer, "Ký lại")
    with pytest.raises(InvalidInput) as refusal:
        enter_late(declaration.receipt_code, supervisor, "15:59 19/11/2026", NOTE)
    assert "trước lúc trả lại để bổ sung" in refusal.value.faults[0].message
    with clock.at(THURSDAY + timedelta(days=3)):
        enter_late(declaration.receipt_code, supervisor, "09:00 20/11/2026", NOTE)
    after = kept(declaration)
    assert (after.supplement_at, after.expires_at, after.presented_at) == (None, None, at("09:00 20/11/2026"))


def test_what_is_here_already_is_not_entered_again(declaration: Declaration, officer: Actor, supervisor: Actor):
    decide.present(declaration.receipt_code, officer)
    with pytest.raises(Conflict) as refusal:
        enter_late(declaration.receipt_code, supervisor, "15:30 19/11/2026", NOTE)
    assert refusal.value.code == "already_presented"
    decide.claim(declaration.receipt_code, officer)
    decide.reject(declaration.receipt_code, officer, ["id_invalid"], "")
    with pytest.raises(Conflict) as refusal:
        enter_late(declaration.receipt_code, supervisor, "15:30 19/11/2026", NOTE)
    assert refusal.value.code == "already_decided"


def test_k4_the_sweep_and_a_late_entry_at_once_end_in_one_of_the_two(supervisor: Actor):
    """Either it is here, whole, or it has gone and the supervisor is told so."""
    for _ in range(10):
        with transaction() as session:
            one = make_declaration(session, declared_at=DECLARED)
        with clock.at(THURSDAY + timedelta(days=1)):
            entered = _at_once(lambda code=one.receipt_code: enter_late(code, supervisor, "15:30 19/11/2026", NOTE))
        assert is_kept(one) is entered


def _at_once(act: object) -> bool:
    """Start `act` and the sweep in the same instant; tell whether the act was done."""
    barrier = Barrier(2)

    def run(what: object) -> bool:
        barrier.wait()
        try:
            what()  # type: ignore[operator]
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(copy_context().run, run, what) for what in (act, expiry.sweep))
        assert second.result()
        return first.result()


DAYS = {
    "two working days ago": (datetime(2026, 11, 7, 9, 0, tzinfo=clock.VIETNAM), False),
    "yesterday": (datetime(2026, 11, 8, 9, 0, tzinfo=clock.VIETNAM), True),
    "today": (DECLARED, True),
    "tomorrow": (datetime(2026, 11, 10, 9, 0, tzinfo=clock.VIETNAM), False),
}


@pytest.mark.parametrize(("declared_at", "is_extended"), DAYS.values(), ids=DAYS)
def test_deadlines_of_today_and_of_yesterday_end_with_the_next_working_day(
    supervisor: Actor, declared_at: datetime, is_extended: bool
):
    with transaction() as session:
        make_declaration(session, declared_at=DECLARED)
        one = make_declaration(session, declared_at=declared_at)
    extend("00114", supervisor, NOTE)
    until = clock.end_of_day(date(2026, 11, 20))
    assert (kept(one).expires_at == (until if is_extended else one.expires_at)) is True


MONDAYS = {
    "after an ordinary weekend": (datetime(2026, 11, 3, 8, tzinfo=clock.VIETNAM), 16, "2026-11-17"),
    "the day before Culture Day": (datetime(2026, 11, 10, 8, tzinfo=clock.VIETNAM), 23, "2026-11-25"),
}


@pytest.mark.parametrize(("declared_at", "monday", "until"), MONDAYS.values(), ids=MONDAYS)
def test_on_a_monday_yesterday_is_friday_and_a_holiday_is_no_working_day(
    supervisor: Actor, declared_at: datetime, monday: int, until: str
):
    """No deadline ends on a weekend (K4): what nobody could keep on Friday lapsed before Monday."""
    with transaction() as session:
        friday = make_declaration(session, declared_at=declared_at)
    with clock.at(datetime(2026, 11, monday, 9, tzinfo=clock.VIETNAM)):
        done = extend("00114", supervisor, NOTE)
    assert (done.today, done.lapsed, done.until.isoformat()) == (0, 1, until)
    assert kept(friday).expires_at == clock.end_of_day(done.until)


def test_what_lapsed_is_extended_before_the_sweep_and_never_after_it(supervisor: Actor):
    with transaction() as session:
        swept, spared = (make_declaration(session, declared_at=DECLARED) for _ in range(2))
        office = make_office(session, "00131")
        other = make_declaration(session, declared_at=DECLARED, office=office)
    with clock.at(THURSDAY + timedelta(days=1)):
        assert (extension("00114", supervisor).today, extension("00114", supervisor).lapsed) == (0, 2)
        with transaction() as session:
            gone = session.get_one(Declaration, swept.id)
            expiry.clear_away(expiry.expire(session, [gone]))
        done = extend("00114", supervisor, NOTE)
        expiry.sweep()
    assert done.count == 1
    assert [is_kept(one) for one in (swept, spared, other)] == [False, True, False]


def test_the_preview_says_how_many_and_changes_nothing(declaration: Declaration, supervisor: Actor):
    found = extension("00114", supervisor)
    assert (found.office.code, found.count, found.until.isoformat()) == ("00114", 1, "2026-11-20")
    assert kept(declaration).expires_at == declaration.expires_at
    assert rows(TrailRow) == []


def test_the_extension_is_in_the_trail_with_count_and_ids_and_nobody_is_written_to(supervisor: Actor):
    with transaction() as session:
        made = [make_declaration(session, declared_at=DECLARED).id for _ in range(3)]
    extend("00114", supervisor, NOTE)
    (row,) = rows(TrailRow, event=TrailEvent.EXTEND)
    assert (row.facts["count"], row.facts["extended"], row.facts["until"]) == (3, made, "2026-11-20")
    assert row.facts["has_note"] is True
    assert NOTE not in str(row.facts)
    assert {row.declaration_id for row in rows(TrailRow, event=TrailEvent.EXTENDED)} == set(made)
    assert {(one.old_value, one.new_value, one.note) for one in rows(Correction, field="expires_at")} == {
        ("19/11/2026", "20/11/2026", NOTE)
    }
    expiry.remind()
    assert rows(Notice) == []


def test_what_is_here_or_decided_is_not_touched(declaration: Declaration, officer: Actor, supervisor: Actor):
    with transaction() as session:
        decided = make_declaration(session, declared_at=DECLARED)
    decide.present(declaration.receipt_code, officer)
    decide.claim(decided.receipt_code, officer)
    decide.reject(decided.receipt_code, officer, ["id_invalid"], "")
    with pytest.raises(Conflict) as refusal:
        extend("00114", supervisor, NOTE)
    assert refusal.value.code == "nothing_due"
    assert kept(declaration).expires_at is None
    assert rows(TrailRow, event=TrailEvent.EXTEND) == []


def test_an_extension_says_why(declaration: Declaration, supervisor: Actor):
    with pytest.raises(InvalidInput) as refusal:
        extend("00114", supervisor, " ")
    assert [fault.field for fault in refusal.value.faults] == ["note"]
    assert kept(declaration).expires_at == declaration.expires_at


@pytest.mark.parametrize("office", ["07901", "000", "không có"])
def test_no_office_outside_the_branch_is_extended(declaration: Declaration, supervisor: Actor, office: str):
    with transaction() as session:
        make_office(session, "07901")
    for act in (extension, lambda code, who: extend(code, who, NOTE)):
        with pytest.raises(NotFound):
            act(office, supervisor)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_supervisors_alone_put_time_right(declaration: Declaration, role: Role):
    with transaction() as session:
        other = make_actor(session, role)
    for act in (
        lambda: enter_late(declaration.receipt_code, other, "15:30 19/11/2026", NOTE),
        lambda: extend("00114", other, NOTE),
        lambda: extension("00114", other),
        lambda: deescalate(declaration.receipt_code, other, NOTE),
    ):
        with pytest.raises(Forbidden):
            act()


def test_another_branchs_declaration_answers_like_one_that_does_not_exist(supervisor: Actor):
    with transaction() as session:
        foreign = make_declaration(session, declared_at=DECLARED, office=make_office(session, "07901"))
    for code in (foreign.receipt_code, "00000000000"):
        with pytest.raises(NotFound):
            enter_late(code, supervisor, "15:30 19/11/2026", NOTE)
        with pytest.raises(NotFound):
            deescalate(code, supervisor, NOTE)


@pytest.fixture
def escalated(declaration: Declaration, officer: Actor) -> Declaration:
    decide.claim(declaration.receipt_code, officer)
    decide.escalate(declaration.receipt_code, officer, "Ảnh không giống")
    return declaration


def test_k11_what_is_given_back_is_anybodys_of_the_office_again(
    escalated: Declaration, officer: Actor, supervisor: Actor
):
    decide.claim(escalated.receipt_code, supervisor)
    deescalate(escalated.receipt_code, supervisor, "Đã gặp người nộp, đúng người")
    decide.claim(escalated.receipt_code, officer)
    decide.reject(escalated.receipt_code, officer, ["id_invalid"], "")
    after = kept(escalated)
    assert (after.status, after.decided_by_id) == (Status.REJECTED, officer.id)


def test_k11_report_and_answer_are_kept_and_the_trail_has_neither(escalated: Declaration, supervisor: Actor):
    deescalate(escalated.receipt_code, supervisor, "Đúng người")
    (row,) = rows(TrailRow, event=TrailEvent.DEESCALATE)
    assert row.facts == {}
    (kept_note,) = rows(Correction, declaration_id=escalated.id)
    assert (kept_note.old_value, kept_note.note) == ("Ảnh không giống", "Đúng người")
    assert kept(escalated).escalated_note == "Đúng người"
    assert rows(Notice) == []


def test_k11_what_was_not_escalated_or_is_in_anothers_hands_is_not_given_back(
    declaration: Declaration, officer: Actor, supervisor: Actor
):
    with pytest.raises(Conflict) as refusal:
        deescalate(declaration.receipt_code, supervisor, NOTE)
    assert refusal.value.code == "not_escalated"
    decide.claim(declaration.receipt_code, officer)
    decide.escalate(declaration.receipt_code, officer, "Ảnh không giống")
    with transaction() as session:
        other = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"), full_name="Lê Văn Giám")
    decide.claim(declaration.receipt_code, other)
    with pytest.raises(Conflict, match="Lê Văn Giám") as refusal:
        deescalate(declaration.receipt_code, supervisor, NOTE)
    assert refusal.value.code == "claimed"
    assert kept(declaration).escalated_at is not None


def test_k11_the_answer_must_say_something(escalated: Declaration, supervisor: Actor):
    with pytest.raises(InvalidInput):
        deescalate(escalated.receipt_code, supervisor, " ")
    assert kept(escalated).escalated_at is not None
