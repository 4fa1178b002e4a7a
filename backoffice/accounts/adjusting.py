"""What an approved adjustment does to an account (D2): its columns, holds and messages, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts import guardians, sessions
from backoffice.accounts.actions import change_paper, change_phone
from backoffice.accounts.queries import PLACE, holds_its_phone, phone_hold
from backoffice.kernel import rows
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountStatus, Channel, Declaration, IdType, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.account_messages import Told
from backoffice.notices.credentials import issue_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.changes import NAMES, Part, columns_of_part
from backoffice.rules.journal import record, subject_of

_PLAIN = (Part.NAME, Part.BIRTH, Part.ADDRESS, Part.EMAIL)


def adjust(
    session: Session,
    account: Account,
    parts: Collection[Part],
    new: Mapping[str, Any],
    officer: Actor,
    declaration: Declaration,
) -> None:
    """Let `account` (locked by the caller) be in `parts` as `new` says (rules.changes.snapshot), and tell its owner.

    A new phone signs everybody out, and its former number is told (D6, K10); asked for at the desk, where the password
    may be lost too, or where there was but a temporary one, a new one goes to it. With a paper of its own a child's
    account leaves its guardian's; a guardian's new paper is the children's too (D11). Codes that went to a former
    address are void (A5). Raises Conflict (phone_taken, code_taken, own_phone): then the caller's transaction is to be
    given up.
    """
    old_phone, was_held, old_email = account.phone, phone_hold(session, account) is not None, account.email
    _write(session, account, parts, new, officer, declaration)
    if Part.PHONE in parts and was_held:
        notices.phone_given_up(session, account, old_phone)
    if Part.EMAIL in parts:
        one_time.void(session, account)
        notices.email_changed(session, account, old_email, by_sms=False)
    by_sms = holds_its_phone(session, account)
    notices.adjusted(session, account, declaration, [NAMES[part] for part in parts], by_sms=by_sms)
    if Part.PHONE in parts and (declaration.channel is Channel.DESK or account.status is AccountStatus.ISSUED):
        _send_password(session, account, officer, declaration)


def _write(
    session: Session,
    account: Account,
    parts: Collection[Part],
    new: Mapping[str, Any],
    officer: Actor,
    declaration: Declaration,
) -> None:
    """Write the new values with their holds, and the row of the trail; nobody is told yet."""
    if declaration.guardian_bhxh_code is None and account.guardian_id is not None:
        rows.change(session, account, guardian_id=None)
    if Part.PAPER in parts:
        old_number = account.id_number
        change_paper(session, account, IdType(new["id_type"]), new["id_number"])
        guardians.follow_paper(session, account, old_number, officer)
    if Part.PHONE in parts:
        notices.cancel_for_account(session, account)
        change_phone(session, account, new["phone"], officer)
        sessions.end_all(session, account, sessions.Ended.PHONE)
        sessions.forget_devices(session, account)
    _require_own_phone(session, account)
    if plain := _plain(parts, new):
        rows.change(session, account, **plain)
    about: dict[str, Any] = {"declaration": declaration, "account": account, "subject_hash": subject_of(account)}
    record(session, TrailEvent.ACCOUNT_ADJUST, officer, **about, parts=[part.value for part in parts])


def _plain(parts: Collection[Part], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of the parts that nothing else hangs on, typed; a new address is yet to be confirmed (A5)."""
    names = [name for part in _PLAIN if part in parts for name in columns_of_part(part)]
    columns = {name: new[name] for name in names}
    if born := columns.get("date_of_birth"):
        columns["date_of_birth"] = date.fromisoformat(born)
    return columns | ({"email_confirmed": None} if Part.EMAIL in parts else {})


def _require_own_phone(session: Session, account: Account) -> None:
    """Raise Conflict (own_phone) when an account that is nobody's child any more still uses its guardian's phone."""
    if account.guardian_id is None and not account.must_update_phone and phone_hold(session, account) is None:
        raise Conflict(
            "Tài khoản này đang dùng số điện thoại của người giám hộ. Có giấy tờ riêng thì phải có số riêng: chưa có "
            "gì thay đổi; xin ghi số của chính người này vào tờ khai rồi duyệt lại.",
            code="own_phone",
        )


def _send_password(session: Session, account: Account, officer: Actor, declaration: Declaration) -> None:
    """Send a new password to the new number (K10); the one in use signs in until that was used."""
    issue = issue_credentials(session, account, config.current().password_days)
    notices.reset_password(session, account, issue, declaration)
    notices.reset_told(session, account, Told.DESK, by_sms=False)
    record(
        session,
        TrailEvent.RESET,
        officer,
        declaration=declaration,
        account=account,
        subject_hash=subject_of(account),
        place=PLACE,
        issue=issue.number,
    )
