"""What a browser says it is, in words an officer knows."""

from __future__ import annotations

import pytest

from backoffice.signin.agents import OTHER, describe

WEBKIT = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {}"
WINDOWS, MAC, LINUX = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"
PHONE, IPHONE = "Linux; Android 10; K", "iPhone; CPU iPhone OS 17_5 like Mac OS X"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (WEBKIT.format(WINDOWS, "Chrome/141.0.0.0 Safari/537.36"), "Chrome trên Windows"),
        (WEBKIT.format(WINDOWS, "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"), "Edge trên Windows"),
        (WEBKIT.format(WINDOWS, "coc_coc_browser/128.0 Chrome/122.0 Safari/537.36"), "Cốc Cốc trên Windows"),
        (WEBKIT.format(LINUX, "Chrome/141.0.0.0 Safari/537.36"), "Chrome trên Linux"),
        (WEBKIT.format(PHONE, "Chrome/141.0.0.0 Mobile Safari/537.36"), "Chrome trên Android"),
        (WEBKIT.format(MAC, "Version/17.5 Safari/605.1.15"), "Safari trên máy Mac"),
        (WEBKIT.format(IPHONE, "Version/17.5 Mobile/15E148 Safari/604.1"), "Safari trên iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox trên Windows"),
        ("Werkzeug/3.1", OTHER),
        ("", OTHER),
        ("x" * 100_000, OTHER),
        ("<script>\x00đ", OTHER),
    ],
)
def test_browser_and_system_are_named(said: str, words: str):
    assert describe(said) == words
