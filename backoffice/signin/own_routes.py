"""The officer's own page, /me: password, authenticator, recovery codes, sessions, devices, where they work now."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session, url_for
from flask_login import current_user

from backoffice.identity.text import row_number
from backoffice.kernel.errors import Conflict, DomainError, InvalidInput, TooManyRequests
from backoffice.rules.permissions import Do
from backoffice.signin import cookies, devices, news, own, passwords, stand_in
from backoffice.signin.authenticator_page import authenticator_page as authenticator_form
from backoffice.signin.coming_in import see
from backoffice.signin.recovery import FEW, LONGEST_TYPED
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit
from backoffice.web.refusals import faults_of, with_wait

pages = Blueprint("own", __name__)

_TYPED = 1100
"""Characters of a password that are looked at."""
_PROPOSAL = "own_proposal"
ENDINGS = {
    "logout": "đăng xuất",
    "switch": "đổi người dùng",
    "replaced": "đăng nhập ở máy khác",
    "unlock_failed": "nhập sai mật khẩu mở khóa 5 lần",
    "absolute": "đủ 12 giờ",
    "disabled": "tài khoản bị ngừng",
    "officer_changed": "quản trị đổi thông tin tài khoản",
    "password_set": "đặt mật khẩu bằng liên kết",
    "everywhere": "đăng xuất khỏi mọi thiết bị",
}


@pages.get("/me")
@permit(Do.OWN_ACCOUNT)
def own_page() -> Response:
    """Show what is kept about my signing in."""
    return _page()


@pages.post("/me/password")
@permit(Do.OWN_ACCOUNT)
def change_password() -> Response:
    """Change my password."""
    old, new, repeat = (_password(field) for field in ("old", "new", "repeat"))
    try:
        own.change_password(me(), old, new, repeat, browser=cookies.browser())
    except (InvalidInput, TooManyRequests) as refusal:
        return _refused("password", refusal)
    return _said("Đã đổi mật khẩu. Từ lần đăng nhập sau, xin dùng mật khẩu mới.")


@pages.post("/me/authenticator")
@permit(Do.OWN_ACCOUNT)
def begin_enrolment() -> Response:
    """Begin to take an authenticator, by the password and, where there is one already, a code."""
    try:
        session[_PROPOSAL] = own.begin_enrolment(me(), _password("password"), _code(), browser=cookies.browser())
    except (InvalidInput, TooManyRequests) as refusal:
        return _refused("authenticator", refusal)
    return see(url_for("own.authenticator_page"))


@pages.get("/me/authenticator")
@permit(Do.OWN_ACCOUNT)
def authenticator_page() -> Response:
    """Show the new authenticator's secret, as QR and for typing."""
    try:
        return _authenticator()
    except InvalidInput:
        return see(url_for("own.own_page"))


@pages.post("/me/authenticator/confirm")
@permit(Do.OWN_ACCOUNT)
def finish_enrolment() -> Response:
    """Take the authenticator by its six digits; the recovery codes are shown once."""
    try:
        codes = own.finish_enrolment(me(), session.get(_PROPOSAL, ""), _code(), browser=cookies.browser())
    except InvalidInput as refusal:
        if refusal.faults[0].field == "totp":
            return _authenticator(refusal.message, refusal.status)
        session.pop(_PROPOSAL, None)
        return _refused("authenticator", refusal)
    except TooManyRequests as refusal:
        return _refused("authenticator", refusal)
    session.pop(_PROPOSAL, None)
    return show("signin/codes.html", codes=codes, onward=url_for("own.own_page"))


@pages.post("/me/codes")
@permit(Do.OWN_ACCOUNT)
def renew_codes() -> Response:
    """Make new recovery codes and show them once."""
    try:
        codes = own.renew_codes(me(), _password("password"), _code(), browser=cookies.browser())
    except (InvalidInput, TooManyRequests) as refusal:
        return _refused("codes", refusal)
    return show("signin/codes.html", codes=codes, onward=url_for("own.own_page"))


@pages.post("/me/devices/forget")
@permit(Do.OWN_ACCOUNT)
def forget_device() -> Response:
    """Forget one of my devices."""
    devices.forget(me(), request.form.get("device", ""))
    return _said("Đã xóa máy khỏi danh sách. Lần sau đăng nhập từ máy đó sẽ được coi là máy mới.")


@pages.post("/me/devices/news")
@permit(Do.OWN_ACCOUNT)
def answer_news() -> Response:
    """Say whether the sign-in from a new device was mine; what is not answered clearly is asked again."""
    answer = request.form.get("answer", "")
    if answer == "mine":
        return _mine()
    if answer == "not_mine":
        devices.deny(me())
        return _out(
            "Đã kết thúc mọi phiên đăng nhập và khóa mật khẩu cũ của bạn. Xin liên hệ ngay người quản trị của đơn vị "
            "để nhận liên kết đặt mật khẩu mới."
        )
    return see(url_for("own.own_page"))


@pages.post("/me/everywhere")
@permit(Do.OWN_ACCOUNT)
def sign_out_everywhere() -> Response:
    """End all my sessions, this one too, and forget my devices."""
    devices.sign_out_everywhere(me())
    return _out("Đã đăng xuất khỏi mọi thiết bị và xóa danh sách máy quen. Xin đăng nhập lại.")


@pages.post("/me/office")
@permit(Do.OWN_ACCOUNT)
def change_office() -> Response:
    """Work at my second office from now on (office=second), or at my own."""
    second = request.form.get("office") == "second"
    try:
        name = stand_in.work_at(me(), cookies.session_token() or "", second=second)
    except Conflict as refusal:
        return _refused("office", refusal)
    flash(f"Bạn đang làm việc tại {name}.", "good")
    return see(url_for("signin.home"))


def _mine() -> Response:
    try:
        shown, codes = request.form.get("shown", ""), row_number(request.form.get("codes", ""))
        news.are_mine(me(), cookies.session_token() or "", shown, codes or 0)
    except Conflict as refusal:
        return _refused("news", refusal)
    return _said("Đã ghi nhận: những lần đó là bạn.")


def _page(faults: dict[str, dict[str, str]] | None = None, status: int = 200) -> Response:
    """Show the page; `faults` are those of one of its forms, by its name and field."""
    return show(
        "signin/own.html",
        status=status,
        own=own.overview(me(), cookies.session_token() or ""),
        faults=faults or {},
        rules=passwords.RULES,
        endings=ENDINGS,
        few=FEW,
        stands_in=current_user.stands_in,
    )


def _refused(form: str, refusal: DomainError) -> Response:
    return with_wait(_page({form: faults_of(refusal)}, refusal.status), refusal)


def _authenticator(fault: str = "", status: int = 200) -> Response:
    proposal, action = session.get(_PROPOSAL, ""), "/me/authenticator/confirm"
    return authenticator_form(proposal, action, is_due=False, fault=fault, status=status)


def _said(sentence: str) -> Response:
    flash(sentence, "good")
    return see(url_for("own.own_page"))


def _out(sentence: str) -> Response:
    """Lead to the sign-in form with nothing left of the session."""
    session.clear()
    flash(sentence, "warn")
    return cookies.take(see(url_for("signin.login_page")))


def _password(field: str) -> str:
    return request.form.get(field, "")[:_TYPED]


def _code() -> str:
    return request.form.get("totp", "")[:LONGEST_TYPED]
