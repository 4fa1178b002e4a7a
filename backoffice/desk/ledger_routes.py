"""Addresses of scanning and verifying on the review page, and of the ledger's sheet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from backoffice.decision.scan import OtherDeclaration
from backoffice.desk import actions, ledger_acts
from backoffice.desk.answers import asked_first, receipt_of
from backoffice.desk.ledger import open_sheet, with_fault, with_note
from backoffice.desk.scan_words import note
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk_ledger", __name__, url_prefix="/desk")


@pages.post("/<receipt_code>/scan")
@permit(Do.SCAN)
def scan(receipt_code: str) -> Response:
    """Take what was scanned while the declaration is open: form 01, an ID, a health card, a number."""
    code = receipt_of(receipt_code)
    try:
        values = ledger_acts.scan(code, me(), request.form.get("text", ""))
    except InvalidInput as fault:
        return _work(with_note(actions.show_state(code, me()), note("warn", fault.message)), fault.status)
    except OtherDeclaration as other:
        told = note("warn", other.message, f"/desk/{other.receipt_code}", "Mở hồ sơ đó")
        return _work(with_note(actions.show_state(code, me()), told), other.status)
    if values is None:
        return asked_first(code)
    return _work(values, 200) if is_fragment() else go(f"/desk/{code}")


@pages.post("/<receipt_code>/verify")
@permit(Do.VERIFY)
def verify(receipt_code: str) -> Response:
    """Enter an item as seen, or take it for a reason."""
    code, item, reason = receipt_of(receipt_code), request.form.get("item", ""), request.form.get("note", "")
    try:
        values = ledger_acts.verify(code, me(), item, request.form.get("how", ""), reason)
    except InvalidInput as fault:
        return _work(with_fault(actions.show_state(code, me()), item, reason, fault), fault.status)
    return _verified(code, values)


@pages.post("/<receipt_code>/verify/undo")
@permit(Do.VERIFY)
def take_back(receipt_code: str) -> Response:
    """Take an entry back."""
    code = receipt_of(receipt_code)
    return _verified(code, ledger_acts.take_back(code, me(), request.form.get("item", "")))


@pages.get("/<receipt_code>/ledger")
@permit(Do.REVIEW)
def sheet(receipt_code: str) -> Response:
    """Show the ledger as a sheet to be printed."""
    return show("desk/ledger.html", **open_sheet(receipt_of(receipt_code), me()))


def _verified(code: str, values: dict[str, Any] | None) -> Response:
    """Answer with the few parts that an entry changes: officers press these keys eight times a person."""
    if values is None:
        return asked_first(code)
    return show("desk/_verified.html", **values) if is_fragment() else go(f"/desk/{code}")


def _work(values: dict[str, Any], status: int) -> Response:
    """Answer with the parts that a scan changes; what is being typed there, and what is unfolded, stays (keep)."""
    parts = ("compare", "caption", "history")
    return show("desk/review.html", block="work", also=parts, oob=True, keep=True, status=status, **values)
