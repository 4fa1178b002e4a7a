"""Finding the person about whom the trail is asked: only who is in the asker's scope, and anybody for the auditor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.accounts.actions import person_codes
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.identity.search import Query, Sought, understand
from backoffice.identity.text import row_number
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Declaration, Tombstone
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, is_everywhere, scope_values

NOTHING = (
    "Không có gì về người này trong phạm vi của bạn. Xin kiểm tra lại mã số, hoặc nhờ bộ phận kiểm tra tra cứu "
    "nếu hồ sơ thuộc cơ quan khác."
)
_SOUGHT = (Sought.bhxh_code, Sought.citizen_id, Sought.old_id, Sought.passport, Sought.receipt_code)
_MOST = 50


class Person(NamedTuple):
    """Whom the trail knows under `subjects`; `shown` is a masked code or a receipt code."""

    subjects: tuple[bytes, ...]
    shown: str


def find_person(session: Session, text: str, viewer: Actor) -> Person | None:
    """Return whom `text` means (BHXH code, health card, ID number, receipt code; typed or scanned).

    None when nothing of the person is in the viewer's scope, as when there is no such person. Raises InvalidInput (q).
    """
    query = _understood(text)
    if Sought.receipt_code in query.values and len(query.values) == 1:
        return _by_receipt(session, query.values[Sought.receipt_code], viewer)
    numbers = {query.values[kind] for kind in _SOUGHT if kind in query.values}
    code = query.values.get(Sought.bhxh_code)
    subjects = _of_things(session, numbers, viewer)
    if code and (is_everywhere(viewer.role, Do.SEE_TRAIL) or subjects or _left(session, code, viewer)):
        subjects |= {lookup_hash("bhxh_code", code)}
    return Person(tuple(sorted(subjects)), f"mã số {mask_code(code or min(numbers))}") if subjects else None


def person_of_account(session: Session, account_id: str, viewer: Actor) -> Person | None:
    """Return whose account it is, None out of scope or for no account."""
    number = row_number(account_id)
    if number is None:
        return None
    query = select(Account).where(Account.id == number, _in_sight(viewer, Account.office_id))
    account = session.scalars(query, scope_values(viewer)).one_or_none()
    if account is None:
        return None
    return Person(_hashes(person_codes(account)), f"mã số {mask_code(account.bhxh_code)}")


def _understood(text: str) -> Query:
    try:
        query = understand(text)
    except Malformed as fault:
        raise InvalidInput([Fault("q", fault.message)], fault.message) from None
    if not any(kind in query.values for kind in _SOUGHT):
        sentence = (
            "Nhật ký chỉ tìm được theo mã số BHXH, số thẻ BHYT, số giấy tờ hoặc mã hồ sơ; không lưu họ tên và số điện "
            "thoại. Xin nhập một trong các số đó."
        )
        raise InvalidInput([Fault("q", sentence)], sentence)
    return query


def _by_receipt(session: Session, receipt: str, viewer: Actor) -> Person | None:
    shown = f"hồ sơ {format_receipt_code(receipt)}"
    query = select(Declaration).where(Declaration.receipt_code == receipt, _in_sight(viewer, Declaration.office_id))
    found = session.scalars(query, scope_values(viewer)).one_or_none()
    if found is not None:
        return Person(_hashes(person_codes(found)), shown)
    left = select(Tombstone.bhxh_code_hash).where(
        Tombstone.receipt_code_hash == lookup_hash("receipt_code", receipt), _in_sight(viewer, Tombstone.office_id)
    )
    subjects = tuple(sorted(set(session.scalars(left, scope_values(viewer)))))
    return Person(subjects, shown) if subjects else None


def _of_things(session: Session, numbers: set[str], viewer: Actor) -> set[bytes]:
    """Return the hashes of all codes of the person whose declaration or account in scope bears one of the numbers."""
    values = scope_values(viewer)
    declared = session.scalars(select(Declaration).where(*_bears(Declaration, numbers, viewer)).limit(_MOST), values)
    accounts = session.scalars(select(Account).where(*_bears(Account, numbers, viewer)).limit(_MOST), values)
    return {one for thing in (*declared, *accounts) for one in _hashes(person_codes(thing))}


def _bears(model: type[Declaration] | type[Account], numbers: set[str], viewer: Actor) -> list[ColumnElement[bool]]:
    return [
        or_(model.bhxh_code.in_(numbers), model.id_number.in_(numbers)),
        _in_sight(viewer, model.office_id),
    ]


def _left(session: Session, code: str, viewer: Actor) -> bool:
    """Tell whether a deleted declaration of the code was the scope's."""
    there = exists().where(
        Tombstone.bhxh_code_hash == lookup_hash("bhxh_code", code), _in_sight(viewer, Tombstone.office_id)
    )
    return bool(session.scalar(select(there), scope_values(viewer)))


def _in_sight(viewer: Actor, office_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return in_scope(viewer.role, Do.SEE_TRAIL, office_id)


def _hashes(codes: Sequence[str] | set[str]) -> tuple[bytes, ...]:
    return tuple(sorted(lookup_hash("bhxh_code", code) for code in codes))
