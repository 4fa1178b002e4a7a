"""Message ids of gateways: given in one spelling, reported in another (SMPP 3.4, appendix B)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.gateways.delivery import plain_id, spellings
from backoffice.gateways.sms.marks import mark, read_mark
from backoffice.kernel import hashing


@pytest.mark.parametrize(
    ("given_as", "reported_as"),
    [
        ("3f2a", "3F2A"),
        ("00003f2a", "16170"),
        ("16170", "00003F2A"),
        ("0000016170", "3f2a"),
        ("16170", "0016170"),
        ("f7a9e0c2-11aa", "F7A9E0C2-11AA"),
        (" 42\0", "42"),
    ],
)
def test_an_id_is_known_again_in_another_spelling(given_as: str, reported_as: str) -> None:
    assert plain_id(given_as) in spellings(reported_as)


def test_the_same_spelling_comes_first() -> None:
    assert spellings("100")[0] == "100"
    assert spellings("100") == ["100", "64", "256"]


@given(st.text(max_size=80))
def test_whatever_a_gateway_calls_an_id_it_is_read(text: str) -> None:
    assert plain_id(text) == spellings(text)[0]


def test_a_mark_names_the_try_and_nobody_makes_one_up() -> None:
    hashing.configure("lookup-of-the-tests")
    good = mark("gw", 12, 3)
    assert read_mark("gw", good) == (12, 3)
    for forged in (
        good.replace("12-", "13-", 1),
        good.replace("-3-", "-4-"),
        good[:-1] + "x",
        "12-3-",
        "",
        "12",
        "-",
        "é-1-x",
    ):
        assert read_mark("gw", forged) is None, forged
    assert read_mark("other", good) is None
