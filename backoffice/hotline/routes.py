"""Addresses of the agent's screen. What a caller says goes in forms; no address holds anything personal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request

from backoffice.hotline import announced, calls
from backoffice.rules.permissions import Do
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit

pages = Blueprint("hotline", __name__, url_prefix="/hotline")

_TEMPLATE = "hotline/screen.html"
_LONGEST_TOKEN = 64
_GONE = (
    "Cuộc gọi này đã được đối chiếu, hoặc đã báo quá 10 phút, nên không tự điền số. Xin hỏi và nhập số người gọi đang "
    "dùng."
)


@pages.get("")
@permit(Do.USE_HOTLINE)
def screen() -> Response:
    """Show the screen; `call` is the token of a call that the telephone system announced."""
    token = request.args.get("call", "")[:_LONGEST_TOKEN]
    phone = announced.open_screen(me(), token)
    if phone is None:
        flash(_GONE, "warn")
    return show(_TEMPLATE, phone=phone or "", code="", token=token if phone else "", call=None)


@pages.post("/look")
@permit(Do.USE_HOTLINE)
def look() -> Response:
    """Match number and code."""
    form = request.form
    phone, code = form.get("phone", ""), form.get("code", "")
    return _call(calls.look(me(), phone, code, form.get("call", "")[:_LONGEST_TOKEN]), phone=phone, code=code)


@pages.post("/resend")
@permit(Do.HOTLINE_ACT)
def resend() -> Response:
    """Send the newest temporary password again."""
    return _call(calls.resend(me(), _pass()))


@pages.post("/reset")
@permit(Do.HOTLINE_ACT)
def reset() -> Response:
    """Send a new password."""
    return _call(calls.reset(me(), _pass()))


@pages.post("/open")
@permit(Do.HOTLINE_ACT)
def open_door() -> Response:
    """Let passwords be tried again."""
    return _call(calls.open_door(me(), _pass()))


@pages.post("/declaration")
@permit(Do.HOTLINE_ACT)
def declaration() -> Response:
    """Show the sentence about the declaration that waits."""
    return _call(calls.tell_declaration(me(), _pass()))


@pages.post("/reason")
@permit(Do.USE_HOTLINE)
def reason() -> Response:
    """Note why the caller called."""
    chosen = calls.choose_reason(me(), _pass(), request.form.get("reason", ""))
    return show(_TEMPLATE, block="reasons", phone="", code="", token="", call=chosen | {"bare": True})


def _pass() -> str:
    return request.form.get("pass", "")[:1024]


def _call(shown: dict[str, Any], *, phone: str = "", code: str = "") -> Response:
    return show(_TEMPLATE, block="call", phone=phone, code=code, token="", call=shown)
