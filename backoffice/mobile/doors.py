"""What the routes of the app share: who is signed in, how a route is documented, how it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response, request
from pydantic import BaseModel

from backoffice.accounts import owner, proofs
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.owner import Owner
from backoffice.accounts.proofs import Step
from backoffice.intake.openapi import View, documented, reference
from backoffice.kernel.errors import Unauthenticated
from backoffice.mobile import answers, words
from backoffice.mobile.answers import DueAnswer
from backoffice.mobile.bodies import Sent
from backoffice.models import SessionKind

TOKEN = "X-Account-Token"  # noqa: S105 (the name of a header)
_TOKEN_PARAMETER = {
    "name": TOKEN,
    "in": "header",
    "required": True,
    "description": "The owner's access token. The app's own key goes in Authorization as ever. A 401 whose code begins "
    "with session_ is about this token: refresh it, or sign in again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[!-~]+$"},
}
_OF_BODIES = (400, 413, 415, 422)


def said(
    summary: str,
    answer: type[BaseModel] | None,
    body: type[Sent] | None = None,
    *,
    signed_in: bool = False,
    problems: tuple[int, ...] = (),
    **more: Any,
) -> Callable[[View], View]:
    """Document a route that takes `body` as JSON; `signed_in`: an owner must be."""
    if body is not None:
        more |= {"body": {"application/json": {"schema": reference(body)}}, "models": (body,)}
        problems += _OF_BODIES
    if signed_in:
        more["parameters"] = (_TOKEN_PARAMETER,)
    return documented(summary=summary, answer=answer, problems=problems, **more)


def me() -> Owner:
    """Return who is signed in by the access token sent; raises Unauthenticated."""
    token = request.headers.get(TOKEN, "")
    if not token:
        raise Unauthenticated(words.NO_TOKEN, code="session_none")
    return owner.who(token, SessionKind.APP)


def of_app(proof: str) -> str:
    """Return `proof` if it was made for the app; raises Unauthenticated (proof_over): a browser's is none here."""
    if proofs.read(proof, *Step).kind is not SessionKind.APP:
        raise proofs.over()
    return proof


def began(result: SignedIn | Due, device_name: str | None = None) -> Response:
    """Answer 201 with tokens, or 200 with what is due."""
    if isinstance(result, SignedIn):
        return json(answers.signed_in(result.tokens), 201)
    return json(DueAnswer(next=result.step, proof=result.proof, text=words.due(result.step, device_name)))


def json(answer: BaseModel, status: int = 200) -> Response:
    """Answer with the model as JSON."""
    return make_response(jsonify(answer.model_dump(mode="json")), status)


def done() -> Response:
    """Answer 204."""
    return Response(status=204)
