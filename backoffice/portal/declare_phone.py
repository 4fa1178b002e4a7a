"""The step of the new number: /declare/phone (K10, A7). The citizen reads a code there and types it here, or leaves it.

What is not proven here is tried by a call at the desk, where no code is ever asked for.
"""

from __future__ import annotations

from flask import Response, request

from backoffice.accounts import proving
from backoffice.identity.phone import group_phone
from backoffice.intake import account_drafts, drafts
from backoffice.intake.draft_rows import Draft, DraftOver
from backoffice.kernel.errors import DomainError
from backoffice.portal import declare_room
from backoffice.portal.declare_room import draft, go_on, lead, room, show_step, token
from backoffice.portal.declare_steps import beside
from backoffice.web.guard import public

pages = room("declare_phone", __name__)
_LONGEST = 100


@pages.get("/phone")
@public
def phone_page() -> Response:
    """Offer to prove the new number; say so where the number stays or is proven."""
    found = draft()
    phone = account_drafts.new_phone(found)
    return show_step(
        found,
        declare_room.step(found, "phone"),
        faults={"otp": fault} if (fault := found.values.get("_otp_fault", "")) else {},
        phone=group_phone(phone) if phone else "",
        is_proven=account_drafts.proven_at(found, phone) is not None,
        is_ordered=bool(phone) and found.values.get("_otp_sent") == phone,
    )


@pages.post("/phone")
@public
def leave_phone() -> Response:
    """Go on, proven or not, or back."""
    found = draft()
    at = declare_room.step(found, "phone")
    return lead(beside(found.kind, at)[0]) if request.form.get("act") == "back" else go_on(found, at, {})


@pages.post("/phone/code")
@public
def order_code() -> Response:
    """Send a code to the new number."""
    found, account_id = _own()
    phone, fault = account_drafts.new_phone(found), ""
    if phone:
        try:
            proving.order_phone_code(account_id, phone)
        except DomainError as refusal:
            fault = refusal.message
    drafts.put(token(), {"_otp_fault": fault, "_otp_sent": "" if fault else phone})
    return lead("/declare/phone")


@pages.post("/phone/confirm")
@public
def confirm() -> Response:
    """Take the code that was read on the new number."""
    found, account_id = _own()
    phone, fault = account_drafts.new_phone(found), ""
    if phone:
        try:
            proving.confirm_phone(account_id, phone, request.form.get("otp", "")[:_LONGEST])
            account_drafts.note_proven(token(), phone)
        except DomainError as refusal:
            fault = refusal.message
    drafts.put(token(), {"_otp_fault": fault})
    return lead("/declare/phone")


def _own() -> tuple[Draft, int]:
    """Return the draft of an adjustment and its account; raises DraftOver for any other."""
    found = draft()
    declare_room.step(found, "phone")
    if found.account_id is None:
        raise DraftOver
    return found, found.account_id
