"""Lists of units: /batches. A list is a token in the address, which alone opens nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, request

from backoffice.batches import actions
from backoffice.batches.actions import Received, Sent
from backoffice.batches.letter import typed
from backoffice.gateways.sheets import XLSX
from backoffice.identity.text import row_number, visible
from backoffice.kernel import clock
from backoffice.kernel.errors import DomainError, Fault, InvalidInput
from backoffice.models import BatchKind
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import takes_files

pages = Blueprint("batches", __name__, url_prefix="/batches")

LIST, BATCH, HOME = "batches/list.html", "batches/batch.html", "/batches"
MOST_FILES = 10
MOST_BYTES = 16 * 1024 * 1024
"""Of all files of one request together: 20,000 rows take about 2 MB."""
_NO_FILE = "Chưa chọn tệp nào. Xin chọn tệp Excel (.xlsx) của đơn vị rồi bấm “Gửi lên”."
_EMPTY = "Tệp “{name}” trống. Chưa nhận tệp nào; xin xem lại tệp đó rồi gửi lại."
_HERE_ALREADY = (
    "Tệp này đã nhận lúc {at} nên không lập danh sách mới; đây là danh sách đó. Nếu vừa nhập đơn vị, công văn khác thì "
    "chưa ghi: xin ghi ở trang này."
)
_MANY = f"Mỗi lần gửi tối đa {MOST_FILES} tệp. Chưa nhận tệp nào; xin gửi làm nhiều lần."


@pages.get("")
@permit(Do.USE_BATCHES)
def batches_page() -> Response:
    """Show the lists of the officer's scope and the form to send more; `unit` fills the form."""
    return _page({"unit": request.args.get("unit", "")[:40]})


@pages.post("")
@permit(Do.WORK_BATCH)
@takes_files(MOST_BYTES)
def upload() -> Response:
    """Take lists in: one leads to its page, several to all of them."""
    form = typed(request.form)
    try:
        files = _sent()
        received = [actions.upload(me(), one, form) for one in files]
    except DomainError as refusal:
        return _page(form, refusal)
    if len(received) == 1:
        return to_list(received[0])
    new = sum(one.since is None for one in received)
    if new:
        flash(f"Đã nhận {new} tệp. Hệ thống đang đọc từng tệp.", "good")
    if new < len(received):
        flash(f"{len(received) - new} tệp đã có trong các danh sách dưới đây nên không nhận thêm.", "info")
    return go(HOME)


def to_list(received: Received) -> Response:
    """Lead to the list a file became, and say so when it had come before."""
    if received.since:
        flash(_HERE_ALREADY.format(at=f"{clock.local(received.since):%H:%M %d/%m/%Y}"), "info")
    return go(f"{HOME}/{received.token}")


@pages.get("/now")
@permit(Do.USE_BATCHES)
def batches_now() -> Response:
    """Show the lists alone, 204 while the page shows them already; asked every 2 s, keeps no session awake."""
    if not is_fragment():
        return go(HOME)
    shown = actions.show_list(me())
    if shown["state"] == request.args.get("state"):
        return make_response("", 204)
    return show(LIST, block="batches_now", **shown)


@pages.get("/template")
@permit(Do.USE_BATCHES)
def template() -> Response:
    """Give the workbook to be filled in, for the unit of `unit`; `kind` b: of people to be declared."""
    kind = BatchKind.TO_DECLARE if request.args.get("kind") == BatchKind.TO_DECLARE else BatchKind.DECLARED
    made = actions.template(me(), request.args.get("unit", ""), kind)
    return download(made.data, XLSX, made.name)


@pages.get("/<batch_token>")
@permit(Do.SEE_BATCH)
def batch_page(batch_token: str) -> Response:
    """Show a list: how far it is, what is wrong with which rows; `which` narrows them, `after` is the page before."""
    return _batch(batch_token)


@pages.get("/<batch_token>/now")
@permit(Do.SEE_BATCH)
def batch_now(batch_token: str) -> Response:
    """Show how far a list is, 204 while the page shows it already; once it has come to an end, the page anew."""
    where = f"{HOME}/{batch_token}"
    if not is_fragment():
        return go(where)
    shown = actions.show_progress(me(), batch_token)
    if not shown["open"]:
        return go(where)
    if shown["state"] == request.args.get("state"):
        return make_response("", 204)
    return show(BATCH, block="batch_progress", batch=shown)


@pages.get("/<batch_token>/status.json")
@permit(Do.SEE_BATCH)
def status(batch_token: str) -> Response:
    """Tell stage, rows, applied, refused, faults."""
    return jsonify(actions.status(me(), batch_token))


@pages.post("/<batch_token>/letter")
@permit(Do.WORK_BATCH)
def letter(batch_token: str) -> Response:
    """Note the unit and its letter."""
    form = typed(request.form)
    try:
        actions.note_letter(me(), batch_token, form)
    except InvalidInput as fault:
        return _batch(batch_token, status=422, letter=form, faults=fault.by_field)
    flash("Đã ghi đơn vị và công văn.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/cancel")
@permit(Do.WORK_BATCH)
def cancel(batch_token: str) -> Response:
    """Stop a list; its file and rows are deleted."""
    actions.cancel(me(), batch_token)
    flash("Đã hủy danh sách. Tệp và các dòng đã xóa; chưa duyệt ai.", "good")
    return go(HOME)


def _page(form: dict[str, str], refusal: DomainError | None = None) -> Response:
    faults = refusal.by_field if isinstance(refusal, InvalidInput) else {}
    message = refusal.message if refusal and not faults else ""
    code = refusal.status if refusal else 200
    return show(LIST, status=code, form=typed(form), faults=faults, message=message, **actions.show_list(me()))


def _batch(token: str, status: int = 200, **more: Any) -> Response:
    which, after = request.args.get("which", ""), row_number(request.args.get("after", "")) or 0
    return show(BATCH, status=status, **actions.show(me(), token, which, after) | more)


def batch_answer(token: str, refusal: InvalidInput, **typed_in: Any) -> Response:
    """Answer a form of a list's page that was refused with the page again: what is wrong stands at its field."""
    return _batch(token, status=refusal.status, faults=refusal.by_field, message=refusal.message, **typed_in)


def sent_files(field: str) -> list[Sent]:
    """Return the files of a field that were chosen; raises InvalidInput (empty) for one that holds nothing."""
    parts = [part for part in request.files.getlist(field) if part.filename]
    files = [Sent(part.filename or "", part.read()) for part in parts]
    if empty := next((one.name for one in files if not one.data), None):
        why = _EMPTY.format(name=visible(empty)[:100])
        raise InvalidInput([Fault(field, why, "empty")], why)
    return files


def _sent() -> list[Sent]:
    files = sent_files("file")
    if not files or len(files) > MOST_FILES:
        why = _MANY if files else _NO_FILE
        raise InvalidInput([Fault("file", why, "too_many" if files else "missing")], why)
    return files
