"""Which items a declaration needs, what they are called, and their keys (design 2; D2, D11)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from backoffice.models import Item, Purpose
from backoffice.rules.ledger import is_for_child, items_of, key, label, short_label

TODAY = date(2026, 11, 20)
BORN = date(1985, 1, 2)
CHILD_ITEMS = {Item.BIRTH_CERTIFICATE, Item.GUARDIAN}


def declared(purpose: Purpose = Purpose.REGISTER, born: date | None = BORN, guardian: str | None = None):
    return SimpleNamespace(purpose=purpose, date_of_birth=born, guardian_bhxh_code=guardian)


def items(purpose: Purpose = Purpose.REGISTER, born: date | None = BORN, guardian: str | None = None, scanned=None):
    return items_of(declared(purpose, born, guardian), born or scanned, TODAY)


def test_an_adult_has_eight_items_in_the_order_of_their_keys():
    assert [(item.value, key(item)) for item in items()] == [
        ("name", "Alt+1"),
        ("id_number", "Alt+2"),
        ("date_of_birth", "Alt+3"),
        ("bhxh_code", "Alt+4"),
        ("portrait", "Alt+5"),
        ("id_document", "Alt+6"),
        ("form01_signed", "Alt+7"),
        ("phone", "Alt+8"),
    ]


def test_a_birth_that_was_not_declared_is_not_asked_for_and_the_other_keys_stay():
    asked = items(born=None)
    assert Item.DATE_OF_BIRTH not in asked
    assert key(asked[-1]) == "Alt+8"
    assert items(born=None, scanned=BORN) == asked


def test_d11_a_child_shows_a_birth_certificate_and_whoever_comes_with_it():
    asked = items(born=date(2015, 3, 4), guardian="0123456789")
    assert set(asked) >= CHILD_ITEMS
    assert not set(asked) & {Item.ID_NUMBER, Item.ID_DOCUMENT}
    assert [key(item) for item in asked] == [f"Alt+{number}" for number in range(1, 9)]


@pytest.mark.parametrize(
    ("born", "guardian", "is_child"),
    [
        (date(2008, 11, 21), "0123456789", True),
        (date(2008, 11, 20), "0123456789", False),
        (None, "0123456789", True),
        (date(2015, 3, 4), None, False),
    ],
)
def test_d11_a_child_comes_through_a_guardian_and_until_the_eighteenth_birthday(
    born: date | None, guardian: str | None, is_child: bool
):
    """Under age with an ID and a phone of one's own one is served like an adult."""
    assert is_for_child(declared(born=born, guardian=guardian), born, TODAY) is is_child


def test_d11_the_birth_on_the_scanned_card_decides_where_none_was_declared():
    assert set(items(born=None, guardian="0123456789")) >= CHILD_ITEMS
    assert not set(items(born=None, guardian="0123456789", scanned=BORN)) & CHILD_ITEMS


def test_d2_whoever_stops_shows_who_they_are_and_signs():
    assert items(Purpose.STOP) == (*(Item.NAME, Item.ID_NUMBER, Item.BHXH_CODE, Item.ID_DOCUMENT, Item.FORM01_SIGNED),)


def test_d2_an_adjustment_leaves_the_portrait_as_it_is():
    assert set(items()) - set(items(Purpose.ADJUST)) == {Item.PORTRAIT}


def test_every_item_has_its_words_and_a_childs_are_a_childs():
    assert all(label(item) and short_label(item) for item in Item)
    assert label(Item.BHXH_CODE, child=True) == "Mã số BHXH đúng của trẻ"
    assert label(Item.FORM01_SIGNED, child=True) == label(Item.FORM01_SIGNED)
