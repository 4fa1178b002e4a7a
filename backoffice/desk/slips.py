"""The slip that is handed over: what was decided, what is asked for, or that a dossier was taken in (K3, K6, K7).

Never a password: that goes to the citizen's phone alone.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backoffice.accounts.actions import account_opened_by
from backoffice.decision.queries import officer_name
from backoffice.desk.change_view import change_of
from backoffice.desk.opening import declaration_to_show
from backoffice.gateways.pdf.pictures import qr_svg
from backoffice.identity.phone import mask_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.models import Declaration, Office, Purpose, Status, TrailEvent
from backoffice.notices.credentials import is_open, newest_issue
from backoffice.notices.messages import last_day, papers
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do
from backoffice.rules.reasons import screen_reasons

Values = dict[str, Any]
_NOTHING = "Hồ sơ này chưa nộp và chưa có kết quả, nên chưa có phiếu để in. Xin ghi là đã nộp hồ sơ, rồi in lại."


def open_slip(receipt_code: str, officer: Actor) -> Values:
    """Return what templates/desk/slip.html shows, and note that it was looked at.

    Raises NotFound as ever, Conflict (no_slip) while there is nothing to hand over.
    """
    with transaction() as session:
        declaration = declaration_to_show(session, receipt_code, officer, Do.PRINT_SLIP)
        kind = _kind(declaration)
        record(session, TrailEvent.SLIP, officer, declaration=declaration, kind=kind)
        at, by = _when_and_who(declaration, kind)
        return {
            "kind": kind,
            "declaration": {
                "receipt_code": declaration.receipt_code,
                "full_name": declaration.full_name,
                "declared": f"{clock.local(declaration.declared_at):%d/%m/%Y}",
            },
            "qr": _picture(declaration.receipt_code),
            "office": _office(declaration.office),
            "at": f"{clock.local(at):%H:%M ngày %d/%m/%Y}" if at else "",
            "by": officer_name(session, by),
            "papers": papers(declaration),
            **_told(session, declaration, kind),
        }


_APPROVED = {Purpose.REGISTER: "approved", Purpose.ADJUST: "adjusted", Purpose.STOP: "stopped"}


def _kind(declaration: Declaration) -> str:
    if declaration.status is Status.APPROVED:
        return _APPROVED[declaration.purpose]
    if declaration.status is Status.REJECTED:
        return declaration.status.value
    if declaration.status is Status.SUBMITTED and declaration.presented_at is not None:
        return "supplement" if declaration.supplement_at is not None else "received"
    raise Conflict(_NOTHING, code="no_slip")


def _when_and_who(declaration: Declaration, kind: str) -> tuple[datetime | None, int | None]:
    if kind == "supplement":
        return declaration.supplement_at, declaration.supplement_by_id
    if kind == "received":
        return declaration.presented_at, declaration.presented_to_id
    return declaration.decided_at, declaration.decided_by_id


def _told(session: Session, declaration: Declaration, kind: str) -> Values:
    """Return what the slip of this kind says beside the rest."""
    if kind == "approved":
        return {"account": _account(session, declaration)}
    if kind == "adjusted":
        change = change_of(session, declaration)
        return {"parts": [line["label"] for line in change["lines"]] if change else []}
    if kind == "rejected":
        return {"reasons": screen_reasons(declaration.reasons, ""), "note": declaration.rejected_note or ""}
    if kind == "supplement":
        until = last_day(declaration.expires_at) if declaration.expires_at else ""
        return {"note": declaration.supplement_note or "", "until": until}
    return {}


def _account(session: Session, declaration: Declaration) -> Values:
    """Return user name, the phone as it is now, masked, and until when the password sent can be used ("" once used)."""
    account = account_opened_by(session, declaration.id)
    if account is None:
        raise Conflict("Tài khoản của hồ sơ này không còn, nên không in được phiếu. Xin báo lãnh đạo.", code="no_slip")
    issue = newest_issue(session, account.id)
    until = f"{clock.local(issue.expires_at):%H:%M ngày %d/%m/%Y}" if issue and is_open(session, issue) else ""
    return {"username": account.bhxh_code, "phone": mask_phone(account.phone), "until": until}


def _office(office: Office) -> Values:
    return {"code": office.code, "name": office.name, "address": office.address or "", "phone": office.phone or ""}


def _picture(receipt_code: str) -> str:
    """Return the QR code that opens the declaration when the slip is scanned, as an address of its own (RFC 2397)."""
    return f"data:image/svg+xml;base64,{b64encode(qr_svg(receipt_code).encode()).decode()}"
