"""A list in review (D12 a): cells corrected, rows taken out, each looked at with its photos, the rest let through."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from backoffice.batches import applying, review, review_actions, together
from backoffice.batches.correcting import CellChanged
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Batch, BatchEdit, BatchStage, Declaration, Role, RowState, TrailEvent, Unit
from backoffice.rules.actors import Actor
from tests.batches.files import batch_of, faults_of, make_unit, rows_of, send, work_off, workbook
from tests.desk.browser import HTMX, Desk, trail
from tests.desk.pictures import add_photos
from tests.factories import make_actor, make_declaration, make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")
LETTER = {"letter_number": "12/CV", "letter_date": "2026-01-05", "signatory": "Bà Mẫu"}


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    with transaction() as session:
        make_officer(session, "nguoi")
    return Desk(client, "nguoi")


def declared(count: int, **values: object) -> list[Declaration]:
    with transaction() as session:
        return [make_declaration(session, **values) for _ in range(count)]


def listed(officer: Actor, *rows: tuple[object, ...]) -> str:
    """A list of these rows, in review; the first is row 2."""
    with transaction() as session:
        unit = make_unit(session)
    token = send(officer, workbook(*rows), unit=unit.code, **LETTER)
    work_off()
    return token


def row(one: Declaration, name: str | None = None, phone: object = None) -> tuple[object, ...]:
    return (one.bhxh_code, name or one.full_name, None, phone)


def states(token: str) -> dict[int, RowState]:
    return {number: one.state for number, one in sorted(rows_of(token).items())}


def test_a_corrected_cell_is_looked_up_anew_with_the_rows_it_shared_something_with(officer: Actor):
    first, second = declared(2)
    token = listed(officer, row(first), (first.bhxh_code, second.full_name, None, None))
    assert "person_twice" in faults_of(rows_of(token)[2])
    shown = review_actions.correct(officer, token, 3, "bhxh_code", first.bhxh_code, second.bhxh_code)
    assert {one["number"] for one in shown["lines"]} == {2, 3}
    found = rows_of(token)
    assert [found[number].state for number in (2, 3)] == [RowState.OK, RowState.OK]
    assert (found[3].declaration_id, batch_of(token).faults) == (second.id, 0)
    with transaction() as session:
        (edit,) = session.query(BatchEdit).all()
    assert (edit.number, edit.old_value, edit.new_value) == (3, first.bhxh_code, second.bhxh_code)
    (noted,) = trail(TrailEvent.BATCH_CORRECT)
    assert noted.facts["row"] == 3
    assert noted.subject_hash is not None
    assert first.bhxh_code not in str(noted.facts)


def test_a_correction_looks_at_the_rows_near_it_and_says_what_a_look_at_the_whole_list_would(officer: Actor):
    people = declared(4)
    codes = [one.bhxh_code for one in people]
    rows: list[tuple[object, ...]] = [(codes[at], people[at].full_name, None, None) for at in (0, 0, 1, 1, 2, 3)]
    token = listed(
        officer, *rows, ("0999999999", "Lê Thử", None, "0981234567"), ("0888888888", "Lê Mẫu", None, "0981234567")
    )
    acts = [
        lambda: review_actions.correct(officer, token, 3, "bhxh_code", codes[0], codes[1]),
        lambda: review_actions.take_out(officer, token, [4, 8]),
        lambda: review_actions.correct(officer, token, 6, "bhxh_code", codes[2], codes[0]),
        lambda: review_actions.put_back(officer, token, [4]),
        lambda: review_actions.correct(officer, token, 9, "bhxh_code", "0888888888", codes[3]),
    ]
    batch = batch_of(token)
    for act in acts:
        act()
        before = {number: one.faults for number, one in rows_of(token).items()}
        with transaction() as session:
            assert together.among_themselves(session, batch.id) == set()
        assert {number: one.faults for number, one in rows_of(token).items()} == before
    assert "person_twice" in faults_of(rows_of(token)[9])


def test_of_two_officers_at_one_cell_the_second_is_told_who_was_quicker_and_nothing_is_lost(officer: Actor):
    token = listed(officer, ("123", "Lê Thử", None, None))
    review_actions.correct(officer, token, 2, "bhxh_code", "123", "0123456789")
    with transaction() as session:
        other = make_actor(session)
    with pytest.raises(CellChanged, match="Trần Thị Lan đã sửa ô này"):
        review_actions.correct(other, token, 2, "bhxh_code", "123", "0123456780")
    assert rows_of(token)[2].values["bhxh_code"] == "0123456789"
    review_actions.correct(other, token, 2, "bhxh_code", "123", "0123456789")
    with transaction() as session:
        assert session.query(BatchEdit).count() == 1, "both meant the same"


def test_a_cell_with_a_formula_is_mended_by_typing_what_it_should_be(officer: Actor):
    (one,) = declared(1)
    token = listed(officer, ("=1+1", one.full_name, None, None))
    assert faults_of(rows_of(token)[2]) == {"formula"}
    review_actions.correct(officer, token, 2, "bhxh_code", rows_of(token)[2].values["bhxh_code"], one.bhxh_code)
    assert states(token) == {2: RowState.OK}


def test_two_cells_of_a_row_with_the_same_fault_are_one_row_and_one_sentence(desk: Desk, officer: Actor):
    token = listed(officer, ("=1+1", "Nguyễn Thử Mẫu", None, "=2+2"))
    page = desk.get(f"/batches/{token}").text
    assert "Ô có công thức <b>1</b>" in page
    assert page.count("Ô có công thức hoặc liên kết nên không dùng được.") == 1
    assert page.count('<td class="wrong"') == 2
    why = load_workbook(BytesIO(desk.get(f"/batches/{token}/export").data)).active
    told = [
        str(cell) for row in why.iter_rows(values_only=True) for cell in row if cell and "liên kết nên" in str(cell)
    ]
    assert [text.count("liên kết nên") for text in told] == [1]


def test_a_zero_that_the_spreadsheet_lost_is_put_back_by_one_press(desk: Desk, officer: Actor):
    (one,) = declared(1, bhxh_code="0123456789")
    token = listed(officer, (123456789, one.full_name, None, None))
    page = desk.get(f"/batches/{token}").text
    assert "Ghi 012 345 6789" in page
    assert page.count('name="value" value="0123456789"') == 1
    desk.post(f"/batches/{token}/rows/2", field="bhxh_code", old="123456789", value="0123456789")
    assert states(token) == {2: RowState.OK}


def test_zeros_that_a_column_lost_are_put_back_in_all_its_rows(desk: Desk, officer: Actor):
    (one,), (other,) = declared(1, bhxh_code="0123456789"), declared(1, bhxh_code="0123456780")
    token = listed(officer, (123456789, one.full_name, None, None), (123456780, "Lê Văn Khác", None, None))
    where = f"/batches/{token}"
    assert "Thêm lại số 0 cho cả 2 dòng" in desk.get(f"{where}?which=code_zero_lost").text
    assert desk.post(f"{where}/mend", which="code_zero_lost", expected="3").status_code == 409
    assert desk.post(f"{where}/mend", which="not_declared").status_code == 422
    assert desk.post(f"{where}/mend", which="code_zero_lost", expected="2").status_code == 303
    assert states(token) == {2: RowState.OK, 3: RowState.FAULT}
    assert (faults_of(rows_of(token)[3]), rows_of(token)[3].declaration_id) == ({"name_differs"}, other.id)
    with transaction() as session:
        edits = session.query(BatchEdit).order_by(BatchEdit.number).all()
    assert [(edit.old_value, edit.new_value) for edit in edits] == [
        ("123456789", "0123456789"),
        ("123456780", "0123456780"),
    ]


def test_a_row_taken_out_frees_the_other_of_the_same_person_and_comes_back_looked_up_anew(officer: Actor):
    (one,) = declared(1)
    token = listed(officer, row(one), row(one))
    review_actions.take_out(officer, token, [3])
    assert states(token) == {2: RowState.OK, 3: RowState.TAKEN_OUT}
    assert (batch_of(token).faults, batch_of(token).refused) == (0, 1)
    with pytest.raises(Conflict, match="đã bỏ ra"):
        review_actions.correct(officer, token, 3, "phone", "", "0981234567")
    review_actions.put_back(officer, token, [3])
    assert states(token) == {2: RowState.FAULT, 3: RowState.FAULT}
    review_actions.take_out(officer, token, [99])
    assert batch_of(token).faults == 2


def test_what_a_row_taken_out_had_wrong_is_counted_no_more_and_the_page_says_so_at_once(desk: Desk, officer: Actor):
    (one,) = declared(1)
    token = listed(officer, row(one), ("0999999991", "Lê Một", None, None), ("0999999992", "Lê Hai", None, None))
    where = f"/batches/{token}"
    page = desk.get(where).text
    assert "Chưa có tờ khai <b>2</b>" in page
    assert '<span class="hint" id="batch_sum">3 dòng, 2 có lỗi.</span>' in page
    answer = desk.post(f"{where}/rows/3/out", headers=HTMX).text
    assert "Chưa có tờ khai <b>1</b>" in answer
    assert '<span class="hint" id="batch_sum" hx-swap-oob="true">3 dòng, 1 có lỗi.</span>' in answer
    assert 'id="row-3"' not in desk.get(f"{where}?which=not_declared").text
    desk.post(f"{where}/rows/4/out")
    assert "which=not_declared" not in desk.get(where).text
    assert 'id="row-3"' in desk.get(f"{where}?which=taken_out").text


def test_all_rows_of_one_fault_are_taken_out_as_long_as_they_are_as_many_as_was_said(officer: Actor):
    (one,) = declared(1)
    token = listed(officer, row(one), ("0999999991", "Lê Một", None, None), ("0999999992", "Lê Hai", None, None))
    with pytest.raises(Conflict, match="nay có 2 dòng"):
        review_actions.take_out_all(officer, token, "not_declared", 1)
    assert review_actions.take_out_all(officer, token, "not_declared", 2) == 2
    assert list(states(token).values()) == [RowState.OK, RowState.TAKEN_OUT, RowState.TAKEN_OUT]


def test_a_list_that_waits_for_the_second_pair_of_eyes_is_not_changed(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(review, "ALONE", 1)
    first, second = declared(2)
    token = listed(officer, row(first), row(second))
    review_actions.apply(officer, token, None, 2)
    for act in (
        lambda: review_actions.correct(officer, token, 2, "phone", "", "0981234567"),
        lambda: review_actions.take_out(officer, token, [2]),
    ):
        with pytest.raises(Conflict, match="chờ người thứ hai"):
            act()


def test_rows_of_an_office_below_are_let_through_only_with_somebody_who_may_approve_them(officer: Actor):
    with transaction() as session:
        province = make_office(session, "001")
        reception, boss = make_actor(session, office=province), make_actor(session, Role.SUPERVISOR, office=province)
        one = make_declaration(session, office=make_office(session, "00114"))
    for actor, waits in ((reception, True), (boss, False)):
        with transaction() as session:
            unit = make_unit(session, office=province)
        token = send(actor, workbook(row(one), ("", f"{actor.id}", None, None)), unit=unit.code, **LETTER)
        work_off()
        assert states(token)[2] is RowState.OK, "rows of the branch"
        assert review_actions.apply(actor, token, [2], None) == (1, waits)


def test_a_row_is_stepped_through_with_photos_and_whom_it_shows_is_written_down(desk: Desk, officer: Actor):
    first, second = declared(2, full_name="Nguyễn Thử Mẫu")
    add_photos(second)
    token = listed(officer, row(first), row(second, "Lê Văn Khác"))
    where = f"/batches/{token}/rows/3"
    pane = desk.get(f"{where}?which=fault", **HTMX).text
    assert pane.lstrip().startswith("<aside")
    assert ("Lê Văn Khác" in pane, "Nguyễn Thử Mẫu" in pane, "Dòng trước" in pane) == (True, True, False)
    assert f"/desk/{second.receipt_code}/photos/portrait?size=thumb" in pane
    assert [seen.facts for seen in trail(TrailEvent.REVIEW)] == [{"batch": batch_of(token).id}]
    assert desk.get(f"/desk/{second.receipt_code}/photos/portrait?size=thumb").status_code == 200
    desk.get(where)
    assert len(trail(TrailEvent.REVIEW)) == 1
    told = [seen for seen in trail(TrailEvent.BATCH_SEE) if seen.facts.get("told")]
    assert {seen.declaration_id for seen in told} == {second.id}
    assert desk.get(f"/batches/{token}/rows/99").status_code == 404


def test_photos_of_what_is_decided_or_of_another_office_are_not_shown_beside_the_row(officer: Actor):
    with transaction() as session:
        province = make_office(session, "001")
        reception, boss = make_actor(session, office=province), make_actor(session, Role.SUPERVISOR, office=province)
        one = make_declaration(session, office=make_office(session, "00114"))
    add_photos(one)
    token = send(reception, workbook(row(one)))
    work_off()
    assert "lãnh đạo xem" in review_actions.show_row(reception, token, 2, "")["no_photos"]
    assert len(review_actions.show_row(boss, token, 2, "")["photos"]) == 3
    review_actions.take_out(boss, token, [2])
    assert "không còn chờ duyệt" in review_actions.show_row(boss, token, 2, "")["no_photos"]


def test_a_declaration_that_left_the_branch_shows_nothing_in_the_list(officer: Actor):
    (one,) = declared(1, full_name="Nguyễn Thử Mẫu")
    token = listed(officer, row(one, "Lê Văn Khác"))
    with transaction() as session:
        elsewhere = make_office(session, "02701").id
        session.query(Declaration).filter_by(id=one.id).update({"office_id": elsewhere})
    shown = review_actions.show_row(officer, token, 2, "")
    assert "Nguyễn Thử Mẫu" not in str(shown)


def test_the_grid_as_a_workbook_holds_text_alone_and_nothing_that_was_declared(desk: Desk, officer: Actor):
    (one,) = declared(1, full_name="Nguyễn Thử Mẫu")
    token = listed(officer, row(one, "Lê Văn Khác", one.phone), ("=1+1", "=HYPERLINK(1)", None, 981234567))
    answer = desk.get(f"/batches/{token}/export")
    page = load_workbook(BytesIO(answer.data)).active
    assert page is not None
    cells = [cell for line in page.iter_rows(min_row=2) for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert all(cell.value is None for cell in cells if cell.data_type == "n")
    texts = [str(cell.value) for cell in cells]
    assert {"2", "3", "Lê Văn Khác", "="} <= set(texts)
    assert any("Họ tên khác tờ khai" in text for text in texts)
    assert not any("Nguyễn Thử Mẫu" in text for text in texts)
    assert [seen.declaration_id for seen in trail(TrailEvent.BATCH_EXPORT)] == [None, one.id]


def test_a_cell_is_corrected_in_place_or_by_a_plain_form_and_the_loser_sees_the_row_as_it_is(
    desk: Desk, officer: Actor
):
    (one,) = declared(1)
    token = listed(officer, ("123", one.full_name, None, None))
    where = f"/batches/{token}/rows/2"
    page = desk.get(f"/batches/{token}").text
    assert f'action="{where}"' in page
    assert 'name="old" value="123"' in page
    answer = desk.post(where, headers=HTMX, field="bhxh_code", old="123", value=one.bhxh_code)
    assert (answer.status_code, 'id="row-2" hx-swap-oob="true"' in answer.text) == (200, True)
    assert "Duyệt 1 dòng khớp" in answer.text
    late = desk.post(where, headers=HTMX, field="bhxh_code", old="123", value="0999999999")
    assert (late.status_code, "đã sửa ô này" in late.text, one.bhxh_code in late.text) == (409, True, True)
    assert desk.post(where, field="bhxh_code", old="123", value="0999999999").status_code == 409
    plain = desk.post(where, field="phone", old="", value=one.phone, which="ok", after="0")
    assert plain.headers["Location"] == f"/batches/{token}?which=ok&after=0#row-2"
    assert desk.post(where, field="officer_id", old="", value="1").status_code == 422
    assert desk.post(where, field="phone", old=one.phone, value="x" * 201).status_code == 422
    beside = desk.post(where, headers=HTMX, field="phone", old=one.phone, value="", pane="1")
    assert beside.text.lstrip().startswith("<aside")


def test_what_the_letter_lacks_is_said_in_place_of_the_button(desk: Desk, officer: Actor):
    token = listed(officer, row(declared(1)[0]))
    with transaction() as session:
        session.query(Batch).filter_by(token=token).update({"signatory": None, "letter_date": None})
    page = desk.get(f"/batches/{token}").text
    assert "Trước khi duyệt 1 dòng khớp, xin ghi ngày công văn, người ký ở mục" in page
    assert ("Duyệt 1 dòng khớp" in page, "Duyệt các dòng đã chọn" in page) == (False, False)
    desk.post(f"/batches/{token}/letter", unit=batch_unit(token), **LETTER)
    page = desk.get(f"/batches/{token}").text
    assert ("Duyệt 1 dòng khớp" in page, "1 dòng đơn vị không ghi số điện thoại" in page) == (True, True)


def test_unit_and_letter_stay_once_somebody_was_approved_on_them(desk: Desk, officer: Actor):
    first, second = declared(2)
    token = listed(officer, row(first), row(second))
    review_actions.apply(officer, token, [2], None)
    while applying.apply_one():
        pass
    with transaction() as session:
        other = make_unit(session, email="ke.xau@example.vn").code
    answer = desk.post(f"/batches/{token}/letter", unit=other, **LETTER)
    assert (answer.status_code, "không đổi đơn vị" in answer.text) == (409, True)
    page = desk.get(f"/batches/{token}").text
    assert ('name="signatory"' in page, "Theo công văn 12/CV" in page) == (False, True)


def test_a_closed_unit_sends_no_list_but_one_that_came_before_is_finished(desk: Desk, officer: Actor):
    token = listed(officer, row(declared(1)[0]))
    code = batch_unit(token)
    with transaction() as session:
        session.query(Unit).filter_by(code=code).update({"closed_at": clock.now()})
    assert desk.post(f"/batches/{token}/letter", unit=code, **LETTER).status_code == 303
    with pytest.raises(InvalidInput) as refusal:
        send(officer, workbook(("1", "A")), unit=code)
    assert "ngừng nhận danh sách" in refusal.value.faults[0].message
    typo = desk.post(f"/batches/{token}/letter", unit="KHONGCO", **LETTER)
    assert (typo.status_code, "Không tìm thấy đơn vị" in typo.text, "Bà Mẫu" in typo.text) == (422, True, True)


def test_what_was_corrected_at_the_desk_is_seen_once_the_list_is_compared_again(desk: Desk, officer: Actor):
    (one,) = declared(1)
    token = listed(officer, row(one, "Lê Văn Khác"))
    with transaction() as session:
        session.get_one(Declaration, one.id).full_name = "Lê Văn Khác"
    assert "Đối chiếu lại" in desk.get(f"/batches/{token}").text
    assert desk.post(f"/batches/{token}/again").status_code == 303
    work_off()
    assert (batch_of(token).stage, states(token)) == (BatchStage.IN_REVIEW, {2: RowState.OK})


def batch_unit(token: str) -> str:
    unit = batch_of(token).unit
    assert unit is not None
    return unit.code


def test_letting_through_asks_for_the_letter_first_and_tells_what_is_done(desk: Desk, officer: Actor):
    first, second = declared(2)
    token = listed(officer, row(first), row(second))
    with transaction() as session:
        session.query(Batch).filter_by(token=token).update({"signatory": None})
    path = f"/batches/{token}"
    refused = desk.post(f"{path}/apply")
    assert (refused.status_code, "Xin ghi người ký công văn" in refused.text) == (422, True)
    with transaction() as session:
        session.query(Batch).filter_by(token=token).update({"signatory": "Bà Mẫu"})
    empty = desk.post(f"{path}/apply", chosen="1")
    assert (empty.status_code, "Chưa chọn dòng nào" in empty.text) == (422, True)
    assert desk.post(f"{path}/apply", expected="7").status_code == 409
    assert desk.post(f"{path}/apply", rows="3").headers["Location"] == path
    assert (batch_of(token).stage, states(token)) == (BatchStage.APPLYING, {2: RowState.OK, 3: RowState.TO_APPLY})
    assert "Đang duyệt" in desk.get(path).text


def test_a_list_of_another_office_is_none_for_whatever_is_done(officer: Actor):
    token = listed(officer, ("1", "A", None, None))
    with transaction() as session:
        other = make_actor(session, Role.SUPERVISOR, office=make_office(session, "02701"))
    for act in (
        lambda: review_actions.show_row(other, token, 2, ""),
        lambda: review_actions.correct(other, token, 2, "phone", "", "1"),
        lambda: review_actions.apply(other, token, None, None),
        lambda: review_actions.confirm(other, token),
        lambda: review_actions.close(other, token),
    ):
        with pytest.raises(NotFound):
            act()
