"""Offices out to a spreadsheet and in from one: /offices/export.xlsx, /offices/import."""

from __future__ import annotations

from flask import Blueprint, Response, request

from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.offices import import_actions, sheet
from backoffice.offices.import_view import show_preview
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("offices_import", __name__, url_prefix="/offices")

MAX_BYTES = 5 * 1024 * 1024
FILE, PREVIEW = "offices/import.html", "offices/import_preview.html"
_NONE_CHOSEN = "Chưa chọn tệp nào. Xin chọn tệp Excel .xlsx hoặc CSV rồi bấm “Xem trước”."


@pages.get("/export.xlsx")
@permit(Do.SEE_OFFICES)
def export() -> Response:
    """Give the list as it stands: all of it, what a search shows (`q`, `closed`), or the own branch (`own`)."""
    asked = request.args
    content = sheet.export(me(), asked.get("q", ""), closed=bool(asked.get("closed")), own=bool(asked.get("own")))
    return download(content, XLSX, f"co-quan-bhxh-{clock.today():%Y%m%d}.xlsx")


@pages.get("/import/template.xlsx")
@permit(Do.EDIT_OFFICES)
def template() -> Response:
    """Give the empty file."""
    return download(sheet.template(), XLSX, "mau-co-quan-bhxh.xlsx")


@pages.get("/import")
@permit(Do.EDIT_OFFICES)
def import_page() -> Response:
    """Ask for a file."""
    return show(FILE, fault=None)


@pages.post("/import")
@permit(Do.EDIT_OFFICES)
@takes_files(MAX_BYTES)
def upload() -> Response:
    """Take the file and lead to what it would change."""
    try:
        data = sent_file("file", _NONE_CHOSEN)
        token = import_actions.upload(me(), data, request.files["file"].filename or "")
    except InvalidInput as fault:
        return show(FILE, status=fault.status, fault=fault.faults[0].message)
    return go(f"/offices/import/{token}")


@pages.get("/import/<token>")
@permit(Do.EDIT_OFFICES)
def preview_page(token: str) -> Response:
    """Show what the file would change, or what it has changed."""
    return show(PREVIEW, message=None, **show_preview(me(), token))


@pages.post("/import/<token>")
@permit(Do.EDIT_OFFICES)
def apply(token: str) -> Response:
    """Change all of it, or show anew what it would change."""
    try:
        import_actions.apply(me(), token, request.form.get("seen", ""))
    except Conflict as late:
        return show(PREVIEW, status=late.status, message=late.message, **show_preview(me(), token))
    return go(f"/offices/import/{token}")
