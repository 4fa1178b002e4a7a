"""Finding the one account to act on, within the officer's reach; and what its next reset depends on (K9, D6)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import BigInteger, ColumnElement, DateTime, Text, any_, bindparam, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from backoffice.accounts.actions import Person, person_codes
from backoffice.kernel import clock
from backoffice.kernel.errors import NotFound
from backoffice.models import (
    Account,
    AccountHold,
    ActorKind,
    Declaration,
    HoldKind,
    IdType,
    TrailEvent,
    TrailRow,
)
from backoffice.rules.actors import Actor
from backoffice.rules.journal import subject_of
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values

REMEMBERED = timedelta(hours=12)
"""So long an exact search opens the account it found: no session is longer."""
PLACE = "desk"
"""Where a password was given out, as the trail says it: resets by telephone and by e-mail are counted apart."""


def account_for(session: Session, account_id: int, actor: Actor, do: Do, *, locked: bool = False) -> Account:
    """Return the account to which `actor` may `do`; `locked` holds its row until the transaction ends.

    Any office may serve its owner, but nobody walks through the accounts by their numbers: it must be of the officer's
    scope, or of a person whose declaration is, or have been found by an exact search of the officer's in the last 12
    hours (K9). Raises NotFound for any other, as for one that does not exist.
    """
    require(actor, do)
    account = session.get(Account, account_id, with_for_update=locked or None, populate_existing=locked)
    if account is None or not _is_within_reach(session, account, actor):
        raise NotFound
    return account


def account_of_person(session: Session, person: Person, *, locked: bool = False) -> Account | None:
    """Return the open account of the person, known by the 10-digit or the 12-digit code (K9); None when there is none.

    `locked` holds its row until the transaction ends.
    """
    codes = person_codes(person)
    held = select(AccountHold.account_id).where(AccountHold.kind == HoldKind.CODE, AccountHold.value.in_(codes))
    query = select(Account).where(Account.id.in_(held)).order_by(Account.id).limit(1)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def account_by_code(session: Session, code: str, *, locked: bool = False) -> Account | None:
    """Return the open account under `code` (normal form, 10 or 12 digits: one person), None when there is none.

    One statement, whatever is found. `locked` holds its row until the transaction ends.
    """
    query = (
        select(Account)
        .join(AccountHold, AccountHold.account_id == Account.id)
        .where(AccountHold.kind == HoldKind.CODE, AccountHold.value == code)
    )
    if locked:
        query = query.with_for_update(of=Account).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def declaration_of(session: Session, account: Account) -> Declaration | None:
    """Return the approved declaration that opened the account, with its office; None when it is gone."""
    if account.declaration_id is None:
        return None
    query = select(Declaration).where(Declaration.id == account.declaration_id).options(joinedload(Declaration.office))
    return session.scalars(query).one_or_none()


def holds_its_phone(session: Session, account: Account) -> bool:
    """Tell whether the account's phone is its owner's: one freed for somebody else, or doubted, is not used (D6).

    A child's is while it is the guardian's (D11).
    """
    hold = phone_hold(session, account)
    if hold is None or account.must_update_phone:
        return False
    return hold.account_id == account.id or not session.get_one(Account, hold.account_id).must_update_phone


def phone_hold(session: Session, account: Account) -> AccountHold | None:
    """Return the hold on the account's phone if it is its own or its guardian's, doubted or not; else None."""
    hold = session.get(AccountHold, (HoldKind.PHONE, account.phone), populate_existing=True)
    return hold if hold is not None and hold.account_id in (account.id, account.guardian_id) else None


def resets_today(session: Session, account: Account) -> int:
    """Return how often a password was given out at a desk today, by the trail."""
    midnight = clock.end_of_day(clock.today()) - timedelta(days=1)
    counted = select(func.count()).where(
        TrailRow.subject_hash == subject_of(account),
        TrailRow.at > midnight,
        TrailRow.event == TrailEvent.RESET,
        TrailRow.account_id == account.id,
        TrailRow.facts["place"].astext == PLACE,
    )
    return session.scalars(counted).one()


def _is_within_reach(session: Session, account: Account, actor: Actor) -> bool:
    known = scope_values(actor) | {
        "account": account.id,
        "codes": sorted(person_codes(account)),
        "officer": actor.id,
        "since": clock.now() - REMEMBERED,
    }
    within = or_(_is_of_scope(actor), _has_declaration_in_scope(actor), _was_found(account))
    return session.scalars(select(literal(True)).where(within), known).first() is not None


def _is_of_scope(actor: Actor) -> ColumnElement[bool]:
    mine = in_scope(actor.role, Do.REVIEW, Account.office_id)
    return exists().where(Account.id == bindparam("account", type_=BigInteger()), mine)


def _has_declaration_in_scope(actor: Actor) -> ColumnElement[bool]:
    codes = bindparam("codes", type_=ARRAY(Text))
    is_citizen_id = Declaration.id_type == IdType.CITIZEN_ID
    the_person = or_(Declaration.bhxh_code == any_(codes), (Declaration.id_number == any_(codes)) & is_citizen_id)
    return exists().where(the_person, in_scope(actor.role, Do.REVIEW, Declaration.office_id))


def _was_found(account: Account) -> ColumnElement[bool]:
    return exists().where(
        TrailRow.actor_id == bindparam("officer", type_=BigInteger()),
        TrailRow.at > bindparam("since", type_=DateTime(timezone=True)),
        TrailRow.actor_kind == ActorKind.OFFICER,
        TrailRow.event == TrailEvent.SEARCH,
        TrailRow.facts.contains({"accounts": [account.id]}),
    )
