"""The addresses of offices. Facts of offices are public, so codes and searched words may stand in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, request

from backoffice.identity.text import row_number
from backoffice.kernel.errors import InvalidInput
from backoffice.offices import actions, forms, merging, view
from backoffice.offices.merging import Outcome, Plan
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("offices", __name__, url_prefix="/offices")
LIST, OFFICE, FORM, MERGE = "offices/list.html", "offices/office.html", "offices/form.html", "offices/merge.html"


@pages.get("")
@permit(Do.SEE_OFFICES)
def offices_page() -> Response:
    """Show the tree by provinces, one of them unfolded (`in`), or what a search (`q`) finds."""
    q, opened = request.args.get("q", ""), request.args.get("in", "")
    closed = bool(request.args.get("closed"))
    if is_fragment() and opened:
        folded = bool(request.args.get("fold"))
        return show(LIST, block="branch_rows", **view.show_branch(me(), opened, closed=closed, folded=folded))
    listed = view.show_found(me(), q, closed=closed) if q.strip() else view.show_tree(me(), opened, closed=closed)
    return show(LIST, block="listed", looked_for=q, **listed)


@pages.get("/new")
@permit(Do.EDIT_OFFICES)
def new_page() -> Response:
    """Show the form of a new office."""
    return show(FORM, **view.show_new(me(), request.args.get("parent", "")))


@pages.post("/new")
@permit(Do.EDIT_OFFICES)
def create() -> Response:
    """Add an office."""
    typed = forms.typed(request.form)

    def again(**more: Any) -> dict[str, Any]:
        return view.show_new(me(), typed["parent"], more.pop("form", typed)) | more

    if request.form.get("act") == "ward":
        return _with_ward(typed, again)
    try:
        code = actions.create(me(), typed)
    except InvalidInput as fault:
        return show(FORM, status=422, **again(faults=fault.by_field))
    flash(f"Đã thêm cơ quan {code}.", "good")
    return go(f"/offices/{code}")


@pages.get("/<code>")
@permit(Do.SEE_OFFICES)
def office_page(code: str) -> Response:
    """Show one office."""
    return show(OFFICE, **view.show_office(me(), code))


@pages.get("/<code>/edit")
@permit(Do.EDIT_OFFICES)
def edit_page(code: str) -> Response:
    """Show the form of an office."""
    return show(FORM, **view.show_form(me(), code))


@pages.post("/<code>/edit")
@permit(Do.EDIT_OFFICES)
def edit(code: str) -> Response:
    """Change an office; who was overtaken is shown what has changed, and keeps what was typed."""
    typed = forms.typed(request.form)

    def again(**more: Any) -> dict[str, Any]:
        return view.show_form(me(), code, more.pop("form", typed)) | {"version": _version()} | more

    if request.form.get("act") == "ward":
        return _with_ward(typed, again)
    try:
        left = actions.edit(code, me(), typed, _version())
    except InvalidInput as fault:
        return show(FORM, status=422, **again(faults=fault.by_field))
    except actions.Changed as late:
        newest = max((one.id for one in late.since), default=_version())
        said = {"message": late.message, "since": view.show_since(code, late.since), "version": newest}
        return show(FORM, status=409, **again(**said))
    flash("Đã ghi thay đổi của cơ quan.", "good")
    if left:
        flash(
            f"Cơ quan đã sang tỉnh khác nhưng vẫn phục vụ {left} xã, phường ngoài tỉnh đó: xem danh sách dưới đây. "
            "Nơi nào không còn phục vụ, xin bấm “Sửa thông tin” để bỏ.",
            "warn",
        )
    return go(f"/offices/{code}")


@pages.post("/<code>/close")
@permit(Do.EDIT_OFFICES)
def close(code: str) -> Response:
    """Close an office, or show what is in the way."""
    try:
        actions.close(code, me())
    except actions.InTheWay as found:
        in_the_way = [one.sentence for one in found.hindrances]
        return show(OFFICE, status=409, in_the_way=in_the_way, **view.show_office(me(), code))
    flash("Đã đóng cơ quan. Có thể mở lại khi cần.", "good")
    return go(f"/offices/{code}")


@pages.post("/<code>/reopen")
@permit(Do.EDIT_OFFICES)
def reopen(code: str) -> Response:
    """Open an office again."""
    actions.reopen(code, me())
    flash("Đã mở lại cơ quan.", "good")
    return go(f"/offices/{code}")


@pages.get("/<code>/merge")
@permit(Do.EDIT_OFFICES)
def merge_page(code: str) -> Response:
    """Show what merging the office would move, and ask into which, when, by which decision."""
    return show(MERGE, **view.show_merge(me(), code))


@pages.post("/<code>/merge")
@permit(Do.EDIT_OFFICES)
def merge(code: str) -> Response:
    """Plan the merge; one whose day has come is done at once."""
    typed = {name: request.form.get(name, "") for name in Plan._fields}
    try:
        outcome = merging.plan(code, me(), Plan(**typed))
    except InvalidInput as fault:
        return show(MERGE, status=422, faults=fault.by_field, **view.show_merge(me(), code, typed))
    flash(_told(outcome), "good")
    return go(f"/offices/{code}")


@pages.post("/<code>/merge/cancel")
@permit(Do.EDIT_OFFICES)
def cancel_merge(code: str) -> Response:
    """Cancel the merge that is planned."""
    merging.cancel(code, me())
    flash("Đã hủy kế hoạch hợp nhất.", "good")
    return go(f"/offices/{code}")


def _with_ward(typed: forms.Typed, again: Callable[..., dict[str, Any]]) -> Response:
    """Show the form with one more ward in its list; nothing is saved."""
    shown, ward = again(), request.form.get("ward", "")
    try:
        form = forms.with_ward(typed, ward, shown["province_code"])
    except InvalidInput as fault:
        return show(FORM, status=422, **shown | {"faults": fault.by_field, "ward": ward})
    return show(FORM, **again(form=form))


def _told(outcome: Outcome) -> str:
    if outcome.done:
        return (
            "Đã hợp nhất. Hồ sơ chưa giải quyết và cán bộ đã chuyển sang cơ quan nhận; công dân được báo bằng tin nhắn."
        )
    if outcome.many:
        return (
            "Đã ghi. Cơ quan có nhiều hồ sơ chưa giải quyết nên hệ thống hợp nhất trong ít phút tới. Trong lúc đó "
            "có thể có người khai phải gửi lại; không hồ sơ nào mất."
        )
    if outcome.done is None:
        return "Đã ghi. Đang có hồ sơ được giải quyết dở nên hệ thống sẽ hợp nhất trong ít phút tới."
    return f"Đã ghi kế hoạch. Hệ thống tự hợp nhất vào đầu ngày {outcome.day:%d/%m/%Y}; trước đó có thể hủy."


def _version() -> int:
    return row_number(request.form.get("version", "")) or 0
