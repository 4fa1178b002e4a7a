"""The pages of machine clients: forms that lose nothing, a key that stands in one answer alone (issue 7)."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.kernel.db import transaction
from backoffice.models import ClientKey, MachineClient
from backoffice.rules.actors import Actor
from tests.factories import make_client
from tests.house.askers import signed_in
from tests.signin.browser import post

GATE = {"name": "Cổng dịch vụ công", "contact": "024 0000 0000", "scopes": "intake", "rate": "600"}
KEY = re.compile(r"vk_[A-Za-z0-9_-]{43}")


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


def only_client() -> MachineClient:
    with transaction() as session:
        return session.scalars(select(MachineClient)).one()


def test_a_new_machines_key_is_shown_once(browser: FlaskClient) -> None:
    answer = post(browser, "/clients", GATE)
    assert answer.status_code == 200
    (key,) = set(KEY.findall(answer.text))
    client = only_client()
    assert f'data-address="/clients/{client.id}"' in answer.text
    for path in ("/clients", f"/clients/{client.id}", f"/clients/{client.id}/edit"):
        page = browser.get(path)
        assert page.status_code == 200
        assert key not in page.text
    assert browser.get("/api/v1/offices", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_a_form_with_faults_comes_back_with_all_that_was_typed(browser: FlaskClient) -> None:
    answer = post(browser, "/clients", GATE | {"rate": "nhiều", "offices": "88888"})
    assert answer.status_code == 422
    for typed in (GATE["name"], GATE["contact"], 'value="nhiều"', ">88888<"):
        assert typed in answer.text
    assert 'value="intake" checked' in answer.text


def test_a_page_that_is_stale_shows_what_holds_and_keeps_what_was_typed(browser: FlaskClient) -> None:
    post(browser, "/clients", GATE)
    where = f"/clients/{only_client().id}"
    mine = GATE | {"seen": hidden(browser.get(f"{where}/edit").text, "seen")}
    assert post(browser, f"{where}/edit", mine | {"rate": "77"}).status_code == 303
    stale = post(browser, f"{where}/edit", mine | {"contact": "Phòng khác"})
    assert stale.status_code == 409
    assert "<dd>77</dd>" in stale.text
    assert 'value="Phòng khác"' in stale.text
    again = mine | {"contact": "Phòng khác", "seen": hidden(stale.text, "seen")}
    assert post(browser, f"{where}/edit", again).status_code == 303
    assert (only_client().contact, only_client().rate) == ("Phòng khác", 600)


def test_a_new_key_comes_once_however_often_the_form_is_sent(browser: FlaskClient) -> None:
    post(browser, "/clients", GATE)
    where = f"/clients/{only_client().id}"
    form = {"overlap": "24h", "newest": hidden(browser.get(where).text, "newest")}
    first, second = post(browser, f"{where}/keys", form), post(browser, f"{where}/keys", form)
    assert (first.status_code, second.status_code) == (200, 409)
    assert KEY.search(first.text)
    assert not KEY.search(second.text)


def test_keys_are_ended_and_machines_stopped_from_the_page(browser: FlaskClient) -> None:
    with transaction() as session:
        client, key = make_client(session)
        number, key_id = client.id, session.scalars(select(ClientKey.id)).one()
    headers = {"Authorization": f"Bearer {key}"}
    assert post(browser, f"/clients/{number}/disable").status_code == 303
    assert browser.get("/api/v1/offices", headers=headers).status_code == 401
    assert post(browser, f"/clients/{number}/enable").status_code == 303
    assert browser.get("/api/v1/offices", headers=headers).status_code == 200
    assert post(browser, f"/clients/{number}/keys/{key_id}/end").status_code == 303
    assert browser.get("/api/v1/offices", headers=headers).status_code == 401


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 19, "9" * 400, "1%00", "\u0661"])
def test_numbers_that_are_none_are_not_found(browser: FlaskClient, number: str) -> None:
    assert browser.get(f"/clients/{number}").status_code == 404
    assert post(browser, f"/clients/{number}/disable").status_code == 404


def test_a_provinces_administrator_has_no_entry_and_finds_nothing(
    app: Flask, browser: FlaskClient, province_admin: Actor
) -> None:
    assert 'href="/clients"' in browser.get("/").text
    assert province_admin.id is not None
    theirs = signed_in(app, province_admin.id)
    assert 'href="/clients"' not in theirs.get("/").text
    assert theirs.get("/clients").status_code == 404
