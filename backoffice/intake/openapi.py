"""The OpenAPI 3.1 document, made from the code: typed models, the guard's rules, and a few words beside each route.

`@documented` says of a route what its code cannot: a summary, its bodies, its refusals. A route under /api/v1 without
it is missing in the document; a test finds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from backoffice.intake.answers import Problem
from backoffice.web import guard

View = TypeVar("View", bound=Callable[..., Any])
Json = dict[str, Any]

PREFIX = "/api/v1/"
_REF = "#/components/schemas/{model}"
_SECURITY = "client_key"

PROBLEMS: dict[int, str] = {
    400: "Not readable: broken multipart or JSON, or a part or name sent twice.",
    401: "No key, or an unknown or withdrawn one.",
    403: "The key lacks this scope.",
    404: "Unknown, or deleted.",
    409: "Not as things stand; code says why. For a declaration: the Idempotency-Key was used for another body.",
    413: "Too large: 49 MiB for a declaration with photos, 64 KiB for its part declaration, 16 KiB for other bodies.",
    415: "Not the media type that is taken.",
    422: "Fields at fault, all of them in errors; detail and messages are Vietnamese, for people.",
    429: "Asked too often: wait Retry-After seconds.",
    503: "Out for now; nothing was kept, send again later.",
}
_HEADERS: dict[int, Json] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}},
}


@dataclass(frozen=True)
class Documented:
    """What is said of one route. `body` is the media type object by media type; `answer` the model of success.

    `others` are further answers of success by status; None in the place of a model: without a body.
    """

    summary: str
    answer: type[BaseModel] | None
    status: int = 200
    others: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    problems: Sequence[int] = ()
    parameters: Sequence[Json] = ()
    body: Mapping[str, Json] = field(default_factory=dict)
    models: Sequence[type[BaseModel]] = ()
    headers: Mapping[str, Json] = field(default_factory=dict)


def documented(**said: Any) -> Callable[[View], View]:
    """Say of a route what `Documented` holds."""

    def keep(view: View) -> View:
        view.documentation = Documented(**said)  # type: ignore[attr-defined]
        return view

    return keep


def reference(model: type[BaseModel]) -> Json:
    """Return the reference to the schema of `model`, which is then given in `models` or as `answer`."""
    return {"$ref": _REF.format(model=model.__name__)}


def document(app: Flask) -> Json:
    """Return the OpenAPI document of what `app` serves under /api/v1."""
    found = [(rule, said) for rule in app.url_map.iter_rules() if (said := _said(app, rule)) is not None]
    paths: dict[str, Json] = {}
    for rule, said in sorted(found, key=lambda one: one[0].rule):
        operations = paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operations[method.lower()] = _operation(app, rule, said)
    return {
        "openapi": "3.1.0",
        "info": {"title": "VssID registration desk", "version": version("backoffice")},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas([said for _, said in found]),
            "securitySchemes": {_SECURITY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _said(app: Flask, rule: Rule) -> Documented | None:
    said = getattr(app.view_functions[rule.endpoint], "documentation", None)
    return said if rule.rule.startswith(PREFIX) and isinstance(said, Documented) else None


def _operation(app: Flask, rule: Rule, said: Documented) -> Json:
    made: Json = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": said.summary,
        "parameters": [*(_path_parameter(name) for name in sorted(rule.arguments)), *said.parameters],
        "responses": {**_successes(said), **_refusals(_all_problems(app, rule, said))},
    }
    access = guard.rule_of(app, rule.endpoint)
    if access and access.machine:
        made["security"] = [{_SECURITY: []}]
    if access and access.scope:
        made["description"] = f"Needs a key with scope {access.scope.value}."
    if said.body:
        made["requestBody"] = {"required": True, "content": dict(said.body)}
    return made


def _all_problems(app: Flask, rule: Rule, said: Documented) -> list[int]:
    access = guard.rule_of(app, rule.endpoint)
    problems = {*said.problems, 503}
    if access and access.machine:
        problems |= {401, 429} | ({403} if access.scope else set())
    return sorted(problems)


def _successes(said: Documented) -> Json:
    made: Json = {}
    for status, answer in {said.status: said.answer, **said.others}.items():
        made[str(status)] = {"description": "Done."}
        if answer is not None:
            made[str(status)]["content"] = {"application/json": {"schema": reference(answer)}}
    if said.headers:
        made[str(said.status)]["headers"] = dict(said.headers)
    return made


def _refusals(statuses: Sequence[int]) -> Json:
    return {
        str(status): {
            "description": PROBLEMS[status],
            "content": {"application/problem+json": {"schema": reference(Problem)}},
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _schemas(said: Sequence[Documented]) -> Json:
    sent = {model for one in said for model in one.models}
    answered = {answer for one in said for answer in (one.answer, *one.others.values()) if answer} | {Problem}
    models = [(model, "validation") for model in sorted(sent, key=lambda one: one.__name__)]
    models += [(model, "serialization") for model in sorted(answered, key=lambda one: one.__name__)]
    _, made = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    schemas: Json = made["$defs"]
    return schemas
