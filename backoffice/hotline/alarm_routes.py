"""Addresses of what supervisors should look at."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.desk.answers import number_of
from backoffice.hotline import alarms
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("alarms", __name__, url_prefix="/hotline/alarms")


@pages.get("")
@permit(Do.SEE_ALARMS)
def alarms_page() -> Response:
    """List what waits, and what was seen lately."""
    return show("hotline/alarms.html", **alarms.listed(me()))


@pages.post("/<alarm_id>/handle")
@permit(Do.HANDLE_ALARM)
def handle(alarm_id: str) -> Response:
    """Note that an alarm was looked into."""
    alarms.handle(me(), number_of(alarm_id), request.form.get("note", ""))
    flash("Đã ghi kết quả xem xét.", "good")
    return go("/hotline/alarms")
