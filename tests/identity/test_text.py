"""Numbers of rows, as they stand in addresses and forms."""

import pytest

from backoffice.identity.text import row_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("9223372036854775807", 2**63 - 1)])
def test_a_number_that_a_row_may_have_is_read(text: str, number: int) -> None:
    assert row_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "+1", "1 ", "1_0", "１", "²", "\0", "9223372036854775808", "0" * 20 + "9" * 20, "0" * 5000 + "1"],
)
def test_whatever_no_row_can_have_is_none(text: str) -> None:
    assert row_number(text) is None
