"""Which passwords an owner may choose, and keeping the last five (A1): length, no rules of composition, no common ones.

As NIST SP 800-63B, 3.1.1 has it: what is easily guessed is refused by a list, not by asking for signs.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.config import ROOT
from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.passwords import verify_password
from backoffice.models import Account, FormerPassword

SHORTEST, LONGEST = 8, 128
KEPT = 5
"""Passwords that are not taken again."""
MONTHS = 6
WARNED = timedelta(days=14)
_FEWEST_SIGNS = 4
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_TAIL = "0123456789!@#$%^&*()._-+= "

TOO_SHORT = f"Mật khẩu cần có ít nhất {SHORTEST} ký tự."
TOO_LONG = f"Mật khẩu dài quá {LONGEST} ký tự. Xin chọn mật khẩu ngắn hơn."
COMMON = "Mật khẩu này nhiều người dùng nên dễ bị đoán. Xin chọn mật khẩu khác."
PERSONAL = (
    "Mật khẩu không được là hoặc chứa mã số BHXH, số giấy tờ, số điện thoại, ngày sinh, họ tên của bạn. "
    "Xin chọn mật khẩu khác."
)
FORMER = f"Mật khẩu này đã được dùng ({KEPT} mật khẩu gần nhất không được dùng lại). Xin chọn mật khẩu khác."
REPEAT = "Hai lần nhập mật khẩu mới chưa giống nhau. Xin nhập lại."


def normal(password: str) -> str:
    """Return a password as it is hashed: NFC, so that every keyboard writes the same (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


def read_new(session: Session, account: Account, password: str, repeat: str) -> str:
    """Return the new password in its normal form; raises InvalidInput (new, repeat) with all that is wrong with it."""
    password = normal(password)
    faults = []
    if (fault := _fault(session, account, password)) is not None:
        faults.append(Fault("new", fault))
    if password != normal(repeat):
        faults.append(Fault("repeat", REPEAT))
    if faults:
        raise InvalidInput(faults, faults[0].message)
    return password


def keep(session: Session, account: Account, password_hash: str) -> None:
    """Let that password be the account's from now on; older ones than five are forgotten."""
    account.password_hash, account.password_set_at = password_hash, clock.now()
    account.password_reminded_at = None
    session.add(
        FormerPassword(account_id=account.id, password_hash=account.password_hash, set_at=account.password_set_at)
    )
    session.flush()
    newest = (
        select(FormerPassword.id)
        .where(FormerPassword.account_id == account.id)
        .order_by(FormerPassword.id.desc())
        .limit(KEPT)
    )
    session.execute(
        delete(FormerPassword).where(FormerPassword.account_id == account.id, FormerPassword.id.not_in(newest))
    )


def ends_at(account: Account) -> datetime | None:
    """Return when the account's own password has to be changed at the latest: after six months (A1)."""
    if account.password_set_at is None:
        return None
    there = clock.local(account.password_set_at)
    month = there.month - 1 + MONTHS
    year, month = there.year + month // 12, month % 12 + 1
    day = there.day
    while True:
        try:
            return there.replace(year=year, month=month, day=day)
        except ValueError:
            day -= 1


def is_common(password: str) -> bool:
    """Tell whether many people choose that: on the list, one of its words and a number, few signs, a row of keys."""
    plain = fold(password).replace(" ", "")
    word = plain.rstrip(_TAIL)
    return (
        plain in _common()
        or (len(word) > 2 and word in _common())
        or len(set(plain)) < _FEWEST_SIGNS
        or any(_is_run(plain, row) for row in _ROWS)
    )


def is_personal(account: Account, password: str) -> bool:
    """Tell whether it is made of what others know of the account's owner."""
    plain = fold(password).replace(" ", "")
    digits = "".join(char for char in plain if char.isdigit())
    known = {account.bhxh_code, account.id_number.lower(), account.phone, account.phone[1:], *_birthdays(account)}
    if any(one and (one in plain or one in digits) for one in known):
        return True
    name = fold(account.full_name).replace(" ", "")
    return len(name) > 3 and (name in plain or plain.rstrip(_TAIL) in (name, *fold(account.full_name).split()))


def _fault(session: Session, account: Account, password: str) -> str | None:
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    if is_common(password):
        return COMMON
    if is_personal(account, password):
        return PERSONAL
    return FORMER if _was_used(session, account, password) else None


def _was_used(session: Session, account: Account, password: str) -> bool:
    kept = session.scalars(
        select(FormerPassword.password_hash)
        .where(FormerPassword.account_id == account.id)
        .order_by(FormerPassword.id.desc())
        .limit(KEPT)
    ).all()
    return any(verify_password(one, password) for one in {*kept, *filter(None, [account.password_hash])})


def _birthdays(account: Account) -> set[str]:
    born = account.date_of_birth
    if born is None:
        return set()
    written = {born.strftime(form) for form in ("%d%m%Y", "%Y%m%d", "%d%m%y", "%y%m%d", "%m%d%Y")}
    return written | {f"{born.day}{born.month}{born.year}", f"{born.year}{born.month}{born.day}"}


def _is_run(plain: str, row: str) -> bool:
    """Tell whether `plain` goes along a row of keys, either way, from any place and round again."""
    return any(plain in line * 20 for line in (row, row[::-1]))


@cache
def _common() -> frozenset[str]:
    path = ROOT / "backoffice" / "data" / "common_passwords.txt"
    return frozenset(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
