"""Static files are everybody's, and kept: a page asks for none of them twice."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask.testing import FlaskClient


def test_a_pages_files_are_kept_a_year_whatever_the_browsers_cookies_are(client: FlaskClient):
    page = client.get("/login").text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) > 5
    for address in files:
        answer = client.get(address)
        assert (answer.status_code, "v=" in urlsplit(address).query) == (200, True), address
        assert (answer.cache_control.public, answer.cache_control.max_age) == (True, 31_536_000), address
        assert not answer.vary, address
        assert "Set-Cookie" not in answer.headers, address


def test_a_page_depends_on_its_cookies_and_is_not_kept(client: FlaskClient):
    answer = client.get("/login")
    assert answer.cache_control.no_store
    assert "cookie" in answer.vary


def test_what_is_not_among_them_is_not_found(client: FlaskClient):
    assert client.get("/static/khong-co.css").status_code == 404
