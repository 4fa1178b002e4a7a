"""The result of a list (D12): the unit's own workbook with what became of each row, taken away or sent to the unit."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from backoffice.batches import result_actions
from backoffice.batches.faults import KINDS
from backoffice.batches.queries import SEALED_AS
from backoffice.batches.result_words import UNIT_WORDS, result, why
from backoffice.decision import actions as decisions
from backoffice.kernel import clock, sealing
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import (
    ActorKind,
    Batch,
    BatchEdit,
    BatchFile,
    BatchKind,
    BatchStage,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    RowState,
    TrailEvent,
    Unit,
)
from backoffice.notices import batch_results
from backoffice.notices import jobs as notices
from backoffice.notices.batch_results import Told
from backoffice.rules.actors import Actor
from tests.batches.files import apply_off, asked, batch_of, reviewed, rows_of, saved, send, work_off, workbook
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = "truong@example.vn"


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    with transaction() as session:
        make_officer(session, "nguoi")
    return Desk(client, "nguoi")


def declared(count: int, **values: Any) -> list[Declaration]:
    with transaction() as session:
        return [make_declaration(session, **values) for _ in range(count)]


def with_address(token: str, address: str | None = ADDRESS) -> None:
    with transaction() as session:
        session.scalars(select(Batch).where(Batch.token == token)).one().unit.email = address


def sheet_of(data: bytes, title: str = "Danh sách") -> list[list[Any]]:
    book = load_workbook(BytesIO(data))
    assert {cell.data_type for page in book for row in page.iter_rows() for cell in row if cell.value is not None} == {
        "s"
    }
    return [[cell.value for cell in row] for row in book[title].iter_rows()]


def letters() -> list[Notice]:
    with transaction() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == NoticeKind.BATCH_RESULT).order_by(Notice.id)))


def test_the_unit_gets_its_own_workbook_back_as_texts_with_result_reason_and_date(officer: Actor):
    fine, rejected, named, left = declared(4)
    book = Workbook()
    page = book.active
    page.title = "Danh sách"
    page["A1"] = "TRƯỜNG THPT MẪU"
    page.append(["STT", "Mã số BHXH", "Họ và tên", "Tổ", "Mức"])
    for number, one in enumerate((fine, rejected, named, left), 1):
        name = "Nguyễn Khác Hẳn" if one is named else one.full_name
        page.append([number, one.bhxh_code, name, "=1+2", 12.5])
    page.append(["Tổng", None, None, None, "=SUM(E3:E6)"])
    book.create_sheet("Hai")["B2"] = '=HYPERLINK("http://xau.example.vn")'
    hidden = book.create_sheet("Kín")
    hidden["A1"], hidden.sheet_state = "mật", "hidden"
    token = reviewed(officer, saved(book))
    asked(officer, token, [3, 4])
    with transaction() as session:
        colleague = make_actor(session, full_name="Lan Mẫu")
        number = batch_of_id(session, token)
        session.add(
            BatchEdit(batch_id=number, number=6, field="phone", old_value="98", new_value="0980000001",
                      officer_id=officer.id or 0, at=clock.now())
        )  # fmt: skip
    decisions.claim(rejected.receipt_code, colleague)
    decisions.reject(rejected.receipt_code, colleague, ["name_differs"], "")
    apply_off()
    made = result_actions.download(officer, token)
    rows = sheet_of(made.data)
    today = f"{clock.local(clock.now()):%d/%m/%Y}"
    assert made.name == f"ket-qua-danh-sach-{batch_of(token).id}.xlsx"
    assert rows[0] == ["TRƯỜNG THPT MẪU"] + [None] * 7
    assert rows[1] == ["STT", "Mã số BHXH", "Họ và tên", "Tổ", "Mức", "Kết quả", "Lý do", "Ngày"]
    assert rows[2] == ["1", fine.bhxh_code, fine.full_name, "=1+2", "12.5", "Đã duyệt", None, today]
    assert rows[3][5:] == [
        "Đã giải quyết riêng",
        "Hồ sơ của người này đã được giải quyết riêng tại cơ quan BHXH.",
        None,
    ]
    assert rows[4][5:] == ["Chưa duyệt", UNIT_WORDS["name_differs"], None]
    assert rows[5][5:] == ["Chưa duyệt", "Cơ quan BHXH đã sửa Số điện thoại: đơn vị ghi “98”.", None]
    assert rows[6] == ["Tổng", None, None, None, "=SUM(E3:E6)", None, None, None]
    assert sheet_of(made.data, "Hai")[1][1] == '=HYPERLINK("http://xau.example.vn")'
    assert load_workbook(BytesIO(made.data)).sheetnames == ["Danh sách", "Hai"]
    assert b"Lan M" not in made.data


def batch_of_id(session: Any, token: str) -> int:
    return session.scalars(select(Batch.id).where(Batch.token == token)).one()


def test_no_word_for_the_unit_speaks_of_what_somebody_declared():
    """Sentences for officers quote the declaration; without it they say that it is gone."""
    names = (
        "digits",
        "count",
        "meant",
        "why",
        "declared_on",
        "expired",
        "opened",
        "office",
        "rows",
        "encoding",
        "what",
    )
    for code in KINDS:
        found = {"code": code, "field": "phone", "blocks": True} | dict.fromkeys(names, "xyz")
        words = why(RowState.FAULT, BatchKind.DECLARED, [found], None, arrived=True)
        quoted = any(before + " đã xóa" in words for before in ("sinh", "số")) or "(đã xóa)" in words
        assert (code, len(words) > 1, quoted) == (code, True, False)
    assert why(RowState.FAULT, BatchKind.DECLARED, [{"code": "hidden_row", "blocks": False}], None, arrived=True) == ""


def test_the_letter_on_declarations_made_promises_nobody_an_account():
    told = Told(7, "Trường THPT Mẫu", "lop.xlsx", "số 1", rows=3, applied=2, refused=1, left=0, declares=True)
    with transaction() as session:
        letter = batch_results.result_mail(told, make_office(session))
    assert letter.subject == "Kết quả lập tờ khai từ danh sách số 7"
    for words in (letter.text, letter.html):
        assert ("Đã lập tờ khai: " in words, "ký mẫu số 01" in words, "tên đăng nhập" in words) == (True, True, False)
    assert result(RowState.OK, BatchKind.TO_DECLARE) == "Chưa lập tờ khai"
    assert "duyệt" not in why(RowState.REFUSED, BatchKind.TO_DECLARE, [], None, arrived=True)


def test_the_result_goes_to_the_unit_by_itself_once_all_is_decided_and_with_its_file(officer: Actor, started: Any):
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(3))))
    with_address(token)
    asked(officer, token, [2])
    apply_off()
    assert not result_actions.send_wanted()
    asked(officer, token)
    apply_off()
    assert result_actions.send_wanted()
    assert not result_actions.send_wanted()
    (letter,) = letters()
    assert (letter.recipient, letter.channel, letter.declaration_id) == (ADDRESS, NoticeChannel.EMAIL, None)
    assert "Đã duyệt: 3" in letter.body
    assert "Chưa duyệt" not in letter.body
    notices.drain_default()
    (mail,) = (started.sandbox / "mail").glob("*.eml")
    text = mail.read_text("utf-8")
    assert f"ket-qua-danh-sach-{batch_of(token).id}.xlsx" in text
    assert "spreadsheetml" in text


def test_an_officer_has_the_result_sent_and_sees_what_became_of_the_letter(desk: Desk):
    with transaction() as session:
        officer = make_actor(session)
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(2))))
    asked(officer, token, [2])
    apply_off()
    where = f"/batches/{token}"
    assert "Đơn vị chưa có e-mail" in desk.get(where).text
    assert desk.post(f"{where}/send-result").status_code == 409
    with_address(token)
    assert "Gửi cho đơn vị" in desk.get(where).text
    assert desk.post(f"{where}/send-result").status_code == 303
    assert "Đang gửi cho đơn vị" in desk.get(where).text
    result_actions.send_wanted()
    with transaction() as session:
        session.scalars(select(Notice).where(Notice.kind == NoticeKind.BATCH_RESULT)).one().failure = "Hộp thư đầy."
    page = desk.get(where).text
    assert ADDRESS in page
    assert "Hộp thư đầy." in page
    answer = desk.get(f"{where}/result.xlsx")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert Counter(row.declaration_id is not None for row in trail(TrailEvent.BATCH_EXPORT)) == {False: 3, True: 4}


def test_whose_message_did_not_arrive_stands_in_the_result_and_on_the_unit_page(desk: Desk):
    with transaction() as session:
        officer = make_actor(session)
    lost, fine = declared(2, full_name="Trần Thử Lạc")
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in (lost, fine))))
    asked(officer, token)
    apply_off()
    with transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.declaration_id == lost.id)).one()
        notice.status, notice.failure, notice.finished_at = NoticeStatus.FAILED, "Thuê bao không có.", clock.now()
        unit = session.scalars(select(Unit)).one().code
    rows = sheet_of(result_actions.download(officer, token).data)
    assert [row[5] for row in rows[1:]] == [
        "Tin nhắn chưa đến máy. Xin báo người này liên hệ cơ quan BHXH, mang theo giấy tờ tùy thân.",
        None,
    ]
    page = desk.get(f"/units/{unit}").text
    assert f'/desk/{lost.receipt_code}"' in page
    assert f'/desk/{fine.receipt_code}"' not in page
    assert "Thuê bao không có." in page
    assert [row.declaration_id for row in trail(TrailEvent.BATCH_SEE)] == [lost.id]
    assert "Có 1 người chưa nhận được tin nhắn" in desk.get(f"/batches/{token}").text


def test_a_result_that_was_wanted_is_sent_once_whoever_was_making_it(officer: Actor, monkeypatch: pytest.MonkeyPatch):
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(1))))
    with_address(token)
    asked(officer, token)
    apply_off()
    made = result_actions._made

    def slow(asked: Any) -> bytes | None:
        monkeypatch.setattr(result_actions, "_made", made)
        assert result_actions.send_wanted()  # another worker, quicker
        return made(asked)

    monkeypatch.setattr(result_actions, "_made", slow)
    assert result_actions.send_wanted()
    assert len(letters()) == 1
    told = [(seen.actor_kind, seen.facts.get("what")) for seen in trail(TrailEvent.BATCH_EXPORT)]
    assert told == [(ActorKind.SYSTEM, "mailed"), (ActorKind.SYSTEM, None)]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("file", "Tệp gốc của danh sách không còn"),
        ("address", "Đơn vị chưa có địa chỉ e-mail"),
        ("unreadable", "Không lập được tệp kết quả"),
    ],
)
def test_why_a_result_could_not_be_sent_stands_on_the_page_of_the_list(desk: Desk, what: str, said: str):
    with transaction() as session:
        officer = make_actor(session)
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(1))))
    with_address(token)
    asked(officer, token)
    apply_off()
    with transaction() as session:
        if what == "file":
            session.query(BatchFile).delete()
        elif what == "address":
            session.scalars(select(Unit)).one().email = None
        else:
            session.query(BatchFile).one().sealed = sealing.seal(SEALED_AS, token, b"PK no workbook any more")
    assert result_actions.send_wanted()
    assert not result_actions.send_wanted(), "it is not tried on and on"
    assert said in desk.get(f"/batches/{token}").text
    assert letters() == []


def test_there_is_no_result_before_rows_are_compared_none_without_the_file_and_none_for_strangers(officer: Actor):
    token = send(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(1))))
    with pytest.raises(Conflict, match="chưa có kết quả"):
        result_actions.download(officer, token)
    work_off()
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00299"))
        session.delete(session.get_one(BatchFile, batch_of_id(session, token)))
    with pytest.raises(NotFound):
        result_actions.download(stranger, token)
    with pytest.raises(Conflict, match="Tệp gốc của danh sách không còn"):
        result_actions.download(officer, token)
    with transaction() as session:
        session.add(BatchFile(batch_id=batch_of_id(session, token), sealed=b"by another key"))
    with pytest.raises(Conflict, match="Tệp gốc của danh sách không còn"):
        result_actions.download(officer, token)


def test_an_apply_is_stopped_from_its_page(desk: Desk):
    with transaction() as session:
        officer = make_actor(session)
    token = reviewed(officer, workbook(*((one.bhxh_code, one.full_name, "", "") for one in declared(2))))
    asked(officer, token)
    assert "Dừng duyệt" in desk.get(f"/batches/{token}").text
    for _ in range(2):
        assert desk.post(f"/batches/{token}/stop").status_code == 303
        assert batch_of(token).stage is BatchStage.IN_REVIEW
    assert {row.state for row in rows_of(token).values()} == {RowState.OK}
    assert "Dừng duyệt" not in desk.get(f"/batches/{token}").text
