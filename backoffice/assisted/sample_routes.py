"""Addresses of the sample that a supervisor checks: /desk/samples."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request

from backoffice.assisted import samples
from backoffice.assisted.samples import Sampled
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.rules.reasons import NOTE_LIMIT
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("assisted_samples", __name__, url_prefix="/desk")


@pages.get("/samples")
@permit(Do.CHECK_SAMPLE)
def samples_page() -> Response:
    """Show what is to be checked, what was objected to, and how often each officer."""
    return _page()


@pages.post("/samples")
@permit(Do.CHECK_SAMPLE)
def check() -> Response:
    """Mark one as checked."""
    form = request.form
    try:
        samples.check(form.get("receipt_code", ""), me(), form.get("verdict", ""), form.get("note", ""))
    except InvalidInput as refusal:
        faulty = {
            "receipt_code": form.get("receipt_code", ""),
            "note": form.get("note", ""),
            "text": refusal.faults[0].message,
        }
        return _page(422, faulty)
    flash("Đã ghi kết quả kiểm tra.", "good")
    return go("/desk/samples")


def _page(status: int = 200, faulty: dict[str, str] | None = None) -> Response:
    found = samples.show(me())
    return show(
        "assisted/samples.html",
        status=status,
        waiting=[_row(one) for one in found.waiting],
        objected=[_row(one) for one in found.objected],
        tallies=found.tallies,
        share=samples.SHARE,
        days=samples.DAYS,
        note_limit=NOTE_LIMIT,
        faulty=faulty or {},
    )


def _row(one: Sampled) -> dict[str, Any]:
    return one._asdict() | {
        "receipt": format_receipt_code(one.receipt_code),
        "href": f"/desk/{one.receipt_code}",
        "code_tail": mask_code(one.bhxh_code),
        "approved": f"{one.approved_on:%d/%m/%Y}",
        "checked": f"{clock.local(one.checked_at):%H:%M %d/%m/%Y}" if one.checked_at else "",
    }
