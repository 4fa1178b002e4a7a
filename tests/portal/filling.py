"""A browser that fills in the public form: what it types, and how it goes from step to step."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from weakref import WeakKeyDictionary

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.dossier.photos import store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft
from backoffice.models import PhotoKind
from backoffice.portal import human
from tests.intake.sending import jpeg

TYPED = {
    "full_name": "Nguyễn Thử Mẫu",
    "bhxh_code": "012 345 6789",
    "id_type": "passport",
    "id_number": "C1234567",
    "date_of_birth": "20/01/1985",
    "place": "01--00004",
    "line": "Số 2 phố Mẫu",
    "phone": "098.123.4567",
    "email": "mau@example.vn",
}
"""An invented adult with a passport: two photos are enough (D4)."""


_tokens: WeakKeyDictionary[FlaskClient, str] = WeakKeyDictionary()


def post(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form with the token of a page that this browser opened before."""
    if client not in _tokens:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/declare").text)
        assert found
        _tokens[client] = found[1]
    return client.post(path, data={"csrf_token": _tokens[client], **fields})


def begin(client: FlaskClient, kind: str = "register") -> None:
    answer = post(client, "/declare", kind=kind, consent="1")
    assert answer.status_code == 303, answer.text
    assert answer.location == "/declare/data"


def token_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("declare")
    assert cookie is not None
    return cookie.value


def draft_of(client: FlaskClient) -> Draft:
    return drafts.open_draft(token_of(client))


def add_photos(client: FlaskClient, *kinds: PhotoKind) -> None:
    for kind in kinds or (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT):
        prepared = get_pool().prepare_photo(jpeg(120, 160))
        drafts.put_photo(token_of(client), store_photos({kind: prepared})[0])


def filled(client: FlaskClient, **changes: str) -> None:
    """Go as far as the final look."""
    begin(client)
    post(client, "/declare/data", **TYPED | changes)
    add_photos(client)
    post(client, "/declare/office", office_code="00114")


def send(client: FlaskClient, **fields: str) -> TestResponse:
    """Send, with the digits of the picture and the undertaking unless `fields` say otherwise."""
    digits = human.digits(draft_of(client), token_of(client))
    return post(client, "/declare/send", **{"undertaking": "1", "digits": digits} | fields)


def text_of(answer: TestResponse) -> str:
    """The page's words, without its tags, blanks folded."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
