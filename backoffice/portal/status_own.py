"""Correcting, or declaring anew, what rests on an account: /declare/status/own/… (issue 10, points 7 and 11).

It takes what declaring it took: its owner signs in; for a child the guardian may prove the registered phone by a code
instead (D2, D11). The receipt code alone is little: whoever reads it could have their own number confirmed (A7).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from backoffice.accounts import owner as owners_acts
from backoffice.accounts import proving
from backoffice.accounts.owner import Owner
from backoffice.identity.redaction import mask_code
from backoffice.intake import prefill
from backoffice.intake.standing import ProofOver, Standing
from backoffice.kernel.errors import DomainError, NotFound, Unauthenticated
from backoffice.portal import owners, status_room
from backoffice.portal.status_room import STATUS, room
from backoffice.portal.status_routes import (
    NO_CONSENT,
    consent_wording,
    may_change,
    may_redeclare,
    opened,
    refused_here,
    shown,
)
from backoffice.web.guard import public

pages = room("declare_status_own", __name__)
_LONGEST = 100


@dataclass(frozen=True)
class _Act:
    """What may be done so: its words, when it is open, how the form begins, and whether it takes consent (D13)."""

    title: str
    is_open: Callable[[Standing], bool]
    begin: Callable[[int, int], str]
    takes_consent: bool


_ACTS = {
    "correct": _Act("Sửa tờ khai", may_change, prefill.correct_own, takes_consent=False),
    "again": _Act("Sửa và khai lại", may_redeclare, prefill.again_own, takes_consent=True),
}


@pages.get("/status/own/<act>")
@public
def own_page(act: str) -> Response:
    """Say who is signed in, or how to prove to be the owner."""
    return _page(act)


@pages.post("/status/own/<act>")
@public
def open_form(act: str) -> Response:
    """Open the form for whoever is signed in."""
    here = _owner()
    return _page(act) if here is None else _open(act, lambda: here.account_id)


@pages.post("/status/own/<act>/code")
@public
def order_code(act: str) -> Response:
    """Send a code to the registered phone of the child's guardian (D11)."""
    guardian = _guardian()
    try:
        proving.order_guardian_code(guardian, request.remote_addr or "")
    except DomainError as refusal:
        return _refused(act, refusal)
    return _page(act, ordered=True)


@pages.post("/status/own/<act>/prove")
@public
def prove(act: str) -> Response:
    """Open the form for whoever got the code."""
    guardian, otp = _guardian(), request.form.get("otp", "")[:_LONGEST]
    address = request.remote_addr or ""
    return _open(act, lambda: proving.prove_guardian(guardian, otp, address), ordered=True, otp_typed=otp)


def _open(act: str, account_id: Callable[[], int], **values: Any) -> Response:
    chosen = _chosen(act)
    if chosen.takes_consent and request.form.get("consent") != "1":
        return _page(act, 422, faults={"consent": NO_CONSENT}, **values)
    declaration_id = status_room.declaration_id()
    try:
        return opened(chosen.begin(declaration_id, account_id()))
    except ProofOver:
        raise
    except DomainError as refusal:
        return _refused(act, refusal, **values)


def _chosen(act: str) -> _Act:
    if act not in _ACTS:
        raise NotFound("Không có trang này. Xin quay lại trang tra cứu tờ khai.")
    return _ACTS[act]


def _guardian() -> str:
    found = prefill.guardian_of(status_room.declaration_id())
    if not found:
        raise NotFound("Tờ khai này không phải khai cho con nên không dùng mã OTP. Xin đăng nhập tài khoản.")
    return found


def _owner() -> Owner | None:
    with suppress(Unauthenticated):
        return owners.owner()
    return None


def _refused(act: str, refusal: DomainError, **values: Any) -> Response:
    return refused_here("own", refusal, **_said(act), **{"ordered": False, "otp_typed": "", **values})


def _page(act: str, status: int = 200, **values: Any) -> Response:
    chosen = _chosen(act)
    asked = {"ordered": False, "otp_typed": "", **_said(act), **values}
    return shown("own", status, unless=lambda one: not (one.rests_on_account and chosen.is_open(one)), **asked)


def _said(act: str) -> dict[str, Any]:
    here, chosen = _owner(), _chosen(act)
    if here is None:
        owners.come_back_to(f"{STATUS}/own/{act}")
    known = owners_acts.information(here) if here else None
    return {
        "act": act,
        "title": chosen.title,
        "who": f"{known.full_name} (mã số {mask_code(known.bhxh_code)})" if known else "",
        "consent": consent_wording() if chosen.takes_consent else "",
    }
