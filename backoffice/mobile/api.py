"""Signing in, the password, and what an owner reads of the account, for the app (A1–A3, A6)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from backoffice.accounts import owner, sign_in, smart_otp
from backoffice.mobile import answers, words
from backoffice.mobile.answers import (
    ChildrenAnswer,
    DeclarationsAnswer,
    DueAnswer,
    InformationAnswer,
    SignedInAnswer,
    Told,
)
from backoffice.mobile.bodies import (
    DeviceBody,
    FirstPasswordBody,
    PasswordBody,
    ProofBody,
    RefreshBody,
    SignInBody,
    read,
)
from backoffice.mobile.doors import began, done, json, me, of_app, said
from backoffice.models import Scope, SessionKind
from backoffice.web.guard import scoped

api = Blueprint("mobile", __name__, url_prefix="/api/v1/account")


@api.post("/sessions")
@scoped(Scope.APP)
@said(
    "Sign in by BHXH code and password: tokens (201), or what is due first (200).",
    SignedInAnswer,
    SignInBody,
    status=201,
    others={200: DueAnswer},
    problems=(409, 429),
)
def account_sign_in() -> Response:
    """Sign in, or say what is due (A1, A3, A7)."""
    sent = read(SignInBody)
    result = sign_in.sign_in(
        sent.bhxh_code,
        sent.password,
        device=sent.device_id,
        kind=SessionKind.APP,
        address=request.remote_addr or "",
    )
    return began(result, sent.device_name)


@api.post("/sessions/code")
@scoped(Scope.APP)
@said(
    "Send the code that is due to the registered phone (next: device, new_password).",
    Told,
    ProofBody,
    status=202,
    problems=(409, 429),
)
def account_sign_in_code() -> Response:
    """Send the code that is due (A2, A3)."""
    sign_in.order_code(of_app(read(ProofBody).proof))
    return json(Told(text=words.CODE_SENT), 202)


@api.post("/sessions/device")
@scoped(Scope.APP)
@said(
    "Prove the device with the code: tokens, and the device before is signed out at once (201); or what is due next, "
    "where the password was a temporary one or is too old (200).",
    SignedInAnswer,
    DeviceBody,
    status=201,
    others={200: DueAnswer},
    problems=(409,),
)
def account_device() -> Response:
    """Sign in on the second device (A3)."""
    sent = read(DeviceBody)
    return began(sign_in.confirm_device(of_app(sent.proof), sent.otp))


@api.post("/sessions/refresh")
@scoped(Scope.APP)
@said("Get new tokens; the old ones are void. One used twice ends the session.", SignedInAnswer, RefreshBody)
def account_refresh() -> Response:
    """Give new tokens for a refresh token."""
    return json(answers.signed_in(owner.refresh(read(RefreshBody).refresh)))


@api.delete("/sessions/current")
@scoped(Scope.APP)
@said("Sign out: both tokens are void at once.", None, status=204, signed_in=True)
def account_sign_out() -> Response:
    """Sign out (A6)."""
    owner.sign_out(me())
    return done()


@api.post("/password/first")
@scoped(Scope.APP)
@said(
    "Choose an own password in place of the temporary one, or of one that is too old (then with otp): tokens (201), or "
    "next: device (200), when another signed in meanwhile.",
    SignedInAnswer,
    FirstPasswordBody,
    status=201,
    others={200: DueAnswer},
    problems=(409,),
)
def account_first_password() -> Response:
    """Choose the first password, or the next after six months (A1)."""
    sent = read(FirstPasswordBody)
    return began(sign_in.choose_password(of_app(sent.proof), sent.new, sent.repeat, sent.otp or ""))


@api.post("/password/code")
@scoped(Scope.APP)
@said(
    "Send the code for changing the password to the registered phone.",
    Told,
    status=202,
    signed_in=True,
    problems=(409, 429),
)
def account_password_code() -> Response:
    """Send the code for changing the password (A2)."""
    owner.order_password_code(me())
    return json(Told(text=words.CODE_SENT), 202)


@api.put("/password")
@scoped(Scope.APP)
@said(
    "Change the password with the code; other sessions end, this one goes on.",
    None,
    PasswordBody,
    status=204,
    signed_in=True,
    problems=(409, 429),
)
def account_password() -> Response:
    """Change the password (A2)."""
    who, sent = me(), read(PasswordBody)
    owner.change_password(who, sent.old, sent.new, sent.repeat, sent.otp)
    return done()


@api.get("")
@scoped(Scope.APP)
@said("The personal page.", InformationAnswer, signed_in=True)
def account_information() -> Response:
    """Show the personal page (A6)."""
    who = me()
    return json(answers.information(owner.information(who), has_smart_otp=smart_otp.is_in_use(who)))


@api.get("/declarations")
@scoped(Scope.APP)
@said("The owner's declarations, the newest first.", DeclarationsAnswer, signed_in=True)
def account_declarations() -> Response:
    """List the owner's declarations."""
    return json(DeclarationsAnswer(declarations=answers.declarations(owner.declarations(me()))))


@api.get("/children")
@scoped(Scope.APP)
@said("Children under this account, and declarations made for children.", ChildrenAnswer, signed_in=True)
def account_children() -> Response:
    """List the owner's children (D11)."""
    return json(answers.children(owner.children(me())))
