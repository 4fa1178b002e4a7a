"""What a decision does to a locked declaration, within the caller's transaction: no question of who may, or when.

The use cases in decision.actions ask those first; the demo plays its past through the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.actions import open_account, person_codes
from backoffice.decision import claims
from backoffice.kernel import clock, rows
from backoffice.kernel.direct import Direct
from backoffice.models import CredentialIssue, Declaration, Status, TrailEvent, columns_of
from backoffice.notices import actions as notices
from backoffice.notices.credentials import first_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import change, move

_D = columns_of(Declaration)
_OTHERS = Direct(
    select(_D.id)
    .where(_D.bhxh_code == any_(bindparam("codes", type_=ARRAY(Text))), _D.status == Status.SUBMITTED)
    .where(_D.id != bindparam("approved", type_=BigInteger()))
    .order_by(_D.id)
    .with_for_update()
)


def present(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Note presence and stop the clock (K4, K6); changes nothing when the person is already here."""
    if declaration.presented_at is not None and declaration.supplement_at is None:
        return
    now = clock.now()  # one instant, one day: the trail is what the figures are compared with
    noted: dict[str, Any] = {"presented_at": now, "presented_to_id": officer.id}
    change(session, declaration, **noted, expires_at=None, supplement_at=None)
    record(session, TrailEvent.PRESENT, officer, declaration=declaration, moment=now)


def approve(session: Session, declaration: Declaration, officer: Actor, *, born: date | None = None) -> CredentialIssue:
    """Open the account, withdraw the person's other declarations, order the password and return its issue (K2, D6).

    `born` is the date of birth on the ID, for where none was declared: the account has it then. Raises Conflict
    (phone_taken, code_taken) when another open account holds the phone or the code.
    """
    present(session, declaration, officer)
    account = open_account(session, declaration, officer)
    if account.date_of_birth is None and born is not None:
        rows.change(session, account, date_of_birth=born)
    move(session, declaration, Status.APPROVED, officer)
    _withdraw_others(session, declaration, officer)
    issue = first_credentials(session, account, config.current().password_days)
    notices.approved(session, declaration, account, issue)
    claims.end(session, declaration)
    return issue


def reject(session: Session, declaration: Declaration, officer: Actor, reasons: Sequence[str], note: str) -> None:
    """Refuse with reasons (codes of rules.reasons) and a note, and tell both (K3)."""
    present(session, declaration, officer)
    declaration.reasons = [str(code) for code in reasons]
    declaration.rejected_note = note or None
    move(session, declaration, Status.REJECTED, officer, reasons=declaration.reasons)
    notices.rejected(session, declaration, reasons, note)
    claims.end(session, declaration)


def supplement(session: Session, declaration: Declaration, officer: Actor, note: str) -> None:
    """Send the dossier back for what `note` says is missing; a new deadline runs (K7)."""
    present(session, declaration, officer)
    now, noted = clock.now(), {"supplement_note": note, "supplement_by_id": officer.id}
    until = deadline(now, config.current().expiry_days)
    change(session, declaration, supplement_at=now, expires_at=until, reminded_at=None, **noted)
    record(session, TrailEvent.SUPPLEMENT, officer, declaration=declaration, moment=now)
    notices.supplement(session, declaration, note)
    claims.end(session, declaration)


def escalate(session: Session, declaration: Declaration, officer: Actor, note: str) -> None:
    """Leave the declaration to a supervisor, with the note; nobody is told (K11)."""
    present(session, declaration, officer)
    change(session, declaration, escalated_at=clock.now(), escalated_note=note, escalated_by_id=officer.id)
    record(session, TrailEvent.ESCALATE, officer, declaration=declaration)
    claims.end(session, declaration)


def _withdraw_others(session: Session, approved: Declaration, officer: Actor) -> None:
    """Withdraw the other undecided declarations of the same person's code: one of them was the right one (D6).

    Their rows are locked first: what expires at this very moment is waited for and passed over.
    """
    known = {"codes": sorted(person_codes(approved)), "approved": approved.id}
    for number in _OTHERS.values(session, known):
        other = session.get_one(Declaration, number)
        move(session, other, Status.WITHDRAWN, officer, cause="another_approved", approved=approved.id)
        notices.cancel_for(session, other)
        claims.end(session, other)
