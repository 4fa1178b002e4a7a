"""The use cases on one declaration. Each is one transaction, refuses by raising, and leaves a trail row (design 4).

Common to all: `receipt_code` is 11 characters without hyphens; NotFound when the declaration does not exist or is
out of the officer's scope; Conflict when it is decided, overdue, escalated or in a colleague's hands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.accounts.actions import person_codes
from backoffice.decision import changes, claims, entered, ledger, steps
from backoffice.decision.queries import declaration_for, person_of
from backoffice.decision.reading import read_note, read_reasons
from backoffice.decision.refusals import require_decider, require_open
from backoffice.decision.scanned import known_birth
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Declaration, Purpose, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may

_ONE_AFTER_THE_OTHER = Direct(
    select(func.pg_advisory_xact_lock(func.unnest(bindparam("numbers", type_=ARRAY(BigInteger)))))
)


def claim(receipt_code: str, officer: Actor) -> None:
    """Take the declaration in hand for 10 minutes; taking it again prolongs."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.CLAIM, locked=True)
        require_open(session, declaration)
        require_decider(declaration, officer)
        if claims.take(session, declaration, officer):
            record(session, TrailEvent.CLAIM, officer, declaration=declaration)


def release(receipt_code: str, officer: Actor) -> None:
    """Give the declaration back to the queue: one's own, or as its supervisor a colleague's; claim_lost for others."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.RELEASE, locked=True)
        live = claims.live(session, declaration.id)
        if live is None:
            return
        if live.officer_id != officer.id and not may(officer, Do.RELEASE_OTHERS, declaration):
            claims.require_mine(session, declaration, officer)
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
        steps.present(session, declaration, officer)


def approve(receipt_code: str, officer: Actor) -> None:
    """Open the account and order its password (K2): holds, status, other declarations of the code withdrawn, notices.

    To adjust or stop, the account there is becomes so (decision.changes, D2). Raises Conflict also for
    ledger_incomplete (naming what is missing), own_entry, phone_taken and code_taken (D6); then nothing was done.
    """
    with transaction() as session:
        declaration = for_decision(session, receipt_code, officer, Do.APPROVE)
        ledger.require_complete(session, declaration)
        entered.require_other_eyes(session, declaration, officer)
        if declaration.purpose is Purpose.REGISTER:
            steps.approve(session, declaration, officer, born=known_birth(session, declaration))
        else:
            changes.approve(session, declaration, officer)
        entered.note_approval(session, declaration, officer)


def reject(receipt_code: str, officer: Actor, reasons: Sequence[str], note: str, photos: Sequence[str] = ()) -> None:
    """Refuse with coded reasons and a note in plain words; both reach the citizen (K3).

    `photos` are the kinds of photos that cannot be used. Raises InvalidInput (fields reasons, note) when no or an
    unknown reason is given, or OTHER without a note.
    """
    codes, note = read_reasons(reasons, note, photos)
    with transaction() as session:
        steps.reject(session, for_decision(session, receipt_code, officer, Do.REJECT), officer, codes, note)


def supplement(receipt_code: str, officer: Actor, note: str) -> None:
    """Send the dossier back for what `note` says is missing; a new deadline runs (K7).

    Raises InvalidInput (field note) when the note is empty or too long.
    """
    note = read_note(note, "Xin ghi rõ cần bổ sung gì để công dân biết.")
    with transaction() as session:
        steps.supplement(session, for_decision(session, receipt_code, officer, Do.SUPPLEMENT), officer, note)


def escalate(receipt_code: str, officer: Actor, note: str) -> None:
    """Freeze the declaration for a supervisor to decide; no message goes out (K11).

    Raises InvalidInput (field note) when the note is empty or too long, Conflict (escalated) when it was done before.
    """
    note = read_note(note, "Xin ghi điều cần lãnh đạo xem xét.")
    with transaction() as session:
        declaration = for_decision(session, receipt_code, officer, Do.ESCALATE)
        if declaration.escalated_at is not None:
            raise Conflict(
                "Hồ sơ này đã báo lãnh đạo rồi. Chưa có gì thay đổi; xin giải quyết hồ sơ.", code="escalated"
            )
        steps.escalate(session, declaration, officer, note)


def for_decision(
    session: Session, receipt_code: str, officer: Actor, do: Do, *, also: Collection[str] = ()
) -> Declaration:
    """Return the declaration, locked and fit to be decided by `officer` now.

    Declarations of one person are decided one after the other (advisory locks), for an approval touches the others;
    `also` are codes that the person is going to be known by.
    """
    person = person_of(session, receipt_code)
    codes = {*also, *(person_codes(person) if person else ())}
    one_after_the_other(session, codes)
    declaration = declaration_for(session, receipt_code, officer, do, locked=True)
    require_open(session, declaration)
    require_decider(declaration, officer)
    claims.require_mine(session, declaration, officer)
    if not person_codes(declaration) <= codes:
        raise Conflict(
            "Mã số hoặc số giấy tờ của hồ sơ vừa được sửa ở cửa sổ khác. Chưa có gì thay đổi; "
            "xin tải lại trang rồi làm lại.",
            code="changed",
        )
    return declaration


def one_after_the_other(session: Session, codes: Collection[str]) -> None:
    """Wait until nobody else decides on the people of these codes, until the transaction ends (advisory locks)."""
    _ONE_AFTER_THE_OTHER.rows(session, {"numbers": [_number_of(code) for code in sorted(codes)]})


def _number_of(bhxh_code: str) -> int:
    return int.from_bytes(lookup_hash("advisory", bhxh_code)[:8], signed=True)
