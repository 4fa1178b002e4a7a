"""A photo turned upright at one desk lies so at every other (design 4 and 5)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from backoffice.decision import actions as decide
from backoffice.desk.rotation import rotate_photo
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import Declaration, PhotoKind, Role, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import HTMX, Desk, trail
from tests.desk.pictures import add_photos, photo_of
from tests.factories import make_actor, make_office


@pytest.fixture
def photographed(declaration: Declaration) -> Declaration:
    add_photos(declaration, PhotoKind.PORTRAIT, PhotoKind.ID_FRONT)
    return declaration


def address(declaration: Declaration, kind: str = "id_front") -> str:
    return f"/desk/{declaration.receipt_code}/photos/{kind}/rotate"


def rotation(declaration: Declaration, kind: PhotoKind = PhotoKind.ID_FRONT) -> int:
    return photo_of(declaration, kind).rotation


def test_a_photo_turned_by_one_officer_lies_so_for_the_next(desk: Desk, photographed: Declaration):
    answer = desk.post(address(photographed), HTMX, degrees="270")
    assert (answer.status_code, answer.data) == (204, b"")
    page = desk.get(f"/desk/{photographed.receipt_code}").get_data(as_text=True)
    figure = re.search(r'<figure[^>]*data-kind="id_front".*?</figure>', page, re.S)
    assert figure is not None
    assert "turn-270" in figure[0]
    assert rotation(photographed, PhotoKind.PORTRAIT) == 0


def test_without_scripts_the_button_turns_by_a_quarter_and_comes_back_to_the_page(
    desk: Desk, photographed: Declaration
):
    form = {"degrees": "90"}
    for lies in (90, 180, 270, 0):
        answer = desk.post(address(photographed), **form)
        assert (answer.status_code, answer.location) == (303, f"/desk/{photographed.receipt_code}")
        assert rotation(photographed) == lies
        page = desk.get(f"/desk/{photographed.receipt_code}").get_data(as_text=True)
        offered = re.search(rf'action="{address(photographed)}".*?name="degrees" value="(\d+)"', page, re.S)
        assert offered is not None
        form = {"degrees": offered[1]}


def test_a_turn_is_in_the_trail_by_its_own_event_and_only_when_something_turned(
    officer: Actor, photographed: Declaration
):
    """Design 5: ids and codes alone."""
    for _ in range(2):  # an answer that was lost is asked for again
        rotate_photo(photographed.receipt_code, "id_front", "90", officer)
    [row] = trail(TrailEvent.ROTATE)
    assert (row.actor_id, row.declaration_id) == (officer.id, photographed.id)
    assert row.facts == {"kind": "id_front", "degrees": 90}


@pytest.mark.parametrize("degrees", ["", "45", "360", "-90", "9" * 5000, "٩٠", "90.0", "90\x00"])
def test_another_angle_is_refused_with_what_to_do(desk: Desk, photographed: Declaration, degrees: str):
    answer = desk.post(address(photographed), HTMX, degrees=degrees)
    assert answer.status_code == 422
    assert "Xin tải lại trang" in answer.get_data(as_text=True)
    assert rotation(photographed) == 0


@pytest.mark.parametrize("kind", ["id_back", "birth_certificate", "nothing", "x" * 3000])
def test_a_photo_that_is_not_there_cannot_be_turned(desk: Desk, photographed: Declaration, kind: str):
    assert desk.post(address(photographed, kind), HTMX, degrees="90").status_code == 404


def test_nothing_of_a_decided_declaration_turns(officer: Actor, photographed: Declaration):
    """Design 4: a decided declaration never changes."""
    decide.claim(photographed.receipt_code, officer)
    decide.reject(photographed.receipt_code, officer, ["photo_unusable"], "")
    with pytest.raises(Conflict, match="giữ nguyên"):
        rotate_photo(photographed.receipt_code, "id_front", "90", officer)
    assert rotation(photographed) == 0
    assert trail(TrailEvent.ROTATE) == []


def test_what_is_overdue_is_not_turned_any_more(officer: Actor, photographed: Declaration):
    """K4."""
    with clock.at(clock.now() + timedelta(days=30)), pytest.raises(Conflict, match="quá hạn"):
        rotate_photo(photographed.receipt_code, "id_front", "90", officer)


def test_the_page_of_a_decided_declaration_offers_no_turn_to_keep(
    desk: Desk, officer: Actor, photographed: Declaration
):
    path = f"/desk/{photographed.receipt_code}"
    assert f'action="{address(photographed)}"' in desk.get(path).get_data(as_text=True)
    decide.claim(photographed.receipt_code, officer)
    decide.reject(photographed.receipt_code, officer, ["photo_unusable"], "")
    assert "/rotate" not in desk.get(path).get_data(as_text=True)


def test_a_colleague_of_another_office_turns_nothing_its_supervisor_does(photographed: Declaration):
    """K8 is the one act of other offices; supervisors have the offices under them (design 5)."""
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
        above = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
    with pytest.raises(NotFound):
        rotate_photo(photographed.receipt_code, "id_front", "90", stranger)
    assert rotation(photographed) == 0
    rotate_photo(photographed.receipt_code, "id_front", "90", above)
    assert rotation(photographed) == 90


def test_a_fault_in_the_angle_tells_a_stranger_nothing(officer: Actor, photographed: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00131"))
    with pytest.raises(NotFound):
        rotate_photo(photographed.receipt_code, "id_front", "45", stranger)
    with pytest.raises(InvalidInput):
        rotate_photo(photographed.receipt_code, "id_front", "45", officer)
