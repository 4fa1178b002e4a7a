"""Sending lists in (D12): each file becomes a list once, is read whatever is killed, and can be cancelled."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backoffice.batches import actions, comparing, jobs, work
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Batch, BatchFile, BatchRow, BatchStage, KeptData, Role, RowState, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.retention import term
from tests.batches.files import batch_of, make_batch, make_unit, rows_of, send, work_off, workbook
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    with transaction() as session:
        make_officer(session, "nguoi")
    return Desk(client, "nguoi")


def people(count: int = 3) -> bytes:
    with transaction() as session:
        those = [make_declaration(session) for _ in range(count)]
    return workbook(*((one.bhxh_code, one.full_name) for one in those))


def put(token: str, **values: Any) -> None:
    with transaction() as session:
        session.query(Batch).filter_by(token=token).update(values)


def number_of(model: type[Any]) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def posted(desk: Desk, *files: tuple[str, bytes], **form: str) -> Any:
    parts = [(BytesIO(data), name) for name, data in files]
    return desk.post("/batches", file=parts, **form)


def test_a_file_is_sent_read_and_shown_with_its_rows_and_who_was_shown_is_written_down(desk: Desk):
    data = people()
    answer = posted(desk, ("lớp 10a.xlsx", data))
    where = answer.headers["Location"]
    assert (answer.status_code, where.rpartition("/")[0]) == (303, "/batches")
    assert desk.get(f"{where}/status.json").json == {
        "stage": "received",
        "rows": 0,
        "applied": 0,
        "refused": 0,
        "faults": 0,
    }
    assert "lớp 10a.xlsx" in desk.get("/batches").text
    part = desk.get("/batches/now", **HTMX)
    assert (part.status_code, "Đang đọc tệp" in part.text) == (200, True)
    work_off()
    assert desk.get(f"{where}/now", **HTMX).headers["HX-Redirect"] == where
    assert desk.get(f"{where}/status.json").json["stage"] == "in_review"
    page = desk.get(where).text
    assert page.count('id="row-') == 3
    shown = trail(TrailEvent.BATCH_SEE)
    assert sum(row.declaration_id is not None for row in shown) == 3
    assert 'id="row-' not in desk.get(f"{where}?which=fault").text


def test_several_files_at_once_are_several_lists_and_the_same_one_twice_is_one(desk: Desk):
    first, second = people(1), people(2)
    answer = posted(desk, ("a.xlsx", first), ("b.xlsx", second), ("c.xlsx", first))
    assert (answer.headers["Location"], number_of(Batch)) == ("/batches", 2)
    assert len(trail(TrailEvent.BATCH_UPLOAD)) == 2


def test_whoever_sends_a_file_that_is_here_is_told_so_and_that_the_letter_was_not_noted(desk: Desk):
    data = people(1)
    where = posted(desk, ("a.xlsx", data)).headers["Location"]
    assert "Tệp này đã nhận lúc" not in desk.get(where).text
    assert posted(desk, ("b.xlsx", data), letter_number="9/CV").headers["Location"] == where
    page = desk.get(where).text
    assert f"Tệp này đã nhận lúc {clock.local(batch_of(where.rpartition('/')[2]).created_at):%H:%M %d/%m/%Y}" in page
    assert "chưa ghi: xin ghi ở trang này" in page
    posted(desk, ("a.xlsx", data), ("c.xlsx", people(2)))
    page = desk.get("/batches").text
    assert "Đã nhận 1 tệp." in page
    assert "1 tệp đã có trong các danh sách dưới đây nên không nhận thêm." in page


def test_a_form_that_is_not_right_keeps_what_was_typed_and_takes_nothing(desk: Desk):
    for files, form, sentence in (
        ((), {}, "Chưa chọn tệp nào"),
        ((("a.xlsx", b"x"), ("b.xlsx", b"")), {}, "Tệp “b.xlsx” trống"),
        ((("a.xlsx", b"x"),), {"unit": "KHONGCO", "signatory": "Bà Mẫu"}, "Không tìm thấy đơn vị này"),
        ((("a.xlsx", b"x"),), {"letter_date": "2999-01-01"}, "đến hôm nay"),
    ):
        answer = posted(desk, *files, **form)
        assert (answer.status_code, sentence in answer.text) == (422, True)
        assert form.get("signatory", "") in answer.text
    assert number_of(Batch) == 0


def test_a_file_that_cannot_be_taken_is_refused_with_one_sentence(officer: Actor):
    token = send(officer, b"Ma so,Ho ten\n1,A")
    work_off()
    batch = batch_of(token)
    assert (batch.stage, batch.file_fault, batch.rows) == (BatchStage.REFUSED, "not_excel", 0)
    assert "“Lưu dưới dạng”" in (batch.file_sentence or "")
    again = send(officer, b"Ma so,Ho ten\n1,A")
    assert again != token


def test_the_very_file_that_was_applied_is_refused_with_the_day(officer: Actor):
    data = people(1)
    token = send(officer, data)
    put(token, stage=BatchStage.APPLIED, ended_at=clock.now())
    second = send(officer, data)
    work_off()
    assert batch_of(second).file_fault == "same_file"
    assert f"{clock.today():%d/%m/%Y}" in (batch_of(second).file_sentence or "")


def test_the_unit_is_taken_from_its_template_and_the_letter_is_noted_later(officer: Actor):
    with transaction() as session:
        unit = make_unit(session)
    token = send(officer, workbook(("1", "A")))
    with transaction() as session:
        batch = session.query(Batch).one()
        assert actions.queries.unit_named(session, batch, f'"a1:{unit.code}"') is not None
        assert actions.queries.unit_named(session, batch, f'"a0:{unit.code}"') is None
    form = {"unit": unit.code.lower(), "letter_number": "12/CV", "letter_date": "2026-01-05", "signatory": "Bà Mẫu"}
    actions.note_letter(officer, token, form)
    batch = batch_of(token)
    assert batch.unit is not None
    assert (batch.unit.id, batch.letter_number, batch.letter_date) == (unit.id, "12/CV", date(2026, 1, 5))
    with pytest.raises(InvalidInput) as refusal:
        actions.note_letter(officer, token, form | {"unit": "KHONGCO"})
    assert [(one.field, one.code) for one in refusal.value.faults] == [("unit", "unknown")]


def test_a_cancelled_list_leaves_no_row_and_no_file_and_whoever_worked_on_it_drops_it(
    officer: Actor, monkeypatch: pytest.MonkeyPatch
):
    token = send(officer, people())
    monkeypatch.setattr(comparing, "CHUNK", 1)
    finish = work._finish
    monkeypatch.setattr(work, "_finish", lambda taken: (actions.cancel(officer, token), finish(taken)))
    work_off()
    assert (batch_of(token).stage, number_of(BatchRow), number_of(BatchFile)) == (BatchStage.CANCELLED, 0, 0)
    actions.cancel(officer, token)
    assert len(trail(TrailEvent.BATCH_CANCEL)) == 1


def test_a_list_that_is_being_applied_is_not_cancelled(officer: Actor):
    with transaction() as session:
        token = make_batch(session, stage=BatchStage.APPLYING).token
    with pytest.raises(Conflict):
        actions.cancel(officer, token)


@pytest.mark.parametrize("dies_at", ["_note_file", "_compare", "_finish"])
def test_whoever_is_killed_at_a_stage_leaves_a_list_that_is_taken_up_and_comes_out_the_same(
    officer: Actor, monkeypatch: pytest.MonkeyPatch, dies_at: str
):
    class Killed(BaseException):
        """As SIGKILL: nothing is tidied up."""

    def die(*_: Any) -> None:
        raise Killed

    token = send(officer, people(5))
    monkeypatch.setattr(comparing, "CHUNK", 2)
    with monkeypatch.context() as patch:
        patch.setattr(work, dies_at, die)
        with pytest.raises(Killed):
            jobs.work_off()
    assert not work.work_one(), "somebody may still be at it"
    with clock.at(clock.now() + work.STRAY + timedelta(seconds=1)):
        work_off()
    assert (batch_of(token).stage, batch_of(token).rows) == (BatchStage.IN_REVIEW, 5)
    assert [one.state for one in rows_of(token).values()] == [RowState.OK] * 5


def test_a_list_whose_workers_die_time_and_again_is_given_up_with_a_sentence(officer: Actor):
    token = send(officer, people(1))
    for _ in range(work.MOST_TRIES):
        work._take()
        put(token, worked_at=None)
    assert not work.work_one()
    assert (batch_of(token).stage, batch_of(token).file_fault) == (BatchStage.REFUSED, "lost")


def test_a_worker_thought_dead_who_comes_back_finds_the_list_is_theirs_no_more(officer: Actor):
    token = send(officer, people(1))
    former = work._take()
    assert former is not None
    with clock.at(clock.now() + work.STRAY + timedelta(seconds=1)):
        work_off()
    with pytest.raises(work.NoLongerOurs), former.step(stage=BatchStage.CHECKED):
        pass
    assert batch_of(token).stage is BatchStage.IN_REVIEW


def test_a_fault_of_ours_refuses_the_file_and_tells_nobody_s_data(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("0123456789")

    token = send(officer, people(1))
    monkeypatch.setattr(work, "read_list_apart", breaks)
    work_off()
    assert (batch_of(token).file_fault, "0123456789" in str(batch_of(token).file_sentence)) == ("broken", False)


def test_another_office_s_list_is_none_and_a_list_has_its_term(officer: Actor):
    token = send(officer, people(1))
    with transaction() as session:
        other = make_actor(session, office=make_office(session, "02701"))
        province = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    with pytest.raises(NotFound):
        actions.show(other, token, "", 0)
    assert actions.status(province, token)["stage"] == "received"
    with clock.at(clock.now() + term(KeptData.BATCHES) + timedelta(seconds=1)):
        assert actions.tidy() == 1
    assert number_of(BatchFile) == 0


def test_what_a_form_cannot_be_is_told_at_its_field(officer: Actor):
    with pytest.raises(InvalidInput) as refusal:
        send(officer, b"x", letter_number="1" * 61, letter_date="hôm qua")
    assert {fault.field for fault in refusal.value.faults} == {"letter_number", "letter_date"}
