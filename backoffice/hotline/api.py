"""The doors for a telephone system (Asterisk or any other): a password to be read out, a call put through (A4)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, Field

from backoffice.hotline import announced, spoken
from backoffice.hotline.forms import CallAnnounced, Model, ResetAsked, read_body
from backoffice.intake.openapi import documented, reference
from backoffice.models import Scope
from backoffice.web.guard import me, scoped

api = Blueprint("hotline_api", __name__, url_prefix="/api/v1/hotline")


class SpokenPassword(BaseModel):
    """The new password, told this once. Read out `spoken`, twice; keep and log neither."""

    password: str = Field(description="Temporary: used once, to choose an own one; good for 7 days.")
    spoken: str = Field(description="The same, word by word in Vietnamese: bê, bảy, ca, …")


class CallScreen(BaseModel):
    """Where the agent's screen opens with the caller's number filled in, for 10 minutes."""

    token: str
    url: str = Field(description="For the agent's browser; it holds nothing personal.")


@api.post("/resets")
@scoped(Scope.HOTLINE)
@documented(
    summary="A new password, to be read out to the caller. 404 (code no_match): number and BHXH code do not fit.",
    answer=SpokenPassword,
    status=201,
    problems=(400, 404, 409, 413, 415, 422, 429),
    body={"application/json": {"schema": reference(ResetAsked)}},
    models=(ResetAsked,),
)
def reset() -> Response:
    """Make a new password and give it once."""
    asked = _read(ResetAsked)
    made = spoken.reset(me(), asked.caller_phone, asked.bhxh_code, asked.call_id)
    return _created(SpokenPassword(password=made.password, spoken=made.spoken))


@api.post("/calls")
@scoped(Scope.HOTLINE)
@documented(
    summary="Announce a call that is put through to an agent.",
    answer=CallScreen,
    status=201,
    problems=(400, 413, 415, 422),
    body={"application/json": {"schema": reference(CallAnnounced)}},
    models=(CallAnnounced,),
)
def new_call() -> Response:
    """Keep who calls, for the agent's screen."""
    token, url = announced.announce(me(), _read(CallAnnounced).caller_phone)
    return _created(CallScreen(token=token, url=url))


def _read(model: type[Model]) -> Model:
    return read_body(model, request.get_data(), request.mimetype)


def _created(answer: BaseModel) -> Response:
    response = jsonify(answer.model_dump(mode="json"))
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response
