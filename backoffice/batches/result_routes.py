"""The result of a list, and the end of an apply before its time: /batches/<token>/…"""

from __future__ import annotations

from flask import Blueprint, Response, flash

from backoffice.batches import result_actions as actions
from backoffice.gateways.sheets import XLSX
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go
from backoffice.web.guard import me, permit

pages = Blueprint("batch_results", __name__, url_prefix="/batches")


@pages.get("/<batch_token>/result.xlsx")
@permit(Do.SEE_BATCH)
def result_file(batch_token: str) -> Response:
    """Give the unit's workbook with what became of each row."""
    made = actions.download(me(), batch_token)
    return download(made.data, XLSX, made.name)


@pages.post("/<batch_token>/send-result")
@permit(Do.WORK_BATCH)
def send_result(batch_token: str) -> Response:
    """Have the result sent to the unit by e-mail."""
    actions.send(me(), batch_token)
    flash("Đang lập tệp kết quả và gửi đến e-mail của đơn vị.", "good")
    return go(f"/batches/{batch_token}")


@pages.post("/<batch_token>/stop")
@permit(Do.APPLY_BATCH)
def stop(batch_token: str) -> Response:
    """Apply no more of the list."""
    actions.stop(me(), batch_token)
    flash("Đã dừng. Các dòng đã xong giữ nguyên; các dòng còn lại trở về chờ xem xét.", "good")
    return go(f"/batches/{batch_token}")
