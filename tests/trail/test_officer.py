"""What this officer did: day by day, of officers in scope alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.desk.actions import open_review
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import ActorKind, Declaration, Officer, Role, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import officer_subject, record
from backoffice.trail import queries
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer
from tests.trail.readers import found, text_of, token_of

OUTSIDE = [("9999-12-31", "9999-12-31"), ("0001-01-01", "0001-01-01"), ("1999-12-31", "1999-12-31"), ("", "2101-01-01")]
"""Days beyond what calendars and time zones can tell, or that no trail has."""


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        return make_actor(session, username="lan.tt", full_name="Trần Thị Lan")


@pytest.fixture
def opened(officer: Actor) -> list[Declaration]:
    """Files the officer opened, two yesterday and one today."""
    with transaction() as session:
        files = [make_declaration(session) for _ in range(3)]
    noon = clock.local(clock.now()).replace(hour=0, minute=1)
    with clock.at(noon - timedelta(hours=12)):
        for one in files[:2]:
            open_review(one.receipt_code, officer)
    with clock.at(noon):
        open_review(files[2].receipt_code, officer)
    return files


@pytest.fixture
def supervisor(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "giamsat")


def test_an_officer_is_found_by_user_name_and_the_days_are_counted(supervisor: Desk, opened: list[Declaration]):
    page = found(supervisor, "/trail/officer", officer=" Lan.TT ")
    assert "Cán bộ Trần Thị Lan (lan.tt) đã làm gì" in text_of(page)
    days = page.text.partition('id="days_title"')[2].partition("</table>")[0]
    assert [part[0] for part in days.split('data-label="Số người đã xem">')[1:]] == ["1", "2"]
    assert all(one.receipt_code in page.text for one in opened)


@pytest.mark.parametrize("text", ["tran thi lan", "Lan", "TRẦN", "tra\u0302\u0300n lan", "lan.t"])
def test_words_of_the_name_find_the_one_who_has_them(supervisor: Desk, opened: list[Declaration], text: str):
    assert "Trần Thị Lan" in text_of(found(supervisor, "/trail/officer", officer=text))


def test_of_several_by_that_name_one_is_chosen(supervisor: Desk, officer: Actor):
    with transaction() as session:
        other = make_officer(session, "lan.nt", full_name="Nguyễn Thị Lan")
    page = supervisor.post("/trail/officer", officer="thi lan")
    assert "lan.tt" in page.text
    assert "lan.nt" in page.text
    assert "Nguyễn Thị Lan (lan.nt)" in text_of(found(supervisor, "/trail/officer", id=other.id))


def test_an_officer_of_another_branch_is_as_unknown_as_nobody(supervisor: Desk):
    with transaction() as session:
        foreign = make_officer(session, "noikhac", full_name="Người Nơi Khác", office=make_office(session, "00214"))
    answers = [supervisor.post("/trail/officer", officer=name) for name in ("noikhac", "khongai")]
    assert all("Không có cán bộ nào tên" in answer.text for answer in answers)
    ids = (foreign.id, 10**15, 10**40, "x")
    assert {supervisor.post("/trail/officer", id=one).status_code for one in ids} == {404}


def _of_elsewhere(**values: Any) -> Officer:
    with transaction() as session:
        return make_officer(
            session, "khach", full_name="Khách Làm Thay", office=make_office(session, "00214"), **values
        )


def test_who_stands_in_at_an_office_of_the_scope_is_found_there(supervisor: Desk):
    with transaction() as session:
        here = make_office(session, "00114").id
    guest = _of_elsewhere(second_office_id=here, second_until=clock.today() + timedelta(days=5))
    for asked in ({"officer": "làm thay"}, {"officer": "khach"}, {"id": str(guest.id)}):
        assert "Khách Làm Thay" in text_of(found(supervisor, "/trail/officer", **asked))


def test_who_acted_in_the_scope_and_moved_away_is_found_by_user_name_and_from_their_alarm(supervisor: Desk):
    gone = _of_elsewhere()
    assert supervisor.post("/trail/officer", id=str(gone.id)).status_code == 404
    with transaction() as session:
        record(session, TrailEvent.REVIEW, replace(officer_actor(gone), office_id=make_office(session, "00114").id))
        record(session, TrailEvent.LOCK, officer_actor(gone))
    for asked in ({"officer": "khach"}, {"id": str(gone.id)}):
        said = text_of(found(supervisor, "/trail/officer", **asked)).partition("Từng việc")[2]
        assert "Mở xem hồ sơ" in said
        assert "Khóa màn hình" not in said


def test_what_the_officer_did_in_another_branch_is_not_shown(supervisor: Desk, officer: Actor):
    with transaction() as session:
        elsewhere = make_office(session, "00214")
        record(session, TrailEvent.SIGN_IN, officer)
        record(session, TrailEvent.LOCK, Actor(officer.kind, officer.id, office_id=elsewhere.id))
    said = text_of(found(supervisor, "/trail/officer", officer="lan.tt"))
    assert "Đăng nhập" in said
    assert "Khóa màn hình" not in said.partition("Từng việc")[2]


def test_a_machine_of_the_same_number_is_not_the_officer(supervisor: Desk, officer: Actor):
    with transaction() as session:
        record(session, TrailEvent.STATUS_READ, Actor(ActorKind.CLIENT, officer.id, office_id=officer.office_id))
    assert "Không có việc nào" in text_of(found(supervisor, "/trail/officer", officer="lan.tt"))


def test_pages_follow_each_other_without_a_gap_or_a_double(supervisor: Desk, officer: Actor):
    instant = clock.now()
    with transaction() as session, clock.at(instant):  # all in one instant: their ids tell them apart
        for number in range(120):
            record(session, TrailEvent.QUEUE, officer, listed=list(range(number)))
    page = found(supervisor, "/trail/officer", officer="lan.tt")
    seen: list[str] = []
    while True:
        seen += [part.partition(" dòng")[0] for part in page.text.split("Xem danh sách hồ sơ: ")[1:]]
        link = page.text.partition('href="/trail/found?t=')[2].partition('"')[0]
        if not link:
            break
        page = supervisor.get("/trail/found?t=" + link.replace("&amp;", "&"))
    assert seen == [str(number) for number in reversed(range(120))]


def test_asking_is_itself_written_about_the_officer(supervisor: Desk, officer: Actor):
    found(supervisor, "/trail/officer", officer="lan.tt")
    (row,) = trail(TrailEvent.TRAIL_SEARCH)
    assert row.subject_hash == officer_subject(officer.id or 0)
    assert row.facts["what"] == "officer"


def test_asking_for_nobody_or_for_several_is_written_too(supervisor: Desk, officer: Actor):
    foreign = _of_elsewhere()
    with transaction() as session:
        make_officer(session, "lan.hai", full_name="Nguyễn Thị Lan")
    for form in ({"officer": "khongai"}, {"officer": "thi"}, {"id": str(foreign.id)}, {"id": "x"}):
        supervisor.post("/trail/officer", **form)
    assert [row.facts["count"] for row in trail(TrailEvent.TRAIL_SEARCH)] == [0, 2, 0, 0]


def test_of_several_the_chosen_one_is_asked_about_as_it_was_typed(supervisor: Desk, officer: Actor):
    with transaction() as session:
        make_officer(session, "lan.hai", full_name="Nguyễn Thị Lan")
    page = supervisor.post("/trail/officer", officer="lan", period="month", group="looks").text
    assert page.count('name="period" value="month"') == page.count('name="group" value="looks"') == 2


def test_the_period_and_the_kind_of_act_can_be_changed_there(supervisor: Desk, opened: list[Declaration]):
    page = found(supervisor, "/trail/officer", officer="lan.tt")
    today = clock.today().isoformat()
    narrowed = found(supervisor, "/trail/narrow", token=token_of(page), since=today, until=today, group="looks")
    assert opened[2].receipt_code in narrowed.text
    assert opened[0].receipt_code not in narrowed.text
    typed = {"since": today, "until": "2020-01-01", "group": "looks"}
    refused = supervisor.post("/trail/narrow", token=token_of(page), **typed)
    assert refused.status_code == 422
    assert "Ngày đầu sau ngày cuối" in refused.text
    assert all(f'value="{typed[name]}"' in refused.text for name in ("since", "until"))
    assert '<option value="looks" selected>' in refused.text


@pytest.mark.parametrize("days", [("x", ""), ("0001-01-01", ""), ("2026-01-01", "9999-12-31"), ("\0", "\0"), *OUTSIDE])
def test_days_that_are_none_are_refused_with_a_sentence(supervisor: Desk, officer: Actor, days: tuple[str, str]):
    page = found(supervisor, "/trail/officer", officer="lan.tt")
    form = {"since": days[0], "until": days[1]}
    answers = [
        supervisor.post("/trail/narrow", token=token_of(page), **form),
        supervisor.post("/trail/officer", officer="lan.tt", **form),
        supervisor.post("/trail/acts", **form),
        supervisor.post("/trail/person", q="0199999999", **form),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all("Ngày không đúng" in answer.text or "Xin chọn khoảng thời gian" in answer.text for answer in answers)


@pytest.mark.parametrize("text", ["", "   ", "\u202e", "a" * 10_000])
def test_an_empty_or_endless_name_is_refused(supervisor: Desk, text: str):
    assert supervisor.post("/trail/officer", officer=text).status_code == 422


@pytest.mark.parametrize("number", ["x", "", "-1", "9" * 30, "0" * 20 + "9" * 20, "0" * 20 + "9" * 5000])
def test_a_number_that_no_officer_can_have_is_nobody(supervisor: Desk, number: str):
    assert supervisor.post("/trail/officer", id=number).status_code == 404


@pytest.mark.parametrize("most", [1, 2])
def test_of_too_many_days_the_latest_are_listed_and_the_page_says_so(
    supervisor: Desk, opened: list[Declaration], monkeypatch: pytest.MonkeyPatch, most: int
):
    monkeypatch.setattr(queries, "DAYS", most)
    page = found(supervisor, "/trail/officer", officer="lan.tt").text
    assert page.count('data-label="Số người đã xem"') == most
    assert ("Chỉ liệt kê 1 ngày" in page) == (most < 2)


@pytest.mark.parametrize(("window", "days"), [(4, ["1", "2"]), (3, ["1"]), (2, ["1"]), (1, ["1"])])
def test_of_too_many_acts_the_latest_whole_days_are_counted_and_the_page_says_so(
    supervisor: Desk, opened: list[Declaration], monkeypatch: pytest.MonkeyPatch, window: int, days: list[str]
):
    monkeypatch.setattr(queries, "WINDOW", window)
    page = found(supervisor, "/trail/officer", officer="lan.tt")
    told = page.text.partition('id="days_title"')[2].partition("</table>")[0]
    assert [part[0] for part in told.split('data-label="Tất cả việc">')[1:]] == days
    assert (f"Chỉ đếm {window} việc mới nhất" in told) == (window < 4)
    assert all(one.receipt_code in page.text for one in opened)  # every act is listed all the same
