"""E-mail addresses and free texts (D3): nothing that could become a header, a line or a trick of the eye."""

from __future__ import annotations

import pytest

from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.text import normalize_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Mau.Thu+bhxh@Mail.Example.VN ", "Mau.Thu+bhxh@mail.example.vn"),
        ("a@b.vn", "a@b.vn"),
        ("", None),
        (None, None),
        ("  ", None),
    ],
)
def test_an_address_is_kept_trimmed_with_its_domain_in_lower_case(typed: str | None, kept: str | None) -> None:
    assert normalize_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "a", "@b.vn", "a@", "a@b", "a@b.", "a@.vn", "a@-b.vn", "a@b.1", "a b@c.vn", "a@b.vn\n", "a@b.vn\r\nBcc: c@d.vn",
        "a@b.vn,c@d.vn", "<a@b.vn>", '"a"@b.vn', ".a@b.vn", "a..b@c.vn", "a@b..vn", "ạ@b.vn", "a@b.vn\x00",
        "a" * 65 + "@b.vn", "a@" + "b." * 126 + "vn",
    ],
)  # fmt: skip
def test_what_could_be_anything_but_one_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(Malformed):
        normalize_email(typed)


def test_a_free_text_loses_what_cannot_be_seen() -> None:
    assert normalize_text(" a\x00b\u202e\u200b\r\nc\t ", limit=10) == "ab c"


def test_a_free_text_over_its_bound_or_with_a_lost_character_is_refused() -> None:
    with pytest.raises(Malformed, match="10 ký tự"):
        normalize_text("x" * 11, limit=10)
    with pytest.raises(Malformed, match="UTF-8"):
        normalize_text("Nguy\ufffdn", limit=10)
