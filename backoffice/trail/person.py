"""Finding the person about whom the trail is asked: only who is in the asker's scope, and anybody for the auditor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, select
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
    """Whom the trail knows under `subjects`, that of their code first; `shown` is a masked code or a receipt code.

    `files` are the ids of their declarations: what was done to one while another code stood there is theirs too.
    """

    subjects: tuple[bytes, ...]
    shown: str
    files: tuple[int, ...] = ()


def find_person(session: Session, text: str, viewer: Actor) -> Person | None:
    """Return whom `text` means (BHXH code, health card, ID number, receipt code; typed or scanned).

    None when nothing of the person is in the viewer's scope, as when there is no such person. Raises InvalidInput (q).
    """
    query = _understood(text)
    if set(query.values) & set(_SOUGHT) == {Sought.receipt_code}:  # eleven letters may be a name as well
        return _by_receipt(session, query.values[Sought.receipt_code], viewer)
    numbers = {query.values[kind] for kind in _SOUGHT if kind in query.values}
    code = query.values.get(Sought.bhxh_code)
    things = _bearing(session, numbers, viewer)
    if code and not things and not (is_everywhere(viewer.role, Do.SEE_TRAIL) or _left(session, code, viewer)):
        return None
    own = things[0].bhxh_code if things else code
    return _person(session, own, things, f"mã số {mask_code(code or min(numbers))}") if own else None


def sought_in(text: str) -> dict[str, str]:
    """Return what `text` was taken for, as keyed hashes by its kind; raises InvalidInput (q)."""
    values = _understood(text).values
    return {kind.value: lookup_hash(kind.value, values[kind]).hex() for kind in _SOUGHT if kind in values}


def person_of_account(session: Session, account_id: str, viewer: Actor) -> Person | None:
    """Return whose account it is, None out of scope or for no account."""
    number = row_number(account_id)
    if number is None:
        return None
    query = select(Account).where(Account.id == number, _in_sight(viewer, Account.office_id))
    account = session.scalars(query, scope_values(viewer)).one_or_none()
    if account is None:
        return None
    return _person(session, account.bhxh_code, [account], f"mã số {mask_code(account.bhxh_code)}")


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
        return _person(session, found.bhxh_code, [found], shown)
    left = select(Tombstone.bhxh_code_hash).where(
        Tombstone.receipt_code_hash == lookup_hash("receipt_code", receipt), _in_sight(viewer, Tombstone.office_id)
    )
    subjects = tuple(sorted(set(session.scalars(left, scope_values(viewer)))))
    return Person(subjects, shown) if subjects else None


def _person(session: Session, own: str, things: Sequence[Declaration | Account], shown: str) -> Person:
    """Return the person whose code is `own`, known by all codes of the `things` too."""
    codes = {code for thing in things for code in person_codes(thing)} | {own}
    hashes = [lookup_hash("bhxh_code", code) for code in (own, *sorted(codes - {own}))]
    bears = or_(Declaration.bhxh_code.in_(codes), Declaration.id_number.in_(codes))
    declared = session.scalars(select(Declaration).where(bears).order_by(Declaration.id.desc()).limit(_MOST))
    return Person(tuple(hashes), shown, tuple(one.id for one in declared if codes & person_codes(one)))


def _bearing(session: Session, numbers: set[str], viewer: Actor) -> list[Declaration | Account]:
    """Return the declarations and accounts in scope that bear one of the numbers, those of that very code first."""
    values = scope_values(viewer)
    declared = session.scalars(select(Declaration).where(*_bears(Declaration, numbers, viewer)).limit(_MOST), values)
    accounts = session.scalars(select(Account).where(*_bears(Account, numbers, viewer)).limit(_MOST), values)
    return sorted([*declared, *accounts], key=lambda one: one.bhxh_code not in numbers)


def _bears(model: type[Declaration] | type[Account], numbers: set[str], viewer: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions; the paper in a child's is the guardian's (D11), who is another person."""
    is_own_paper = (Declaration.guardian_bhxh_code if model is Declaration else Account.guardian_id).is_(None)
    return [
        or_(model.bhxh_code.in_(numbers), and_(is_own_paper, model.id_number.in_(numbers))),
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
