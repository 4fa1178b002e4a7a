"""Opening an account: the holds on code and phone are the rule, kept by the database (D6)."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import BigInteger, DateTime, Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from backoffice.accounts import guardians
from backoffice.kernel import clock, rows
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Declaration,
    HoldKind,
    IdType,
    TrailEvent,
    columns_of,
    table_of,
)
from backoffice.notices import one_time
from backoffice.notices.credentials import void_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

_TAKE = Direct(
    insert(table_of(AccountHold))
    .from_select(
        ["kind", "value", "account_id", "taken_at"],
        select(
            func.unnest(bindparam("kinds", type_=ARRAY(Text))),
            func.unnest(bindparam("values", type_=ARRAY(Text))),
            bindparam("account", type_=BigInteger()),
            bindparam("now", type_=DateTime(timezone=True)),
        ),
    )
    .on_conflict_do_nothing()
    .returning(columns_of(AccountHold).kind, columns_of(AccountHold)["value"])
)


def open_account(session: Session, declaration: Declaration, actor: Actor) -> Account:
    """Open the account of an approved `declaration` (status issued, no password yet) and take its holds.

    A child's has no hold on the phone: it uses that of the guardian's open account, which must be the one declared
    (D11). Raises Conflict: phone_taken, code_taken when another open account holds the phone or the person's code;
    guardian_missing, guardian_unusable, guardian_phone.
    """
    guardian = guardians.guardian_of(session, declaration)
    account = Account(
        bhxh_code=declaration.bhxh_code,
        full_name=declaration.full_name,
        id_type=declaration.id_type,
        id_number=declaration.id_number,
        date_of_birth=declaration.date_of_birth,
        province_code=declaration.province_code,
        district_code=declaration.district_code,
        ward_code=declaration.ward_code,
        address_line=declaration.address_line,
        phone=declaration.phone,
        email=declaration.email,
        status=AccountStatus.ISSUED,
        office_id=declaration.office_id,
        declaration_id=declaration.id,
        opened_at=clock.now(),
        guardian_id=guardian.id if guardian else None,
    )
    rows.add(session, account)
    _take_holds(session, account, declaration)
    record(session, TrailEvent.ACCOUNT_OPEN, actor, declaration=declaration, account=account)
    return account


def change_phone(
    session: Session, account: Account, phone: str, actor: Actor, *, declaration: Declaration | None = None
) -> None:
    """Let `account` (locked by the caller) use the normal number `phone` from now on, and free its old one (D6).

    One-time codes and temporary passwords that went to the old number are void: whoever has it now could use them yet.
    Children who use it have the new one from now on; a child may go back to the guardian's (D11). The caller tells both
    numbers. Raises Conflict (phone_taken) when another open account holds the new number: then nothing has changed. The
    new one is taken before the old one is given up, so that two accounts that exchange numbers never wait for each
    other.
    """
    old = account.phone
    if _missing(session, account, [(HoldKind.PHONE, phone)]) and not guardians.is_guardians(session, account, phone):
        raise _phone_taken()
    session.execute(
        delete(AccountHold).where(
            AccountHold.kind == HoldKind.PHONE, AccountHold.value != phone, AccountHold.account_id == account.id
        )
    )
    account.phone, account.must_update_phone = phone, False
    session.flush()
    one_time.void(session, account)
    void_credentials(session, account)
    record(
        session,
        TrailEvent.PHONE_CHANGE,
        actor,
        declaration=declaration,
        account=account,
        old=lookup_hash("phone", old).hex(),
        new=lookup_hash("phone", phone).hex(),
    )
    guardians.bring_along(session, account, old, actor)


def change_paper(session: Session, account: Account, id_type: IdType, id_number: str) -> None:
    """Let `account` (locked by the caller) be known by another paper: a citizen ID's number is held as a code (K9).

    A child's under a guardian is the guardian's paper, which holds nothing (D11). The new number is taken before the
    old one is given up. Raises Conflict (code_taken) when another open account holds it: then nothing has changed.
    """
    session.flush()
    own = {account.bhxh_code}
    if id_type is IdType.CITIZEN_ID and account.guardian_id is None:
        held = session.get(AccountHold, (HoldKind.CODE, id_number), populate_existing=True)
        is_mine = held is not None and held.account_id == account.id
        if not is_mine and _missing(session, account, [(HoldKind.CODE, id_number)]):
            raise Conflict(
                "Số giấy tờ mới đang dùng cho một tài khoản khác. Chưa có gì thay đổi: xin xem lại số, hoặc tìm tài "
                "khoản theo số này; nếu người này có hai tài khoản, xin cho ngừng sử dụng một tài khoản trước.",
                code="code_taken",
            )
        own.add(id_number)
    session.execute(
        delete(AccountHold).where(
            AccountHold.kind == HoldKind.CODE, AccountHold.value.not_in(own), AccountHold.account_id == account.id
        )
    )
    rows.change(session, account, id_type=id_type, id_number=id_number)


def account_opened_by(session: Session, declaration_id: int, *, locked: bool = False) -> Account | None:
    """Return the account that approving this declaration opened, if any.

    `locked` holds its row until the transaction ends.
    """
    query = select(Account).where(Account.declaration_id == declaration_id)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


class Person(Protocol):
    """Whoever has a code and a paper: a declaration, an account, a line of a list."""

    @property
    def bhxh_code(self) -> str:
        """Return the BHXH code."""

    @property
    def id_type(self) -> IdType:
        """Return the kind of paper."""

    @property
    def id_number(self) -> str:
        """Return the paper's number."""


def person_codes(person: Person) -> set[str]:
    """Return every number under which one person is one: the code, and the 12-digit personal number (K9).

    The paper of a child under a guardian is the guardian's, and no number of the child's (D11).
    """
    codes = {person.bhxh_code}
    if person.id_type is IdType.CITIZEN_ID and not is_under_guardian(person):
        codes.add(person.id_number)
    return codes


def is_under_guardian(person: Person) -> bool:
    """Tell whether a declaration, or the account it opened, is a child's under a guardian (D11)."""
    return (getattr(person, "guardian_bhxh_code", None) or getattr(person, "guardian_id", None)) is not None


def holder(session: Session, kind: HoldKind, values: set[str]) -> AccountHold | None:
    """Return a hold of an open account on one of `values`, if there is one."""
    return session.scalars(
        select(AccountHold).where(AccountHold.kind == kind, AccountHold.value.in_(values)).limit(1)
    ).first()


def _phone_taken() -> Conflict:
    """Return the refusal of a number that the open account of another code holds (D6); it never says whose."""
    return Conflict(
        "Số điện thoại này đang được dùng cho tài khoản của mã số BHXH khác. Mỗi số điện thoại chỉ được đăng ký "
        "cho 1 mã số: đề nghị công dân dùng số khác, hoặc báo lãnh đạo nếu số này đúng là của người đang nộp.",
        code="phone_taken",
    )


def _take_holds(session: Session, account: Account, declaration: Declaration) -> None:
    """Take the person's codes and the phone, in one order for everybody, so that two approvals wait and never cross."""
    wanted = [(HoldKind.CODE, code) for code in sorted(person_codes(declaration))]
    if account.guardian_id is None:
        wanted.append((HoldKind.PHONE, declaration.phone))
    missing = _missing(session, account, wanted)
    if any(kind is HoldKind.CODE for kind, _ in missing):
        raise Conflict(
            "Người này đã có tài khoản giao dịch điện tử. Không cấp tài khoản thứ hai: xin giúp cấp lại mật khẩu.",
            code="code_taken",
        )
    if missing:
        raise _phone_taken()


def _missing(session: Session, account: Account, wanted: list[tuple[HoldKind, str]]) -> set[tuple[HoldKind, str]]:
    """Take the holds `wanted` for `account`; return those that were not to be had."""
    known = {
        "kinds": [kind.value for kind, _ in wanted],
        "values": [value for _, value in wanted],
        "account": account.id,
        "now": clock.now(),
    }
    return set(wanted) - {(kind, value) for kind, value in _TAKE.rows(session, known)}
