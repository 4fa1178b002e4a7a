"""Who looked at this person: asked by code or from a file, within the asker's scope; the auditor about anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from backoffice.decision import actions as decide
from backoffice.decision.correct import correct
from backoffice.desk.actions import open_review, search
from backoffice.desk.day_list import day_list
from backoffice.desk.opening import give_reason
from backoffice.expiry.jobs import sweep
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Declaration, Role, TrailEvent
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.journal import record
from backoffice.trail import queries
from backoffice.trail.person import NOTHING
from tests.desk.browser import Desk, trail
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer
from tests.trail.readers import found, text_of, token_of


@pytest.fixture
def declaration(database: None) -> Declaration:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_officer(session, "kiemtra", role=Role.AUDITOR, office=make_office(session, "000"))
        return make_declaration(session, office=make_office(session, "00114"))


@pytest.fixture
def looker(declaration: Declaration) -> Actor:
    """A reception officer who opened the file twice."""
    with transaction() as session:
        officer = make_actor(session, full_name="Phạm Người Xem")
    for _ in range(2):
        open_review(declaration.receipt_code, officer)
    return officer


@pytest.fixture
def supervisor(client: FlaskClient, looker: Actor) -> Desk:
    return Desk(client, "giamsat")


@pytest.fixture
def auditor(app: Flask, looker: Actor) -> Desk:
    return Desk(app.test_client(), "kiemtra")


def foreign() -> Declaration:
    with transaction() as session:
        office = make_office(session, "00214")
        made = make_declaration(session, office=office, full_name="Người Nơi Khác")
        colleague = make_actor(session, office=office, full_name="Cán Bộ Nơi Khác")
    open_review(made.receipt_code, colleague)
    return made


def _another() -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Lê Người Khác")


SPELLINGS: list[Callable[[Declaration], str]] = [
    lambda one: one.bhxh_code,
    lambda one: f" {one.bhxh_code[:3]} {one.bhxh_code[3:6]} {one.bhxh_code[6:]}",
    lambda one: f"GD479{one.bhxh_code}",
    lambda one: one.id_number,
    lambda one: one.receipt_code,
    lambda one: format_receipt_code(one.receipt_code).lower(),
]


@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_person_is_found_by_code_card_id_number_or_receipt_code(
    supervisor: Desk, declaration: Declaration, spell: Callable[[Declaration], str]
):
    said = text_of(found(supervisor, "/trail/person", q=spell(declaration)))
    assert "Phạm Người Xem" in said
    assert "Mở xem hồ sơ" in said


def test_a_receipt_code_of_letters_alone_is_one_and_no_name(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).receipt_code = "VBQFFRTVSZW"
    assert "Phạm Người Xem" in text_of(found(supervisor, "/trail/person", q="vbqf-frtv-szw"))


def test_the_page_groups_by_officer_with_counts_and_names_the_office(supervisor: Desk, declaration: Declaration):
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    people = page.text.partition('id="people_title"')[2].partition("</table>")[0]
    assert "Phạm Người Xem" in people
    assert 'data-label="Lần xem">2<' in people
    assert "00114 BHXH Mẫu 00114" in people


def test_of_too_many_acts_the_latest_are_counted_and_the_page_says_so(
    supervisor: Desk, declaration: Declaration, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "WINDOW", 2)
    open_review(declaration.receipt_code, _another())
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    people = page.text.partition('id="people_title"')[2].partition("</table>")[0]
    assert "Chỉ đếm 2 việc mới nhất" in people
    assert "Phạm Người Xem" not in people
    assert "Phạm Người Xem" in page.text


def test_nothing_of_the_citizen_is_on_the_page_or_in_its_address(supervisor: Desk, declaration: Declaration):
    answer = supervisor.post("/trail/person", q=declaration.bhxh_code)
    page = supervisor.get(answer.location)
    for personal in (declaration.bhxh_code, declaration.full_name, declaration.id_number, declaration.phone):
        assert personal not in answer.location
        assert personal not in page.text
    assert lookup_hash("bhxh_code", declaration.bhxh_code).hex() not in answer.location + page.text


def test_acts_of_other_offices_officers_are_shown_of_a_person_in_scope(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        other = make_actor(session, office=make_office(session, "00214"), full_name="Cán Bộ Nơi Khác")
    search(declaration.bhxh_code, other)
    said = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code))
    assert "Cán Bộ Nơi Khác" in said
    assert "00214 BHXH Mẫu 00214" in said


def test_out_of_scope_and_unknown_are_answered_alike(supervisor: Desk):
    other = foreign()
    answers = [supervisor.post("/trail/person", q=q) for q in (other.bhxh_code, "0199999999", other.receipt_code)]
    assert {answer.status_code for answer in answers} == {404}
    assert all(NOTHING in answer.text for answer in answers)
    assert text_of(answers[0]) == text_of(answers[1])


def test_a_supervisor_may_ask_about_the_owner_of_an_account_in_scope(supervisor: Desk):
    with transaction() as session:
        mine = make_account(session, office=make_office(session, "00114"))
        theirs = make_account(session, office=make_office(session, "00214"))
    assert supervisor.post("/trail/person", account=mine.id).status_code == 303
    assert supervisor.post("/trail/person", account=theirs.id).status_code == 404
    assert supervisor.post("/trail/person", q=mine.bhxh_code).status_code == 303
    for odd in ("", "x", "²", "9" * 40):
        assert supervisor.post("/trail/person", account=odd).status_code == 404


def test_the_auditor_may_ask_about_anybody_of_any_office(auditor: Desk):
    said = text_of(found(auditor, "/trail/person", q=foreign().bhxh_code))
    assert "Cán Bộ Nơi Khác" in said
    said = text_of(found(auditor, "/trail/person", q="0199999999"))  # nobody's: there is the question alone
    assert "Mở xem hồ sơ" not in said


def test_a_deleted_declaration_is_found_by_its_code_and_by_its_receipt_code(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).expires_at = clock.now() - timedelta(days=1)
    sweep()
    for q in (declaration.bhxh_code, declaration.receipt_code):
        said = text_of(found(supervisor, "/trail/person", q=q))
        assert "Phạm Người Xem" in said
        assert "Xóa tờ khai quá hạn" in said


def test_design_5_who_is_listed_by_a_name_search_counts_as_looked_at(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        make_declaration(session, office=make_office(session, "00114"))  # of the same name: the search lists both
        seeker = make_actor(session, full_name="Lê Người Tìm")
    search(declaration.full_name, seeker)
    said = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code))
    assert "Lê Người Tìm" in said
    assert "Tìm kiếm: hiện ra 2 hồ sơ" in said


def test_whose_account_is_shown_beside_declarations_of_others_was_looked_at(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        here = make_office(session, "00114")
        guardian = make_account(session, office=here)
        paper = guardian.id_number
        make_declaration(session, office=here, guardian_bhxh_code=guardian.bhxh_code, id_number=paper)
        make_declaration(session, office=here, guardian_bhxh_code=guardian.bhxh_code, id_number=paper)
        seeker = make_actor(session, full_name="Lê Người Tìm")
    search(paper, seeker)
    people = text_of(found(supervisor, "/trail/person", q=guardian.bhxh_code)).partition("Từng việc")[2]
    assert people.count("Lê Người Tìm") == 1


def test_what_was_done_under_a_former_code_is_the_persons_too(supervisor: Desk, declaration: Declaration):
    former = declaration.bhxh_code
    with transaction() as session:
        officer = make_actor(session, full_name="Lê Người Sửa")
        owner = make_declaration(session, office=make_office(session, "00114"), bhxh_code=former)
    decide.claim(declaration.receipt_code, officer)
    correct(declaration.receipt_code, officer, "bhxh_code", "0123456780", "gõ nhầm số", consented=True)
    for asked in (declaration.receipt_code, "0123456780"):
        page = found(supervisor, "/trail/person", q=asked)
        people = page.text.partition('id="people_title"')[2].partition("</table>")[0]
        assert "Phạm Người Xem" in people
        assert 'data-label="Lần xem">2<' in people.partition("Phạm Người Xem")[2]  # each look once
        assert "Lê Người Sửa" in people
    of_owner = text_of(found(supervisor, "/trail/person", q=owner.receipt_code))
    assert "Phạm Người Xem" in of_owner  # who looked when the code stood there


def test_acts_on_a_file_that_name_no_person_are_the_persons_once(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        known = SimpleNamespace(id=declaration.id, bhxh_code=declaration.bhxh_code)
        record(session, TrailEvent.ROTATE, SYSTEM, declaration=known)
        record(session, TrailEvent.PHOTO_SENT, SYSTEM, declaration=known, subject_hash=b"none of theirs!!")
    said = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code)).partition("Từng việc")[2]
    assert said.count("Xoay ảnh") == said.count("Gửi ảnh bằng điện thoại") == 1


@pytest.mark.parametrize("form", ["page", "xlsx"])
def test_who_exported_a_list_with_the_person_is_in_the_persons_trail(
    supervisor: Desk, declaration: Declaration, form: str
):
    with transaction() as session:
        here = make_office(session, "00114")
        make_declaration(session, office=here, presented_at=clock.now())
        clerk = make_actor(session, full_name="Lê Người Xuất", office=here)
    decide.present(declaration.receipt_code, _another())
    assert len(day_list(clerk, "", "", form).lines) == 2
    said = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code))
    assert "Lê Người Xuất" in said
    assert "Xuất danh sách: 00114 BHXH Mẫu 00114, 2 dòng" in said


def test_the_note_of_another_reason_is_told(supervisor: Desk, declaration: Declaration):
    with transaction() as session:
        officer = make_actor(session)
    give_reason(declaration.receipt_code, officer, "other", "Tòa án yêu cầu")
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    assert "Nêu lý do mở xem hồ sơ: lý do khác – Tòa án yêu cầu" in page.text
    sheet = load_workbook(BytesIO(supervisor.post("/trail/export", token=token_of(page)).data)).active
    assert any("Tòa án yêu cầu" in str(row[5]) for row in sheet.iter_rows(values_only=True))


def test_asking_is_written_under_the_persons_code_found_or_not(supervisor: Desk, declaration: Declaration):
    code = lookup_hash("bhxh_code", declaration.bhxh_code)
    for asked in (declaration.bhxh_code, declaration.receipt_code, declaration.id_number):
        supervisor.post("/trail/person", q=asked)
    supervisor.post("/trail/person", q="0999999999")
    rows = trail(TrailEvent.TRAIL_SEARCH)
    assert [row.subject_hash for row in rows] == [code, code, code, lookup_hash("bhxh_code", "0999999999")]
    assert rows[-1].facts["found"] is False
    assert "0999999999" not in str(rows[-1].facts)


def test_a_search_that_lists_several_files_of_one_person_is_one_act_and_one_of_other_people_none(
    supervisor: Desk, declaration: Declaration
):
    with transaction() as session:
        again = make_declaration(session, office=make_office(session, "00114"), bhxh_code=declaration.bhxh_code)
        other = make_declaration(session, office=make_office(session, "00114"))
        seeker = make_actor(session, full_name="Lê Người Tìm")
        record(session, TrailEvent.SEARCH, seeker, listed=[declaration.id, other.id, again.id])
        record(session, TrailEvent.SEARCH, seeker, listed=[other.id])
        record(session, TrailEvent.SEARCH, seeker, declaration=declaration, listed=[declaration.id])
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    people = page.text.partition('id="people_title"')[2].partition("</table>")[0]
    assert 'data-label="Lần xem">2<' in people.partition("Lê Người Tìm")[2]
    decisions = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code, group="decisions"))
    assert "Lê Người Tìm" not in decisions


def test_pages_about_a_person_follow_each_other_without_a_gap_or_a_double(supervisor: Desk, declaration: Declaration):
    instant = clock.now()
    with transaction() as session, clock.at(instant):  # under two codes, all in one instant
        seeker = make_actor(session, full_name="Lê Người Tìm")
        codes = [lookup_hash("bhxh_code", code) for code in (declaration.bhxh_code, declaration.id_number)]
        for number in range(120):
            record(session, TrailEvent.QUEUE, seeker, subject_hash=codes[number % 2], listed=list(range(number)))
    page = found(supervisor, "/trail/person", q=declaration.bhxh_code)
    seen: list[str] = []
    while True:
        seen += [part.partition(" dòng")[0] for part in page.text.split("Xem danh sách hồ sơ: ")[1:]]
        link = page.text.partition('href="/trail/found?t=')[2].partition('"')[0]
        if not link:
            break
        page = supervisor.get("/trail/found?t=" + link.replace("&amp;", "&"))
    assert seen == [str(number) for number in reversed(range(120))]


def test_one_person_under_the_10_and_the_12_digit_code_is_one(auditor: Desk, declaration: Declaration):
    with transaction() as session:
        twin = make_declaration(session, bhxh_code=declaration.id_number, id_number=declaration.id_number)
        colleague = make_actor(session, full_name="Vũ Người Khác")
    open_review(twin.receipt_code, colleague)
    said = text_of(found(auditor, "/trail/person", q=declaration.bhxh_code))
    assert "Phạm Người Xem" in said
    assert "Vũ Người Khác" in said


def test_d11_a_guardians_paper_asks_about_the_guardian_and_not_about_the_child(auditor: Desk):
    with transaction() as session:
        guardian = make_account(session, office=make_office(session, "00114"))
        child = make_declaration(session, guardian_bhxh_code=guardian.bhxh_code, id_number=guardian.id_number)
        colleague = make_actor(session, full_name="Vũ Người Khác")
    open_review(child.receipt_code, colleague)
    assert "Vũ Người Khác" not in text_of(found(auditor, "/trail/person", q=guardian.id_number))
    assert "Vũ Người Khác" in text_of(found(auditor, "/trail/person", q=child.bhxh_code))
    asked = [row.subject_hash for row in trail(TrailEvent.TRAIL_SEARCH)]
    assert asked == [lookup_hash("bhxh_code", one.bhxh_code) for one in (guardian, child)]


def test_every_question_is_a_row_of_the_trail_with_the_hash_alone(supervisor: Desk, declaration: Declaration):
    supervisor.post("/trail/person", q=declaration.bhxh_code)
    supervisor.post("/trail/person", q="0199999999")
    asked, missed = trail(TrailEvent.TRAIL_SEARCH)
    codes = {lookup_hash("bhxh_code", code) for code in (declaration.bhxh_code, declaration.id_number)}
    assert asked.subject_hash in codes
    assert declaration.bhxh_code not in str(asked.facts)
    assert missed.facts["found"] is False


@pytest.mark.parametrize(
    "q", ["", " ", "\0", "Nguyễn Thử Mẫu", "0912345678", "a" * 10_000, "\u202e012", "nguye\u0302\u0303n", "12345"]
)
def test_what_the_trail_does_not_know_people_by_gets_a_sentence(supervisor: Desk, q: str):
    answer = supervisor.post("/trail/person", q=q)
    assert answer.status_code in (404, 422)
    assert 'class="fault"' in answer.text or NOTHING in answer.text


def test_a_period_without_looks_shows_none(supervisor: Desk, declaration: Declaration):
    form = {"q": declaration.bhxh_code, "since": "2020-01-01", "until": "2020-02-01"}
    assert "Không có việc nào" in text_of(found(supervisor, "/trail/person", **form))


def test_looks_and_decisions_can_be_shown_alone(supervisor: Desk, declaration: Declaration):
    looks = text_of(found(supervisor, "/trail/person", q=declaration.bhxh_code, group="looks"))
    assert "Phạm Người Xem" in looks
    assert "Phạm Người Xem" not in text_of(
        found(supervisor, "/trail/person", q=declaration.bhxh_code, group="decisions")
    )


def test_one_key_leads_there_from_a_declaration_for_supervisors_alone(
    supervisor: Desk, app: Flask, declaration: Declaration
):
    supervisor.post(f"/desk/{declaration.receipt_code}/open", reason="check")
    page = supervisor.get(f"/desk/{declaration.receipt_code}").text
    form = page.partition('action="/trail/person"')[2].partition("</form>")[0]
    assert declaration.receipt_code in form
    assert 'data-key="Alt+E"' in form
    with transaction() as session:
        make_officer(session, "tieptan")
    assert "/trail/person" not in Desk(app.test_client(), "tieptan").get(f"/desk/{declaration.receipt_code}").text


@pytest.mark.parametrize("number", ["x", "", "-1", "9" * 30, "0" * 20 + "9" * 20, "0" * 20 + "9" * 5000])
def test_a_number_that_no_account_can_have_is_nobodys(supervisor: Desk, number: str):
    assert supervisor.post("/trail/person", account=number).status_code == 404
