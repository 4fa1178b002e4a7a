"""The status page: where a declaration stands, to whoever has its receipt code and the end of the phone (point 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from backoffice.expiry import actions as expiry
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.intake import standing, status_door
from backoffice.kernel import clock, db, limits
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, TooManyRequests
from backoffice.models import Channel, Declaration, Purpose, Status, TrailEvent
from backoffice.notices import actions as notices
from backoffice.rules import lifecycle
from backoffice.rules.reasons import Reason
from tests.decision.test_races import together
from tests.factories import make_office
from tests.portal.filling import post, text_of
from tests.portal.sent import ask, events, sent

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = "192.0.2.7"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def page_of(client: FlaskClient, **values: object) -> str:
    assert ask(client, sent(**values)).status_code == 303
    page = client.get("/declare/status")
    assert page.status_code == 200
    return text_of(page)


def test_who_has_code_and_digits_learns_where_it_stands_and_no_name_is_shown(client: FlaskClient):
    declaration = sent()
    answer = ask(client, declaration)
    assert (answer.status_code, answer.location) == (303, "/declare/status")
    page = client.get("/declare/status")
    text = text_of(page)
    assert f"Chưa nộp hồ sơ. Xin đến cơ quan dưới đây chậm nhất {clock.local(declaration.expires_at):%d/%m/%Y}" in text
    assert "BHXH huyện Thử" in text
    assert "Bản đồ" in text
    assert 'href="/declare/status/form01"' in page.text
    assert declaration.form01_token not in page.text
    for secret in (declaration.full_name, declaration.phone, declaration.id_number, declaration.bhxh_code):
        assert secret not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert len(events(declaration, TrailEvent.STATUS_READ)) == 1


def test_a_wrong_code_and_wrong_digits_are_answered_alike_by_the_same_statements(client: FlaskClient):
    declaration = sent()
    told, asked = [], []
    for code, digits in ((declaration.receipt_code, "000"), ("7K4M92QX3A0", "567")):
        with statements() as seen, pytest.raises(InvalidInput) as refusal:
            standing.prove(code, digits, ADDRESS)
        told.append(refusal.value.faults)
        asked.append(seen)
    assert told[0] == told[1]
    assert asked[0] == asked[1]
    assert not events(declaration, TrailEvent.STATUS_READ)
    refused = ask(client, declaration, "000")
    assert refused.status_code == 422
    assert "không đúng" in refused.text


def test_what_is_no_code_or_no_three_digits_is_said_before_anything_is_counted(client: FlaskClient):
    declaration = sent()
    for code, digits, said in (
        ("", "567", "Chưa có mã hồ sơ"),
        ("x" * 5000, "567", "mã hồ sơ"),
        (declaration.receipt_code, "", "Xin nhập 3 chữ số cuối"),
        (declaration.receipt_code, "56", "Xin nhập 3 chữ số cuối"),
        (declaration.receipt_code, "5६x", "Xin nhập 3 chữ số cuối"),
        (declaration.receipt_code, "567\r\n<b>", "Xin nhập 3 chữ số cuối"),
    ):
        answer = post(client, "/declare/status", receipt_code=code, digits=digits)
        assert answer.status_code == 422
        assert said.lower() in text_of(answer).lower()
    for _ in range(3):
        assert post(client, "/declare/status", receipt_code="", digits="").status_code == 422
    assert ask(client, declaration).status_code == 303


def test_guessing_closes_the_door_of_the_code_for_longer_each_time_and_never_for_good():
    declaration, at = sent(), clock.now()
    end, tries, waits = at + timedelta(days=10), 0, []
    while at < end:
        with clock.at(at):
            try:
                standing.prove(declaration.receipt_code, f"{tries:03}", ADDRESS)
            except InvalidInput:
                tries += 1
            except TooManyRequests as closed:
                waits.append(timedelta(seconds=closed.retry_after or 0))
                at += waits[-1]
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=24)
    assert tries < 25  # of a thousand
    with clock.at(at + timedelta(hours=24)):
        assert standing.prove(declaration.receipt_code, "567", ADDRESS)


def test_a_closed_door_stays_closed_for_right_digits_and_for_codes_that_are_none_of_ours():
    for code in (sent().receipt_code, new_receipt_code()):
        for _ in range(status_door.FREE):
            with pytest.raises(InvalidInput):
                standing.prove(code, "000", ADDRESS)
        with pytest.raises(TooManyRequests) as closed:
            standing.prove(code, "567", ADDRESS)
        assert "5 phút" in closed.value.message


def test_an_owner_let_in_halves_the_misses_so_that_a_guesser_gains_nothing():
    declaration = sent()
    for _ in range(status_door.FREE - 1):
        with pytest.raises(InvalidInput):
            standing.prove(declaration.receipt_code, "000", ADDRESS)
    standing.prove(declaration.receipt_code, "567", ADDRESS)
    for _ in range(3):
        with pytest.raises(InvalidInput):
            standing.prove(declaration.receipt_code, "000", ADDRESS)
    with pytest.raises(TooManyRequests):
        standing.prove(declaration.receipt_code, "567", ADDRESS)


def test_whoever_asks_many_times_at_once_is_let_in_each_time():
    declaration = sent()
    for _ in range(5):
        proofs = together(*[lambda: standing.prove(declaration.receipt_code, "567", ADDRESS)] * 3)
        assert all(isinstance(proof, str) for proof in proofs)


def test_one_address_asks_only_so_often_and_another_goes_on(client: FlaskClient):
    for _ in range(status_door.FROM_ADDRESS.most):
        limits.count(status_door.FROM_ADDRESS, "127.0.0.1")
    answer = ask(client, sent())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert standing.prove(sent(phone="0981234999").receipt_code, "999", ADDRESS)


def test_the_page_closes_after_a_quarter_of_an_hour_and_on_leaving(client: FlaskClient):
    ask(client, sent())
    with clock.at(clock.now() + standing.SHOWN_FOR + timedelta(seconds=1)):
        closed = client.get("/declare/status")
    assert closed.status_code == 401
    assert "Đã quá 15 phút" in closed.text
    ask(client, sent(phone="0981234567"))
    post(client, "/declare/status/leave")
    assert "Mã hồ sơ" in client.get("/declare/status").text
    assert client.get_cookie("declared") is None


@pytest.mark.parametrize("value", ["", "x", "\u00e9", "A" * 4000, "QUFB" * 20])
def test_a_proof_that_is_none_opens_nothing(client: FlaskClient, value: str):
    client.set_cookie("declared", value)
    assert client.get("/declare/status").status_code in (200, 401)
    assert post(client, "/declare/status/withdraw").status_code == 401


def test_k7_what_is_to_be_brought_is_said_with_the_day(client: FlaskClient):
    until = clock.now() + timedelta(days=9)
    noted = {"presented_at": clock.now(), "supplement_at": clock.now(), "supplement_note": "Mẫu số 01 chưa ký"}
    text = page_of(client, **noted, expires_at=until)
    assert "Chờ bổ sung" in text
    assert "Mẫu số 01 chưa ký" in text
    assert f"{clock.local(until):%d/%m/%Y}" in text
    assert "Rút tờ khai" not in text


def test_a_decision_is_told_with_all_its_reasons_and_the_note(client: FlaskClient):
    text = page_of(
        client,
        status=Status.REJECTED,
        reasons=[Reason.NAME_DIFFERS, "photo_unusable:id_front", Reason.OTHER],
        rejected_note="Xin mang thêm hộ chiếu",
    )
    for said in ("Không chấp nhận", "Họ tên khác giấy tờ", "Ảnh mặt trước mờ", "Xin mang thêm hộ chiếu"):
        assert said in text
    assert "Sửa và khai lại" in text


def test_d6_where_the_phone_may_be_a_strangers_the_note_is_not_told_and_nothing_is_opened(client: FlaskClient):
    text = page_of(
        client, status=Status.REJECTED, reasons=[Reason.PHONE_NOT_OWN], rejected_note="Số này của bà Trần Thị Mẫu"
    )
    assert "Số điện thoại không phải của người khai" in text
    assert "Trần" not in text
    assert "Sửa và khai lại" not in text
    assert "bỏ qua tin nhắn" in text
    assert client.get("/declare/status/again").location == "/declare/status"


def test_an_account_issued_says_what_comes_next(client: FlaskClient):
    text = page_of(client, status=Status.APPROVED)
    assert "Tài khoản đã được cấp" in text
    assert "đổi mật khẩu trong 7 ngày" in text
    assert "Đăng nhập" in text
    assert "không dùng" not in text
    assert "đã được điều chỉnh" in page_of(client, status=Status.APPROVED, purpose=Purpose.ADJUST)


def test_k4_of_an_expired_declaration_its_dates_are_told_by_the_code_alone(client: FlaskClient):
    declaration = sent(declared_at=clock.now() - timedelta(days=12))
    assert "sẽ bị xóa" in page_of_again(client, declaration)
    expiry.sweep()
    text = page_of_again(client, declaration)
    assert f"đã xóa ngày {clock.today():%d/%m/%Y}" in text
    assert "Khai lại" in text


def page_of_again(client: FlaskClient, declaration: Declaration) -> str:
    assert ask(client, declaration).status_code == 303
    return text_of(client.get("/declare/status"))


def test_k8_a_declaration_that_was_moved_says_so_with_the_new_office(client: FlaskClient):
    declaration = sent()
    with transaction() as session:
        other = make_office(session, "00115", name="BHXH quận Khác")
        held = lifecycle.lock(session, declaration.id)
        lifecycle.change(session, held, office_id=other.id)
        notices.moved(session, held)
    text = page_of_again(client, declaration)
    assert "Hồ sơ đã chuyển đến cơ quan BHXH quận Khác" in text


def test_a_declaration_of_any_channel_is_found(client: FlaskClient):
    text = page_of(client, channel=Channel.LIST, send_form01_by_email=False)
    assert "Đã khai, chưa nộp" in text


def test_nothing_of_it_is_in_an_address_or_a_cookie(client: FlaskClient):
    declaration = sent()
    answer = ask(client, declaration)
    cookie = client.get_cookie("declared")
    assert cookie is not None
    assert declaration.receipt_code not in cookie.value
    assert answer.location == "/declare/status"
    assert "no-store" in client.get("/declare/status").headers["Cache-Control"]
