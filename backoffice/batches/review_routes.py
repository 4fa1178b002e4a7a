"""A list in review: /batches/<token>/… Correcting, looking at each row, letting rows through."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request

from backoffice.batches import review_actions
from backoffice.batches.correcting import CellChanged
from backoffice.batches.export import export
from backoffice.batches.grid import known
from backoffice.batches.routes import HOME, batch_answer
from backoffice.gateways.sheets import XLSX
from backoffice.identity.text import row_number
from backoffice.kernel.errors import DomainError, Fault, InvalidInput, NotFound
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("batch_review", __name__, url_prefix="/batches")

ROW, CHANGED = "batches/row.html", "batches/changed.html"
_NO_ROW = "Không tìm thấy dòng này trong danh sách. Xin tải lại trang."
_NONE_CHOSEN = "Chưa chọn dòng nào. Xin đánh dấu các dòng cần làm rồi bấm lại."


@pages.get("/<batch_token>/rows/<row>")
@permit(Do.SEE_BATCH)
def row_page(batch_token: str, row: str) -> Response:
    """Show a row with the person's photos; `which` is the filter that is stepped through."""
    which = request.args.get("which", "")
    return show(ROW, block="row_pane", **review_actions.show_row(me(), batch_token, _number(row), which))


@pages.post("/<batch_token>/rows/<row>")
@permit(Do.WORK_BATCH)
def correct(batch_token: str, row: str) -> Response:
    """Correct a cell: `field`, `old` (what it held when it was shown), `value`."""
    at, form = _number(row), request.form
    cell = form.get("field", ""), form.get("old", ""), form.get("value", "")
    try:
        return _rows(batch_token, at, review_actions.correct(me(), batch_token, at, *cell, _which()))
    except CellChanged as refusal:
        shown = review_actions.show_rows(me(), batch_token, [at], _which())
        return _rows(batch_token, at, shown, refusal)


@pages.post("/<batch_token>/rows/<row>/out")
@permit(Do.WORK_BATCH)
def take_row_out(batch_token: str, row: str) -> Response:
    """Take one row out of the list."""
    at = _number(row)
    return _rows(batch_token, at, review_actions.take_out(me(), batch_token, [at], _which()))


@pages.post("/<batch_token>/rows/<row>/back")
@permit(Do.WORK_BATCH)
def put_row_back(batch_token: str, row: str) -> Response:
    """Put a row back that was taken out."""
    at = _number(row)
    return _rows(batch_token, at, review_actions.put_back(me(), batch_token, [at], _which()))


@pages.post("/<batch_token>/out")
@permit(Do.WORK_BATCH)
def take_rows_out(batch_token: str) -> Response:
    """Take rows out: those in `rows`, or with `which` all that have this fault (`expected` as many)."""
    if which := request.form.get("which", ""):
        gone = review_actions.take_out_all(me(), batch_token, which, row_number(request.form.get("expected", "")))
    else:
        try:
            numbers = _chosen()
        except InvalidInput as refusal:
            return batch_answer(batch_token, refusal)
        review_actions.take_out(me(), batch_token, numbers)
        gone = len(numbers)
    flash(f"Đã bỏ {gone} dòng ra khỏi danh sách. Có thể đưa lại khi cần.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/mend")
@permit(Do.WORK_BATCH)
def mend(batch_token: str) -> Response:
    """Put lost zeros back in all rows that have the fault `which` (`expected` as many)."""
    which, expected = request.form.get("which", ""), row_number(request.form.get("expected", ""))
    count = review_actions.mend_all(me(), batch_token, which, expected)
    flash(f"Đã thêm lại số 0 cho {count} dòng và đối chiếu lại.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/again")
@permit(Do.WORK_BATCH)
def look_again(batch_token: str) -> Response:
    """Have the list compared anew."""
    review_actions.look_again(me(), batch_token)
    flash("Đang đối chiếu lại cả danh sách với tờ khai hiện có.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/apply")
@permit(Do.APPLY_BATCH)
def apply(batch_token: str) -> Response:
    """Let rows through: those in `rows`, else all that are sound (`expected` as many); with `chosen`, only `rows`."""
    form = request.form
    try:
        numbers = _chosen() if "rows" in form or "chosen" in form else None
        count, waits = review_actions.apply(me(), batch_token, numbers, row_number(form.get("expected", "")))
    except InvalidInput as refusal:
        return batch_answer(batch_token, refusal)
    if waits:
        flash(f"Đã đề nghị duyệt {count} dòng. Danh sách chờ lãnh đạo khác xem lại trước khi duyệt.", "info")
    else:
        flash(f"Đang duyệt {count} dòng. Có thể rời trang này, việc vẫn tiếp tục.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/confirm")
@permit(Do.CONFIRM_BATCH)
def confirm(batch_token: str) -> Response:
    """Agree as the second pair of eyes."""
    count = review_actions.confirm(me(), batch_token)
    flash(f"Đã đồng ý. Đang duyệt {count} dòng.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/send-back")
@permit(Do.CONFIRM_BATCH)
def send_back(batch_token: str) -> Response:
    """Do not agree, and say why."""
    note = request.form.get("note", "")
    try:
        review_actions.send_back(me(), batch_token, note)
    except InvalidInput as refusal:
        return batch_answer(batch_token, refusal, note=note)
    flash("Đã trả lại danh sách để xem lại. Chưa duyệt ai trong lần đề nghị này.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/take-back")
@permit(Do.APPLY_BATCH)
def take_back(batch_token: str) -> Response:
    """Ask no more for what waits for the second pair of eyes."""
    review_actions.take_back(me(), batch_token)
    flash("Đã rút lại đề nghị duyệt. Danh sách sửa được tiếp.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.post("/<batch_token>/close")
@permit(Do.APPLY_BATCH)
def close(batch_token: str) -> Response:
    """End the list: what is left is not approved."""
    left = review_actions.close(me(), batch_token)
    flash(f"Đã kết thúc danh sách. {left} dòng còn lại không giải quyết trong danh sách này.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.get("/<batch_token>/export")
@permit(Do.SEE_BATCH)
def export_rows(batch_token: str) -> Response:
    """Give the rows of `which` with what is wrong, as a workbook."""
    made = export(me(), batch_token, request.args.get("which", ""))
    return download(made.data, XLSX, made.name)


def _rows(token: str, number: int, shown: dict[str, Any], refusal: DomainError | None = None) -> Response:
    """Answer with the rows that changed; a plain form is led back to its row, or shown what was refused."""
    form = request.form
    which, after = _which(), row_number(form.get("after", "")) or 0
    status, message = (refusal.status, refusal.message) if refusal else (200, "")
    if not is_fragment():
        if refusal:
            raise refusal
        where = f"/rows/{number}?which={which}" if "pane" in form else f"?which={which}&after={after}#row-{number}"
        return go(f"{HOME}/{token}{where}")
    changed = shown | {"message": message}
    if "pane" in form:
        pane = review_actions.show_row(me(), token, number, which)
        return show(ROW, block="row_pane", status=status, changed=changed, message=message, **pane)
    return show(CHANGED, status=status, first=number, after=after, **changed)


def _which() -> str:
    return known(request.form.get("which", ""))


def _number(text: str) -> int:
    number = row_number(text)
    if number is None:
        raise NotFound(_NO_ROW)
    return number


def _chosen() -> list[int]:
    numbers = [number for one in request.form.getlist("rows") if (number := row_number(one)) is not None]
    if not numbers:
        raise InvalidInput([Fault("rows", _NONE_CHOSEN, "missing")], _NONE_CHOSEN)
    return numbers
