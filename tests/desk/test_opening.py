"""Opening a decided file, or another office's, asks why first, and shows nothing before (issue 7, point 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.decision import claims
from backoffice.desk.actions import open_review
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, OpenedFile, Role, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import HTMX, Desk, trail
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer, verify_all

QUESTION = "Vì sao mở hồ sơ"


@pytest.fixture
def decided(declaration: Declaration) -> Declaration:
    """Decided by a colleague yesterday."""
    with transaction() as session:
        colleague = make_actor(session)
        values = {"full_name": "Nguyễn Thử Mẫu", "email": "nguoi.thu@example.vn", "status": Status.REJECTED}
        yesterday = clock.now() - timedelta(days=1)
        return make_declaration(session, decided_by_id=colleague.id, decided_at=yesterday, **values)


@pytest.fixture
def supervisor(client: FlaskClient, database: None) -> Desk:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
    return Desk(client, "giamsat")


def is_asked(answer: Any) -> bool:
    return QUESTION in answer.text


def why(desk: Desk, declaration: Declaration, reason: str = "citizen_here", note: str = "") -> Any:
    return desk.post(f"/desk/{declaration.receipt_code}/open", reason=reason, note=note)


def test_a_colleagues_decided_file_asks_why_and_shows_nothing_of_the_citizen(desk: Desk, decided: Declaration):
    answer = desk.get(f"/desk/{decided.receipt_code}")
    assert answer.status_code == 200
    assert is_asked(answer)
    for personal in (decided.full_name, decided.bhxh_code, decided.id_number, decided.phone, decided.email or "?"):
        assert personal not in answer.text
    assert trail(TrailEvent.REVIEW) == []


def test_a_reason_opens_the_file_and_is_in_the_trail_as_a_code(desk: Desk, decided: Declaration):
    answer = why(desk, decided, "complaint")
    assert (answer.status_code, answer.location) == (303, f"/desk/{decided.receipt_code}")
    assert decided.full_name in desk.get(f"/desk/{decided.receipt_code}").text
    (row,) = trail(TrailEvent.OPEN)
    assert row.facts["why"] == "complaint"
    assert row.declaration_id == decided.id
    assert len(trail(TrailEvent.REVIEW)) == 1


def test_the_history_of_the_file_tells_the_reason(desk: Desk, decided: Declaration):
    why(desk, decided, "check")
    assert "Nêu lý do mở xem: Kiểm tra nội bộ" in desk.get(f"/desk/{decided.receipt_code}").text


def test_the_history_tells_another_reason_in_the_officers_words(desk: Desk, decided: Declaration):
    why(desk, decided, "check")
    why(desk, decided, "other", "Tòa án yêu cầu")
    page = desk.get(f"/desk/{decided.receipt_code}").text
    assert "Nêu lý do mở xem: Lý do khác – Tòa án yêu cầu" in page
    assert page.count("Tòa án yêu cầu") == 1


def test_d8_what_an_office_decided_before_it_was_merged_opens_at_its_successor_by_a_reason(desk: Desk, officer: Actor):
    with transaction() as session:
        former, stranger = (make_office(session, code) for code in ("00115", "00116"))
        former.successor_id, former.closed_at = officer.office_id, clock.now()
        merged, other = (
            make_declaration(session, office=one, status=Status.REJECTED, decided_at=clock.now(), full_name=name)
            for one, name in ((former, "Lê Thị Cũ"), (stranger, "Phạm Văn Xa"))
        )
    found = desk.post("/desk/search", q=merged.receipt_code)
    assert (found.status_code, found.location) == (303, f"/desk/{merged.receipt_code}")
    assert is_asked(desk.get(found.location))
    why(desk, merged)
    page = desk.get(found.location).text
    assert merged.full_name in page
    assert f'action="/desk/{merged.receipt_code}/claim"' not in page
    assert desk.get(f"/desk/{merged.receipt_code}/claim-state?seen=over-1", **HTMX).status_code in (200, 204)
    assert desk.get(f"/desk/{other.receipt_code}").status_code == 404


def test_after_half_an_hour_the_reason_is_asked_again(desk: Desk, decided: Declaration):
    with clock.at(clock.now() - timedelta(minutes=29)):
        why(desk, decided)
    assert not is_asked(desk.get(f"/desk/{decided.receipt_code}"))
    with transaction() as session:
        session.query(OpenedFile).update({"at": clock.now() - timedelta(minutes=31)})
    assert is_asked(desk.get(f"/desk/{decided.receipt_code}"))


def test_another_reason_wants_a_note_which_stays_out_of_the_trail(desk: Desk, decided: Declaration):
    refused = why(desk, decided, "other")
    assert refused.status_code == 422
    assert "xin ghi rõ lý do" in refused.text
    assert is_asked(refused)
    why(desk, decided, "other", "Tòa án yêu cầu")
    (row,) = trail(TrailEvent.OPEN)
    assert "Tòa án" not in str(row.facts)
    with transaction() as session:
        assert session.get_one(OpenedFile, row.facts["opened"]).note == "Tòa án yêu cầu"


@pytest.mark.parametrize("reason", ["", "vì thích", "citizen_here\0", "x" * 10_000])
def test_what_is_no_reason_opens_nothing(desk: Desk, decided: Declaration, reason: str):
    assert why(desk, decided, reason).status_code == 422
    assert is_asked(desk.get(f"/desk/{decided.receipt_code}"))


@pytest.mark.parametrize("note", ["\0", "\u202e ", "a" * 10_000])
def test_a_note_that_says_nothing_or_too_much_is_refused(desk: Desk, decided: Declaration, note: str):
    assert why(desk, decided, "other", note).status_code == 422
    assert trail(TrailEvent.OPEN) == []


def test_the_same_reason_twice_is_harmless(desk: Desk, decided: Declaration):
    assert [why(desk, decided).status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize("part", ["photos/portrait", "photos/portrait?size=thumb", "form01.pdf", "ledger", "slip"])
def test_no_part_of_the_file_is_shown_without_a_reason(desk: Desk, decided: Declaration, part: str):
    add_photos(decided)
    path = f"/desk/{decided.receipt_code}/{part}"
    refused = desk.get(path)
    assert refused.status_code == 409
    assert decided.full_name not in refused.text
    why(desk, decided)
    assert desk.get(path).status_code == 200


@pytest.mark.parametrize("part", ["work", "outcome"])
def test_no_fragment_of_the_page_is_shown_without_a_reason(desk: Desk, decided: Declaration, part: str):
    path = f"/desk/{decided.receipt_code}/{part}"
    assert desk.get(path, **HTMX).status_code == 409
    why(desk, decided)
    assert desk.get(path, **HTMX).status_code == 200


def test_what_the_officer_decided_today_opens_at_once_but_not_tomorrow(
    desk: Desk, officer: Actor, declaration: Declaration
):
    with transaction() as session:
        verify_all(session, declaration, officer)
    decide.claim(declaration.receipt_code, officer)
    decide.approve(declaration.receipt_code, officer)
    assert not is_asked(desk.get(f"/desk/{declaration.receipt_code}"))
    with transaction() as session:
        session.get_one(Declaration, declaration.id).decided_at = clock.now() - timedelta(days=1)
    assert is_asked(desk.get(f"/desk/{declaration.receipt_code}"))


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (29, 200), (31, 409)])
def test_an_open_page_may_say_for_half_an_hour_that_a_colleague_decided(
    desk: Desk, officer: Actor, declaration: Declaration, minutes: int, status: int
):
    with clock.at(clock.now() - timedelta(minutes=minutes)):
        open_review(declaration.receipt_code, officer)
        with transaction() as session:
            colleague = make_actor(session)
        decide.claim(declaration.receipt_code, colleague)
        decide.reject(declaration.receipt_code, colleague, ["name_differs"], "", [])
    assert desk.get(f"/desk/{declaration.receipt_code}/work", **HTMX).status_code == status


def test_an_undecided_file_of_the_own_office_is_never_asked_about(desk: Desk, declaration: Declaration):
    assert declaration.full_name in desk.get(f"/desk/{declaration.receipt_code}").text


def test_a_supervisor_is_asked_about_a_child_offices_file(supervisor: Desk):
    with transaction() as session:
        declaration = make_declaration(session, office=make_office(session, "00114"))
    asked = supervisor.get(f"/desk/{declaration.receipt_code}")
    assert is_asked(asked)
    assert "BHXH Mẫu 00114" in asked.text
    assert declaration.full_name not in asked.text


def test_what_was_escalated_to_supervisors_opens_at_once(supervisor: Desk):
    with transaction() as session:
        make_actor(session, office=make_office(session, "00114"))
        declaration = make_declaration(session, escalated_at=clock.now(), escalated_note="Ảnh không giống")
    assert not is_asked(supervisor.get(f"/desk/{declaration.receipt_code}"))


@pytest.fixture
def of_a_child(supervisor: Desk) -> Declaration:
    """Undecided, of an office under the supervisor's."""
    with transaction() as session:
        make_officer(session, "tieptan", office=make_office(session, "00114"))
        values = {"full_name": "Nguyễn Thử Mẫu", "email": "nguoi.thu@example.vn"}
        return make_declaration(session, office=make_office(session, "00114"), **values)


def say_long_ago(minutes: int = 31) -> None:
    with transaction() as session:
        session.query(OpenedFile).update({"at": clock.now() - timedelta(minutes=minutes)})


def is_shown(answer: Any, declaration: Declaration) -> bool:
    personal = (declaration.full_name, declaration.bhxh_code, declaration.id_number, declaration.phone)
    return any(one in answer.text for one in personal)


ACTS: list[tuple[str, dict[str, str]]] = [
    ("claim", {}),
    ("present", {}),
    ("release", {}),
    ("scan", {"text": "012345678901"}),
    ("scan", {"text": "0199999998"}),
]


@pytest.mark.parametrize(("act", "form"), ACTS)
def test_an_act_without_a_reason_is_done_and_then_the_reason_is_asked(
    supervisor: Desk, of_a_child: Declaration, act: str, form: dict[str, str]
):
    path = f"/desk/{of_a_child.receipt_code}"
    answer = supervisor.post(f"{path}/{act}", headers=HTMX, **form)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, path)
    assert is_asked(answer)
    assert "<html" not in answer.text
    plain = supervisor.post(f"{path}/{act}", **form)
    assert (plain.status_code, plain.location) == (303, path)
    page = supervisor.get(path)
    assert is_asked(page)
    assert not any(is_shown(one, of_a_child) for one in (answer, page))
    assert trail(TrailEvent.REVIEW) == trail(TrailEvent.OPEN) == []
    with transaction() as session:
        assert (claims.live(session, of_a_child.id) is not None) == (act in ("claim", "scan"))
        assert (session.get_one(Declaration, of_a_child.id).presented_at is not None) == (act == "present")


def test_what_a_supervisor_took_in_hand_without_a_reason_shows_nothing_when_it_is_verified(
    supervisor: Desk, of_a_child: Declaration
):
    path = f"/desk/{of_a_child.receipt_code}"
    supervisor.post(f"{path}/claim")
    answer = supervisor.post(f"{path}/verify", headers=HTMX, item="portrait", how="seen")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, path)
    assert not is_shown(answer, of_a_child)
    assert len(trail(TrailEvent.VERIFY)) == 1


def test_for_what_a_supervisor_has_in_hand_a_reason_holds_as_long_as_that(supervisor: Desk, of_a_child: Declaration):
    path = f"/desk/{of_a_child.receipt_code}"
    supervisor.post(f"{path}/claim")
    why(supervisor, of_a_child)
    say_long_ago()
    assert not is_asked(supervisor.get(path))
    supervisor.post(f"{path}/release")
    assert is_asked(supervisor.get(path))


@pytest.mark.parametrize("paper", ["receipt_code", "id_number"])
def test_the_persons_own_papers_say_why(supervisor: Desk, of_a_child: Declaration, paper: str):
    path = f"/desk/{of_a_child.receipt_code}"
    answer = supervisor.post(f"{path}/scan", headers=HTMX, text=getattr(of_a_child, paper))
    assert is_shown(answer, of_a_child)
    assert not is_asked(supervisor.get(path))
    (row,) = trail(TrailEvent.OPEN)
    assert (row.facts["why"], row.declaration_id) == ("citizen_here", of_a_child.id)
    say_long_ago()
    assert not is_asked(supervisor.get(path))


def test_form_01_scanned_anywhere_says_why_too(supervisor: Desk, of_a_child: Declaration):
    found = supervisor.post("/desk/search", q=of_a_child.receipt_code, scanned="1")
    assert is_shown(supervisor.get(found.location), of_a_child)
    assert len(trail(TrailEvent.OPEN)) == 1


def test_papers_of_the_own_offices_file_write_no_reason(desk: Desk, declaration: Declaration):
    assert desk.post(f"/desk/{declaration.receipt_code}/scan", text=declaration.receipt_code).status_code == 303
    assert trail(TrailEvent.OPEN) == []


def test_what_holds_a_declared_phone_is_not_shown_without_a_reason(supervisor: Desk, of_a_child: Declaration):
    with transaction() as session:
        make_account(session, office=make_office(session, "00114"), phone=of_a_child.phone)
    path = f"/desk/phones/{of_a_child.receipt_code}"
    refused = supervisor.get(path)
    assert refused.status_code == 409
    assert not is_shown(refused, of_a_child)
    why(supervisor, of_a_child)
    assert of_a_child.full_name in supervisor.get(path).text


def test_whoever_gives_back_what_is_on_the_screen_goes_on_seeing_it(supervisor: Desk, of_a_child: Declaration):
    path = f"/desk/{of_a_child.receipt_code}"
    why(supervisor, of_a_child)
    supervisor.get(path)
    supervisor.post(f"{path}/claim")
    say_long_ago()
    for act in ("present", "release"):
        answer = supervisor.post(f"{path}/{act}", headers=HTMX)
        assert answer.status_code == 200
        assert is_shown(answer, of_a_child)
        assert "HX-Redirect" not in answer.headers
    assert is_asked(supervisor.get(path))


@pytest.mark.parametrize("act", ["reject", "supplement"])
def test_a_preview_without_a_reason_is_refused_where_the_officer_types(
    supervisor: Desk, of_a_child: Declaration, act: str
):
    path = f"/desk/{of_a_child.receipt_code}"
    form = {"note": "Thiếu chữ ký", "reasons": "name_differs"}
    refused = supervisor.post(f"{path}/{act}/preview", headers=HTMX, **form)
    assert refused.status_code == 409
    assert "HX-Redirect" not in refused.headers
    assert "vẫn còn trên màn hình" in refused.text
    why(supervisor, of_a_child)
    supervisor.get(path)
    say_long_ago()
    assert supervisor.post(f"{path}/{act}/preview", headers=HTMX, **form).status_code == 200


def test_the_page_of_a_decided_file_that_was_opened_for_a_reason_goes_on_being_told(desk: Desk, decided: Declaration):
    path = f"/desk/{decided.receipt_code}"
    why(desk, decided)
    desk.get(path)
    say_long_ago()
    assert desk.get(f"{path}/outcome", **HTMX).status_code == 200
    assert is_asked(desk.get(path))


def test_searching_its_exact_code_leads_to_the_question_too(desk: Desk, decided: Declaration):
    found = desk.post("/desk/search", q=decided.receipt_code)
    assert found.location == f"/desk/{decided.receipt_code}"
    assert is_asked(desk.get(found.location))


def test_out_of_scope_is_as_nonexistent_and_no_reason_opens_it(desk: Desk):
    with transaction() as session:
        foreign = make_declaration(session, office=make_office(session, "00214"), status=Status.REJECTED)
    assert desk.get(f"/desk/{foreign.receipt_code}").status_code == 404
    assert why(desk, foreign).status_code == 404
    assert trail(TrailEvent.OPEN) == []


def test_an_act_that_is_refused_stays_refused_whether_or_not_the_file_may_be_shown(supervisor: Desk):
    with transaction() as session:
        declaration = make_declaration(session, office=make_office(session, "00114"))
    answer = supervisor.post(f"/desk/{declaration.receipt_code}/late", headers=HTMX, at="chiều qua", note="Mất điện")
    assert answer.status_code == 422
    assert declaration.full_name not in answer.text
