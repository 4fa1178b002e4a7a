"""Rows as tests need them: every argument has a sound default, nothing belongs to a real person."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.accounts import sessions
from backoffice.decision import ledger
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel import clock, hashing
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountDevice,
    AccountHold,
    AccountStatus,
    Channel,
    ClientKey,
    Declaration,
    HoldKind,
    How,
    IdType,
    MachineClient,
    Office,
    OfficeKind,
    Officer,
    Purpose,
    Role,
    Scope,
    Status,
)
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.deadlines import deadline

_numbers = itertools.count(1)
PASSWORD = "mat-khau-thu-2026"
_PASSWORD_HASH = hash_password(PASSWORD)


def make_office(session: Session, code: str = "00114", *, parent: Office | None = None, **values: Any) -> Office:
    """An office; without a parent it hangs under the root 000 and a province, which are made when missing."""
    line = [code] if parent else list(dict.fromkeys(("000", code[:3], code)))
    there = {office.code: office for office in session.scalars(select(Office).where(Office.code.in_(line)))}
    missing = [one for one in line if one not in there]
    if code not in missing:
        return there[code]
    above = parent or there.get(line[len(line) - len(missing) - 1])
    for number, one in zip(_office_ids(session, len(missing)), missing, strict=True):
        above = _office(number, one, above, values if one == code else {})
        session.add(above)
    session.flush()
    assert above is not None
    return above


def _office_ids(session: Session, count: int) -> list[int]:
    """Numbers taken beforehand: so an office is written together with those above it."""
    number = func.nextval(func.pg_get_serial_sequence("offices", "id"))
    return list(session.scalars(select(number).select_from(func.generate_series(1, count))))


def _office(number: int, code: str, parent: Office | None, values: dict[str, Any]) -> Office:
    defaults: dict[str, Any] = {
        "id": number,
        "name": f"BHXH Mẫu {code}",
        "short_name": f"BHXH Mau {code}",
        "kind": {0: OfficeKind.ROOT, 1: OfficeKind.PROVINCE}.get(_depth(parent), OfficeKind.DISTRICT),
        "path": f"{parent.path if parent else ''}{code}.",
        "address": "Số 1 phố Mẫu",
        "phone": "02400000000",
        "provenance": "test",
    }
    office = Office(code=code, parent_id=parent.id if parent else None, folded_name="", **defaults | values)
    office.folded_name = fold(office.name)
    return office


def make_officer(
    session: Session,
    username: str | None = None,
    *,
    role: Role = Role.RECEPTION,
    office: Office | None = None,
    password: str = PASSWORD,
    **values: Any,
) -> Officer:
    """An officer of office 00114; the password is PASSWORD."""
    number = next(_numbers)
    officer = Officer(
        username=username or f"canbo{number}",
        full_name=values.pop("full_name", f"Cán Bộ Mẫu {number}"),
        role=role,
        office=office or make_office(session),
        password_hash=_PASSWORD_HASH if password == PASSWORD else hash_password(password),
        created_at=clock.now(),
        **values,
    )
    session.add(officer)
    session.flush()
    return officer


def make_actor(session: Session, role: Role = Role.RECEPTION, *, office: Office | None = None, **values: Any) -> Actor:
    """An officer as use cases know one."""
    return officer_actor(make_officer(session, role=role, office=office, **values))


def make_client(session: Session, *scopes: Scope, key: str | None = None, **values: Any) -> tuple[MachineClient, str]:
    """A machine client (scope intake unless told) and its key; it may ask as often as it likes."""
    key = key or f"vk_{hashing.new_token()}"
    client = MachineClient(
        name=f"phần mềm {next(_numbers)}",
        scopes=[scope.value for scope in scopes or (Scope.INTAKE,)],
        created_at=clock.now(),
        **{"rate": 1_000_000} | values,
    )
    session.add(client)
    session.flush()
    session.add(ClientKey(client_id=client.id, key_hash=hashing.token_hash(key), created_at=clock.now()))
    session.flush()
    return client, key


def make_declaration(session: Session, *, office: Office | None = None, **values: Any) -> Declaration:
    """A submitted declaration of an invented adult, without photos; every value can be given."""
    number = next(_numbers)
    declared_at: datetime = values.pop("declared_at", clock.now())
    office = office or make_office(session)
    defaults: dict[str, Any] = {
        "receipt_code": new_receipt_code(),
        "form01_token": hashing.new_token(),
        "purpose": Purpose.REGISTER,
        "status": Status.SUBMITTED,
        "channel": Channel.APP,
        "bhxh_code": f"01{number:08d}",
        "full_name": "Nguyễn Thử Mẫu",
        "id_type": IdType.CITIZEN_ID,
        "id_number": f"001085{number:06d}",
        "date_of_birth": date(1985, 1, 2),
        "province_code": "01",
        "ward_code": "00004",
        "address_line": "Số 2 phố Mẫu",
        "phone": f"09{number:08d}",
        "send_form01_by_email": False,
        "population_db_verified": False,
        "consent_wording": "2026-01",
        "consented_at": declared_at,
        "declared_at": declared_at,
        "expires_at": deadline(declared_at, 10),
        "reasons": [],
    }
    if values.get("status", Status.SUBMITTED) is not Status.SUBMITTED:
        defaults |= {"decided_at": declared_at, "expires_at": None}
    if values.get("presented_at"):
        defaults["expires_at"] = None
    declaration = Declaration(office_id=office.id, **defaults | values)
    declaration.folded_name = fold(declaration.full_name)
    session.add(declaration)
    session.flush()
    return declaration


def verify_all(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Everything about the declaration seen by the officer's own eyes: it may be approved."""
    ledger.enter(session, declaration, officer, ledger.missing(session, declaration), How.SEEN)


def make_account(session: Session, *, office: Office | None = None, **values: Any) -> Account:
    """An active account with its holds on phone and code."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "bhxh_code": f"02{number:08d}",
        "full_name": "Trần Thị Mẫu",
        "id_type": IdType.CITIZEN_ID,
        "id_number": f"001190{number:06d}",
        "province_code": "01",
        "ward_code": "00004",
        "address_line": "Số 3 phố Mẫu",
        "phone": f"03{number:08d}",
        "status": AccountStatus.ACTIVE,
        "opened_at": clock.now(),
    }
    account = Account(office_id=(office or make_office(session)).id, **defaults | values)
    session.add(account)
    session.flush()
    held = {HoldKind.PHONE: {account.phone}, HoldKind.CODE: {account.bhxh_code}}
    if account.id_type is IdType.CITIZEN_ID:
        held[HoldKind.CODE].add(account.id_number)
    for kind, values_held in held.items():
        for value in values_held:
            session.add(AccountHold(kind=kind, value=value, account_id=account.id, taken_at=clock.now()))
    session.flush()
    return account


def know_device(session: Session, account: Account, *devices: str) -> None:
    """Let the account's owner have proven these devices before (A3)."""
    for device in devices:
        known = sessions.device_hash(account.id, device)
        now = clock.now()
        session.merge(AccountDevice(account_id=account.id, device_hash=known, first_at=now, seen_at=now))
    session.flush()


def _depth(parent: Office | None) -> int:
    return parent.path.count(".") if parent else 0
