"""Signing in with what no keyboard types: nothing of it may cost the server more than a wrong password."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from backoffice.kernel.passwords import hash_password
from backoffice.signin.usernames import PASSWORD_MAX, fits, normal_password, normal_username
from tests.signin.browser import come_in, form_token
from tests.signin.helpers import an_officer

ENDLESS = "a" + "\u0301\u0323" * 100_000
"""Python sorts combining marks in quadratic time: in full this would hold a process for a minute and more."""


@pytest.mark.parametrize("path", ["/login", "/unlock"])
def test_an_endless_run_of_combining_marks_is_simply_wrong(client: FlaskClient, path: str):
    an_officer()
    if path == "/unlock":
        come_in(client)
        client.post("/lock", data={"csrf_token": form_token(client)})
    form = {"csrf_token": form_token(client), "username": "" if path == "/unlock" else ENDLESS, "password": ENDLESS}
    answer = client.post(path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 422


def test_what_is_cut_is_still_too_long():
    longest = "\u1f82" * PASSWORD_MAX  # one character of NFC, four in NFD
    assert fits(hash_password(longest), "α\u0313\u0300\u0345" * PASSWORD_MAX)
    assert not fits(hash_password(longest), "α\u0313\u0300\u0345" * (PASSWORD_MAX + 100))
    assert len(normal_password("a" * 10**6)) > PASSWORD_MAX
    assert len(normal_username("a" * 10**6)) > 40
