"""An adjustment or a stop that an officer writes for an account's owner who stands there (D2, K10).

For who lost phone and password: the account was found by the ID (K9), the form is printed and signed, and it is
reviewed as any other. No code is asked for here (A7): a new number is tried by a call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts.desk_actions import CHECKS
from backoffice.accounts.queries import account_for
from backoffice.decision import claims, entered, steps
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_code
from backoffice.intake.actions import check_declared, take_in
from backoffice.intake.checks import Checker
from backoffice.intake.draft_values import iso_day
from backoffice.intake.fields import read_fields
from backoffice.intake.known import complete
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import (
    Account,
    AccountChange,
    AccountStatus,
    Channel,
    Declaration,
    DeskEntry,
    IdType,
    Officer,
    Purpose,
    Status,
    TrailEvent,
)
from backoffice.rules import changes
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do
from backoffice.rules.place_names import find_ward
from backoffice.rules.places import find_place

TYPED = ("full_name", "date_of_birth", "id_type", "id_number", "phone", "email", "ward", "line")
"""What may be typed; what is left empty stays as the account has it."""
_CHECK = "identity"
_SIGNS = "Xin giải thích cho công dân, in mẫu số 01 để ký, rồi đánh dấu mục này."


def open_form(account_id: int, officer: Actor) -> dict[str, Any]:
    """Return whose account it is, masked, for the page that asks what is to change. Raises NotFound out of reach."""
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.CHANGE_FOR_OWNER)
        record(session, TrailEvent.ACCOUNT, officer, account=account)
        _require_open(account)
        return {
            "id": account.id,
            "full_name": account.full_name,
            "code": mask_code(account.bhxh_code),
            "paper": mask_code(account.id_number),
            "phone": mask_phone(account.phone),
            "is_locked": account.status is AccountStatus.LOCKED,
        }


def declare(
    account_id: int, officer: Actor, purpose: Purpose, typed: Mapping[str, str], checked: Collection[str]
) -> str:
    """Write the declaration at the officer's office, handed in and in the officer's hands; return its receipt code.

    Whoever writes it approves it alone only with the ID scanned and the form signed (decision.entered). Pressed twice
    it is one. `checked` has "identity" and "agreed" (the owner will sign). Raises InvalidInput (fields as in TYPED,
    those two), NotFound out of reach, Conflict (account_closed; account_locked where it is to be adjusted; own: nobody
    writes it for themselves).
    """
    _require_checked(checked)
    with transaction() as session:
        claims.require_enabled(session, officer)
        account = account_for(session, account_id, officer, Do.CHANGE_FOR_OWNER, locked=True)
        _require_open(account)
        _refuse_own(session, account, officer)
        if purpose is Purpose.ADJUST and account.status is AccountStatus.LOCKED:
            raise Conflict(
                "Tài khoản này đang tạm khóa nên chưa điều chỉnh được. Chưa có gì thay đổi; xin báo lãnh đạo xem vì "
                "sao bị khóa, mở khóa rồi lập tờ khai.",
                code="account_locked",
            )
        columns = _columns(session, account, officer, purpose, typed)
        if twin := _twin(session, account, officer, columns):
            return twin
        declaration, receipt = take_in(session, columns, [], officer, Channel.DESK)
        entered.note_entry(session, declaration, officer)
        steps.present(session, declaration, officer)
        claims.take(session, declaration, officer)
        record(session, TrailEvent.CLAIM, officer, declaration=declaration)
    return receipt.receipt_code.replace("-", "")


def _twin(session: Session, account: Account, officer: Actor, columns: Mapping[str, Any]) -> str | None:
    """Return the receipt code of what the officer wrote before, still undecided, in the same words; else None."""
    written = session.scalars(
        select(Declaration)
        .join(AccountChange, AccountChange.declaration_id == Declaration.id)
        .join(DeskEntry, DeskEntry.declaration_id == Declaration.id)
        .where(AccountChange.account_id == account.id, DeskEntry.officer_id == officer.id)
        .where(Declaration.status == Status.SUBMITTED, Declaration.purpose == columns["purpose"])
    )
    asked = {name: columns[name] for name in changes.COLUMNS}
    same = (one for one in written if {name: getattr(one, name) for name in changes.COLUMNS} == asked)
    return next((one.receipt_code for one in same), None)


def _columns(
    session: Session, account: Account, officer: Actor, purpose: Purpose, typed: Mapping[str, str]
) -> dict[str, Any]:
    """Return the checked columns; the original paper lies on the desk, so no photo of it is asked for."""
    faults: list[Fault] = []
    said = {name: typed.get(name, "").strip() for name in TYPED} if purpose is Purpose.ADJUST else {}
    sent: dict[str, Any] = {name: text for name, text in said.items() if text and name not in ("ward", "line")}
    if "date_of_birth" in sent:
        sent["date_of_birth"] = iso_day(sent["date_of_birth"])
    if said.get("id_number") and not said.get("id_type"):
        sent["id_type"] = IdType.CITIZEN_ID.value
    if said.get("ward") or said.get("line"):
        sent["address"] = _address(account, said, faults)
    if typed.get("drop_email"):
        sent["email"] = ""
    sent |= {"purpose": purpose.value, "office_code": officer.office_code, "consent": True, "undertaking": True}
    fields, shape = read_fields(sent)
    checker = Checker([*faults, *shape])
    known = complete(session, fields, checker, account_id=account.id)
    columns = check_declared(session, known, officer, checker)
    if checker.faults:
        raise InvalidInput([Fault(_name(one.field), one.message, one.code) for one in checker.faults])
    return columns


def _address(account: Account, said: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    """Return the address as it is sent: a ward found by its name, else the account's."""
    place = find_place(account.province_code, account.district_code, account.ward_code)
    if said["ward"]:
        try:
            place = find_ward(said["ward"], account.province_code)
        except Malformed as fault:
            faults.append(Fault("ward", fault.message, fault.code))
    units = {"province": place.province, "district": place.district, "ward": place.ward}
    codes = {name: unit.code for name, unit in units.items() if unit}
    return codes | {"line": said["line"] or account.address_line}


def _name(field: str) -> str:
    part = field.removeprefix("address.")
    return "ward" if part in ("province", "district") else part


def _require_open(account: Account) -> None:
    if account.status is AccountStatus.CLOSED:
        raise Conflict(
            "Tài khoản này đã ngừng sử dụng. Chưa có gì thay đổi; muốn dùng lại, đề nghị công dân khai đăng ký mới.",
            code="account_closed",
        )


def _refuse_own(session: Session, account: Account, officer: Actor) -> None:
    """Raise Conflict (own) when the account seems to be the officer's: the same name, or the same e-mail address."""
    name, email = session.execute(select(Officer.full_name, Officer.email).where(Officer.id == officer.id)).one()
    is_same = email and account.email and email.casefold() == account.email.casefold()
    if is_same or fold(name) == fold(account.full_name):
        raise Conflict(
            "Không ai lập tờ khai cho chính mình, mà tài khoản này trùng họ tên hoặc thư điện tử của bạn. Chưa có gì "
            "thay đổi; xin nhờ cán bộ khác lập.",
            code="own",
        )


def _require_checked(checked: Collection[str]) -> None:
    sentences = {_CHECK: CHECKS[_CHECK], "agreed": _SIGNS}
    faults = [Fault(name, sentence) for name, sentence in sentences.items() if name not in checked]
    if faults:
        raise InvalidInput(faults, "Chưa lập tờ khai, chưa có gì thay đổi:")
