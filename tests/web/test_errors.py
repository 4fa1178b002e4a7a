"""Refusals and faults as whole pages: what happened, and the way back to what was worked on (point 12)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.models import BatchStage, Declaration
from backoffice.rules.actors import Actor, officer_actor
from backoffice.web.errors import install
from tests.batches.files import make_batch
from tests.desk.browser import Desk
from tests.factories import make_actor, make_declaration, make_officer


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session)


@pytest.fixture
def desk(app: Flask, officer: Actor) -> Desk:
    return Desk(app.test_client(), "tieptan")


def test_a_conflict_of_a_plain_form_leads_back_to_its_declaration(desk: Desk, declaration: Declaration):
    with transaction() as session:
        colleague = make_actor(session, full_name="Trần Thị Lan")
    decide.claim(declaration.receipt_code, colleague)
    path = f"/desk/{declaration.receipt_code}"
    answer = desk.post(f"{path}/approve")
    assert answer.status_code == 409
    assert "Trần Thị Lan đang xử lý hồ sơ này" in answer.text
    assert f'href="{path}" autofocus>Quay lại hồ sơ' in answer.text


def test_a_conflict_of_a_plain_form_on_a_list_leads_back_to_the_list(desk: Desk, officer: Actor):
    with transaction() as session:
        path = f"/batches/{make_batch(session, stage=BatchStage.CANCELLED).token}"
    answer = desk.post(f"{path}/again")
    assert answer.status_code == 409
    assert f'href="{path}" autofocus>Quay lại danh sách' in answer.text
    assert "Quay lại danh sách" not in desk.post("/batches/khongco/again").text


def test_a_stale_form_leads_back_too(desk: Desk, declaration: Declaration):
    path = f"/desk/{declaration.receipt_code}"
    answer = desk.client.post(f"{path}/release")
    assert answer.status_code == 400
    assert f'href="{path}"' in answer.text


def test_what_does_not_exist_is_not_named_as_a_way_back(desk: Desk):
    answer = desk.post("/desk/00000000000/release")
    assert answer.status_code == 404
    assert "Quay lại hồ sơ" not in answer.text
    assert 'href="/">Về màn hình chính' in answer.text


@pytest.fixture
def broken() -> Flask:
    """An application whose pages fail, with our answers to that."""
    app = Flask("broken", template_folder="/nonexistent")
    app.secret_key = "for this test"
    install(app)

    def out() -> str:
        raise OperationalError("SELECT", {}, Exception("gone"))

    for path in ("/api/v1/thing", "/api/v1/other"):
        app.add_url_rule(path, path, out, methods=["GET", "POST"])
    return app


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_after_a_fault_no_machine_is_promised_that_nothing_was_done(broken: Flask, method: str):
    """A fault may come before the commit or after it: who sends the same again with its key learns which."""
    answer = broken.test_client().open("/api/v1/thing", method=method)
    assert answer.status_code == 503
    assert "Idempotency-Key" in answer.get_json()["detail"]
