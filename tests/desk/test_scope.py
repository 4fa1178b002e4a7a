"""Whatever is asked of another office's declaration is answered as if there were none (design 5; rules.permissions)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel import db
from backoffice.kernel.db import transaction
from backoffice.models import Status
from tests.desk.browser import HTMX, Desk
from tests.factories import make_declaration, make_office, make_officer

Seen = tuple[int, str, str, int]


@pytest.fixture
def desk(client: FlaskClient, database: None) -> Desk:
    with transaction() as session:
        make_officer(session, "tieptan")
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


def doors(app: Flask) -> list[tuple[str, str]]:
    """Every route of the desk that names a declaration: method, address with {}."""
    return [
        (method, str(rule).replace("<receipt_code>", "{}").replace("<kind>", "portrait"))
        for rule in app.url_map.iter_rules()
        for method in ("GET", "POST")
        if "<receipt_code>" in str(rule) and rule.endpoint.startswith("desk.") and method in (rule.methods or ())
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
        form = {"csrf_token": token, "reasons": "id_invalid", "note": "x"} if method == "POST" else None
        answer = desk.client.open(address.format(code), method=method, data=form, headers=headers)
        body = re.sub(r'(content|value)="[\w.-]{80,}"', "", answer.get_data(as_text=True))
        told = {name: value for name, value in answer.headers if name != "Set-Cookie"}
        return answer.status_code, body.replace(code, "C"), str(told).replace(code, "C"), len(statements)

    asked = doors(app)
    assert len(asked) > 12
    for method, address in asked:
        nothing = seen(method, address, new_receipt_code())
        assert nothing[0] in (404, 303), address
        for declaration in foreign:
            assert seen(method, address, declaration.receipt_code) == nothing, (method, address)
