"""A password reset by e-mail, the confirming of the address, and SmartOTP, for the app (A5, A6)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from backoffice.accounts import email_reset, smart_otp
from backoffice.mobile import answers, words
from backoffice.mobile.answers import SecretAnswer, Told, ValidAnswer
from backoffice.mobile.bodies import AgainBody, EmailResetBody, EmailResetCodeBody, SmartOtpBody, read
from backoffice.mobile.doors import done, json, me, said
from backoffice.models import Scope
from backoffice.web.guard import scoped

api = Blueprint("mobile_more", __name__, url_prefix="/api/v1/account")


@api.post("/email-reset")
@scoped(Scope.APP)
@said(
    "Ask for a code by e-mail that resets the password. The answer is the same whether there is an account or not.",
    Told,
    EmailResetBody,
    status=202,
    problems=(429,),
)
def email_reset_code() -> Response:
    """Send the code, if there is a confirmed address (A5)."""
    email_reset.request_reset(read(EmailResetBody).bhxh_code, request.remote_addr or "")
    return json(Told(text=words.LETTER_MAYBE), 202)


@api.post("/email-reset/confirm")
@scoped(Scope.APP)
@said(
    "Set the password by the code from the letter; every session ends.",
    None,
    EmailResetCodeBody,
    status=204,
    problems=(429,),
)
def email_reset_password() -> Response:
    """Set the password (A5)."""
    sent = read(EmailResetCodeBody)
    email_reset.confirm_reset(
        sent.bhxh_code, sent.code, sent.new, sent.repeat, sent.device_id, request.remote_addr or ""
    )
    return done()


@api.post("/email/confirm")
@scoped(Scope.APP)
@said("Send the letter whose link confirms the e-mail address.", Told, status=202, signed_in=True, problems=(409, 429))
def email_link() -> Response:
    """Send the link (A5)."""
    email_reset.send_link(me())
    return json(Told(text=words.LINK_SENT), 202)


@api.post("/smart-otp")
@scoped(Scope.APP)
@said(
    "Enrol an authenticator (RFC 6238), the password asked again; it serves once confirmed.",
    SecretAnswer,
    AgainBody,
    status=201,
    signed_in=True,
    problems=(409, 429),
)
def smart_otp_new() -> Response:
    """Enrol an authenticator (A6)."""
    who, sent = me(), read(AgainBody)
    return json(answers.secret(smart_otp.enrol(who, sent.password)), 201)


@api.post("/smart-otp/confirm")
@scoped(Scope.APP)
@said(
    "Send the authenticator's first code: from now on it serves.",
    None,
    SmartOtpBody,
    status=204,
    signed_in=True,
    problems=(409, 429),
)
def smart_otp_confirm() -> Response:
    """Take the first code (A6)."""
    who, sent = me(), read(SmartOtpBody)
    smart_otp.confirm(who, sent.code)
    return done()


@api.post("/smart-otp/check")
@scoped(Scope.APP)
@said(
    "Whether a code is right; each is right once.",
    ValidAnswer,
    SmartOtpBody,
    signed_in=True,
    problems=(409, 429),
)
def smart_otp_check() -> Response:
    """Check a code (A6)."""
    who, sent = me(), read(SmartOtpBody)
    return json(ValidAnswer(valid=smart_otp.check(who, sent.code)))


@api.delete("/smart-otp")
@scoped(Scope.APP)
@said(
    "Give the authenticator up, the password asked again.",
    None,
    AgainBody,
    status=204,
    signed_in=True,
    problems=(409, 429),
)
def smart_otp_remove() -> Response:
    """Give the authenticator up (A6)."""
    who, sent = me(), read(AgainBody)
    smart_otp.remove(who, sent.password)
    return done()
