"""Whatever is typed into the public form: it is told of or tidied, it comes back as typed, and nothing breaks."""

from __future__ import annotations

import unicodedata

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.intake import account_drafts, draft_values
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, DraftKind, Notice
from tests.factories import make_declaration, make_office
from tests.portal.filling import TYPED, begin, draft_of, filled, post, send
from tests.portal.owners import account_in_use
from tests.portal.sent import ask

NAUGHTY = {
    "endless": "A" * 10_000,
    "nul": "Nguyễn\x00Thử",
    "right to left": "\u202eNguyễn\u202c Thử\u200f",
    "zero width": "Ngu\u200byễn\ufeff Thử",
    "emoji": "😀 Nguyễn 👨‍👩‍👧 Thử",
    "stacked": "Z" + "\u0301\u0323" * 2_000,
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }}${7*7}%s%n",
    "sql": "'; DROP TABLE declarations; --",
    "lines": "Nguyễn\r\nBcc: x@example.vn\r\n\r\nThử",
    "spreadsheet": '=HYPERLINK("http://example.vn")',
    "half a pair": "\ud800",
    "digits of elsewhere": "٠٩٨١٢٣٤٥٦٧",
    "blank": " \u00a0\u3000 ",
}
FIELDS = [name for name in draft_values.NAMES if name not in draft_values.SWITCHES]
RESTING = {
    DraftKind.CHILD: ("data",),
    DraftKind.ADJUST: ("data", "phone", "phone/confirm"),
    DraftKind.STOP: ("stop",),
}
"""The steps of forms that rest on an account, beside those of all."""
OTHERS = ("otp", "receipt_code", "digits", "paper", "kind", "act", "undertaking")


@pytest.fixture(autouse=True)
def office(database: None) -> None:
    with transaction() as session:
        make_office(session)


def test_every_field_takes_every_naughty_string_and_never_fails(client: FlaskClient):
    begin(client)
    broken = []
    for name, text in NAUGHTY.items():
        every = dict.fromkeys([*FIELDS, "place", "place_q", "act"], text.encode("utf-8", "replace").decode())
        for path in ("data", "places", "office", "look", "send"):
            status = post(client, f"/declare/{path}", **every).status_code
            broken += [f"POST {path} {name}: {status}"] if status not in (200, 303) else []
        for path in ("data", "office", "look"):
            answer = client.get(f"/declare/{path}")
            broken += [f"GET {path} {name}: {answer.status_code}"] if answer.status_code != 200 else []
            assert "<script>alert" not in answer.text
            assert "onerror=alert(1)>" not in answer.text
    assert broken == []


def test_forms_that_rest_on_an_account_and_the_pages_before_and_after_take_every_naughty_string(client: FlaskClient):
    account = account_in_use(phone="0981000001")
    with transaction() as session:
        childs = make_declaration(session, guardian_bhxh_code=account.bhxh_code, phone=account.phone)
    ask(client, childs, childs.phone[-3:])
    own = ("/status/own/correct/code", "/status/own/correct/prove", "/status/own/x", "/status/withdraw")
    doors = ("/begin/child/code", "/begin/child/prove", "/status", "/again/x", *own)
    broken = []
    for name, text in NAUGHTY.items():
        typed = text.encode("utf-8", "replace").decode()
        every = dict.fromkeys([*FIELDS, *OTHERS], typed)
        for path in doors:
            status = post(client, f"/declare{path}", **every, consent="1").status_code
            broken += [f"{path} {name}: {status}"] if status not in (200, 303, 404, 422, 429) else []
        for kind, steps in RESTING.items():
            client.set_cookie("declare", account_drafts.begin_on(kind, account.id))
            for path in (*steps, "office", "look", "send"):
                status = post(client, f"/declare/{path}", **every).status_code
                broken += [f"{kind} {path} {name}: {status}"] if status != 303 else []
            for path in (*steps, "office", "look"):
                status = client.get(f"/declare/{path}").status_code
                broken += [f"GET {kind} {path} {name}: {status}"] if status not in (200, 405) else []
            answer = client.get("/declare/look")
            broken += [f"{kind} look {name}: {answer.status_code}"] if answer.status_code != 200 else []
            assert "<script>alert" not in answer.text
    assert broken == []


@pytest.mark.parametrize("field", ["full_name", "line", "contact_person", "submission_method"])
def test_what_is_kept_has_neither_control_nor_direction_signs(client: FlaskClient, field: str):
    """Names and lines are tidied; what stays is the same text, in NFC."""
    filled(client, **{field: unicodedata.normalize("NFD", "\u202eNguyễn\u200b Thử\u200f  Mẫu")})
    send(client)
    with transaction() as session:
        made = session.scalars(select(Declaration)).one()
        kept = made.address_line if field == "line" else getattr(made, field)
    assert kept == "Nguyễn Thử Mẫu"


def test_a_line_break_in_the_mail_address_is_refused_and_no_letter_is_made(client: FlaskClient):
    filled(client, email="mau@example.vn\r\nBcc: la@example.vn", send_form01_by_email="1")
    send(client)
    assert "Sửa ở bước Thông tin" in client.get("/declare/look").text
    with transaction() as session:
        assert session.scalars(select(Notice)).all() == []


def test_d3_10_000_characters_are_refused_in_words_and_the_rest_stays(client: FlaskClient):
    begin(client)
    post(client, "/declare/data", **TYPED | {"full_name": "A" * 10_000})
    page = client.get("/declare/data").text
    assert "dài quá 400 ký tự" in page
    assert draft_of(client).values["phone"] == TYPED["phone"]


def test_a_field_sent_twice_or_by_a_strange_name_changes_nothing_else(client: FlaskClient):
    begin(client)
    post(client, "/declare/data", **TYPED | {"consent": "", "officer_id": "1", "_human_left": "99", "_sent": "1"})
    values = draft_of(client).values
    assert values["consent"] == "1"
    assert "officer_id" not in values
    assert "_human_left" not in values
