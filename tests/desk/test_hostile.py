"""The desk against odd input, and against looks that would leave no trail (design 5; CONTRIBUTING, Habits)."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Declaration, IdType, Role, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_account, make_actor


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


LOOKS = {
    "a refused form": ("POST", "reject", {}, {}),
    "a refused fragment": ("POST", "reject", {}, HTMX),
    "a release of nothing": ("POST", "release", {}, HTMX),
    "a preview of the letter": ("POST", "reject/preview", {"reasons": "id_invalid"}, HTMX),
    "the outcome": ("GET", "outcome", {}, HTMX),
}


@pytest.mark.parametrize(("method", "act", "form", "headers"), LOOKS.values(), ids=LOOKS)
def test_no_look_at_a_declaration_is_without_its_trail_row(
    desk: Desk, declaration: Declaration, method: str, act: str, form: dict[str, str], headers: dict[str, str]
):
    """Design 5: whoever never opened the review page is noted all the same, once and not at every poll."""
    path = f"/desk/{declaration.receipt_code}/{act}"
    for _ in range(2):
        answer = desk.post(path, headers, **form) if method == "POST" else desk.get(path, **headers)
        assert answer.status_code in (200, 422)
    assert [row.declaration_id for row in trail(TrailEvent.REVIEW)] == [declaration.id]


def test_polls_of_an_open_page_are_no_further_looks(desk: Desk, declaration: Declaration):
    desk.get(f"/desk/{declaration.receipt_code}")
    desk.get(f"/desk/{declaration.receipt_code}/outcome", **HTMX)
    desk.post(f"/desk/{declaration.receipt_code}/reject", HTMX)
    assert len(trail(TrailEvent.REVIEW)) == 1


@pytest.mark.parametrize("tab", ["waiting", "approved_today"])
@pytest.mark.parametrize("after", ["1_9999999999999999999999", "1_-9999999999999999999999", f"1_{'9' * 4400}"])
def test_a_page_key_beyond_the_databases_numbers_shows_the_first_page(
    desk: Desk, declaration: Declaration, tab: str, after: str
):
    assert desk.get(f"/desk?list={tab}&after={after}").status_code == 200


@pytest.mark.parametrize("act", ["reject", "supplement", "escalate"])
def test_a_note_is_kept_without_control_characters_its_lines_as_typed(desk: Desk, declaration: Declaration, act: str):
    """PostgreSQL takes no NUL; browsers send a line end as two characters, which the limit of 500 must not count."""
    path = f"/desk/{declaration.receipt_code}"
    desk.post(f"{path}/claim")
    lines = ["Ảnh\x00 mờ", *["a"] * 240, "Đ\u0306ủ"]
    answer = desk.post(f"{path}/{act}", reasons=["other"], note="\r\n".join(lines))
    assert answer.status_code == 303
    found = kept(declaration)
    note = found.rejected_note or found.supplement_note or found.escalated_note
    assert note is not None
    assert note.splitlines()[0] == "Ảnh mờ"
    assert len(note.splitlines()) == 242


@pytest.mark.parametrize("note", ["\x00", " \r\n ", "\u200b"])
def test_a_note_of_nothing_visible_is_no_note(desk: Desk, declaration: Declaration, note: str):
    path = f"/desk/{declaration.receipt_code}"
    desk.post(f"{path}/claim")
    for act in ("reject", "supplement", "escalate"):
        assert desk.post(f"{path}/{act}", reasons=["other"], note=note).status_code == 422


def test_an_endless_note_is_refused_with_its_length(desk: Desk, declaration: Declaration):
    path = f"/desk/{declaration.receipt_code}"
    desk.post(f"{path}/claim")
    answer = desk.post(f"{path}/supplement", note="a\u0301\u0323" * 30_000)
    assert answer.status_code == 422
    assert "90000 ký tự" in answer.get_data(as_text=True)


def test_a_form_whose_part_has_no_name_is_a_bad_request_and_no_fault_of_ours(desk: Desk):
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"
    answer = desk.client.post("/login", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_k9_an_account_is_found_by_passport_too(desk: Desk):
    with transaction() as session:
        make_account(session, id_type=IdType.PASSPORT, id_number="B1234567")
    assert "đã có tài khoản" in desk.post("/desk/search", q="B1234567").get_data(as_text=True)


def test_k11_what_was_referred_is_not_referred_again_over_the_first_note(officer: Actor, declaration: Declaration):
    with transaction() as session:
        head = make_actor(session, role=Role.SUPERVISOR)
    decide.claim(declaration.receipt_code, officer)
    decide.escalate(declaration.receipt_code, officer, "Nghi mạo danh")
    decide.claim(declaration.receipt_code, head)
    with pytest.raises(Conflict, match="đã báo lãnh đạo"):
        decide.escalate(declaration.receipt_code, head, "Ghi đè")
    assert kept(declaration).escalated_note == "Nghi mạo danh"
    assert kept(declaration).escalated_by_id == officer.id


def test_a_file_nobody_asked_for_is_refused_before_it_is_read(client: FlaskClient):
    """Photos of papers must not pass through temporary files in clear, whoever sends them where."""
    form = {"username": "x", "portrait": (BytesIO(b"x" * 2_000_000), "portrait.jpg")}
    assert client.post("/login", data=form, content_type="multipart/form-data").status_code == 413
