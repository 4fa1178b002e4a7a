"""Addresses of what is unusual in the trail: of the room's blueprint, which is registered from here."""

from __future__ import annotations

from flask import Response, flash, request

from backoffice.desk.answers import number_of
from backoffice.kernel.errors import DomainError, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.trail import alarms
from backoffice.trail.routes import pages
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

__all__ = ["pages"]


@pages.get("/alarms")
@permit(Do.USE_TRAIL)
def alarms_page() -> Response:
    """List what waits, and what was seen to lately."""
    return show("trail/alarms.html", **alarms.listed(me()), faulty=0, note="", fault="")


@pages.post("/alarms/<alarm_id>/handle")
@permit(Do.HANDLE_TRAIL_ALARM)
def handle(alarm_id: str) -> Response:
    """Note what came of an alarm; what was typed stays when it is refused."""
    number, note = number_of(alarm_id), request.form.get("note", "")
    try:
        alarms.handle(me(), number, note, request.form.get("seen", ""))
    except InvalidInput as fault:
        return _again(number, fault, fault.faults[0].message)
    except alarms.Grown as grown:
        return _again(number, grown, grown.message)
    flash("Đã ghi kết quả xem xét.", "good")
    return go("/trail/alarms")


def _again(number: int, refusal: DomainError, fault: str) -> Response:
    """Show the page as it is now, with what was typed for the alarm and why that was refused."""
    typed = request.form.get("note", "")
    listed = alarms.listed(me())
    return show("trail/alarms.html", status=refusal.status, **listed, faulty=number, note=typed, fault=fault)
