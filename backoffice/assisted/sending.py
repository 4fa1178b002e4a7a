"""Sending what an officer entered: checked, declared, claimed, handed in, its scans in the ledger (issue 10, point 10).

`token` opens the officer's own draft, as in assisted.sitting.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.assisted.sitting import SCANS
from backoffice.decision import claims, entered, steps
from backoffice.decision.scan import scan_within
from backoffice.identity.names import fold
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft, draft_of, held_open
from backoffice.intake.draft_values import named
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Account, Channel, Declaration, Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require

_OWN = (
    "Không ai lập tờ khai cho chính mình, mà mục này trùng với họ tên hoặc thư điện tử của bạn. Tờ khai chưa được lập, "
    "nội dung còn nguyên; xin nhờ cán bộ khác lập, hoặc người khai tự khai trên điện thoại."
)


def faults(token: str, officer: Actor) -> dict[str, str]:
    """Return all that sending would name now, by field. Raises DraftOver, DraftSent."""
    with transaction() as session:
        row = held_open(session, token, officer)
        try:
            found = draft_of(row, token)
            _refuse_own(session, found, officer)
            drafts.checked(session, found, officer)
        except InvalidInput as refusal:
            told: dict[str, str] = {}
            for fault in refusal.faults:
                told.setdefault(fault.field, fault.message)
            return told
    return {}


def send(token: str, officer: Actor) -> str:
    """Make the declaration in the officer's name and hands: claimed, handed in, and what was scanned in its ledger.

    One transaction; sent again it changes nothing. Returns its receipt code. Raises InvalidInput with every fault at
    once, DraftOver; Unauthenticated (ended) when the officer was disabled meanwhile.
    """
    require(officer, Do.ENTER_FOR_CITIZEN)
    with transaction() as session:
        claims.require_enabled(session, officer)
        found = drafts.open_in(session, token, officer)
        if found.receipt is None:
            _refuse_own(session, found, officer)
        receipt, declaration = drafts.send_in(session, token, officer, Channel.DESK, officer)
        if declaration is None:
            return receipt.receipt_code.replace("-", "")
        entered.note_entry(session, declaration, officer)
        _take_up(session, declaration, found, officer)
        return declaration.receipt_code


def _take_up(session: Session, declaration: Declaration, found: Draft, officer: Actor) -> None:
    """Do what is done when a person hands in at the desk: claim, presence, scans (K6)."""
    if claims.take(session, declaration, officer):
        record(session, TrailEvent.CLAIM, officer, declaration=declaration)
    steps.present(session, declaration, officer)
    for kind in SCANS:
        text = found.values.get(f"_scan_{kind}")
        if text:
            scan_within(session, declaration.receipt_code, officer, text)


def _refuse_own(session: Session, found: Draft, officer: Actor) -> None:
    own = session.execute(select(Officer.full_name, Officer.email).where(Officer.id == officer.id)).one()
    given = found.values.get("email", "").strip().casefold()
    account = session.get(Account, found.account_id) if found.account_id else None
    names = {fold(found.values.get("full_name", "")), fold(account.full_name) if account else ""}
    clash = []
    if fold(own.full_name) in names:
        clash.append(Fault("full_name", _OWN, "own"))
    if given and own.email and given == own.email.casefold():
        clash.append(Fault("email", _OWN, "own"))
    if clash:
        raise InvalidInput(named(clash))
