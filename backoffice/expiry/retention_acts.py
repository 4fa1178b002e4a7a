"""What goes with a row whose term is over, and what of it stays. All join the caller's transaction; rows are locked.

Each returns what is left outside the database, to be given to `actions.clear_away` once it is committed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, delete, func, insert, literal, null, select, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.expiry import queries
from backoffice.expiry.actions import Remains
from backoffice.kernel import clock
from backoffice.models import (
    Account,
    AccountChange,
    Correction,
    Declaration,
    DeclarationVersion,
    DeskScan,
    KeptData,
    Notice,
    OneTimeCode,
    PastApproval,
    Photo,
    PhotoUpload,
    RedeclareLink,
    TrailEvent,
    Verification,
)
from backoffice.rules import lifecycle
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record, record_each

_QUIET = {"synchronize_session": False}


def delete_declarations(session: Session, data: KeptData, ids: list[int]) -> Remains:
    """Delete decided declarations whole, with all that is theirs; the trail keeps that they were, by their ids."""
    remains = Remains(len(ids), queries.photo_ids(session, ids), queries.notice_ids(session, ids))
    _tell(session, data, ids)
    links = delete(RedeclareLink).where(RedeclareLink.declaration_id.in_(ids))
    session.execute(links, execution_options=_QUIET)
    session.execute(delete(Declaration).where(Declaration.id.in_(ids)), execution_options=_QUIET)
    return remains


def delete_approved(session: Session, data: KeptData, ids: list[int]) -> Remains:
    """Delete approved declarations; who approved what, when, and how each item was verified stays (PastApproval)."""
    values = _remaining()
    session.execute(
        insert(PastApproval).from_select(
            list(values),
            select(*values.values())
            .outerjoin(Account, Account.declaration_id == Declaration.id)
            .where(Declaration.id.in_(ids)),
        )
    )
    return delete_declarations(session, data, ids)


def clear_declarations(session: Session, data: KeptData, ids: list[int]) -> Remains:
    """Delete photos, scans, notes and former values of approved declarations; the rest and the ledger's items stay."""
    remains = Remains(len(ids), queries.photo_ids(session, ids), [])
    for model in (Photo, PhotoUpload, DeskScan, DeclarationVersion):
        session.execute(delete(model).where(model.declaration_id.in_(ids)), execution_options=_QUIET)
    noted = Verification.declaration_id.in_(ids), Verification.note.is_not(None)
    session.execute(update(Verification).where(*noted).values(note=None), execution_options=_QUIET)
    changes = update(AccountChange).where(AccountChange.declaration_id.in_(ids))
    session.execute(changes.values(before=null(), proven_phone=None), execution_options=_QUIET)
    lifecycle.clear(session, ids)
    _tell(session, data, ids)
    return remains


def blank_corrections(session: Session, _data: KeptData, ids: list[int]) -> Remains:
    """Take old and new values and reasons out of corrections; which field was corrected, when and by whom stays."""
    session.execute(
        update(Correction)
        .where(Correction.id.in_(ids))
        .values(old_value=None, new_value=None, note="", blanked_at=clock.now()),
        execution_options=_QUIET,
    )
    return Remains(len(ids), [], [])


def delete_accounts(session: Session, data: KeptData, ids: list[int]) -> Remains:
    """Delete closed accounts with all that is theirs."""
    notices = _ids(session, Notice.id, Notice.account_id.in_(ids))
    for account in session.execute(select(Account.id, Account.bhxh_code).where(Account.id.in_(ids))).all():
        record(session, TrailEvent.RETENTION, SYSTEM, account=account, data=data.value)
    forgotten = session.scalars(select(func.retention_forget_accounts(ids, type_=BigInteger))).all()
    return Remains(len(forgotten), [], notices)


def delete_tombstones(session: Session, _data: KeptData, ids: list[int]) -> Remains:
    """Delete what was left of declarations that expired, as the owner of the table."""
    return Remains(len(session.scalars(select(func.retention_forget_tombstones(ids, type_=BigInteger))).all()), [], [])


def delete_notices(session: Session, _data: KeptData, ids: list[int]) -> Remains:
    """Delete messages, with what was noted when the citizen was called back."""
    session.execute(delete(Notice).where(Notice.id.in_(ids)), execution_options=_QUIET)
    return Remains(len(ids), [], ids)


def delete_codes(session: Session, _data: KeptData, ids: list[int]) -> Remains:
    """Delete one-time codes, with the messages that bore them."""
    notices = _ids(session, Notice.id, Notice.one_time_code_id.in_(ids))
    session.execute(delete(OneTimeCode).where(OneTimeCode.id.in_(ids)), execution_options=_QUIET)
    return Remains(len(ids), [], notices)


def _tell(session: Session, data: KeptData, ids: list[int]) -> None:
    """Write into the trail of each person that their declaration, or what belonged to it, is gone."""
    rows = session.execute(select(Declaration.id, Declaration.bhxh_code).where(Declaration.id.in_(ids))).all()
    record_each(session, TrailEvent.RETENTION, SYSTEM, rows, data=data.value)


def _ids(session: Session, which: InstrumentedAttribute[int], where: ColumnElement[bool]) -> list[int]:
    return list(session.scalars(select(which).where(where)))


def _remaining() -> dict[str, Any]:
    """Return the columns of PastApproval and from what of a declaration each is made."""
    item = func.jsonb_build_object(
        "item", Verification.item, "how", Verification.how, "officer", Verification.officer_id, "at", Verification.at
    )
    ledger = (
        select(func.jsonb_agg(aggregate_order_by(item, Verification.item)))
        .where(Verification.declaration_id == Declaration.id, Verification.lapsed_at.is_(None))
        .scalar_subquery()
    )
    same = ("office_id", "purpose", "channel", "declared_at", "presented_at", "decided_at", "decided_by_id")
    return {
        "declaration_id": Declaration.id,
        "account_id": Account.id,
        **{name: getattr(Declaration, name) for name in same},
        "ledger": func.coalesce(ledger, literal([], JSONB)),
        "deleted_at": literal(clock.now()),
    }
