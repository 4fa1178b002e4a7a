"""Answering whoever has given the right password: ask for what is due, or let them in."""

from __future__ import annotations

from flask import Response, flash, redirect, session, url_for

from backoffice.signin import cookies, sessions
from backoffice.signin.entry import EnrolmentDue, Outcome, SignInResult, TotpDue
from backoffice.web.fragments import show

PROOF, PROPOSAL, FOLLOW = "totp_proof", "totp_proposal", "follow"
"""What the browser keeps, sealed, between the password and the session."""
NEW_DEVICE = (
    "Lần đầu bạn đăng nhập từ máy này. Khi bạn đăng nhập ở máy quen, hệ thống sẽ hỏi lại để chắc đó đúng là bạn."
)


def go_on(outcome: Outcome, username: str, follow: str) -> Response:
    """Ask for the code, lead to the authenticator that must be taken, or begin; `follow` is the local path to go to."""
    if isinstance(outcome, TotpDue):
        session[PROOF] = outcome.proof
        return login_form(username, follow, totp_due=True)
    if isinstance(outcome, EnrolmentDue):
        session[PROPOSAL], session[FOLLOW] = outcome.proposal, follow
        return see(url_for("enrolment.enrolment_page"))
    return come_in(outcome, see(follow or url_for("signin.home")))


def come_in(result: SignInResult, response: Response | None = None) -> Response:
    """Begin with nothing of before: new token, new form tokens, and a session of someone else here has ended.

    Without a `response`, the answer shows the new recovery codes.
    """
    former, follow = cookies.session_token(), session.get(FOLLOW, "")
    if former:
        sessions.sign_out(former, sessions.EndReason.SWITCH)
    session.clear()
    if result.is_new_device:
        flash(NEW_DEVICE, "info")
    if result.codes_left is not None and not result.codes:
        flash(_few(result.codes_left), "warn")
    if response is None:
        response = show("signin/codes.html", codes=result.codes, onward=follow or url_for("signin.home"), quiet=True)
    return cookies.give(response, result.token, result.device_token)


def login_form(
    username: str, follow: str, faults: dict[str, str] | None = None, status: int = 200, *, totp_due: bool = False
) -> Response:
    """Show the sign-in form, or its second step."""
    return show(
        "signin/login.html", status=status, faults=faults or {}, username=username, totp_due=totp_due, next=follow
    )


def forget_pending() -> None:
    """Forget what was proved on the way in: whoever opens the sign-in form begins anew."""
    for key in (PROOF, PROPOSAL, FOLLOW):
        session.pop(key, None)


def see(where: str) -> Response:
    """Lead the browser to the local address `where`."""
    return redirect(where, 303)  # type: ignore[return-value]


def _few(left: int) -> str:
    if left == 0:
        return "Bạn đã dùng hết mã khôi phục. Xin mở “Tài khoản của tôi” để tạo mã mới, phòng khi mất điện thoại."
    return f"Bạn chỉ còn {left} mã khôi phục. Xin mở “Tài khoản của tôi” để tạo mã mới, phòng khi mất điện thoại."
