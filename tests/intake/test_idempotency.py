"""The same request sent twice is done once (design 2)."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backoffice.config import Settings
from backoffice.gateways.photos import open_store
from backoffice.intake.idempotency import fingerprint
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, IdempotencyKey, Notice, Photo, Scope, TrailEvent, TrailRow
from tests.factories import make_client
from tests.intake.sending import PORTRAIT, URL, faults, jpeg, quick, send


def count(what: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def test_the_same_request_again_gets_the_same_answer_and_is_done_once(client: FlaskClient, key: str) -> None:
    first = send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1")
    again = send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert (count(Declaration), count(Notice), count(Photo)) == (1, 1, 1)


def test_the_same_json_written_otherwise_is_the_same_request(client: FlaskClient, key: str) -> None:
    """Canonical JSON: order, blanks and Unicode form do not count."""
    decomposed = dict(reversed(quick(full_name="Nguye\u0302\u0303n Thu\u031b\u0309 Ma\u0302\u0303u").items()))
    first = send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1")
    parts = {"declaration": json.dumps(decomposed, indent=2), "portrait": (BytesIO(PORTRAIT["portrait"]), "x.png")}
    again = client.post(URL, data=parts, headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1"})
    assert first.data == again.data


@pytest.mark.parametrize("changed", ["field", "photo", "unknown field"])
def test_the_same_key_for_another_body_is_a_conflict(client: FlaskClient, key: str, changed: str) -> None:
    send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1")
    declaration = quick(**{"field": {"phone": "0987654321"}, "unknown field": {"x": 1}}.get(changed, {}))
    photos = {"portrait": jpeg(90, 120)} if changed == "photo" else PORTRAIT
    response = send(client, key, declaration, photos, Idempotency_Key="k-1")
    assert (response.status_code, response.get_json()["code"]) == (409, "idempotency_key_reused")
    assert count(Declaration) == 1


def test_keys_of_different_machines_do_not_meet(client: FlaskClient, key: str) -> None:
    with transaction() as session:
        _, other = make_client(session, Scope.INTAKE)
    answers = [send(client, one, quick(), PORTRAIT, Idempotency_Key="k-1").get_json() for one in (key, other)]
    assert answers[0]["receipt_code"] != answers[1]["receipt_code"]


def test_a_refused_request_does_not_use_its_key_up(client: FlaskClient, key: str) -> None:
    send(client, key, quick(phone="12"), PORTRAIT, Idempotency_Key="k-1")
    assert send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1").status_code == 201


def test_the_key_goes_when_the_declaration_goes(client: FlaskClient, key: str) -> None:
    """K4: the answer names the office and the receipt; it must not outlive the declaration."""
    send(client, key, quick(), PORTRAIT, Idempotency_Key="k-1")
    with transaction() as session:
        session.delete(session.scalars(select(Declaration)).one())
    assert count(IdempotencyKey) == 0


@pytest.mark.parametrize("bad", ["", "k" * 256, "hai từ", "có-dấu"])
def test_a_key_that_is_too_long_or_not_ascii_is_a_fault(client: FlaskClient, key: str, bad: str) -> None:
    as_sent = bad.encode().decode("latin-1")
    assert list(faults(send(client, key, quick(), PORTRAIT, Idempotency_Key=as_sent))) == ["Idempotency-Key"]


def test_the_longest_key_is_taken(client: FlaskClient, key: str) -> None:
    assert send(client, key, quick(), PORTRAIT, Idempotency_Key="k" * 255).status_code == 201


def test_twenty_at_once_with_one_key_make_one_declaration_and_get_one_answer(
    app: Flask, database: None, key: str, settings: Settings
) -> None:
    ready = threading.Barrier(20)
    before = {blob.key for blob in open_store(settings.photo_store_url).listed()}

    def sent(_: int) -> tuple[int, bytes]:
        ready.wait()
        response = send(app.test_client(), key, quick(), PORTRAIT, Idempotency_Key="k-1")
        return response.status_code, response.data

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(sent, range(20)))

    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    assert (count(Declaration), count(Photo), count(Notice)) == (1, 1, 1)
    with transaction() as session:
        assert len(session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.DECLARE)).all()) == 1
    left = {blob.key for blob in open_store(settings.photo_store_url).listed()} - before
    assert len(left) == 2, "full size and thumbnail of the one photo; nothing of the nineteen others"


def test_a_file_under_another_name_gives_another_fingerprint() -> None:
    assert fingerprint({}, {"portrait": b"x"}) != fingerprint({}, {"id_front": b"x"})
