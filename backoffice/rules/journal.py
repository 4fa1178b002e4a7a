"""Writing the trail: one row, in the transaction of what it tells (design 5)."""

from __future__ import annotations

from typing import Any, Protocol, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Declaration, TrailEvent, TrailRow
from backoffice.rules.actors import Actor

_ROW = cast(Table, TrailRow.__table__).insert().inline()


def record(
    session: Session,
    event: TrailEvent,
    actor: Actor,
    *,
    declaration: Declaration | None = None,
    account: Account | None = None,
    subject_hash: bytes | None = None,
    **facts: Any,
) -> None:
    """Add one row to the trail.

    `facts` must hold ids, counts, codes of reasons and keyed hashes (as hex) only: never a name, number, phone,
    address or free text. The subject defaults to the keyed hash of the declaration's or account's BHXH code.
    """
    if subject_hash is None:
        subject_hash = subject_of(declaration or account)
    session.execute(
        _ROW,
        {
            "at": clock.now(),
            "event": event,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "office_id": actor.office_id,
            "declaration_id": declaration.id if declaration else None,
            "account_id": account.id if account else None,
            "subject_hash": subject_hash,
            "facts": facts,
        },
    )


class HasCode(Protocol):
    """Whatever belongs to a person with a BHXH code."""

    @property
    def bhxh_code(self) -> str:
        """Return the code in normal form."""


def subject_of(thing: HasCode | None) -> bytes | None:
    """Return the keyed hash under which the trail knows the person of a declaration or account."""
    return lookup_hash("bhxh_code", thing.bhxh_code) if thing is not None else None
