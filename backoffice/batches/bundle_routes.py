"""Lists of people to be declared (D12 b): /batches/declare, and zips and forms of one list."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.batches import bundle_actions as actions
from backoffice.batches.actions import Sent
from backoffice.batches.letter import typed
from backoffice.batches.routes import sent_files, to_list
from backoffice.desk.answers import file
from backoffice.identity.text import row_number
from backoffice.kernel.errors import Conflict, DomainError, Fault, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import takes_files

pages = Blueprint("bundles", __name__, url_prefix="/batches")

FORM, HOME = "batches/declare.html", "/batches"
MOST_ZIPS = 10
MOST_BYTES = 60 * 1024 * 1024
"""Of all files of one request together: more zips may follow."""
_NO_BOOK = "Chưa chọn tệp Excel. Xin chọn tệp danh sách (.xlsx) theo mẫu lập tờ khai."
_ONE_BOOK = "Mỗi lần gửi một tệp Excel. Chưa nhận tệp nào; xin gửi từng danh sách."
_MANY = f"Mỗi lần gửi tối đa {MOST_ZIPS} tệp zip. Chưa nhận tệp nào; xin gửi làm nhiều lần."


@pages.get("/declare")
@permit(Do.WORK_BATCH)
def declare_page() -> Response:
    """Show the form to send a list with photos in; `unit` fills the form."""
    return _page({"unit": request.args.get("unit", "")[:40]})


@pages.post("/declare")
@permit(Do.WORK_BATCH)
@takes_files(MOST_BYTES)
def declare() -> Response:
    """Take in a workbook and its zips."""
    form = typed(request.form)
    try:
        received = actions.upload(me(), _book(), _zips(), form)
    except DomainError as refusal:
        return _page(form, refusal)
    return to_list(received)


@pages.post("/<batch_token>/photos")
@permit(Do.WORK_BATCH)
@takes_files(MOST_BYTES)
def photos(batch_token: str) -> Response:
    """Take further zips in."""
    new = actions.add_photos(me(), batch_token, _zips())
    if new:
        flash(f"Đã nhận {new} tệp zip. Hệ thống đang lấy ảnh và đối chiếu lại.", "good")
    else:
        flash("Tệp này đã nhận trước đó. Không có gì thay đổi.", "warn")
    return go(f"{HOME}/{batch_token}")


@pages.get("/<batch_token>/rows/<row>/photos/<kind>")
@permit(Do.WORK_BATCH)
def photo(batch_token: str, row: str, kind: str) -> Response:
    """Answer with a photo that came for the person of a row, as JPEG; `size` thumb: a small one."""
    size = request.args.get("size", "full")
    data = actions.open_photo(me(), batch_token, row_number(row) or 0, kind, size)
    return file(data, "image/jpeg", f"{kind}.jpg")


@pages.post("/<batch_token>/declarations")
@permit(Do.APPLY_BATCH)
def declarations(batch_token: str) -> Response:
    """Make declarations of all rows that are right."""
    try:
        number = actions.make(me(), batch_token, row_number(request.form.get("expected", "")))
    except (InvalidInput, Conflict) as refusal:
        flash(refusal.message, "bad")
    else:
        flash(f"Đang lập {number} tờ khai. Có thể rời trang này, việc vẫn tiếp tục.", "good")
    return go(f"{HOME}/{batch_token}")


@pages.get("/<batch_token>/form01.pdf")
@permit(Do.WORK_BATCH)
def forms(batch_token: str) -> Response:
    """Give form 01s of the list's declarations, those of `part`."""
    part = row_number(request.args.get("part", "")) or 1
    return download(actions.forms(me(), batch_token, part), "application/pdf", f"mau-so-01-phan-{part}.pdf")


def _page(form: dict[str, str], refusal: DomainError | None = None) -> Response:
    faults = refusal.by_field if isinstance(refusal, InvalidInput) else {}
    message = refusal.message if refusal and not faults else ""
    status = refusal.status if refusal else 200
    return show(FORM, status=status, form=typed(form), faults=faults, message=message)


def _book() -> Sent:
    files = sent_files("file")
    if len(files) != 1:
        why = _ONE_BOOK if files else _NO_BOOK
        raise InvalidInput([Fault("file", why, "missing")], why)
    return files[0]


def _zips() -> list[Sent]:
    files = sent_files("photos")
    if len(files) > MOST_ZIPS:
        raise InvalidInput([Fault("photos", _MANY, "too_many")], _MANY)
    return files
