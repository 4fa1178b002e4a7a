"""How the desk's routes answer: an act that was done, one that was refused, a file. For routes alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, make_response

from backoffice.desk import actions
from backoffice.desk.claim_words import STAYS
from backoffice.desk.opening import ReasonWanted, ask_why
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import normalize_receipt_code
from backoffice.identity.text import row_number
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.rules.reasons import NOTE_LIMIT
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me

GONE = (
    "Hồ sơ này không còn ở cơ quan của bạn: cơ quan khác đã tiếp nhận, hoặc hồ sơ đã quá hạn và được xóa. "
    "Những gì bạn đã gõ vẫn còn trên màn hình."
)
PARTS = ("caption", "history")
"""What an act changes besides the right column."""


def receipt_of(text: str) -> str:
    """Return the receipt code in an address in its normal form; raises NotFound for what is none."""
    try:
        return normalize_receipt_code(text)
    except Malformed:
        raise NotFound from None


def number_of(text: str) -> int:
    """Return the account's number in an address; raises NotFound for what can be none."""
    number = row_number(text)
    if number is None:
        raise NotFound
    return number


@contextmanager
def of_an_open_page() -> Iterator[None]:
    """Let a page that asks by itself be told, when its declaration is not found, that it has gone: nobody mistyped.

    Where a reason is wanted first it is refused: to be sent away would lose what is typed there.
    """
    try:
        yield
    except NotFound:
        raise NotFound(GONE) from None
    except ReasonWanted as wanted:
        raise Conflict(f"{wanted.message} {STAYS}", code=wanted.code) from None


def question(code: str, *, status: int = 200, note: str = "", faults: dict[str, str] | None = None) -> Response:
    """Ask why the file is to be opened; nothing of the citizen is shown."""
    asked = ask_why(code, me()) | {"note": note, "faults": faults or {}, "note_limit": NOTE_LIMIT}
    return show("desk/open.html", block="question", status=status, **asked)


def asked_first(code: str) -> Response:
    """Answer an act that was done with the question in place of the file: as a page, where HTMX too goes."""
    if not is_fragment():
        return go(f"/desk/{code}")
    response = question(code)
    response.headers["HX-Redirect"] = f"/desk/{code}"
    return response


def changed(receipt_code: str, *, also: tuple[str, ...] = ()) -> Response:
    """Answer an act that was done: back to the page, or its changed parts for HTMX (`also`: further blocks of it)."""
    code = receipt_of(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    state = actions.show_state(code, me())
    return show(
        "desk/review.html", block="work", also=(*PARTS, "facts", "change", "versions", *also), oob=True, **state
    )


def refused(receipt_code: str, draft: dict[str, Any], *, also: tuple[str, ...] = ()) -> Response:
    """Answer a form with faults: 422, everything typed kept in `draft`."""
    context = actions.show_state(receipt_of(receipt_code), me()) | {"draft": draft}
    return show("desk/review.html", block="work", also=(*PARTS, *also), oob=True, status=422, **context)


def file(data: bytes, mimetype: str, name: str) -> Response:
    """Answer with a file to be shown in the browser under the name `name`."""
    response = make_response(data)
    response.mimetype = mimetype
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
