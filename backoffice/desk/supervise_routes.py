"""The addresses of what a supervisor puts right, and of the day's list. Offices and days stand in them, no person."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.decision.handback import deescalate as hand_back
from backoffice.decision.late import enter_late
from backoffice.decision.late import extend as extend_deadlines
from backoffice.desk.answers import changed, receipt_of, refused
from backoffice.desk.day_list import HEADINGS, day_list, sheet
from backoffice.desk.drafts import refused_draft
from backoffice.desk.supervise import show_extension, show_supervision, told
from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.rules.reasons import NOTE_LIMIT
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("supervise", __name__, url_prefix="/desk")


@pages.get("/day")
@permit(Do.PRINT_DAY_LIST)
def day_page() -> Response:
    """Show the day's list of dossiers received, for printing."""
    listed = day_list(me(), request.args.get("date", ""), request.args.get("office", ""), "page")
    return show("desk/day.html", listed=listed, headings=HEADINGS, today=clock.today())


@pages.get("/day.xlsx")
@permit(Do.PRINT_DAY_LIST)
def day_sheet() -> Response:
    """Answer with the same list as a spreadsheet."""
    listed = day_list(me(), request.args.get("date", ""), request.args.get("office", ""), "xlsx")
    return download(sheet(listed), XLSX, f"bang-ke-{listed.office.code}-{listed.day.isoformat()}.xlsx")


@pages.get("/supervise")
@permit(Do.SUPERVISE)
def panel() -> Response:
    """Show what waits for a supervisor."""
    return show("desk/supervise.html", **show_supervision(me()))


@pages.get("/extend")
@permit(Do.EXTEND_DEADLINES)
def extension_page() -> Response:
    """Show what extending an office's deadlines would do."""
    return _extension()


@pages.post("/extend")
@permit(Do.EXTEND_DEADLINES)
def extend() -> Response:
    """Extend an office's deadlines to the end of the next working day."""
    note = request.form.get("note", "")
    try:
        done = told(extend_deadlines(request.form.get("office", ""), me(), note))
    except InvalidInput as fault:
        return _extension(note, fault)
    flash(f"Đã gia hạn {done['count']} tờ khai của {done['office']} đến hết ngày {done['until']}.", "good")
    return go("/desk/supervise")


@pages.post("/<receipt_code>/late")
@permit(Do.ENTER_LATE)
def late(receipt_code: str) -> Response:
    """Enter a dossier that was handed in before it could be entered."""
    at, note = request.form.get("at", ""), request.form.get("note", "")
    try:
        enter_late(receipt_of(receipt_code), me(), at, note)
    except InvalidInput as fault:
        return refused(receipt_code, refused_draft("late", fault, at=at, note=note))
    return changed(receipt_code)


@pages.post("/<receipt_code>/deescalate")
@permit(Do.DEESCALATE)
def deescalate(receipt_code: str) -> Response:
    """Give an escalated declaration back to its office."""
    note = request.form.get("note", "")
    try:
        hand_back(receipt_of(receipt_code), me(), note)
    except InvalidInput as fault:
        return refused(receipt_code, refused_draft("deescalate", fault, note=note))
    return changed(receipt_code)


def _extension(note: str = "", fault: InvalidInput | None = None) -> Response:
    faults = fault.faults if fault else ()
    office = request.values.get("office", "")
    shown = show_extension(office, me(), note, " ".join(one.message for one in faults))
    return show("desk/extend.html", status=422 if fault else 200, note_limit=NOTE_LIMIT, **shown)
