"""Officers from the command line: added, changed, renewed, disabled, given a link. No scope, but every other rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.passwords import hash_password, new_temporary_password
from backoffice.models import DisabledReason, Office, Officer, Role, TrailEvent
from backoffice.officers import editing, values
from backoffice.officers.access import require_enabled
from backoffice.officers.actions import hand_link, username_taken
from backoffice.officers.editing import Values
from backoffice.officers.forms import Faults
from backoffice.officers.standing import Locked, lock_officers, require_administrator
from backoffice.rules.actors import SYSTEM
from backoffice.signin import links, totp
from backoffice.signin.passwords import fault_of
from backoffice.signin.sessions import EndReason, end_sessions
from backoffice.signin.usernames import is_username, normal_password, normal_username


@dataclass(frozen=True)
class Credentials:
    """What is told once: the password, and the otpauth URI when there is a second step."""

    officer_id: int
    password: str
    totp_uri: str | None = None


def add_officer(
    username: str, full_name: str, role: Role, office_code: str, *, password: str | None = None, with_totp: bool = False
) -> Credentials:
    """Add an officer; without `password` one is made. Returns what is told once.

    Raises InvalidInput naming every fault (user name, name, office, role, password), Conflict when the name is taken.
    """
    password = new_temporary_password() if password is None else normal_password(password)
    try:
        with transaction() as session:
            editing.hold_offices(session, office_code)
            name, wanted = _checked(session, username, full_name, role, office_code, password)
            officer = editing.add(session, SYSTEM, name, wanted, hash_password(password))
            return Credentials(officer.id, password, totp.give_secret(officer) if with_totp else None)
    except IntegrityError as taken:
        raise username_taken(normal_username(username)) from taken


def change_officer(username: str, *, role: Role | None = None, office_code: str | None = None) -> None:
    """Give an officer another role or office; open sessions end, for they were begun with the former ones.

    Raises NotFound for an unknown user name, InvalidInput for an unknown or closed office or a role that does not
    belong there, Conflict (last_administrator).
    """
    with transaction() as session:
        editing.hold_offices(session, *filter(None, [office_code]))
        officer, locked = _locked(session, username)
        now = editing.values_of(session, officer)
        office: Office | Fault = officer.office
        if office_code is not None:
            office = editing.find_office(session, SYSTEM, office_code)
        if isinstance(office, Fault):
            raise InvalidInput([office])
        if fault := values.role_fault(role or officer.role, office):
            raise InvalidInput([Fault("role", fault, "role_of_root")])
        wanted = replace(now, role=role or officer.role, office=office)
        editing.put(session, SYSTEM, officer, editing.without_lost_second(wanted))
        end_sessions(session, officer, EndReason.OFFICER_CHANGED)
        require_administrator(session, locked)


def renew_credentials(username: str, *, password: str | None = None, with_totp: bool = False) -> Credentials:
    """Give an officer a new password (made, unless given), and a new second step if asked; open sessions end, and
    no link that was handed out leads in any more.

    Raises NotFound for an unknown user name, InvalidInput for a weak password.
    """
    password = new_temporary_password() if password is None else normal_password(password)
    with transaction() as session:
        officer, _ = _locked(session, username)
        if faults := _password_faults(officer.username, password):
            raise InvalidInput(faults)
        officer.password_hash = hash_password(password)
        totp.open_again(session, officer)
        if with_totp:
            totp.forget(session, officer)
        uri = totp.give_secret(officer) if with_totp else None
        end_sessions(session, officer, EndReason.OFFICER_CHANGED)
        links.end_links(session, officer)
        renewed = ["password", "authenticator"] if with_totp else ["password"]
        editing.note(session, TrailEvent.OFFICER_EDIT, SYSTEM, officer, fields=renewed)
        return Credentials(officer.id, password, uri)


def disable_officer(username: str) -> None:
    """Let an officer sign in no more: open sessions end at once, what is in hand goes back; once is enough.

    Raises NotFound for an unknown user name, Conflict (last_administrator).
    """
    with transaction() as session:
        officer, locked = _locked(session, username)
        if officer.disabled_at is None:
            editing.disable(session, SYSTEM, officer, DisabledReason.BY_HAND)
            require_administrator(session, locked)


def link_officer(username: str) -> str:
    """Return the token of a new one-time link for an officer; earlier ones end.

    Raises NotFound for an unknown user name, Conflict (disabled).
    """
    with transaction() as session:
        officer, _ = _locked(session, username)
        require_enabled(officer)
        return hand_link(session, SYSTEM, officer).token


def _locked(session: Session, username: str) -> tuple[Officer, Locked]:
    name = normal_username(username)
    asked = select(Officer.id).where(Officer.username == (name if is_username(name) else ""))
    officer_id = session.scalars(asked).one_or_none()
    if officer_id is None:
        raise NotFound(f"Không có người dùng “{name}”. Xin kiểm tra lại tên đăng nhập.")
    locked = lock_officers(session, [officer_id])
    return locked.officers[officer_id], locked


def _checked(
    session: Session, username: str, full_name: str, role: Role, office_code: str, password: str
) -> tuple[str, Values]:
    faults = Faults()
    name = faults.read("username", values.read_username, username)
    person = faults.read("name", values.read_name, full_name)
    office = editing.find_office(session, SYSTEM, office_code)
    if isinstance(office, Fault):
        faults.found.append(office)
    elif fault := values.role_fault(role, office):
        faults.add("role", fault, "role_of_root")
    faults.found += _password_faults(username, password)
    if faults.found or name is None or person is None or isinstance(office, Fault):
        raise InvalidInput(faults.found)
    return name, Values(person, role, office, None)


def _password_faults(username: str, password: str) -> list[Fault]:
    fault = fault_of(normal_username(username), password)
    return [Fault("password", fault)] if fault else []
