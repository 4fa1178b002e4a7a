"""The document of the API lists all doors of the app, what they take and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.mobile import bodies
from backoffice.mobile.doors import TOKEN
from tests.mobile.phone import ROOT

DOORS = {
    ("post", "/sessions"): ({"201", "200", "409", "422", "429"}, "SignInBody"),
    ("post", "/sessions/code"): ({"202", "401", "409", "429"}, "ProofBody"),
    ("post", "/sessions/device"): ({"201", "401", "409", "422"}, "DeviceBody"),
    ("post", "/sessions/refresh"): ({"200", "401"}, "RefreshBody"),
    ("delete", "/sessions/current"): ({"204", "401"}, None),
    ("post", "/password/first"): ({"201", "200", "401", "409", "422"}, "FirstPasswordBody"),
    ("post", "/password/code"): ({"202", "401", "409", "429"}, None),
    ("put", "/password"): ({"204", "401", "409", "422", "429"}, "PasswordBody"),
    ("get", ""): ({"200", "401"}, None),
    ("get", "/declarations"): ({"200", "401"}, None),
    ("get", "/children"): ({"200", "401"}, None),
    ("post", "/email-reset"): ({"202", "422", "429"}, "EmailResetBody"),
    ("post", "/email-reset/confirm"): ({"204", "422", "429"}, "EmailResetCodeBody"),
    ("post", "/email/confirm"): ({"202", "401", "409", "429"}, None),
    ("post", "/smart-otp"): ({"201", "401", "409", "422", "429"}, "AgainBody"),
    ("post", "/smart-otp/confirm"): ({"204", "401", "409", "422", "429"}, "SmartOtpBody"),
    ("post", "/smart-otp/check"): ({"200", "401", "409", "422", "429"}, "SmartOtpBody"),
    ("delete", "/smart-otp"): ({"204", "401", "409", "422", "429"}, "AgainBody"),
}
SIGNED_IN = {
    "/sessions/current", "/password/code", "/password", "", "/declarations", "/children", "/email/confirm",
    "/smart-otp", "/smart-otp/confirm", "/smart-otp/check",
}  # fmt: skip


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return document


def operations(described: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path.removeprefix(ROOT)): operation
        for path, found in described["paths"].items()
        if path.startswith(ROOT)
        for method, operation in found.items()
    }


def test_all_doors_of_the_app_are_listed(described: dict[str, Any], app: Flask) -> None:
    assert set(operations(described)) == set(DOORS)


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_a_door_says_what_it_takes_answers_and_refuses(described: dict[str, Any], door: tuple[str, str]) -> None:
    answers, body = DOORS[door]
    operation = operations(described)[door]
    assert answers <= set(operation["responses"])
    assert operation["description"] == "Needs a key with scope app."
    if body is None:
        assert "requestBody" not in operation
    else:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{body}"}
    tokens = [one for one in operation["parameters"] if one["name"] == TOKEN]
    assert [(one["in"], one["required"]) for one in tokens] == [("header", True)] * (door[1] in SIGNED_IN)


def test_what_has_no_body_is_described_without_one(described: dict[str, Any]) -> None:
    empty = [one["responses"]["204"] for one in operations(described).values() if "204" in one["responses"]]
    assert len(empty) == 5
    assert all("content" not in answer for answer in empty)


def test_bodies_forbid_what_is_unknown(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    sent = [one.__name__ for one in bodies.Sent.__subclasses__()]
    assert len(sent) == 10
    assert all(schemas[name]["additionalProperties"] is False for name in sent)


def test_every_door_has_a_name_of_its_own(described: dict[str, Any]) -> None:
    names = [one["operationId"] for found in described["paths"].values() for one in found.values()]
    assert len(names) == len(set(names))
