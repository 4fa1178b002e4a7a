"""What the viewer is told of each photo."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.desk.actions import show_state
from backoffice.gateways.photos import QualityNote
from backoffice.identity.qr import read_citizen_card
from backoffice.models import Declaration, PhotoKind
from backoffice.rules.actors import Actor
from tests.desk.browser import Desk
from tests.desk.pictures import SIZES, add_photos
from tests.intake.sending import CARD


def shown(declaration: Declaration, officer: Actor) -> dict[str, dict[str, Any]]:
    return {photo["kind"]: photo for photo in show_state(declaration.receipt_code, officer)["photos"]}


def test_portrait_comes_first_whatever_order_the_photos_were_sent_in(declaration: Declaration, officer: Actor):
    add_photos(declaration, PhotoKind.ID_BACK, PhotoKind.ID_FRONT, PhotoKind.PORTRAIT)
    assert list(shown(declaration, officer)) == ["portrait", "id_front", "id_back"]


def test_the_viewer_knows_the_full_photos_size_before_it_is_fetched(declaration: Declaration, officer: Actor):
    add_photos(declaration)
    front = shown(declaration, officer)["id_front"]
    assert (front["width"], front["height"]) == SIZES[PhotoKind.ID_FRONT]
    assert (front["rotation"], front["next_rotation"]) == (0, 90)


def test_a_photo_tells_that_its_qr_was_read_and_what_hinders_the_eye(declaration: Declaration, officer: Actor):
    """D5; that no QR was read is said once, beside the comparison."""
    card = read_citizen_card(CARD)
    add_photos(declaration, notes=(QualityNote.BLURRED, QualityNote.NO_QR), card=card.to_dict())
    photos = shown(declaration, officer)
    assert photos["id_front"]["notes"] == [
        {"kind": "good", "text": "đã đọc mã QR"},
        {"kind": "warn", "text": "ảnh mờ"},
    ]
    assert photos["id_back"]["notes"] == [{"kind": "warn", "text": "ảnh mờ"}]


@pytest.mark.parametrize(("kinds", "panes"), [((PhotoKind.PORTRAIT,), 1), (tuple(SIZES), 2)])
def test_a_single_photo_has_one_pane_and_nothing_to_pin(
    desk: Desk, declaration: Declaration, kinds: tuple[PhotoKind, ...], panes: int
):
    """D4: with the population database's mark there may be the portrait alone."""
    add_photos(declaration, *kinds)
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert page.count('class="slot') == panes
    assert ('data-photo-do="pin"' in page) is (panes == 2)


def test_a_declaration_without_photos_says_what_to_do(desk: Desk, declaration: Declaration):
    page = desk.get(f"/desk/{declaration.receipt_code}").get_data(as_text=True)
    assert "Tờ khai này không có ảnh." in page
    assert "Xin đối chiếu trực tiếp với giấy tờ xuất trình." in page
