"""Where forms begin that rest on an account: its owner proves to be it first (D2, D11): /declare/begin/….

By signing in, password and all; whoever declares for a child may instead prove the guardian's phone by a code.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response, request

from backoffice.accounts import owner as owners_acts
from backoffice.accounts import proving
from backoffice.accounts.owner import Owner
from backoffice.identity.redaction import mask_code
from backoffice.intake import account_drafts, drafts
from backoffice.kernel import rates
from backoffice.kernel.errors import DomainError, Unauthenticated
from backoffice.models import DraftKind
from backoffice.portal import owners
from backoffice.portal.declare_room import forget_consent, give, has_consented, lead, note_consent, room, token
from backoffice.portal.declare_routes import BEGUN_AN_HOUR
from backoffice.portal.declare_steps import FORMS
from backoffice.rules import consent
from backoffice.web.fragments import show
from backoffice.web.guard import public
from backoffice.web.refusals import faults_of, with_wait

pages = room("declare_begin", __name__)

_CONSENT = "Cần đánh dấu đồng ý thì mới khai được."
_LONGEST = 100


@pages.get("/begin/adjust")
@public
def adjust_page() -> Response:
    """Say who is signed in, or how to."""
    return _page(DraftKind.ADJUST)


@pages.get("/begin/stop")
@public
def stop_page() -> Response:
    """Say who is signed in, or how to."""
    return _page(DraftKind.STOP)


@pages.get("/begin/child")
@public
def child_page() -> Response:
    """Say who is signed in as the guardian, or how to prove to be."""
    return _page(DraftKind.CHILD)


@pages.post("/begin/adjust")
@public
def adjust() -> Response:
    """Begin to adjust the account of whoever is signed in."""
    return _begin(DraftKind.ADJUST)


@pages.post("/begin/stop")
@public
def stop() -> Response:
    """Begin to stop the account of whoever is signed in."""
    return _begin(DraftKind.STOP)


@pages.post("/begin/child")
@public
def child() -> Response:
    """Begin a child's declaration by whoever is signed in."""
    return _begin(DraftKind.CHILD)


@pages.post("/begin/child/code")
@public
def order_code() -> Response:
    """Send a code to the guardian's registered phone; the answer is the same whatever there is (D11)."""
    code = request.form.get("bhxh_code", "")[:_LONGEST]
    try:
        proving.order_guardian_code(code, request.remote_addr or "")
    except DomainError as refusal:
        return _refused(refusal, typed=code)
    return _page(DraftKind.CHILD, typed=code, ordered=True)


@pages.post("/begin/child/prove")
@public
def prove() -> Response:
    """Begin a child's declaration by whoever got the code."""
    code, otp = (request.form.get(name, "")[:_LONGEST] for name in ("bhxh_code", "otp"))
    if not _agreed():
        return _page(DraftKind.CHILD, {"consent": _CONSENT}, status=422, typed=code, ordered=True, otp_typed=otp)
    try:
        return _go(DraftKind.CHILD, proving.prove_guardian(code, otp, request.remote_addr or ""))
    except DomainError as refusal:
        return _refused(refusal, typed=code, ordered=True)


def _begin(kind: DraftKind) -> Response:
    here = _owner()
    if here is None:
        return _page(kind)
    if not _agreed():
        return _page(kind, {"consent": _CONSENT}, status=422)
    try:
        return _go(kind, here.account_id)
    except DomainError as refusal:
        return with_wait(_page(kind, faults_of(refusal), status=refusal.status), refusal)


def _go(kind: DraftKind, account_id: int) -> Response:
    rates.count("declare_begin", request.remote_addr or "", BEGUN_AN_HOUR, 3600)
    begun = account_drafts.begin_on(kind, account_id)
    drafts.drop(token())
    forget_consent()
    return give(lead(FORMS[kind].first), begun)


def _agreed() -> bool:
    """Tell whether the consent was given, here or on the first page (D13)."""
    if request.form.get("consent") == "1":
        note_consent()
    return has_consented()


def _owner() -> Owner | None:
    with suppress(Unauthenticated):
        return owners.owner()
    return None


def _refused(refusal: DomainError, **values: Any) -> Response:
    faults = faults_of(refusal)
    return with_wait(_page(DraftKind.CHILD, faults, status=refusal.status, **values), refusal)


def _page(
    kind: DraftKind,
    faults: dict[str, str] | None = None,
    *,
    status: int = 200,
    typed: str = "",
    ordered: bool = False,
    otp_typed: str = "",
) -> Response:
    here = _owner()
    if here is None:
        owners.come_back_to(f"/declare/begin/{kind.value}")
    known = owners_acts.information(here) if here else None
    return show(
        "portal/declare/begin.html",
        status=status,
        form=FORMS[kind],
        kind=kind.value,
        path=f"/declare/begin/{kind.value}",
        who=f"{known.full_name} (mã số {mask_code(known.bhxh_code)})" if known else "",
        consent="" if has_consented() else consent.consent(consent.current()),
        faults=faults or {},
        typed=typed,
        ordered=ordered,
        otp_typed=otp_typed,
    )
