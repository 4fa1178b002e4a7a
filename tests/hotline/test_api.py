"""The doors for a telephone system: a password to be read out, a call put through to an agent (A4)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.accounts.life import lock
from backoffice.hotline import jobs
from backoffice.hotline.gate import NO_MATCH
from backoffice.hotline.spelling import spoken
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AnnouncedCall, LockReason, Role, Scope, TrailEvent
from backoffice.rules.actors import Actor
from tests.factories import make_client, make_office, make_officer
from tests.hotline.conftest import NOBODYS_CODE, STRANGERS_PHONE, Caller, trail
from tests.signin.browser import let_in, post

RESETS, CALLS = "/api/v1/hotline/resets", "/api/v1/hotline/calls"


@pytest.fixture
def key(telephone: tuple[Actor, str]) -> str:
    return telephone[1]


def send(client: FlaskClient, key: str, path: str, **body: Any) -> TestResponse:
    return client.post(path, json=body, headers={"Authorization": f"Bearer {key}"})


def ask(client: FlaskClient, key: str, caller: Caller, **changed: Any) -> TestResponse:
    body = {"caller_phone": caller.phone, "bhxh_code": caller.code, "call_id": "cuoc-goi-1"}
    return send(client, key, RESETS, **body | changed)


def announce(client: FlaskClient, key: str, phone: str = STRANGERS_PHONE) -> dict[str, str]:
    answer = send(client, key, CALLS, caller_phone=phone)
    assert answer.status_code == 201
    body: dict[str, str] = answer.get_json()
    return body


@pytest.fixture
def agents_browser(client: FlaskClient) -> FlaskClient:
    with transaction() as session:
        make_officer(session, "tongdai", role=Role.HOTLINE, office=make_office(session, "000"))
    return let_in(client, "tongdai")


class TestResets:
    def test_a4_the_answer_holds_the_password_and_how_it_is_said(self, client: FlaskClient, key: str, caller: Caller):
        answer = ask(client, key, caller)
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        body = answer.get_json()
        assert set(body) == {"password", "spoken"}
        assert body["spoken"] == spoken(body["password"])

    @pytest.mark.parametrize(
        "wrong",
        [{"caller_phone": STRANGERS_PHONE}, {"bhxh_code": NOBODYS_CODE}, {"caller_phone": "?"}, {"bhxh_code": ""}],
    )
    def test_a4_a_stranger_is_answered_in_the_words_of_the_document(
        self, client: FlaskClient, key: str, caller: Caller, wrong: dict[str, str]
    ):
        answer = ask(client, key, caller, **wrong)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert (answer.get_json()["code"], answer.get_json()["detail"]) == ("no_match", NO_MATCH)

    def test_a_locked_account_is_a_conflict_with_a_sentence(
        self, client: FlaskClient, key: str, caller: Caller, head: Actor
    ):
        with transaction() as session:
            lock(session, session.get_one(Account, caller.account.id), head, LockReason.SUSPICION)
        answer = ask(client, key, caller)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "account_locked")
        assert "cơ quan BHXH" in answer.get_json()["detail"]

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"call_id": ""}, "string_too_short"),
            ({"call_id": "x" * 129}, "string_too_long"),
            ({"caller_phone": 981234567}, "string_type"),
            ({"caller_phone": "9" * 41}, "string_too_long"),
            ({"otp": "123456"}, "extra_forbidden"),
        ],
    )
    def test_fields_at_fault_are_named(
        self, client: FlaskClient, key: str, caller: Caller, changed: dict[str, Any], code: str
    ):
        answer = ask(client, key, caller, **changed)
        assert answer.status_code == 422
        (fault,) = answer.get_json()["errors"]
        assert (fault["field"], fault["code"]) == (next(iter(changed)), code)

    @pytest.mark.parametrize(
        ("data", "kind", "status"),
        [
            (b"{", "application/json", 400),
            (b'{"call_id": "a", "call_id": "b"}', "application/json", 400),
            (b"[]", "application/json", 422),
            (b"{}", "text/plain", 415),
            (json.dumps({"call_id": "x" * 5000}).encode(), "application/json", 413),
        ],
    )
    def test_what_is_no_request_is_refused(self, client: FlaskClient, key: str, data: bytes, kind: str, status: int):
        answer = client.post(RESETS, data=data, content_type=kind, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status

    def test_it_needs_a_key_of_the_hotlines_scope(self, client: FlaskClient, caller: Caller):
        with transaction() as session:
            _, other = make_client(session, Scope.INTAKE)
        assert ask(client, other, caller).status_code == 403
        assert ask(client, "invented", caller).status_code == 401

    def test_it_is_described(self, client: FlaskClient):
        document = client.get("/api/v1/openapi.json").get_json()
        described = document["paths"][RESETS]["post"]
        assert described["description"] == "Needs a key with scope hotline."
        assert {"201", "404", "409", "422", "429"} <= set(described["responses"])
        schema = document["components"]["schemas"]["ResetAsked"]
        assert set(schema["required"]) == {"caller_phone", "bhxh_code", "call_id"}
        assert schema["properties"]["call_id"]["maxLength"] == 128


class TestCalls:
    def test_the_address_holds_a_token_and_nothing_personal(self, client: FlaskClient, key: str):
        made = announce(client, key)
        assert made["url"] == f"http://localhost/hotline?call={made['token']}"
        assert STRANGERS_PHONE not in made["url"]
        with transaction() as session:
            kept = session.query(AnnouncedCall).one()
        assert made["token"].encode() not in kept.token_hash

    def test_the_agents_screen_opens_with_the_number(self, agents_browser: FlaskClient, key: str):
        token = announce(agents_browser, key)["token"]
        assert f'value="{STRANGERS_PHONE}"' in agents_browser.get(f"/hotline?call={token}").text
        assert len(trail(TrailEvent.HOTLINE_LOOK)) == 1

    def test_once_the_number_was_looked_up_the_token_opens_nothing(self, agents_browser: FlaskClient, key: str):
        token = announce(agents_browser, key)["token"]
        post(agents_browser, "/hotline/look", {"phone": STRANGERS_PHONE, "code": NOBODYS_CODE, "call": token})
        page = agents_browser.get(f"/hotline?call={token}").text
        assert STRANGERS_PHONE not in page
        assert "không tự điền số" in page

    def test_the_token_is_good_for_ten_minutes_and_then_forgotten(self, agents_browser: FlaskClient, key: str):
        with clock.at(clock.now() - timedelta(minutes=10, seconds=1)):
            token = announce(agents_browser, key)["token"]
        assert STRANGERS_PHONE not in agents_browser.get(f"/hotline?call={token}").text
        jobs.tidy()
        with transaction() as session:
            assert session.query(AnnouncedCall).count() == 0

    def test_a_number_in_time_is_not_tidied_away(self, client: FlaskClient, key: str):
        announce(client, key)
        jobs.tidy()
        with transaction() as session:
            assert session.query(AnnouncedCall).count() == 1

    @pytest.mark.parametrize("phone", ["", "02438123456", "anonymous"])
    def test_what_is_no_mobile_number_is_refused_by_name(self, client: FlaskClient, key: str, phone: str):
        answer = send(client, key, CALLS, caller_phone=phone)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "caller_phone"
