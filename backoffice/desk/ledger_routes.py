"""Addresses of scanning and verifying on the review page, and of the ledger's sheet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from backoffice.decision import ledger
from backoffice.decision import scan as scanning
from backoffice.desk import actions
from backoffice.desk.answers import receipt_of
from backoffice.desk.ledger import open_sheet, with_fault, with_note
from backoffice.desk.scan_words import note, note_on
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
        said, status = note_on(scanning.scan(code, me(), request.form.get("text", ""))), 200
    except InvalidInput as fault:
        said, status = note("warn", fault.message), fault.status
    except scanning.OtherDeclaration as other:
        said, status = note("warn", other.message, f"/desk/{other.receipt_code}", "Mở hồ sơ đó"), other.status
    if status == 200 and not is_fragment():
        return go(f"/desk/{code}")
    return _answer(with_note(actions.show_state(code, me()), said), status)


@pages.post("/<receipt_code>/verify")
@permit(Do.VERIFY)
def verify(receipt_code: str) -> Response:
    """Enter an item as seen, or take it for a reason."""
    code, item, reason = receipt_of(receipt_code), request.form.get("item", ""), request.form.get("note", "")
    try:
        ledger.verify(code, me(), item, request.form.get("how", ""), reason)
    except InvalidInput as fault:
        values = with_fault(actions.show_state(code, me()), item, reason, fault)
        return _answer(values, fault.status, keep=False)
    return _verified(code)


@pages.post("/<receipt_code>/verify/undo")
@permit(Do.VERIFY)
def take_back(receipt_code: str) -> Response:
    """Take an entry back."""
    code = receipt_of(receipt_code)
    ledger.take_back(code, me(), request.form.get("item", ""))
    return _verified(code)


@pages.get("/<receipt_code>/ledger")
@permit(Do.REVIEW)
def sheet(receipt_code: str) -> Response:
    """Show the ledger as a sheet to be printed."""
    return show("desk/ledger.html", **open_sheet(receipt_of(receipt_code), me()))


def _verified(code: str) -> Response:
    return _answer(actions.show_state(code, me()), 200) if is_fragment() else go(f"/desk/{code}")


def _answer(values: dict[str, Any], status: int, *, keep: bool = True) -> Response:
    """Answer with the parts that changed. `keep`: what is being typed in the right column, and unfolded, stays."""
    parts = ("compare", "caption", "history")
    return show("desk/review.html", block="work", also=parts, oob=True, keep=keep, status=status, **values)
