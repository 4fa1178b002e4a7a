"""The virtual assistant reads a new password out: made in the request, given once, kept as a hash (A4, S3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.accounts import resets
from backoffice.accounts.resets import Place
from backoffice.hotline import bounds
from backoffice.hotline.gate import NoMatch, match, read_code, read_phone
from backoffice.hotline.spelling import spoken
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.passwords import hash_password, new_temporary_password
from backoffice.models import Account, CredentialIssue, SpokenReset, TrailEvent
from backoffice.notices.credentials import is_open, make_attempt
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

AGAIN = timedelta(minutes=2)
"""So long the same call asks for the same reset: the answer was lost, or the caller has not heard it."""


@dataclass(frozen=True)
class Spoken:
    """A temporary password, and how it is said."""

    password: str = field(repr=False)
    spoken: str = field(repr=False)


def reset(client: Actor, caller_phone: str, bhxh_code: str, call_id: str) -> Spoken:
    """Make a new password for the caller who has proven code and number, and tell the owner of it.

    The same `call_id` of the same client within two minutes makes another password of the same reset; both fit until
    one is used. Raises NoMatch after the same work, whatever was wrong; TooManyRequests; Conflict as
    accounts.resets.order refuses: then the caller has proven who it is.
    """
    bounds.admit(client)
    with transaction() as session:
        account = match(session, bhxh_code, caller_phone, locked=True)
        _note_look(session, client, account, caller_phone, bhxh_code)
        made = _made(session, account, client, call_id) if account is not None else _nobodys()
    if account is None:
        bounds.note_miss(client, bhxh_code, caller_phone)
        raise NoMatch
    if isinstance(made, Conflict):
        raise made
    return Spoken(made, spoken(made))


def _made(session: Session, account: Account, client: Actor, call_id: str) -> str | Conflict:
    """Return a new password, its hash kept; or the refusal, to be raised once this is committed.

    A call is kept with the account: one about a parent's and then a child's is two.
    """
    call = lookup_hash("call", f"{call_id}\0{account.id}")
    issue = _of_same_call(session, account, client, call)
    if issue is not None:
        record(session, TrailEvent.HOTLINE_ACT, client, account=account, act="again", issue=issue.number)
        return make_attempt(session, issue)
    ordered = resets.order(session, account, client, Place.ASSISTANT)
    if isinstance(ordered, Conflict):
        return ordered
    now = {"account_id": account.id, "issue_id": ordered.id, "at": clock.now()}
    new = insert(SpokenReset).values(client_id=client.id, call_hash=call, **now)
    session.execute(new.on_conflict_do_update(index_elements=["client_id", "call_hash"], set_=now))
    return make_attempt(session, ordered)


def _nobodys() -> str:
    """Do what a password costs, for nobody."""
    password = new_temporary_password()
    hash_password(password)
    return password


def _of_same_call(session: Session, account: Account, client: Actor, call: bytes) -> CredentialIssue | None:
    """Return the issue that the same call was given lately, while it counts."""
    former = session.get(SpokenReset, (client.id, call), populate_existing=True)
    if former is None or former.account_id != account.id or former.at < clock.now() - AGAIN:
        return None
    issue = session.get_one(CredentialIssue, former.issue_id, populate_existing=True)
    return issue if is_open(session, issue) else None


def _note_look(session: Session, client: Actor, account: Account | None, phone: str, code: str) -> None:
    record(
        session,
        TrailEvent.HOTLINE_LOOK if account is not None else TrailEvent.HOTLINE_MISS,
        client,
        account=account,
        subject_hash=None if account is not None else lookup_hash("bhxh_code", read_code(code)),
        phone=lookup_hash("phone", read_phone(phone)).hex(),
    )
