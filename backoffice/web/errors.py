"""The one place where refusals and faults become answers: a page, a banner for HTMX, or RFC 9457 problem+json."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from jinja2_fragments.flask import render_block
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from backoffice.kernel.errors import DomainError, InvalidInput, Unauthenticated, Unavailable
from backoffice.web.fragments import is_fragment
from backoffice.web.refusals import with_wait

log = structlog.get_logger()

API_PREFIX = "/api/"
_WAYS_BACK = (
    ("receipt_code", "desk.review_page", "Quay lại hồ sơ"),
    ("batch_token", "batches.batch_page", "Quay lại danh sách"),
)
"""What an address names, its page, and what a link says: an act that is refused as a whole page leads back there."""
_SENTENCES: dict[int, tuple[str, str]] = {
    400: ("Yêu cầu không hợp lệ", "Yêu cầu gửi lên chưa đúng nên chưa có gì thay đổi. Xin tải lại trang rồi làm lại."),
    404: ("Không tìm thấy", "Không tìm thấy trang này. Xin kiểm tra lại địa chỉ."),
    405: (
        "Không mở được trang",
        "Trang này không mở được theo cách vừa rồi; chưa có gì thay đổi. Xin quay lại trang trước.",
    ),
    413: (
        "Dữ liệu quá lớn",
        "Dữ liệu gửi lên quá lớn nên chưa được nhận. Xin giảm kích thước ảnh (mỗi ảnh tối đa 12 MB) rồi gửi lại.",
    ),
    415: ("Kiểu dữ liệu không đúng", "Kiểu dữ liệu gửi lên không được hỗ trợ, nên chưa có gì thay đổi."),
    500: ("Hệ thống gặp sự cố", "Trang này chưa mở được. Xin thử lại; nếu vẫn lỗi, báo quản trị."),
    503: ("Hệ thống tạm gián đoạn", "Trang này chưa mở được. Xin thử lại sau ít phút."),
}
_ACT_UNKNOWN = (
    "Hệ thống gặp trục trặc khi đang ghi, nên chưa chắc việc vừa bấm đã được ghi hay chưa. "
    "Xin mở lại trang để xem trước khi bấm lại; nếu vẫn gặp, báo quản trị."
)
"""After a fault in an act nothing is promised: it may have come before the commit, or after it."""
_API_FAULT = (
    "Yêu cầu vừa rồi chưa được trả lời trọn vẹn. Xin gửi lại y nguyên sau ít phút, với cùng Idempotency-Key nếu có."
)
_CSRF_SENTENCE = "Trang đã mở quá lâu nên không còn hiệu lực. Chưa có gì thay đổi; xin mở lại trang rồi làm lại."


def install(app: Flask) -> None:
    """Handle every refusal and every fault of `app` here."""
    app.register_error_handler(DomainError, refuse)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_out)
    app.register_error_handler(PoolTimeout, _database_out)
    app.register_error_handler(Exception, _unexpected)


def refuse(error: DomainError) -> Response:
    """Return the answer to a refusal: its sentence as a page, a banner or problem+json, or the way to sign in."""
    if isinstance(error, Unauthenticated) and not _is_api() and not is_fragment():
        return _to_sign_in(error)
    faults = error.faults if isinstance(error, InvalidInput) else ()
    response = with_wait(_answer(error.status, error.title, error.message, error.code, faults), error)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="vssid"' if _is_api() else 'Form realm="vssid"'
        response.headers["X-Session"] = error.code
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    title, sentence = _SENTENCES.get(status, (error.name, _SENTENCES[400][1]))
    if type(error).__name__ == "CSRFError":
        title, sentence = "Trang hết hiệu lực", _CSRF_SENTENCE
    if status >= 500:
        title, sentence = _fault(status)
    response = _answer(status, title, sentence, f"http_{status}")
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _database_out(error: Exception) -> Response:
    log.error("database out", error=type(error).__name__)
    return refuse(Unavailable(_fault(503)[1]))


def _unexpected(error: Exception) -> Response:
    """Answer an unforeseen fault: logged by type and place, without the values it carried."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    log.error("unexpected", error=type(error).__name__, place=place, endpoint=request.endpoint)
    return _http(InternalServerError())


def _fault(status: int) -> tuple[str, str]:
    """Return title and sentence of a fault of ours: what it means for who looked, who acted, and for a machine."""
    title, sentence = _SENTENCES.get(status, _SENTENCES[500])
    if _is_api():
        return title, _API_FAULT
    return title, sentence if request.method in ("GET", "HEAD") else _ACT_UNKNOWN


def _to_sign_in(error: Unauthenticated) -> Response:
    where = "signin.lock_page" if error.code == "locked" else "signin.login_page"
    follow = request.path if request.method == "GET" else None
    return make_response(redirect(url_for(where, next=follow), 303))


def _answer(status: int, title: str, message: str, code: str, faults: Any = ()) -> Response:
    if _is_api():
        return _problem(status, title, message, code, faults)
    context = {"status": status, "title": title, "message": message, "faults": faults, "back": _back(status)}
    if is_fragment():
        return make_response(render_block("errors.html", "banner", **context), status)
    return make_response(render_template(g.get("refusal_page", "errors.html"), **context), status)


def _back(status: int) -> tuple[str, str] | None:
    """Return the page of what was acted on and the words of its link; None where it must not be named or is none."""
    if status in (401, 403, 404):
        return None
    for key, endpoint, words in _WAYS_BACK:
        value = (request.view_args or {}).get(key)
        if value and request.endpoint != endpoint and endpoint in current_app.view_functions:
            return url_for(endpoint, **{key: value}), words
    return None


def _problem(status: int, title: str, message: str, code: str, faults: Any) -> Response:
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": message, "code": code}
    if faults:
        body["errors"] = [{"field": f.field, "message": f.message, "code": f.code} for f in faults]
    response = jsonify(body)
    response.status_code = status
    response.headers["Content-Type"] = "application/problem+json"
    return response


def _is_api() -> bool:
    return request.path.startswith(API_PREFIX)
