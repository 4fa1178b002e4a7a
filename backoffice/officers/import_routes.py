"""Addresses of officers as spreadsheets; they hang under those of the room."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.officers import forms, import_actions, sheet
from backoffice.officers.import_view import show_preview, told
from backoffice.officers.sheet import empty_sheet
from backoffice.officers.view import show_handed
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("sheets", __name__)
IMPORT, PREVIEW, HANDED = "officers/import.html", "officers/preview.html", "officers/handed.html"
MOST_BYTES = 5 * 1024 * 1024
_NO_FILE = "Chưa chọn tệp. Xin chọn tệp Excel (.xlsx) hoặc CSV rồi bấm “Xem trước”."


@pages.post("/export.xlsx")
@permit(Do.SEE_OFFICERS)
def export() -> Response:
    """Answer with the officers of the branch, narrowed as the list is, as a spreadsheet; no name is in the address."""
    wanted = forms.read_wanted(request.form)
    return download(sheet.export(me(), wanted), XLSX, f"nguoi-dung-{clock.today().isoformat()}.xlsx")


@pages.get("/import")
@permit(Do.EDIT_OFFICERS)
def import_page() -> Response:
    """Ask for the file."""
    return show(IMPORT, fault="", most_lines=import_actions.MOST_LINES)


@pages.get("/import/template.xlsx")
@permit(Do.EDIT_OFFICERS)
def template() -> Response:
    """Answer with the empty table."""
    return download(empty_sheet(), XLSX, "mau-nguoi-dung.xlsx")


@pages.post("/import")
@permit(Do.EDIT_OFFICERS)
@takes_files(MOST_BYTES)
def upload() -> Response:
    """Show what the file would change."""
    try:
        data = sent_file("file", _NO_FILE)
        preview = import_actions.upload(me(), data, request.files["file"].filename or "")
    except InvalidInput as refusal:
        return show(IMPORT, status=422, fault=refusal.faults[0].message, most_lines=import_actions.MOST_LINES)
    return show(PREVIEW, **show_preview(preview))


@pages.post("/import/apply")
@permit(Do.EDIT_OFFICERS)
def apply() -> Response:
    """Do what the preview showed, and tell the links of those who were added, once."""
    token = request.form.get("token", "")
    try:
        done = import_actions.apply(me(), token, request.form.get("mark", ""))
    except Conflict as refusal:
        if refusal.code == "draft_gone":
            return show(IMPORT, status=409, fault=refusal.message, most_lines=import_actions.MOST_LINES)
        return show(PREVIEW, status=409, **show_preview(import_actions.preview(me(), token), refusal.message))
    if not done.handed:
        flash(told(done), "good")
        return go("/officers")
    return show(HANDED, said=told(done), slips=show_handed(*done.handed), back="/officers")
