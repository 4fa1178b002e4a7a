"""A password as it is said on the telephone: word by word, letters by their Vietnamese names (S3)."""

from __future__ import annotations

NAMES: dict[str, str] = {
    "2": "hai", "3": "ba", "4": "bốn", "5": "năm", "6": "sáu", "7": "bảy", "8": "tám", "9": "chín",
    "a": "a", "b": "bê", "c": "xê", "d": "dê", "e": "e", "f": "ép-phờ", "g": "gờ", "h": "hát", "j": "gi", "k": "ca",
    "m": "em-mờ", "n": "en-nờ", "p": "pê", "q": "quy", "r": "e-rờ", "s": "ét-sì", "t": "tê", "u": "u", "v": "vê",
    "w": "vê kép", "x": "ích-xì", "y": "i dài", "z": "dét",
}  # fmt: skip
"""Every sign of kernel.passwords.ALPHABET; "gờ", not "giê", which in the North sounds like "dê"."""


def spoken(password: str) -> str:
    """Return a temporary password as words to be read out: "bê, bảy, ca, …"."""
    return ", ".join(NAMES[sign] for sign in password)
