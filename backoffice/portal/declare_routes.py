"""Beginning, ending and dropping the public form: /declare (issue 10, point 1)."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request

from backoffice import config
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft, DraftOver
from backoffice.kernel import rates
from backoffice.models import DraftKind
from backoffice.portal import status_room
from backoffice.portal.declare_room import DONE, START, forget_consent, give, lead, note_consent, room, take, token
from backoffice.portal.declare_steps import FORMS
from backoffice.rules import consent
from backoffice.web.fragments import show
from backoffice.web.guard import public

pages = room("declare_form", __name__)

BEGUN_AN_HOUR = 120
"""From one address: a commune's computer, or an office and all who wait in it, may share one."""


@pages.get("")
@public
def start_page() -> Response:
    """Ask who declares and for what; who is in the midst of it may go on."""
    return _start()


@pages.post("")
@public
def begin() -> Response:
    """Begin a form of the chosen kind, once the consent is given (D13)."""
    rates.count("declare_begin", request.remote_addr or "", BEGUN_AN_HOUR, 3600)
    chosen = request.form.get("kind", "")
    faults = {}
    if chosen not in FORMS:
        faults["kind"] = "Xin chọn việc cần khai."
    if request.form.get("consent") != "1":
        faults["consent"] = (
            "Cần đánh dấu đồng ý thì mới khai được. Không đồng ý thì xin đến cơ quan BHXH để được hướng dẫn."
        )
    if faults:
        return _start(faults, chosen, 422)
    kind = DraftKind(chosen)
    if FORMS[kind].start:
        note_consent()
        return lead(FORMS[kind].start)
    drafts.drop(token())
    return give(lead(FORMS[kind].first), drafts.begin(kind, {"consent": "1"}))


@pages.get("/done")
@public
def done_page() -> Response:
    """Say where to go, with what, by when (D10); what was typed is gone by then."""
    found = drafts.open_draft(token())
    if found.receipt is None:
        return lead(FORMS[found.kind].first)
    return show(
        "portal/declare/done.html",
        form=FORMS[found.kind],
        kind=found.kind,
        receipt=found.receipt,
        is_corrected=found.corrects_id is not None,
    )


@pages.post("/drop")
@public
def drop() -> Response:
    """Delete the draft with its photos, and all that this browser knows of it: its status page asks anew, too."""
    drafts.drop(token())
    forget_consent()
    response = status_room.take(take(lead(START)))
    response.headers["Clear-Site-Data"] = '"cache"'  # and the pages that Back would show without asking
    return response


def _start(faults: dict[str, str] | None = None, chosen: str = "", status: int = 200) -> Response:
    return show(
        "portal/declare/start.html",
        status=status,
        forms=FORMS,
        begun=_begun(),
        days=config.current().expiry_days,
        chosen=chosen,
        consent=consent.consent(consent.current()),
        faults=faults or {},
        done_href=DONE,
    )


def _begun() -> Draft | None:
    with suppress(DraftOver):
        return drafts.open_draft(token()) if token() else None
    return None
