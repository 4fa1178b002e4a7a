"""Whatever is asked of another office's declaration is answered as if there were none (design 5; rules.permissions)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from backoffice.identity.receipt_code import format_receipt_code, new_receipt_code
from backoffice.kernel import db
from backoffice.kernel.db import transaction
from backoffice.models import Role, Status
from tests.desk.browser import HTMX, Desk
from tests.factories import make_declaration, make_office, make_officer

Seen = tuple[int, str, str, int]


@pytest.fixture(params=[Role.RECEPTION, Role.SUPERVISOR])
def desk(client: FlaskClient, database: None, request: pytest.FixtureRequest) -> Desk:
    """An officer of office 00114; what is a supervisor's alone is refused to the other whatever it is about."""
    with transaction() as session:
        make_officer(session, "tieptan", role=request.param)
    return Desk(client, "tieptan")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield sent
    event.remove(db.engine(), "before_cursor_execute", note)


FORM = {
    "reasons": "id_invalid",
    "note": "x",
    "identity": "yes",
    "phone_own": "yes",
    "text": "001085000001",
    "item": "name",
    "how": "seen",
    "field": "full_name",
    "value": "0981234567",
    "consent": "yes",
}
"""Whatever a form of the desk may ask for, so that none is refused for what it lacks."""
WITHOUT_FILE = ("/scan-photo", "/retake")
"""Refused for the file they lack, whatever they are about."""
TAKE_OVER = "desk_accounts.transfer"
"""The one act on another office's declaration (K8)."""


def doors(app: Flask) -> list[tuple[str, str]]:
    """Every route of the desk that names a declaration: method, address with {}."""
    return [
        (method, str(rule).replace("<receipt_code>", "{}").replace("<kind>", "portrait"))
        for rule in app.url_map.iter_rules()
        for method in ("GET", "POST")
        if "<receipt_code>" in str(rule) and rule.endpoint != TAKE_OVER and method in (rule.methods or ())
        if str(rule).startswith("/desk/")
    ]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_another_offices_declaration_answers_like_none_down_to_the_statements(
    app: Flask, desk: Desk, statements: list[str], headers: dict[str, str]
):
    with transaction() as session:
        office = make_office(session, "00131")
        foreign = [
            make_declaration(session, office=office, status=status) for status in (Status.SUBMITTED, Status.APPROVED)
        ]
    token = desk.token()

    def seen(method: str, address: str, code: str) -> Seen:
        statements.clear()
        form = {"csrf_token": token} | FORM if method == "POST" else None
        answer = desk.client.open(address.format(code), method=method, data=form, headers=headers)
        body = re.sub(r'(content|value)="[\w.-]{80,}"', "", answer.get_data(as_text=True))
        told = {name: value for name, value in answer.headers if name != "Set-Cookie"}
        return (
            answer.status_code,
            body.replace(code, "C").replace(format_receipt_code(code), "C"),
            str(told).replace(code, "C"),
            len(statements),
        )

    asked = doors(app)
    assert len(asked) > 12
    for method, address in asked:
        nothing = seen(method, address, new_receipt_code())
        assert nothing[0] in (404, 303, 403) or address.endswith(WITHOUT_FILE), address
        for declaration in foreign:
            assert seen(method, address, declaration.receipt_code) == nothing, (method, address)
