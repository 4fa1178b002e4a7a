"""The account a declaration rests on: the one it adjusts or stops, or that of a child's guardian (D2, D11).

What of it is not sent is the account's. That whoever declares may speak for the account is the caller's to know: a page
by its owner's signing in (drafts.account_id), a machine of scope intake by having its user signed in, as VssID has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from backoffice.accounts.queries import account_by_code, holds_its_phone
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.papers import ADULT_FROM, age_on
from backoffice.identity.phone import normalize_phone
from backoffice.intake.checks import Checker, check_person
from backoffice.intake.fields import Address, NewDeclaration
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Account, AccountChange, AccountStatus, Purpose
from backoffice.rules import changes
from backoffice.rules.changes import Part

_NO_ACCOUNT = (
    "Mã số BHXH này không có tài khoản đang mở nên không có gì để {act}. Tờ khai chưa được nhận; xin kiểm tra lại mã "
    "số, hoặc đăng ký tài khoản."
)
_LOCKED = (
    "Tài khoản này đang tạm khóa nên chưa điều chỉnh được. Tờ khai chưa được nhận; xin mang giấy tờ bản gốc đến cơ "
    "quan BHXH gần nhất để mở khóa trước."
)
_ACTS = {Purpose.ADJUST: "điều chỉnh", Purpose.STOP: "ngừng sử dụng"}
_NO_GUARDIAN = (
    "Cha, mẹ hoặc người giám hộ chưa có tài khoản đang mở theo mã số này. Tờ khai chưa được nhận; xin kiểm tra lại mã "
    "số, hoặc đăng ký tài khoản cho người giám hộ trước."
)
_UNUSABLE = (
    "Tài khoản của người giám hộ đang tạm khóa, hoặc số điện thoại của tài khoản phải cập nhật. Tờ khai chưa được "
    "nhận; xin người giám hộ mang giấy tờ bản gốc đến cơ quan BHXH gần nhất để giải quyết trước."
)
_NOT_A_GUARDIAN = (
    "Tài khoản này là của trẻ hoặc của người chưa đủ 18 tuổi nên không làm người giám hộ được. Xin dùng tài khoản của "
    "cha, mẹ hoặc người giám hộ."
)
_SELF = "Mã số BHXH của con trùng mã số của người giám hộ. Xin xem lại mã số trên thẻ BHYT của con."
_GROWN = (
    "Người này đã đủ 18 tuổi nên tự đăng ký bằng giấy tờ và số điện thoại của mình, không qua người giám hộ. Xin xem "
    "lại ngày sinh."
)
_GUARDIANS = "Khai cho con thì mục này theo tài khoản của người giám hộ, không đổi. Xin bỏ trống mục này."
_NOT_TO_STOP = "Mục này khác với tài khoản đang mở. Ngừng sử dụng thì không đổi thông tin; xin bỏ trống mục này."
_IDENTITY = frozenset({Part.NAME, Part.BIRTH, Part.PAPER})
_OF_GUARDIAN = ("id_type", "id_number", "phone", "email")


@dataclass(frozen=True)
class Known:
    """A declaration completed from an account: its `fields`; `account_id` and `before` of one adjusted or stopped."""

    fields: NewDeclaration
    account_id: int | None = None
    before: Mapping[str, Any] | None = None

    @property
    def touches_identity(self) -> bool:
        """Tell whether an adjustment changes name, birth or paper, so that the paper is to be photographed."""
        if self.before is None:
            return False
        columns = check_person(self.fields, Checker())
        return bool(_IDENTITY.intersection(changes.changed(self.before, _after(columns))))


def rests_on_account(fields: NewDeclaration) -> bool:
    """Tell whether `complete` has an account to look for: to adjust, to stop, for a child."""
    return fields.purpose in _ACTS or bool(fields.guardian_bhxh_code)


def complete(
    session: Session,
    fields: NewDeclaration,
    checker: Checker,
    *,
    account_id: int | None = None,
    is_child: bool = False,
) -> Known:
    """Return the declaration with what the account says where nothing was sent; faults of it go to `checker`.

    `account_id`: the account whose owner proved to be it; else it is found by the code sent. Raises InvalidInput,
    alone, when there is no account to rest on: nothing else could be judged.
    """
    if fields.purpose in _ACTS:
        return _of_own(session, fields, checker, account_id)
    if is_child or fields.guardian_bhxh_code:
        return _of_child(session, fields, checker, account_id)
    return Known(fields)


def change_of(known: Known, columns: Mapping[str, Any], checker: Checker) -> AccountChange | None:
    """Return the row that ties the declaration to the account; faults of what it changes go to `checker`."""
    if known.account_id is None:
        return None
    if known.before is None:
        return AccountChange(account_id=known.account_id, before=None)
    if not checker.faults:
        checker.faults.extend(changes.faults_between(known.before, _after(columns)))
    return AccountChange(account_id=known.account_id, before=dict(known.before))


def _of_own(session: Session, fields: NewDeclaration, checker: Checker, account_id: int | None) -> Known:
    purpose = fields.purpose or Purpose.ADJUST
    account = _account(session, account_id, fields.bhxh_code)
    if account is None:
        raise _refusal("bhxh_code", _NO_ACCOUNT.format(act=_ACTS[purpose]), "no_account")
    if purpose is Purpose.ADJUST and account.status is AccountStatus.LOCKED:
        raise _refusal("bhxh_code", _LOCKED, "account_locked")
    own = _of_account(account) | {"full_name": account.full_name, "date_of_birth": account.date_of_birth}
    if purpose is Purpose.STOP:
        for name in ("full_name", "date_of_birth", "id_number", "phone"):
            if _differs(name, getattr(fields, name), own[name]):
                checker.add(name, _NOT_TO_STOP, "not_the_accounts")
        filled = own
    else:
        filled = {name: value for name, value in own.items() if getattr(fields, name) is None}
    completed = fields.model_copy(update=filled | {"bhxh_code": account.bhxh_code})
    guardian = session.get(Account, account.guardian_id) if account.guardian_id else None
    is_under = guardian is not None and completed.id_number == account.id_number
    completed.guardian_bhxh_code = guardian.bhxh_code if guardian and is_under else None
    before = changes.snapshot(account) if purpose is Purpose.ADJUST else None
    return Known(completed, account.id, before)


def _of_child(session: Session, fields: NewDeclaration, checker: Checker, account_id: int | None) -> Known:
    guardian = _account(session, account_id, fields.guardian_bhxh_code)
    if guardian is None:
        raise _refusal("guardian_bhxh_code", _NO_GUARDIAN, "guardian_missing")
    if guardian.status is AccountStatus.LOCKED or not holds_its_phone(session, guardian):
        raise _refusal("guardian_bhxh_code", _UNUSABLE, "guardian_unusable")
    if guardian.guardian_id is not None or _is_under_age(guardian):
        raise _refusal("guardian_bhxh_code", _NOT_A_GUARDIAN, "guardian_under_age")
    if _code(fields.bhxh_code) in {guardian.bhxh_code, guardian.id_number}:
        checker.add("bhxh_code", _SELF, "guardian_itself")
    if fields.date_of_birth and age_on(clock.today(), fields.date_of_birth) >= ADULT_FROM:
        checker.add("date_of_birth", _GROWN, "grown")
    own = _of_account(guardian)
    for name in _OF_GUARDIAN:
        if _differs(name, getattr(fields, name), own[name]):
            checker.add(name, _GUARDIANS, "not_the_guardians")
    return Known(fields.model_copy(update=own | {"guardian_bhxh_code": guardian.bhxh_code}))


def _account(session: Session, account_id: int | None, code: str | None) -> Account | None:
    """Return the open account that was proven, else the one of the code; None without one."""
    if account_id is not None:
        account = session.get(Account, account_id)
        return account if account is not None and account.status is not AccountStatus.CLOSED else None
    normal = _code(code)
    return account_by_code(session, normal) if normal else None


def _code(text: str | None) -> str | None:
    try:
        return normalize_bhxh_code(text or "")
    except Malformed:
        return None


def _of_account(account: Account) -> dict[str, Any]:
    """Return what an account says of its owner beside the name, as a declaration says it."""
    return {
        "id_type": account.id_type,
        "id_number": account.id_number,
        "address": Address(
            province=account.province_code,
            district=account.district_code,
            ward=account.ward_code,
            line=account.address_line,
        ),
        "phone": account.phone,
        "email": account.email,
    }


def _differs(name: str, sent: Any, own: Any) -> bool:
    """Tell whether what was sent, if anything, is another value than the account's, however it is spelled."""
    if sent is None or sent == "":
        return False
    if name == "phone":
        try:
            return bool(normalize_phone(sent) != own)
        except Malformed:
            return True
    if isinstance(sent, str) and isinstance(own, str):
        return fold(sent).replace(" ", "") != fold(own).replace(" ", "")
    return bool(sent != own)


def _is_under_age(account: Account) -> bool:
    born = account.date_of_birth
    return born is not None and age_on(clock.today(), born) < ADULT_FROM


def _after(columns: Mapping[str, Any]) -> dict[str, Any]:
    return changes.snapshot(SimpleNamespace(**{name: columns.get(name) for name in changes.COLUMNS}))


def _refusal(field: str, sentence: str, code: str) -> InvalidInput:
    return InvalidInput([Fault(field, sentence, code)], sentence)
