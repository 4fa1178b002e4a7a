"""Writing the trail: one row, in the transaction of what it tells (design 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, LargeBinary, TableValuedAlias, bindparam, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import Direct, numbered, part_of
from backoffice.kernel.hashing import HASH_BYTES, lookup_hash
from backoffice.models import TrailEvent, TrailRow, table_of
from backoffice.rules.actors import Actor

_COLUMNS = [c for c in table_of(TrailRow).c if c.name != "id"]
_ROW = Direct(table_of(TrailRow).insert().inline().values({c.name: bindparam(c.name, type_=c.type) for c in _COLUMNS}))
_press: ContextVar[str] = ContextVar("press", default="")


_THESE = numbered("declarations")
_WITH_ACCOUNTS = numbered("declarations", "accounts")


def _for_each(these: TableValuedAlias) -> Direct:
    """Return the statement that adds a row for each of `these`."""
    varying: dict[str, ColumnElement[Any]] = {
        "declaration_id": these.c.id,
        "subject_hash": part_of(bindparam("subjects", type_=LargeBinary), these.c.number, HASH_BYTES),
    }
    if "accounts" in these.c:
        varying["account_id"] = these.c.accounts
    values = [varying.get(c.name, bindparam(c.name, type_=c.type)) for c in _COLUMNS]
    names = [c.name for c in _COLUMNS]
    return Direct(table_of(TrailRow).insert().inline().from_select(names, select(*values).select_from(these)))


_EACH, _EACH_ACCOUNT = _for_each(_THESE), _for_each(_WITH_ACCOUNTS)


def name_press(press: str) -> None:
    """Let the rows written from now on in this context bear the name of the press of a button they came from.

    A page whose answer was lost asks by that name whether its press was recorded (decision.settled); "" names none.
    """
    _press.set(press)


def record(
    session: Session,
    event: TrailEvent,
    actor: Actor,
    *,
    declaration: Known | None = None,
    account: Known | None = None,
    subject_hash: bytes | None = None,
    moment: datetime | None = None,
    **facts: Any,
) -> None:
    """Add one row to the trail, of this instant or of the aware `moment` that is written elsewhere too.

    `facts` must hold ids, counts, codes of reasons and keyed hashes (as hex) only: never a name, number, phone,
    address or free text. The subject defaults to the keyed hash of the declaration's or account's BHXH code.
    """
    if subject_hash is None:
        subject_hash = subject_of(declaration or account)
    row = _row(event, actor, declaration, account, subject_hash, facts)
    _ROW.rows(session, row if moment is None else row | {"at": moment})


def record_each(
    session: Session,
    event: TrailEvent,
    actor: Actor,
    declarations: Iterable[Known],
    *,
    accounts: Sequence[int] | None = None,
    moment: datetime | None = None,
    **facts: Any,
) -> None:
    """Add one row for each of the declarations, at once; all have the same `facts` (see `record`).

    `accounts` are the ids of their accounts, in the same order; `moment` as in `record`.
    """
    those = list(declarations)
    if not those:
        return
    known = _row(event, actor, None, None, None, facts)
    known["at"] = moment or known["at"]
    known["declarations"] = [one.id for one in those]
    known["subjects"] = b"".join(lookup_hash("bhxh_code", one.bhxh_code) for one in those)
    if accounts is None:
        _EACH.rows(session, known)
    else:
        _EACH_ACCOUNT.rows(session, known | {"accounts": list(accounts)})


def _row(
    event: TrailEvent,
    actor: Actor,
    declaration: Known | None,
    account: Known | None,
    subject_hash: bytes | None,
    facts: dict[str, Any],
) -> dict[str, Any]:
    press = _press.get()
    return {
        "at": clock.now(),
        "event": event,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "office_id": actor.office_id,
        "declaration_id": declaration.id if declaration else None,
        "account_id": account.id if account else None,
        "subject_hash": subject_hash,
        "facts": {**facts, "press": press} if press else facts,
    }


class HasCode(Protocol):
    """Whatever belongs to a person with a BHXH code."""

    @property
    def bhxh_code(self) -> str:
        """Return the code in normal form."""


class Known(HasCode, Protocol):
    """A declaration or an account, or a line of a list that stands for one."""

    @property
    def id(self) -> int:
        """Return its id."""


def subject_of(thing: HasCode | None) -> bytes | None:
    """Return the keyed hash under which the trail knows the person of a declaration or account."""
    return lookup_hash("bhxh_code", thing.bhxh_code) if thing is not None else None


def officer_subject(officer_id: int) -> bytes:
    """Return the keyed hash under which the trail knows what was done to an officer: their history is one hash away."""
    return lookup_hash("officer", str(officer_id))
