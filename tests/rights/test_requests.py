"""A request from the counter to its answer: deadline, scope, what is written down, what is forgotten afterwards."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from backoffice.desk.actions import open_review
from backoffice.dossier.photos import remove_files
from backoffice.expiry.jobs import sweep
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    Declaration,
    Identified,
    Office,
    Officer,
    PersonRequest,
    Photo,
    PhotoKind,
    Role,
    Tombstone,
    TrailEvent,
    TrailRow,
)
from backoffice.rights.actions import register
from backoffice.rights.finding import NOTHING
from backoffice.rules.actors import officer_actor
from backoffice.rules.deadlines import working_days_after
from tests.desk.browser import Desk, trail
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer

CODE, NUMBER, NAME = "0123456789", "001085000077", "Trần Thị Mẫu"
_TOKEN = re.compile(r'(name="csrf[-_]token" (?:content|value)=)"[^"]*"')
CARD = f"{NUMBER}|012345678|{NAME}|02011985|Nữ|Số 3 phố Mẫu|06052021"


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        office = make_office(session, "00114")
        return make_account(session, office=office, bhxh_code=CODE, id_number=NUMBER, full_name=NAME)


@pytest.fixture
def desk(client: FlaskClient, account: Account) -> Desk:
    return Desk(client, "giamsat")


def typed(**values: str) -> dict[str, str]:
    known = {
        "number": "15/YC-2026",
        "received_on": clock.today().isoformat(),
        "q": CODE,
        "asker": "self",
        "paper": NUMBER,
    }
    return known | values


def entered(desk: Desk, **values: str) -> str:
    answer = desk.post("/rights", **typed(**values))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def one_request() -> PersonRequest:
    with transaction() as session:
        return session.query(PersonRequest).one()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 30), date(2026, 12, 2)),  # Monday
        (date(2026, 12, 3), date(2026, 12, 7)),  # Thursday, over a weekend
        (date(2026, 12, 5), date(2026, 12, 8)),  # Saturday
        (date(2026, 12, 30), date(2027, 1, 4)),  # New Year
        (date(2026, 2, 13), date(2026, 2, 24)),  # the Friday before Tết
    ],
)
def test_two_working_days_are_counted_from_the_day_after(received: date, due: date):
    assert working_days_after(received, 2) == due


def test_a_request_goes_from_the_counter_to_its_answer(desk: Desk):
    where = entered(desk)
    request = one_request()
    assert (request.number, request.identified, request.due_on) == (
        "15/YC-2026",
        Identified.SEEN,
        working_days_after(clock.today(), 2),
    )
    assert NAME in desk.get(where).text
    pdf = desk.post(f"{where}/pdf")
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    assert NAME in " ".join(PdfReader(BytesIO(pdf.data)).pages[0].extract_text().split())
    data = json.loads(desk.post(f"{where}/json").data.decode("utf-8"))
    assert data["data"]["accounts"][0]["bhxh_code"] == CODE
    assert desk.post(f"{where}/answered").status_code == 303
    assert "Đã trả lời" in desk.get("/rights").text


def test_files_are_attachments_that_no_browser_keeps(desk: Desk):
    where = entered(desk)
    for form in ("pdf", "json"):
        answer = desk.post(f"{where}/{form}")
        assert (
            answer.headers["Content-Disposition"] == f'attachment; filename="du-lieu-ca-nhan-{one_request().id}.{form}"'
        )
        assert "no-store" in answer.headers["Cache-Control"]


def test_each_step_is_written_down_under_the_persons_hash(desk: Desk):
    where = entered(desk)
    desk.get(where)
    desk.post(f"{where}/pdf")
    desk.post(f"{where}/json")
    desk.post(f"{where}/answered")
    with transaction() as session:
        rows = session.query(TrailRow).filter(TrailRow.event.like("rights_%")).order_by(TrailRow.id).all()
    events = [row.event for row in rows if row.event is not TrailEvent.RIGHTS_LOOK]
    assert events == [
        TrailEvent.RIGHTS_REQUEST,
        TrailEvent.RIGHTS_EXPORT,
        TrailEvent.RIGHTS_EXPORT,
        TrailEvent.RIGHTS_ANSWERED,
    ]
    assert [row.facts["format"] for row in rows if row.event is TrailEvent.RIGHTS_EXPORT] == ["pdf", "json"]
    assert {row.subject_hash for row in rows} == {lookup_hash("bhxh_code", CODE)}
    assert trail(TrailEvent.RIGHTS_LOOK)
    assert not [row for row in rows if NAME in str(row.facts) or CODE in str(row.facts) or NUMBER in str(row.facts)]


def test_the_next_answer_tells_of_the_one_before(desk: Desk):
    first = entered(desk)
    desk.post(f"{first}/pdf")
    desk.post(f"{first}/answered")
    second = entered(desk, number="16/YC-2026")
    data = json.loads(desk.post(f"{second}/json").data)["data"]
    assert [one["number"] for one in data["requests"]] == ["15/YC-2026", "16/YC-2026"]
    assert "Lập bản dữ liệu cá nhân theo yêu cầu của công dân: bản PDF" in [one["what"] for one in data["looks"]]


def test_after_the_answer_nothing_of_the_person_is_left(desk: Desk):
    where = entered(desk)
    desk.post(f"{where}/json")
    desk.post(f"{where}/answered")
    request = one_request()
    assert request.sealed is None
    assert NAME not in desk.get(where).text
    for step in ("pdf", "json", "answered", "withdraw"):
        assert desk.post(f"{where}/{step}", why="mistake").status_code == 409


def test_the_row_holds_nobodys_number_in_clear(desk: Desk):
    entered(desk)
    with transaction() as session:
        row = session.connection().exec_driver_sql("SELECT t::text FROM person_requests t").scalar_one()
    for one in (CODE, NUMBER, NAME, *(value.encode().hex() for value in (CODE, NUMBER, NAME))):
        assert one not in row


def test_it_is_not_answered_before_anything_was_made(desk: Desk):
    where = entered(desk)
    answer = desk.post(f"{where}/answered")
    assert answer.status_code == 409
    assert "Chưa lập bản nào" in answer.text
    assert one_request().answered_at is None


def test_a_request_is_closed_without_an_answer_for_a_reason(desk: Desk):
    where = entered(desk)
    assert desk.post(f"{where}/withdraw", why="whatever").status_code == 422
    assert desk.post(f"{where}/withdraw", why="taken_back").status_code == 303
    request = one_request()
    assert request.sealed is None
    assert "Công dân rút yêu cầu" in desk.get("/rights").text


def test_the_same_form_twice_is_one_request(desk: Desk):
    assert entered(desk) == entered(desk)
    one_request()


def test_a_number_given_to_another_person_that_day_is_refused(desk: Desk):
    entered(desk)
    with transaction() as session:
        other = make_account(session, office=make_office(session, "00114"))
    answer = desk.post("/rights", **typed(q=other.bhxh_code, paper=other.id_number))
    assert answer.status_code == 422
    assert "yêu cầu của một người khác" in answer.text
    one_request()


def test_a_scanned_card_is_known_as_scanned(desk: Desk):
    entered(desk, paper=CARD)
    assert one_request().identified is Identified.SCANNED


def test_what_is_overdue_comes_first_and_says_so(desk: Desk):
    long_ago = (clock.today() - timedelta(days=14)).isoformat()
    entered(desk, number="2/YC")
    entered(desk, number="1/YC", received_on=long_ago)
    page = desk.get("/rights").text
    assert page.index("1/YC") < page.index("2/YC")
    assert "Quá hạn trả lời" in page


def test_a_receipt_code_finds_the_person_too(desk: Desk):
    with transaction() as session:
        office = make_office(session, "00114")
        declaration = make_declaration(session, office=office, bhxh_code=CODE, id_number=NUMBER)
    entered(desk, q=declaration.receipt_code)
    assert one_request().subject_hash == lookup_hash("bhxh_code", CODE)


def test_photos_are_on_the_paper_and_named_in_the_data(desk: Desk):
    with transaction() as session:
        declaration = make_declaration(session, office=make_office(session, "00114"), bhxh_code=CODE, id_number=NUMBER)
    add_photos(declaration, PhotoKind.PORTRAIT, PhotoKind.ID_FRONT)
    where = entered(desk)
    pages = PdfReader(BytesIO(desk.post(f"{where}/pdf").data)).pages
    assert sum(len(page.images) for page in pages) == 2
    kept = json.loads(desk.post(f"{where}/json").data)["data"]["declarations"][0]["photos"]
    assert [one["is_kept"] for one in kept] == [True, True]


def test_who_looked_is_told_by_role_and_office(desk: Desk):
    with transaction() as session:
        office = make_office(session, "00114")
        declaration = make_declaration(session, office=office, bhxh_code=CODE, id_number=NUMBER)
        looker = make_actor(session, office=office, full_name="Phạm Người Xem")
    open_review(declaration.receipt_code, looker)
    data = json.loads(desk.post(f"{entered(desk)}/json").data)["data"]
    looks = [one for one in data["looks"] if one["what"] == "Mở xem hồ sơ"]
    assert [(one["who"], one["office"][:5]) for one in looks] == [("Cán bộ tiếp nhận hồ sơ", "00114")]
    assert "Phạm Người Xem" not in json.dumps(data, ensure_ascii=False)


def test_what_expired_is_told_by_its_days(desk: Desk):
    long_ago = clock.now() - timedelta(days=60)
    with transaction() as session:
        office = make_office(session, "00114")
        gone = {"bhxh_code": "0188888888", "id_number": "001085000088", "full_name": "Người Đã Xóa"}
        make_declaration(session, office=office, declared_at=long_ago, **gone)
    sweep()
    with transaction() as session:
        assert session.query(Tombstone).count() == 1
        assert session.query(Declaration).count() == 0
    where = entered(desk, q="0188888888", paper="001085000088")
    data = json.loads(desk.post(f"{where}/json").data)["data"]
    assert [(one["declared_at"][:10], one["office"][:5]) for one in data["deleted"]] == [
        (long_ago.astimezone(UTC).date().isoformat(), "00114")
    ]
    assert desk.post("/rights", **typed(number="9", q="0188888888", paper="001085000099")).status_code == 422
    assert desk.post(f"{where}/pdf").status_code == 200


def test_who_is_out_of_scope_is_answered_like_nobody(app: Flask, desk: Desk):
    with transaction() as session:
        abroad = make_account(session, office=make_office(session, "07901"))
    bodies = []
    for code in (abroad.bhxh_code, "0244444444"):
        answer = desk.post("/rights", **typed(q=code, paper=abroad.id_number))
        assert answer.status_code == 404
        bodies.append(_TOKEN.sub("", answer.text.replace(code, "…")))
    assert bodies[0] == bodies[1]
    assert NOTHING in bodies[0]


def test_everything_is_told_once_anything_is_in_scope(desk: Desk):
    """The law gives a person all of it: what another office keeps too."""
    with transaction() as session:
        make_declaration(session, office=make_office(session, "07901"), bhxh_code=CODE, id_number=NUMBER)
    data = json.loads(desk.post(f"{entered(desk)}/json").data)["data"]
    assert [one["office"][:5] for one in data["declarations"]] == ["07901"]


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.AUDITOR, Role.ADMINISTRATOR, Role.HOTLINE])
def test_nobody_else_answers(app: Flask, account: Account, role: Role):
    with transaction() as session:
        make_officer(session, "nguoikhac", role=role, office=make_office(session, "001"))
    browser = Desk(app.test_client(), "nguoikhac")
    assert browser.get("/rights").status_code == 403
    assert browser.post("/rights", **typed()).status_code == 403


def test_what_a_merged_office_received_is_its_successors_to_answer(app: Flask, desk: Desk):
    with transaction() as session:
        office = make_office(session, "07902")
        make_officer(session, "lanhdaocu", role=Role.SUPERVISOR, office=office)
        make_account(session, office=office, bhxh_code="0133333333", id_number="001085000033")
    where = entered(Desk(app.test_client(), "lanhdaocu"), q="0133333333", paper="001085000033")
    assert desk.get(where).status_code == 404
    with transaction() as session:
        merged = session.query(Office).filter_by(code="07902").one()
        merged.successor_id, merged.closed_at = session.query(Office).filter_by(code="001").one().id, clock.now()
    assert desk.get(where).status_code == 200
    assert "15/YC-2026" in desk.get("/rights").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("number", "x" * 10_000),
        ("number", "<script>"),
        ("number", "\0"),
        ("received_on", "hôm qua"),
        ("received_on", "2999-01-01"),
        ("received_on", "0001-01-01"),
        ("asker", "me"),
        ("q", ""),
        ("q", "Nguyễn Văn A"),
        ("q", "0981234567" * 1000),
        ("paper", ""),
        ("paper", "9" * 10_000),
        ("paper", "Nguyễn"),
        ("paper", "001\0085000077"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(desk: Desk, field: str, value: str):
    answer = desk.post("/rights", **typed(**{field: value}))
    assert answer.status_code in (303, 422)
    if answer.status_code == 422:
        assert f'id="f-{field}-fault"' in answer.text
        with transaction() as session:
            assert session.query(PersonRequest).count() == 0


def test_every_fault_is_told_at_once(desk: Desk):
    answer = desk.post("/rights", number="", received_on="", q="", asker="", paper="")
    assert [
        name for name in ("number", "received_on", "q", "asker", "paper") if f'id="f-{name}-fault"' not in answer.text
    ] == []


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "1e3", "abc", "1\u200b"])
def test_an_address_of_no_request_is_not_found(desk: Desk, number: str):
    assert desk.get(f"/rights/{number}").status_code == 404
    assert desk.post(f"/rights/{number}/pdf").status_code == 404


def test_two_who_enter_the_same_request_at_once_have_one(account: Account):
    with transaction() as session:
        supervisor = session.query(Officer).filter_by(username="giamsat").one()
        actor = officer_actor(supervisor)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: register(actor, typed()), range(4)))
    assert set(found) == {one_request().id}


def test_the_list_names_nobody(desk: Desk):
    entered(desk)
    page = desk.get("/rights").text
    assert "15/YC-2026" in page
    assert not [one for one in (NAME, CODE, CODE[-4:], NUMBER) if one in _TOKEN.sub("", page)]


def test_a_photo_whose_file_is_gone_leaves_a_frame(desk: Desk):
    with transaction() as session:
        office = make_office(session, "00114")
        declaration = make_declaration(session, office=office, bhxh_code=CODE, id_number=NUMBER)
    add_photos(declaration, PhotoKind.PORTRAIT)
    with transaction() as session:
        remove_files([one.id for one in session.query(Photo)])
    pdf = desk.post(f"{entered(desk)}/pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.data)).pages)
    assert "Không đọc được ảnh" in text
