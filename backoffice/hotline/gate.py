"""Is the caller the owner? By number and code together, and by nothing else (A4).

Whatever is wrong costs the same: one look for the code, one for the number, two comparisons. So neither the answer nor
the work done tells a stranger whether a code has an account, or which number is whose.
"""

from __future__ import annotations

import hmac

from sqlalchemy.orm import Session

from backoffice.accounts.queries import account_by_code, holds_its_phone
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.identity.text import compact
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account

NO_MATCH = "Số điện thoại và mã số BHXH không khớp hoặc chưa đăng ký với cơ quan BHXH"
"""In these very words, whatever was wrong (A4, S3)."""
LONGEST = 64
"""More than that of a number or code is not read."""


class NoMatch(NotFound):
    """The caller has not proven to be the owner of an account (404)."""

    code = "no_match"
    title = "Không khớp"

    def __init__(self) -> None:
        super().__init__(NO_MATCH)


def match(session: Session, code: str, phone: str, *, locked: bool = False) -> Account | None:
    """Return the open account whose code and own number (D6; a child's guardian's, D11) these are, in any spelling.

    None whatever is wrong, a malformed number or code included. `locked` holds the row of the account that matches
    until the transaction ends; who does not match locks nothing, and so learns nothing by waiting.
    """
    code, phone = read_code(code), read_phone(phone)
    found = _matching(session, code, phone)
    if found is not None and locked:
        session.refresh(found, with_for_update=True)
        found = _matching(session, code, phone)
    return found


def _matching(session: Session, code: str, phone: str) -> Account | None:
    found = account_by_code(session, code)
    account = found if found is not None else Account(id=0, bhxh_code="", id_number="", phone=phone)
    is_held = holds_its_phone(session, account)
    is_same = hmac.compare_digest(lookup_hash("phone", account.phone), lookup_hash("phone", phone))
    return found if is_held and is_same else None


def read_code(text: str) -> str:
    """Return the code in its normal form; what is none stays as it came and fits nobody's."""
    try:
        return normalize_bhxh_code(text[:LONGEST])
    except Malformed:
        return _as_it_came(text)


def read_phone(text: str) -> str:
    """Return the number in its normal form; what is none stays as it came and fits nobody's."""
    try:
        return normalize_phone(text[:LONGEST])
    except Malformed:
        return _as_it_came(text)


def _as_it_came(text: str) -> str:
    return "?" + compact(text[:LONGEST])
