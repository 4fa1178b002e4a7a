"""An account's adjustment or stop, written for the owner who stands there: /desk/accounts/<id>/declare (K10)."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.assisted import account_changes
from backoffice.desk.answers import number_of
from backoffice.desk.corrections import ID_TYPES
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Purpose
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit
from backoffice.web.refusals import faults_of

pages = Blueprint("assisted_accounts", __name__, url_prefix="/desk/accounts/<account_id>/declare")

_TICKS = ("identity", "agreed")
_MADE = "Đã lập tờ khai. Xin in mẫu số 01 để công dân ký, rồi xác minh và giải quyết như hồ sơ thường."


@pages.get("")
@permit(Do.CHANGE_FOR_OWNER)
def change_page(account_id: str) -> Response:
    """Ask what is to change, or whether the account is to stop."""
    return _page(number_of(account_id))


@pages.post("/adjust")
@permit(Do.CHANGE_FOR_OWNER)
def adjust(account_id: str) -> Response:
    """Write the adjustment and open it."""
    return _declare(number_of(account_id), Purpose.ADJUST)


@pages.post("/stop")
@permit(Do.CHANGE_FOR_OWNER)
def stop(account_id: str) -> Response:
    """Write the stop and open it."""
    return _declare(number_of(account_id), Purpose.STOP)


def _declare(account_id: int, purpose: Purpose) -> Response:
    checked = {name for name in _TICKS if request.form.get(name, "").strip()}
    try:
        code = account_changes.declare(account_id, me(), purpose, request.form, checked)
    except InvalidInput as refusal:
        return _page(account_id, faults_of(refusal), purpose.value)
    flash(_MADE, "good")
    return go(f"/desk/{code}")


def _page(account_id: int, faults: dict[str, str] | None = None, act: str = "") -> Response:
    names = (*account_changes.TYPED, "drop_email")
    return show(
        "assisted/account.html",
        status=422 if faults else 200,
        account=account_changes.open_form(account_id, me()),
        typed={name: request.form.get(name, "") for name in names} if faults else {},
        faults=faults or {},
        act=act,
        id_types=ID_TYPES,
    )
