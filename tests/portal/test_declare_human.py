"""D10: who sends is no machine: a proof of work, or digits from picture or sound, good for one draft and once."""

from __future__ import annotations

import base64
import json
import wave
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from backoffice.config import ROOT
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration
from backoffice.portal import human, human_routes
from tests.factories import make_office
from tests.portal.filling import begin, draft_of, filled, post, send, token_of


@pytest.fixture(autouse=True)
def office(database: None) -> None:
    with transaction() as session:
        make_office(session)


def solved(client: FlaskClient, **changes: Any) -> str:
    """Do the work as the script does it; `changes` spoil what is sent."""
    work = human.challenge(draft_of(client), token_of(client))
    number = next(
        at for at in range(work.max_number + 1) if sha256(f"{work.salt}{at}".encode()).hexdigest() == work.challenge
    )
    sent = {"algorithm": work.algorithm, "challenge": work.challenge, "number": number, "salt": work.salt}
    return base64.b64encode(json.dumps(sent | {"signature": work.signature} | changes).encode()).decode()


def sent_count() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Declaration)) or 0


def is_asked_again(client: FlaskClient) -> bool:
    return "5 chữ số trong hình" in client.get("/declare/look").text


def test_who_has_scripts_does_the_work_and_nothing_else(client: FlaskClient):
    filled(client)
    assert send(client, digits="", altcha=solved(client)).location == "/declare/done"


def test_who_has_none_types_the_digits_blanks_or_not(client: FlaskClient):
    filled(client)
    digits = human.digits(draft_of(client), token_of(client))
    assert send(client, digits=f" {digits[:2]} {digits[2:]} ").location == "/declare/done"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"digits": "1"},
        {"digits": "١٢٣٤٥"},
        {"altcha": "x"},
        {"altcha": base64.b64encode(b"[]").decode()},
        {"altcha": base64.b64encode(b'{"challenge": 1}').decode()},
        {"altcha": base64.b64encode(b"[" * 1490).decode()},
        {"altcha": "A" * 100_000},
    ],
)
def test_what_shows_nothing_sends_nothing_and_loses_nothing(client: FlaskClient, wrong: dict[str, str]):
    filled(client)
    assert send(client, **{"digits": ""} | wrong).location == "/declare/look#human"
    page = client.get("/declare/look").text
    assert 'class="fault"' in page
    assert 'value="1" checked' in page  # the undertaking stays ticked
    assert sent_count() == 0


@pytest.mark.parametrize("change", [{"number": 10**8}, {"number": "1"}, {"number": -1}, {"number": None}])
def test_a_wrong_number_is_no_proof(client: FlaskClient, change: dict[str, Any]):
    filled(client)
    send(client, digits="", altcha=solved(client, **change))
    assert sent_count() == 0


def test_a_solution_serves_for_one_draft_alone(app: Flask, client: FlaskClient):
    other = app.test_client()
    filled(client)
    filled(other)
    stolen, digits = solved(client), human.digits(draft_of(client), token_of(client))
    send(other, digits="", altcha=stolen)
    send(other, digits=digits)
    assert sent_count() == 0
    assert is_asked_again(other)


def test_a_solution_is_good_once_and_a_wiped_queue_forgets_nothing(client: FlaskClient):
    begin(client)
    old = solved(client)
    for _ in range(human.SENDINGS):
        send(client, digits="", altcha=old)  # refused for what is missing in the form
        assert not is_asked_again(client) or _ == human.SENDINGS - 1
    queue.connection().flushdb()
    assert is_asked_again(client)
    assert send(client, digits="", altcha=old).location == "/declare/look#human"


def test_a_wrong_try_brings_other_digits_and_so_does_asking_for_them(client: FlaskClient):
    begin(client)
    seen = {human.digits(draft_of(client), token_of(client))}
    send(client, digits="x")
    seen.add(human.digits(draft_of(client), token_of(client)))
    post(client, "/declare/human")
    seen.add(human.digits(draft_of(client), token_of(client)))
    assert len(seen) == 3


def test_picture_and_sound_hold_the_digits_for_this_browser_alone(app: Flask, client: FlaskClient):
    begin(client)
    picture, sound = client.get("/declare/human.png"), client.get("/declare/human.wav")
    with Image.open(BytesIO(picture.data)) as image:
        assert image.size == (220, 80)
    with wave.open(BytesIO(sound.data)) as spoken:
        assert spoken.getnframes() > spoken.getframerate()
    for answer in (picture, sound):
        assert answer.headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/declare/human.png").status_code == 404


def test_each_digit_is_spoken_in_vietnamese_by_two_voices():
    assert sorted(human._voice().choices) == list("0123456789")
    for digit in "0123456789":
        assert len(list((ROOT / "backoffice" / "data" / "voice" / digit).glob("*.wav"))) == 2


def test_pictures_are_not_made_without_end(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(human_routes, "MADE_A_MINUTE", 1)
    begin(client)
    assert [client.get("/declare/human.png").status_code for _ in range(2)] == [200, 429]
