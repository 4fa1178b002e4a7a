"""Officers from the command line: added, changed, disabled; each change ends what they have open."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.kernel.passwords import hash_password, new_temporary_password
from backoffice.models import Office, Officer, Role
from backoffice.signin import totp
from backoffice.signin.sessions import EndReason, end_sessions
from backoffice.signin.usernames import PASSWORD_MAX, PASSWORD_MIN, is_username, normal_password, normal_username


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

    Raises InvalidInput naming every fault (user name, name, office, password), Conflict when the name is taken.
    """
    name = normal_username(username)
    password = new_temporary_password() if password is None else normal_password(password)
    try:
        with transaction() as session:
            office = _office(session, office_code)
            _check(name, full_name, office, password)
            officer = Officer(
                username=name,
                full_name=" ".join(full_name.split()),
                role=role,
                office=office,
                password_hash=hash_password(password),
                created_at=clock.now(),
            )
            session.add(officer)
            session.flush()
            return Credentials(officer.id, password, totp.give_secret(officer) if with_totp else None)
    except IntegrityError as taken:
        raise Conflict(f"Tên đăng nhập “{name}” đã có. Xin chọn tên khác.", code="username_taken") from taken


def change_officer(username: str, *, role: Role | None = None, office_code: str | None = None) -> None:
    """Give an officer another role or office; open sessions end, for they were begun with the former ones.

    Raises NotFound for an unknown user name, InvalidInput for an unknown or closed office.
    """
    with transaction() as session:
        officer = _locked(session, username)
        if office_code is not None:
            office = _office(session, office_code)
            if office is None:
                raise InvalidInput([_office_fault(office_code)])
            officer.office = office
        officer.role = role or officer.role
        end_sessions(session, officer, EndReason.OFFICER_CHANGED)


def renew_credentials(username: str, *, password: str | None = None, with_totp: bool = False) -> Credentials:
    """Give an officer a new password (made, unless given), and a new second step if asked; open sessions end.

    Raises NotFound for an unknown user name, InvalidInput for a weak password.
    """
    password = new_temporary_password() if password is None else normal_password(password)
    with transaction() as session:
        officer = _locked(session, username)
        if faults := _password_faults(officer.username, password):
            raise InvalidInput(faults)
        officer.password_hash = hash_password(password)
        end_sessions(session, officer, EndReason.OFFICER_CHANGED)
        return Credentials(officer.id, password, totp.give_secret(officer) if with_totp else None)


def disable_officer(username: str) -> None:
    """Let an officer sign in no more; open sessions end at once. Raises NotFound for an unknown user name."""
    with transaction() as session:
        officer = _locked(session, username)
        officer.disabled_at = officer.disabled_at or clock.now()
        end_sessions(session, officer, EndReason.DISABLED)


def _locked(session: Session, username: str) -> Officer:
    name = normal_username(username)
    asked = select(Officer).where(Officer.username == (name if is_username(name) else "")).with_for_update(of=Officer)
    officer = session.scalars(asked).one_or_none()
    if officer is None:
        raise NotFound(f"Không có người dùng “{name}”. Xin kiểm tra lại tên đăng nhập.")
    return officer


def _office(session: Session, code: str) -> Office | None:
    return session.scalars(select(Office).where(Office.code == code, Office.closed_at.is_(None))).one_or_none()


def _check(name: str, full_name: str, office: Office | None, password: str) -> None:
    faults = []
    if not is_username(name):
        sentence = "Tên đăng nhập gồm 3 đến 40 ký tự: chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới."
        faults.append(Fault("username", sentence))
    if not full_name.strip():
        faults.append(Fault("name", "Chưa có họ tên. Xin ghi họ và tên của cán bộ."))
    if office is None:
        faults.append(_office_fault(""))
    faults += _password_faults(name, password)
    if faults:
        raise InvalidInput(faults)


def _office_fault(code: str) -> Fault:
    named = f" mang mã {code}" if code else " mang mã này"
    return Fault("office", f"Không có cơ quan BHXH nào đang hoạt động{named}. Xin kiểm tra lại mã.")


def _password_faults(name: str, password: str) -> list[Fault]:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        return [Fault("password", f"Mật khẩu phải dài từ {PASSWORD_MIN} đến {PASSWORD_MAX} ký tự. Xin chọn lại.")]
    if name in password.casefold() or len(set(password)) < 5:
        return [Fault("password", "Mật khẩu quá dễ đoán. Xin chọn mật khẩu không chứa tên đăng nhập, ít lặp ký tự.")]
    return []
