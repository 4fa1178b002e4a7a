"""What an SMS is and costs (domain 3): GSM-7 160 and 153, its extension two each; UCS-2 70 and 67."""

from __future__ import annotations

import pytest

from backoffice.gateways.sms.encoding import Encoding, encoded, measure

GSM7, UCS2 = Encoding.GSM7, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("", (GSM7, 0, 1)),
        ("a" * 160, (GSM7, 160, 1)),
        ("a" * 161, (GSM7, 161, 2)),
        ("a" * 306, (GSM7, 306, 2)),
        ("a" * 307, (GSM7, 307, 3)),
        ("@£$¥èéùìòÇØøÅåΔΩÆæßÉÄÖÑÜ§¿äöñüà\n\r", (GSM7, 33, 1)),
        ("ế" * 70, (UCS2, 70, 1)),
        ("ế" * 71, (UCS2, 71, 2)),
        ("ế" * 134, (UCS2, 134, 2)),
        ("ế" * 135, (UCS2, 135, 3)),
        ("a" * 100 + "đ", (UCS2, 101, 2)),
    ],
)
def test_parts_and_characters_are_counted_as_networks_count_them(text: str, cost: tuple[Encoding, int, int]) -> None:
    assert measure(text) == cost


@pytest.mark.parametrize("char", list("^{}\\[~]|€"))
def test_a_character_of_the_extension_counts_two(char: str) -> None:
    assert measure(char) == (GSM7, 2, 1)
    assert measure("a" * 158 + char) == (GSM7, 160, 1)
    assert measure("a" * 159 + char) == (GSM7, 161, 2)


def test_what_counts_two_is_never_divided_between_parts() -> None:
    assert measure("a" * 152 + "€" + "a" * 151) == (GSM7, 305, 2)
    assert measure("a" * 152 + "€" + "a" * 152) == (GSM7, 306, 3)


def test_a_character_beyond_sixteen_bits_counts_two() -> None:
    assert measure("😀" * 35) == (UCS2, 70, 1)
    assert measure("😀" * 36) == (UCS2, 72, 2)
    assert measure("😀" * 67) == (UCS2, 134, 3), "33 of them in a part of 67"


def test_a_grave_accent_and_a_tab_are_not_in_gsm_7() -> None:
    assert {measure(char).encoding for char in "`\tđ"} == {UCS2}


def test_gsm_7_is_sent_by_the_codes_of_its_tables() -> None:
    assert encoded("@Δ ¡§à_A[€").parts == [bytes.fromhex("00 10 20 40 5f 7f 11 41 1b3c 1b65")]
    assert encoded("Đã").parts == ["Đã".encode("utf-16-be")]


def test_the_parts_joined_are_the_text_again_and_none_ends_within_a_character() -> None:
    assert [len(part) for part in encoded("a" * 152 + "€" + "a" * 151).parts] == [152, 153]
    text = "ế😀" * 60
    parts = encoded(text).parts
    assert [part.decode("utf-16-be") for part in parts] != [text]
    assert "".join(part.decode("utf-16-be") for part in parts) == text


def test_half_a_character_is_no_message() -> None:
    with pytest.raises(UnicodeError):
        encoded("\ud83d")
