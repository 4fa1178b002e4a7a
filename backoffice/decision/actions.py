"""The use cases on one declaration. Each is one transaction, refuses by raising, and leaves a trail row (design 4).

Common to all: `receipt_code` is 11 characters without hyphens; NotFound when the declaration does not exist or is
out of the officer's scope; Conflict when it is decided, overdue, escalated or in a colleague's hands.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.actions import open_account, person_codes
from backoffice.decision import claims
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_decider, require_open
from backoffice.identity.text import visible_lines
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Declaration, Status, TrailEvent
from backoffice.notices import actions as notices
from backoffice.notices.credentials import issue_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import move
from backoffice.rules.permissions import Do, require
from backoffice.rules.reasons import NOTE_LIMIT, Reason


def claim(receipt_code: str, officer: Actor) -> None:
    """Take the declaration in hand for 10 minutes; taking it again prolongs."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.CLAIM, locked=True)
        require_open(session, declaration)
        if claims.take(session, declaration, officer):
            record(session, TrailEvent.CLAIM, officer, declaration=declaration)


def release(receipt_code: str, officer: Actor) -> None:
    """Give the declaration back to the queue: one's own, or as its supervisor a colleague's."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.RELEASE, locked=True)
        live = claims.live(session, declaration.id)
        if live is None:
            return
        if live.officer_id != officer.id:
            require(officer, Do.RELEASE_OTHERS, declaration)
        claims.end(session, declaration)
        record(session, TrailEvent.RELEASE, officer, declaration=declaration, held_by=live.officer_id)


def prolong(receipt_code: str, officer: Actor) -> None:
    """Prolong my live claim after real input; changes nothing when it was lost (the page then says so)."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.CLAIM)
        claims.prolong(session, declaration, officer)


def leave(receipt_code: str, officer: Actor) -> None:
    """Let my claim run out in 15 seconds: the page was left (coming back prolongs it)."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.RELEASE)
        claims.shorten(session, declaration, officer)


def present(receipt_code: str, officer: Actor) -> None:
    """Note that the person is here with the signed form: the clock stops (K4, K6); said twice it changes nothing."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.PRESENT, locked=True)
        require_open(session, declaration)
        _present(session, declaration, officer)


def approve(receipt_code: str, officer: Actor) -> None:
    """Open the account and order its password (K2): holds, status, other declarations of the code withdrawn, notices.

    Raises Conflict also for phone_taken and code_taken (D6); then nothing at all was done.
    """
    with transaction() as session:
        declaration = _for_decision(session, receipt_code, officer, Do.APPROVE)
        _present(session, declaration, officer)
        account = open_account(session, declaration, officer)
        move(session, declaration, Status.APPROVED, officer)
        _withdraw_others(session, declaration, officer)
        issue = issue_credentials(session, account, config.current().password_days)
        notices.approved(session, declaration, account, issue)
        claims.end(session, declaration)


def reject(receipt_code: str, officer: Actor, reasons: Sequence[str], note: str) -> None:
    """Refuse with coded reasons and a note in plain words; both reach the citizen (K3).

    Raises InvalidInput (fields reasons, note) when no or an unknown reason is given, or OTHER without a note.
    """
    coded, note = read_reasons(reasons, note)
    with transaction() as session:
        declaration = _for_decision(session, receipt_code, officer, Do.REJECT)
        _present(session, declaration, officer)
        declaration.reasons = [reason.value for reason in coded]
        declaration.rejected_note = note or None
        move(session, declaration, Status.REJECTED, officer, reasons=declaration.reasons)
        notices.rejected(session, declaration, coded, note)
        claims.end(session, declaration)


def supplement(receipt_code: str, officer: Actor, note: str) -> None:
    """Send the dossier back for what `note` says is missing; a new deadline runs (K7)."""
    note = _note(note, "Xin ghi rõ cần bổ sung gì để công dân biết.")
    with transaction() as session:
        declaration = _for_decision(session, receipt_code, officer, Do.SUPPLEMENT)
        _present(session, declaration, officer)
        now = clock.now()
        declaration.supplement_at = now
        declaration.supplement_note = note
        declaration.supplement_by_id = officer.id
        declaration.expires_at = deadline(now, config.current().expiry_days)
        declaration.reminded_at = None
        record(session, TrailEvent.SUPPLEMENT, officer, declaration=declaration)
        session.flush()
        notices.supplement(session, declaration, note)
        claims.end(session, declaration)


def escalate(receipt_code: str, officer: Actor, note: str) -> None:
    """Freeze the declaration for a supervisor to decide; no message goes out (K11)."""
    note = _note(note, "Xin ghi điều cần lãnh đạo xem xét.")
    with transaction() as session:
        declaration = _for_decision(session, receipt_code, officer, Do.ESCALATE)
        if declaration.escalated_at is not None:
            raise Conflict(
                "Hồ sơ này đã báo lãnh đạo rồi. Chưa có gì thay đổi; xin giải quyết hồ sơ.", code="escalated"
            )
        _present(session, declaration, officer)
        declaration.escalated_at = clock.now()
        declaration.escalated_note = note
        declaration.escalated_by_id = officer.id
        record(session, TrailEvent.ESCALATE, officer, declaration=declaration)
        claims.end(session, declaration)


def read_reasons(reasons: Sequence[str], note: str) -> tuple[list[Reason], str]:
    """Return the reasons, each once in the order of the list, and the tidied note; raises InvalidInput."""
    faults = []
    note = _tidied(note)
    coded = [reason for reason in Reason if reason.value in reasons]
    if not coded or set(reasons) - {reason.value for reason in Reason}:
        faults.append(Fault("reasons", "Xin chọn ít nhất một lý do trong danh sách."))
    if Reason.OTHER in coded and not note:
        faults.append(Fault("note", "Đã chọn “Lý do khác”: xin ghi rõ lý do."))
    if len(note) > NOTE_LIMIT:
        faults.append(Fault("note", f"Ghi chú dài {len(note)} ký tự; xin viết trong {NOTE_LIMIT} ký tự."))
    if faults:
        raise InvalidInput(faults)
    return coded, note


def _tidied(note: str) -> str:
    """Return the note as it is kept; far beyond the limit only trimmed, for it is refused and tidying takes long."""
    note = note.strip()
    return visible_lines(note) if len(note) <= 4 * NOTE_LIMIT else note


def _note(note: str, missing: str) -> str:
    note = _tidied(note)
    if not note:
        raise InvalidInput([Fault("note", missing)])
    if len(note) > NOTE_LIMIT:
        raise InvalidInput([Fault("note", f"Ghi chú dài {len(note)} ký tự; xin viết trong {NOTE_LIMIT} ký tự.")])
    return note


def _for_decision(session: Session, receipt_code: str, officer: Actor, do: Do) -> Declaration:
    """Return the declaration, locked and fit to be decided by `officer` now.

    Declarations of one person are decided one after the other (advisory locks), for an approval touches the others.
    """
    found = declaration_for(session, receipt_code, officer, do)
    for code in sorted(person_codes(found)):
        session.execute(select(func.pg_advisory_xact_lock(_number_of(code))))
    declaration = declaration_for(session, receipt_code, officer, do, locked=True)
    require_open(session, declaration)
    claims.require_mine(session, declaration, officer)
    require_decider(declaration, officer)
    return declaration


def _number_of(bhxh_code: str) -> int:
    return int.from_bytes(lookup_hash("advisory", bhxh_code)[:8], signed=True)


def _present(session: Session, declaration: Declaration, officer: Actor) -> None:
    if declaration.presented_at is not None and declaration.supplement_at is None:
        return
    declaration.presented_at = clock.now()
    declaration.presented_to_id = officer.id
    declaration.expires_at = None
    declaration.supplement_at = None
    record(session, TrailEvent.PRESENT, officer, declaration=declaration)
    session.flush()


def _withdraw_others(session: Session, approved: Declaration, officer: Actor) -> None:
    """Withdraw the other undecided declarations of the same person's code: one of them was the right one (D6).

    Their rows are locked first: what expires at this very moment is waited for and passed over.
    """
    others = session.scalars(
        select(Declaration)
        .where(
            Declaration.bhxh_code.in_(person_codes(approved)),
            Declaration.status == Status.SUBMITTED,
            Declaration.id != approved.id,
        )
        .order_by(Declaration.id)
        .with_for_update()
    ).all()
    for other in others:
        move(session, other, Status.WITHDRAWN, officer, cause="another_approved", approved=approved.id)
        notices.cancel_for(session, other)
        claims.end(session, other)
