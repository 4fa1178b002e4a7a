"""The doors for machines: declarations in, their status and the list of offices out (design 2)."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from pydantic import BaseModel

from backoffice.identity.text import visible
from backoffice.intake import actions
from backoffice.intake.answers import DeclarationStatus, OfficePage, Receipt
from backoffice.intake.fields import NewDeclaration
from backoffice.intake.forms import MAX_REQUEST_BYTES, read_sent
from backoffice.intake.idempotency import HEADER
from backoffice.intake.openapi import document, documented, reference
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import PhotoKind, Scope
from backoffice.web.guard import me, public, scoped

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_OFFICES = 100
LONGEST_SEARCH = 200
_LIMIT = re.compile(r"[0-9]{1,3}")
_CURSOR = re.compile(r"[0-9A-Za-z._-]{0,32}")

_PLACES = {"ward": re.compile(r"[0-9]{5}"), "district": re.compile(r"[0-9]{3}")}
_PLACE_FAULTS = {
    "ward": "ward phải là mã xã, phường gồm 5 chữ số.",
    "district": "district phải là mã quận, huyện (trước 01/7/2025) gồm 3 chữ số.",
}

_IMAGES = "image/jpeg, image/png, image/webp, image/heic"
_MULTIPART = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["declaration"],
            "additionalProperties": False,
            "properties": {
                "declaration": reference(NewDeclaration),
                **{kind.value: {"type": "string", "format": "binary"} for kind in PhotoKind},
            },
        },
        "encoding": {
            "declaration": {"contentType": "application/json"},
            **{kind.value: {"contentType": _IMAGES} for kind in PhotoKind},
        },
    }
}
_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key with the same content gets the same answer; the declaration is made once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


@api.post("/declarations")
@scoped(Scope.INTAKE)
@documented(
    summary="Send a declaration (form 01) with its photos. To register: portrait, id_front, id_back (no passport's; "
    "neither where the population database has verified the data). For a child: portrait, birth_certificate. To adjust "
    "name, birth or paper: id_front, id_back.",
    answer=Receipt,
    status=201,
    problems=(400, 409, 413, 415, 422, 429),
    parameters=(_KEY_PARAMETER,),
    body=_MULTIPART,
    models=(NewDeclaration,),
    headers={"Location": {"schema": {"type": "string"}, "description": "Where to ask how the declaration stands."}},
)
def new_declaration() -> Response:
    """Take a declaration with its photos."""
    request.max_content_length = MAX_REQUEST_BYTES
    sent = read_sent(request.stream, request.content_type or "")
    receipt = actions.declare(sent.declaration, sent.photos, me(), request.headers.get(HEADER))
    response = _json(receipt, 201)
    response.headers["Location"] = url_for("api.declaration_status", receipt_code=receipt.receipt_code)
    return response


@api.get("/declarations/<receipt_code>")
@scoped(Scope.INTAKE)
@documented(summary="Where a declaration stands.", answer=DeclarationStatus, problems=(404, 429))
def declaration_status(receipt_code: str) -> Response:
    """Say where a declaration stands."""
    return _json(actions.read_status(receipt_code, me()))


@api.get("/offices")
@scoped(None)
@documented(
    summary="Open receiving offices in the order of their codes, or those of a place's province, the nearest first.",
    answer=OfficePage,
    problems=(404, 422, 429),
    parameters=(
        {
            "name": "q",
            "in": "query",
            "description": "Words of the name, with or without diacritics, or the beginning of the code; of an office "
            "that was merged, too: then its successor is found.",
            "schema": {"type": "string", "maxLength": LONGEST_SEARCH},
        },
        {
            "name": "ward",
            "in": "query",
            "description": "Code of the ward somebody lives in, as it is since July 2025 or as it was before.",
            "schema": {"type": "string", "pattern": "^[0-9]{5}$"},
        },
        {
            "name": "district",
            "in": "query",
            "description": "Code of a district of before July 2025; asked where no ward is known.",
            "schema": {"type": "string", "pattern": "^[0-9]{3}$"},
        },
        {"name": "cursor", "in": "query", "schema": {"type": "string", "pattern": "^[0-9A-Za-z._-]{0,32}$"}},
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": MOST_OFFICES, "default": 20},
        },
    ),
)
def offices() -> Response:
    """List open receiving offices."""
    return _json(actions.list_offices(**_office_search()))


@api.get("/openapi.json")
@public
def openapi() -> Response:
    """Describe this API."""
    return jsonify(document(current_app))


def _office_search() -> dict[str, Any]:
    """Return what is asked of the list of offices; raises InvalidInput naming the parameters at fault."""
    q, cursor = request.args.get("q", ""), request.args.get("cursor", "")
    limit, faults = request.args.get("limit", "20"), []
    if len(q) > LONGEST_SEARCH:
        faults.append(Fault("q", f"Nội dung tìm dài quá {LONGEST_SEARCH} ký tự. Xin viết ngắn lại.", "too_long"))
    places = {name: request.args.get(name, "") for name in _PLACES if name in request.args}
    for name, text in places.items():
        if not _PLACES[name].fullmatch(text):
            faults.append(Fault(name, _PLACE_FAULTS[name], "invalid"))
    if not _CURSOR.fullmatch(cursor):
        faults.append(Fault("cursor", "Xin gửi đúng giá trị next_cursor của trang trước.", "bad_cursor"))
    if not (_LIMIT.fullmatch(limit) and 1 <= int(limit) <= MOST_OFFICES):
        faults.append(Fault("limit", f"limit phải là số nguyên từ 1 đến {MOST_OFFICES}.", "out_of_range"))
    if faults:
        raise InvalidInput(faults)
    return {"q": visible(q), "after": cursor, "limit": int(limit), **places}


def _json(answer: BaseModel, status: int = 200) -> Response:
    response = jsonify(answer.model_dump(mode="json"))
    response.status_code = status
    return response
