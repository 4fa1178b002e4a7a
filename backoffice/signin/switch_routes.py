"""Leaving the counter to a colleague: what becomes of the declarations I have in hand, then the sign-in form."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from flask_login import current_user

from backoffice.decision import handover
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput, Unauthenticated
from backoffice.rules.permissions import Do
from backoffice.signin import sessions
from backoffice.signin.leaving import end_session
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit
from backoffice.web.refusals import faults_of

pages = Blueprint("switch", __name__)
_FIELD = "held-"
_CHOICE_LIMIT = 40


@pages.get("/switch")
@permit(Do.OWN_SESSION)
def switch_page() -> Response:
    """Show what I have in hand, and ask what is to become of each."""
    _require_unlocked()
    return _page({}, {})


@pages.post("/switch")
@permit(Do.OWN_SESSION)
def switch() -> Response:
    """Do as was chosen for each declaration, then end the session; nothing is done when a choice is refused."""
    _require_unlocked()
    chosen = {
        name.removeprefix(_FIELD): value[:_CHOICE_LIMIT]
        for name, value in request.form.items()
        if name.startswith(_FIELD)
    }
    try:
        handover.leave_desk(me(), chosen)
    except InvalidInput as refusal:
        return _page(chosen, faults_of(refusal), refusal.status)
    return end_session(sessions.EndReason.SWITCH)


def _require_unlocked() -> None:
    """Whoever stands before a locked screen may end the session, but neither sees nor moves what its officer holds."""
    if current_user.locked:
        raise Unauthenticated("Màn hình đang khóa. Xin nhập mật khẩu để mở khóa.", code="locked")


def _page(chosen: Mapping[str, str], faults: Mapping[str, str], status: int = 200) -> Response:
    held = handover.held_by(me())
    return show(
        "signin/switch.html",
        status=status,
        held=[
            {
                "receipt_code": one.receipt_code,
                "full_name": one.full_name,
                "since": f"{clock.local(one.since):%H:%M}",
                "until": f"{clock.local(one.until):%H:%M}",
                "chosen": chosen.get(one.receipt_code, handover.KEEP),
                "fault": faults.get(one.receipt_code, ""),
            }
            for one in held
        ],
        colleagues=handover.colleagues_of(me()) if held else [],
    )
