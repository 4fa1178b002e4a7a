"""Finding the person at the counter, and making sure that it is the one who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from backoffice.identity.malformed import Malformed
from backoffice.identity.papers import ADULT_FROM, age_on
from backoffice.identity.scan import CitizenScan, read_scan
from backoffice.identity.search import Query, Sought, understand
from backoffice.identity.text import compact
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Asker, Declaration, Identified, Office, Tombstone
from backoffice.rights.belongings import PERSONAL_NUMBER, Thing, is_childs, things_of, verified_of
from backoffice.rights.whom import Whom
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

NOTHING = (
    "Không có gì về người này trong phạm vi của bạn, nên chưa ghi nhận yêu cầu. Xin kiểm tra lại mã số, hoặc hướng dẫn "
    "công dân gửi yêu cầu đến cơ quan BHXH đã nhận tờ khai."
)
_NOT_THEIRS = (
    "Giấy tờ này không khớp với giấy tờ đang lưu của mã số này, nên chưa ghi nhận yêu cầu. Xin kiểm tra lại; nếu công "
    "dân đã đổi giấy tờ, xin quét mã QR trên thẻ (có số cũ) hoặc nhập số giấy tờ cũ sau khi xem."
)
_LONGEST_PAPER = 1000


class Paper(NamedTuple):
    """The numbers of the paper that was shown, and how they were read."""

    numbers: frozenset[str]
    how: Identified


def read_paper(text: str) -> Paper:
    """Return what the paper says: a scanned QR of a card, or its number as seen. Raises InvalidInput (paper)."""
    scan = read_scan(text)
    if isinstance(scan, CitizenScan):
        return Paper(frozenset(filter(None, (scan.number, scan.old_number))), Identified.SCANNED)
    number = compact(text[:_LONGEST_PAPER]).upper()
    if not (number.isascii() and number.isalnum() and 6 <= len(number) <= 12 and any(map(str.isdigit, number))):
        raise _refused(
            "paper",
            "Xin quét mã QR trên thẻ, hoặc nhập số căn cước, CMND, hộ chiếu trên giấy tờ đã xem, ví dụ 12 chữ số.",
        )
    return Paper(frozenset({number}), Identified.SEEN)


def find_whom(session: Session, text: str, paper: Paper, asker: Asker, officer: Actor) -> Whom | None:
    """Return the person that `text` (BHXH code or receipt code) means, the paper shown being theirs.

    None when nothing of theirs is in the officer's scope, as when there is no such person. Raises InvalidInput: q,
    asker (a child asks through the guardian), paper (it is not the person's, or not the guardian's).
    """
    code = _code(session, _understood(text), officer)
    if code is None:
        return None
    found = things_of(session, {code})
    left = _left(session, code)
    if not _reaches(session, [*found, *left], officer):
        return None
    sure = verified_of(found) or [one for one in found if paper.numbers & _proving(session, one)]
    if found and not sure:
        raise _refused("paper", _NOT_THEIRS)
    _require_asker(sure, asker)
    numbers = _numbers_shown(session, code, sure, left, paper, asker)
    return Whom(code, tuple(sorted(numbers)), asker)


def _understood(text: str) -> Query:
    try:
        query = understand(text)
    except Malformed as fault:
        raise _refused("q", fault.message) from None
    if not {Sought.bhxh_code, Sought.receipt_code} & query.values.keys():
        raise _refused("q", "Xin nhập mã số BHXH (10 hoặc 12 chữ số) hoặc mã hồ sơ của tờ khai.")
    return query


def _code(session: Session, query: Query, officer: Actor) -> str | None:
    """Return the BHXH code that was typed, or that a declaration in scope bears."""
    if Sought.bhxh_code in query.values:
        return query.values[Sought.bhxh_code]
    asked = select(Declaration.bhxh_code).where(
        Declaration.receipt_code == query.values[Sought.receipt_code],
        in_scope(officer.role, Do.ANSWER_PERSON, Declaration.office_id),
    )
    code = session.scalar(asked, scope_values(officer))
    if code is None and _is_left(session, query.values[Sought.receipt_code], officer):
        raise _refused("q", "Tờ khai này đã được xóa nên không còn biết là của ai. Xin nhập mã số BHXH của công dân.")
    return code


def _is_left(session: Session, receipt_code: str, officer: Actor) -> bool:
    there = exists().where(
        Tombstone.receipt_code_hash == lookup_hash("receipt_code", receipt_code),
        in_scope(officer.role, Do.ANSWER_PERSON, Tombstone.office_id),
    )
    return bool(session.scalar(select(there), scope_values(officer)))


def _left(session: Session, code: str) -> Sequence[Tombstone]:
    return session.scalars(select(Tombstone).where(Tombstone.bhxh_code_hash == lookup_hash("bhxh_code", code))).all()


def _reaches(session: Session, things: Sequence[Thing | Tombstone], officer: Actor) -> bool:
    """Tell whether any of the things is of the officer's branch."""
    offices = {one.office_id for one in things}
    there = exists().where(Office.id.in_(offices), in_scope(officer.role, Do.ANSWER_PERSON, Office.id))
    return bool(offices) and bool(session.scalar(select(there), scope_values(officer)))


def _require_asker(sure: Sequence[Thing], asker: Asker) -> None:
    """Let a child ask through the guardian alone, and an adult in person alone."""
    under = [one for one in sure if is_childs(one)]
    births = [one.date_of_birth for one in sure if one.date_of_birth]
    is_adult = not under or any(age_on(clock.today(), born) >= ADULT_FROM for born in births)
    if asker is Asker.SELF and not is_adult:
        raise _refused(
            "asker",
            "Người này chưa đủ 18 tuổi và đăng ký qua người giám hộ. Xin chọn “Cha, mẹ hoặc người giám hộ” và nhập "
            "giấy tờ của người giám hộ.",
        )
    if asker is Asker.GUARDIAN and is_adult:
        raise _refused(
            "asker",
            "Người này không đăng ký qua người giám hộ, hoặc đã đủ 18 tuổi, nên phải tự mình yêu cầu và xuất trình "
            "giấy tờ của mình.",
        )


def _numbers_shown(
    session: Session, code: str, sure: Sequence[Thing], left: Sequence[Tombstone], paper: Paper, asker: Asker
) -> set[str]:
    """Return the numbers that prove the person; raises InvalidInput (paper) when the paper shown is another's."""
    if asker is Asker.GUARDIAN:
        children = [one for one in sure if is_childs(one)]
        proven = [one for one in children if paper.numbers & _proving(session, one)]
        numbers = {*paper.numbers, *(one.id_number for one in children)} if proven else set()
    else:
        known = {one.id_number for one in sure if not is_childs(one)}
        known |= {code} if len(code) == PERSONAL_NUMBER else set()
        hashes = set() if sure else {one.id_number_hash for one in left}
        fits = any(one in known or lookup_hash("id_number", one) in hashes for one in paper.numbers)
        numbers = set(paper.numbers) if fits else set()
    if not numbers:
        raise _refused("paper", _NOT_THEIRS)
    return numbers


def _proving(session: Session, thing: Thing) -> set[str]:
    """Return the numbers of papers that prove whose it is: the one declared, and of a child the guardian's."""
    if isinstance(thing, Account):
        guardian = select(Account.id_number).where(Account.id == thing.guardian_id)
    else:
        guardian = select(Account.id_number).where(Account.bhxh_code == thing.guardian_bhxh_code)
    return {thing.id_number, *session.scalars(guardian)}


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput([Fault(field, sentence)], sentence)
