"""What a signed-in owner does: changes the password, reads the account, signs out (A2, A6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backoffice.accounts import passwords, sessions, tries
from backoffice.accounts.actions import person_codes
from backoffice.accounts.queries import holds_its_phone
from backoffice.accounts.sessions import Tokens
from backoffice.accounts.sign_in import order_for, set_password
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, Unauthenticated
from backoffice.kernel.passwords import hash_password, verify_password
from backoffice.models import (
    Account,
    AccountSession,
    AccountStatus,
    Declaration,
    IdType,
    Purpose,
    SessionKind,
    Status,
    TrailEvent,
)
from backoffice.notices import one_time
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

WRONG_OLD = "Mật khẩu hiện tại chưa đúng. Xin nhập lại."
MOST_LISTED = 50


@dataclass(frozen=True)
class Owner:
    """A signed-in owner, as routes know one: plain values, safe outside a session."""

    account_id: int
    session_id: int
    kind: SessionKind


@dataclass(frozen=True)
class OwnDeclaration:
    """One declaration of the owner's, or made for a child."""

    receipt_code: str
    purpose: Purpose
    status: Status
    declared_at: datetime
    expires_at: datetime | None
    full_name: str
    presented_at: datetime | None
    supplement_at: datetime | None


@dataclass(frozen=True)
class Child:
    """A child whose account uses this one's phone (D11)."""

    bhxh_code: str
    full_name: str
    status: AccountStatus


@dataclass(frozen=True)
class Information:
    """The personal page (A6)."""

    bhxh_code: str
    full_name: str
    date_of_birth: date | None
    id_type: IdType
    id_number: str
    phone: str
    is_phone_own: bool
    email: str | None
    is_email_confirmed: bool
    province_code: str
    district_code: str | None
    ward_code: str
    address_line: str
    status: AccountStatus
    opened_at: datetime
    password_ends_at: datetime | None


def who(access: str, kind: SessionKind) -> Owner:
    """Return whose access token that is; raises Unauthenticated, saying why (sessions.signed_in)."""
    with transaction() as session:
        account, found = sessions.signed_in(session, access, kind)
        return Owner(account.id, found.id, kind)


def refresh(token: str) -> Tokens:
    """Return new tokens for a refresh token; raises Unauthenticated."""
    with transaction() as session:
        made = sessions.refresh(session, token)
    if isinstance(made, Unauthenticated):
        raise made
    return made


def sign_out(owner: Owner) -> None:
    """End the session at once."""
    with transaction() as session:
        account = mine(session, owner)
        sessions.sign_out(session.get_one(AccountSession, owner.session_id))
        record(session, TrailEvent.ACCOUNT_SIGN_OUT, CITIZEN, account=account, subject_hash=subject_of(account))


def order_password_code(owner: Owner) -> None:
    """Send the code for changing the password to the registered phone (A2); raises Conflict, TooManyRequests."""
    with transaction() as session:
        order_for(session, mine(session, owner), one_time.Purpose.CHANGE_PASSWORD)


def change_password(owner: Owner, old: str, new: str, repeat: str, otp: str) -> None:
    """Change the password (A2): old, new, repeat, and the code that went to the phone; other sessions end.

    Raises InvalidInput (old, new, repeat, otp), TooManyRequests and Conflict as sign_in does, Conflict (otp_*). A wrong
    old password counts as a wrong try, and uses up no code.
    """
    check_password(owner, old)
    with transaction() as session:
        password = passwords.read_new(session, mine(session, owner, locked=False), new, repeat)
    password_hash = hash_password(password)  # takes its time: nothing is locked meanwhile
    one_time.check(owner.account_id, one_time.Purpose.CHANGE_PASSWORD, otp)
    with transaction() as session:
        set_password(session, mine(session, owner), password_hash, owner.session_id)


def check_password(owner: Owner, given: str, field: str = "old") -> None:
    """Make sure that whoever is signed in knows the password; a wrong one counts as a wrong try (A7).

    Raises InvalidInput (`field`), TooManyRequests and Conflict as sign_in does.
    """
    with transaction() as session:
        account = mine(session, owner)
        key = tries.key_of("", account, session.get_one(AccountSession, owner.session_id).device_hash)
        reserved = tries.reserve(session, key, account)
    if reserved.refusal is not None:
        raise reserved.refusal
    with transaction() as session:
        account = mine(session, owner, locked=False)
        is_right = verify_password(account.password_hash, passwords.normal(given))
        if is_right:
            tries.forgive(session, key)
    if not is_right:
        raise InvalidInput([Fault(field, WRONG_OLD, "wrong")], WRONG_OLD)


def information(owner: Owner) -> Information:
    """Return the personal page (A6)."""
    with transaction() as session:
        account = mine(session, owner, locked=False)
        _note_look(session, account, "information")
        return Information(
            bhxh_code=account.bhxh_code,
            full_name=account.full_name,
            date_of_birth=account.date_of_birth,
            id_type=account.id_type,
            id_number=account.id_number,
            phone=account.phone,
            is_phone_own=holds_its_phone(session, account),
            email=account.email,
            is_email_confirmed=account.email is not None and account.email == account.email_confirmed,
            province_code=account.province_code,
            district_code=account.district_code,
            ward_code=account.ward_code,
            address_line=account.address_line,
            status=account.status,
            opened_at=account.opened_at,
            password_ends_at=passwords.ends_at(account),
        )


def declarations(owner: Owner) -> list[OwnDeclaration]:
    """Return the owner's declarations, the newest first."""
    with transaction() as session:
        account = mine(session, owner, locked=False)
        _note_look(session, account, "declarations")
        return _listed(session, Declaration.bhxh_code.in_(person_codes(account)))


def children(owner: Owner) -> tuple[list[Child], list[OwnDeclaration]]:
    """Return the children's accounts under this one, and declarations made for children (D11)."""
    with transaction() as session:
        account = mine(session, owner, locked=False)
        found = session.scalars(select(Account).where(Account.guardian_id == account.id).order_by(Account.id)).all()
        for child in found:
            _note_look(session, child, "guardian")
        _note_look(session, account, "children")
        those = [Child(one.bhxh_code, one.full_name, one.status) for one in found]
        return those, _listed(session, Declaration.guardian_bhxh_code.in_(person_codes(account)))


def mine(session: Session, owner: Owner, *, locked: bool = True) -> Account:
    """Return the owner's account, its row `locked`, its session still open; raises Unauthenticated (session_over)."""
    account = session.get_one(Account, owner.account_id, with_for_update=locked or None, populate_existing=True)
    found = session.get_one(AccountSession, owner.session_id, populate_existing=True)
    if found.ended_at is not None or account.status not in (AccountStatus.ISSUED, AccountStatus.ACTIVE):
        raise Unauthenticated("Phiên đăng nhập đã hết. Xin đăng nhập lại.", code="session_over")
    return account


def _note_look(session: Session, account: Account, what: str) -> None:
    record(session, TrailEvent.ACCOUNT_READ, CITIZEN, account=account, subject_hash=subject_of(account), what=what)


def _listed(session: Session, which: ColumnElement[bool]) -> list[OwnDeclaration]:
    found = session.scalars(
        select(Declaration).where(which).order_by(Declaration.declared_at.desc()).limit(MOST_LISTED)
    )
    return [
        OwnDeclaration(
            receipt_code=one.receipt_code,
            purpose=one.purpose,
            status=one.status,
            declared_at=one.declared_at,
            expires_at=one.expires_at,
            full_name=one.full_name,
            presented_at=one.presented_at,
            supplement_at=one.supplement_at,
        )
        for one in found
    ]
