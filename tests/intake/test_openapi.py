"""The document of the API is made from the code, and says all of it."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from backoffice.intake.fields import REQUIRED, NewDeclaration
from backoffice.intake.openapi import Documented
from backoffice.models import PhotoKind
from backoffice.web.guard import rule_of


def described(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return document


def test_the_document_needs_no_key_and_is_openapi_3_1(client: FlaskClient) -> None:
    assert described(client)["openapi"] == "3.1.0"


def test_every_route_of_the_api_is_documented(app: Flask) -> None:
    bare = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api.openapi" and not _is_a_gateways(app, rule.endpoint)
        and not isinstance(getattr(app.view_functions[rule.endpoint], "documentation", None), Documented)
    ]  # fmt: skip
    assert bare == []


def _is_a_gateways(app: Flask, endpoint: str) -> bool:
    """Receipts come to addresses that we give out one by one: no client is to know of them."""
    rule = rule_of(app, endpoint)
    return rule is not None and rule.proven


def test_the_document_says_what_is_obligatory_and_forbids_what_is_unknown(client: FlaskClient) -> None:
    schema = described(client)["components"]["schemas"]["NewDeclaration"]
    assert set(schema["required"]) == set(REQUIRED)
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(NewDeclaration.model_fields)


def test_the_parts_of_a_declaration_are_described_with_their_media_types(client: FlaskClient) -> None:
    body = described(client)["paths"]["/api/v1/declarations"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert set(body["schema"]["properties"]) == {"declaration", *PhotoKind}
    assert body["encoding"]["declaration"] == {"contentType": "application/json"}
    assert "image/heic" in body["encoding"]["portrait"]["contentType"]


def test_every_door_but_the_document_needs_a_key(client: FlaskClient) -> None:
    for path, operations in described(client)["paths"].items():
        for method, operation in operations.items():
            assert operation["security"] == [{"client_key": []}], (method, path)
            assert "401" in operation["responses"]


def test_every_reference_in_the_document_leads_somewhere(client: FlaskClient) -> None:
    text = json.dumps(described(client))
    names = {piece.split('"')[0] for piece in text.split("#/components/schemas/")[1:]}
    assert names <= set(described(client)["components"]["schemas"])
