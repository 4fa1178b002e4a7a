"""Bodies and headers as no app sends them: each is refused with a sentence, none is an unforeseen fault."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from flask import Flask

from backoffice.mobile.bodies import MOST_BYTES
from backoffice.models import Account
from tests.mobile.phone import ROOT, Phone
from tests.portal.owners import MINE

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/sessions"): {
        "bhxh_code": "0123456789", "password": MINE, "device_id": "thiet-bi-la", "device_name": "x",
    },
    ("POST", "/sessions/code"): {"proof": "x"},
    ("POST", "/sessions/device"): {"proof": "x", "otp": "123456"},
    ("POST", "/sessions/refresh"): {"refresh": "x"},
    ("POST", "/password/first"): {"proof": "x", "new": "y", "repeat": "y", "otp": "123456"},
    ("PUT", "/password"): {"old": MINE, "new": "y", "repeat": "y", "otp": "123456"},
    ("POST", "/email-reset"): {"bhxh_code": "0123456789"},
    ("POST", "/email-reset/confirm"): {
        "bhxh_code": "0123456789", "code": "12345678", "new": "y", "repeat": "y", "device_id": "thiet-bi-la",
    },
    ("POST", "/smart-otp"): {"password": MINE},
    ("POST", "/smart-otp/confirm"): {"code": "123456"},
    ("POST", "/smart-otp/check"): {"code": "123456"},
    ("DELETE", "/smart-otp"): {"password": MINE},
}  # fmt: skip
FIELDS = [(*door, field) for door, body in BODIES.items() for field in body]
OBLIGATORY = [one for one in FIELDS if one[2] != "device_name" and one[1:] != ("/password/first", "otp")]


def raw(phone: Phone, data: bytes, content_type: str = "application/json", path: str = "/sessions") -> int:
    headers = {"Authorization": f"Bearer {phone.key}", "Content-Type": content_type}
    phone.answer = phone.client.post(ROOT + path, data=data, headers=headers)
    return phone.answer.status_code


def test_every_door_that_takes_a_body_is_tried_here(app: Flask) -> None:
    takes_a_body = {
        (method, rule.rule.removeprefix(ROOT))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith(ROOT) and getattr(app.view_functions[rule.endpoint], "documentation").body  # noqa: B009
        and method in ("POST", "PUT", "DELETE")
    }  # fmt: skip
    assert takes_a_body == set(BODIES)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], ["x"], {}, {"$ne": ""}], ids=repr)
def test_a_wrong_type_is_named(here: Phone, value: object) -> None:
    for method, path, field in FIELDS:
        if value is None and (method, path, field) not in OBLIGATORY:
            continue
        answer = here.call(method, path, BODIES[method, path] | {field: value})
        assert answer.status_code == 422, (path, field, answer.text)
        assert here.fields == [field]


@pytest.mark.parametrize("text", ["x" * 10_000, "\x00" * 2_500, "0" * 10_000], ids=["x", "NUL", "0"])
def test_10000_characters_are_too_long_and_never_repeated(here: Phone, text: str) -> None:
    for method, path, field in FIELDS:
        answer = here.call(method, path, BODIES[method, path] | {field: text})
        assert answer.status_code == 422, (path, field, answer.text)
        assert here.fields == [field]
        assert text[:100] not in answer.text


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "0123456789\x00", "\u202e", "é", "e\u0301", "'; DROP TABLE accounts; --", "{{7*7}}", "😀", "%00"],
)
def test_odd_texts_are_refused_in_every_field(here: Phone, text: str) -> None:
    for method, path, field in FIELDS:
        answer = here.call(method, path, BODIES[method, path] | {field: text})
        assert answer.status_code < 500, (path, field, answer.text)
        assert answer.status_code >= 400 or (path, field) in {
            ("/email-reset", "bhxh_code"),  # NUL is no character: what is left is a code
            ("/smart-otp/check", "code"),
            ("/smart-otp", "password"),
        } or field == "device_name", (path, field, answer.text)  # fmt: skip


def test_what_is_missing_and_what_is_unknown_is_named_together(phone: Phone) -> None:
    assert phone.call("POST", "/sessions", {"password": MINE, "is_admin": True}).status_code == 422
    assert sorted(phone.fields) == ["bhxh_code", "device_id", "is_admin"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"null1", b"{", b'{"bhxh_code": "1", "bhxh_code": "2"}', b'{"password": NaN}', b"\xff\xfe{",
        b'{"password": "\\ud800"}', b"[" * 5000, b'{"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}',
    ],
)  # fmt: skip
def test_what_is_not_json_is_said(phone: Phone, data: bytes) -> None:
    assert raw(phone, data) == 400
    assert phone.said["code"] == "malformed"


@pytest.mark.parametrize("data", [b"null", b"[]", b'"x"', b"5", b"true"])
def test_what_is_no_object_is_said(phone: Phone, data: bytes) -> None:
    assert raw(phone, data) == 422
    assert "đối tượng JSON" in phone.answer.text


def test_other_media_types_are_not_read(phone: Phone) -> None:
    body = json.dumps(BODIES["POST", "/sessions"]).encode()
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""):
        assert raw(phone, body, content_type) == 415


def test_a_body_beyond_16_kilobytes_is_not_read(phone: Phone) -> None:
    assert raw(phone, b'{"password": "' + b"x" * MOST_BYTES + b'"}') == 413
    assert "16 KB" in phone.answer.text


def test_a_password_typed_decomposed_is_the_same(phone: Phone, account: Account) -> None:
    decomposed = unicodedata.normalize("NFD", MINE)
    assert decomposed != MINE
    assert phone.sign_in(account, decomposed).status_code == 201


def test_a_code_is_read_in_any_spelling(phone: Phone, account: Account) -> None:
    spelled = f" {account.bhxh_code[:4]}.{account.bhxh_code[4:]}\u200b"
    account.bhxh_code = spelled
    assert phone.sign_in(account).status_code == 201


@pytest.mark.parametrize("length", [8, 128])
def test_a_device_is_named_by_8_to_128_printable_ascii_characters(phone: Phone, account: Account, length: int) -> None:
    for name in ("x" * 7, "x" * 129, "thiết-bị-lạ", "thiet-bi\n", "thiet\tbi", "thiet-bi\x7f"):
        assert phone.sign_in(account, device_id=name).status_code == 422, name
        assert phone.fields == ["device_id"]
    assert phone.sign_in(account, device_id="~" * length).status_code == 200, "a second device"


@pytest.mark.parametrize("token", ["x", "x" * 5000, "é", "null", "Bearer x", "' OR 1=1"])
def test_an_odd_token_signs_nobody_in(phone: Phone, token: str) -> None:
    sent = token.encode().decode("latin-1")
    assert phone.call("GET", "", **{"X-Account-Token": sent}).status_code == 401


@pytest.mark.parametrize("proof", ["x", "====", "AAAA" * 20, "é", "\x00"])
def test_an_odd_proof_proves_nothing(phone: Phone, proof: str) -> None:
    for path, body in (("/sessions/code", {}), ("/sessions/device", {"otp": "123456"})):
        assert phone.call("POST", path, body | {"proof": proof}).status_code == 401
        assert phone.said["code"] == "proof_over"


def test_a_proof_of_another_house_or_changed_by_a_sign_proves_nothing(
    here: Phone, other: Phone, account: Account
) -> None:
    proof = other.due(account)
    for place in range(0, len(proof) - 4, 7):
        changed = proof[:place] + ("A" if proof[place] != "A" else "B") + proof[place + 1 :]
        assert other.call("POST", "/sessions/code", {"proof": changed}).status_code == 401
