"""Which declarations and accounts are a person's; two people are never mixed.

A code proves nothing by itself: a stranger may have declared it, and a paper's number may have been mistyped. Theirs is
what bears their code and a number of a paper they showed. What officers have verified (accounts, approved declarations)
leads on to their other codes and papers, where the number, or name and day of birth, are the same. All else that
bears their code is told of without a word of what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice.accounts.actions import is_under_guardian, person_codes
from backoffice.identity.names import fold
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Asker, Declaration, IdType, LockReason, Status, Tombstone
from backoffice.rights.whom import Whom

Thing = Account | Declaration
PERSONAL_NUMBER = 12
"""Digits of a citizen's personal number, which is their BHXH code as well."""


@dataclass(frozen=True)
class Belongings:
    """What is a person's: `codes` all they are known under; `others` bear a code of theirs, unproven."""

    codes: frozenset[str]
    accounts: tuple[Account, ...]
    declarations: tuple[Declaration, ...]
    tombstones: tuple[Tombstone, ...]
    others: tuple[Thing, ...]

    @property
    def latest(self) -> Thing | None:
        """Return by what the person is best named: the newest account, else the newest declaration."""
        return (self.accounts or self.declarations or (None,))[-1]

    @property
    def subjects(self) -> list[bytes]:
        """Return the keyed hashes under which trail and tombstones know the person."""
        return [lookup_hash("bhxh_code", code) for code in sorted(self.codes)]


def belongings_of(session: Session, whom: Whom) -> Belongings:
    """Return what is `whom`'s, oldest first."""
    codes = frozenset({whom.code, *_personal_numbers(whom)})
    while True:
        found = things_of(session, codes)
        wrong = _wrongly_approved(found)
        linked = _linked([one for one in found if is_verified(one, wrong)], whom)
        more = codes | {code for one in linked for code in person_codes(one)}
        if more == codes:
            break
        codes = more
    numbers = {*whom.numbers, *(one.id_number for one in linked)}
    own = [one for one in found if one in linked or (one.bhxh_code in codes and one.id_number in numbers)]
    return Belongings(
        codes,
        tuple(one for one in own if isinstance(one, Account)),
        tuple(one for one in own if isinstance(one, Declaration)),
        tuple(_tombstones(session, codes)),
        tuple(one for one in found if one not in own),
    )


def things_of(session: Session, codes: Iterable[str]) -> list[Thing]:
    """Return accounts and declarations that bear one of the codes, as their code or as an adult's personal number."""
    accounts = select(Account).where(_bears(Account, Account.guardian_id.is_(None), codes)).order_by(Account.id)
    declared = (
        select(Declaration)
        .where(_bears(Declaration, Declaration.guardian_bhxh_code.is_(None), codes))
        .options(joinedload(Declaration.office), selectinload(Declaration.photos))
        .order_by(Declaration.id)
    )
    return [*session.scalars(accounts), *session.scalars(declared)]


def verified_of(things: Sequence[Thing]) -> list[Thing]:
    """Return those of which an officer has made sure, and no supervisor has said that it was a mistake."""
    wrong = _wrongly_approved(things)
    return [one for one in things if is_verified(one, wrong)]


def is_verified(thing: Thing, wrong: frozenset[int]) -> bool:
    """Tell whether an officer made sure of it; `wrong` are the ids of declarations that were approved by mistake."""
    if isinstance(thing, Account):
        return thing.lock_reason is not LockReason.WRONG_APPROVAL
    return thing.status is Status.APPROVED and thing.id not in wrong


def _wrongly_approved(things: Iterable[Thing]) -> frozenset[int]:
    return frozenset(
        one.declaration_id
        for one in things
        if isinstance(one, Account) and one.lock_reason is LockReason.WRONG_APPROVAL and one.declaration_id
    )


def _bears(
    model: type[Declaration] | type[Account], is_adults: ColumnElement[bool], codes: Iterable[str]
) -> ColumnElement[bool]:
    known = sorted(codes)
    as_number = and_(model.id_type == IdType.CITIZEN_ID, is_adults, model.id_number.in_(known))
    return or_(model.bhxh_code.in_(known), as_number)


def _personal_numbers(whom: Whom) -> set[str]:
    """Return the 12-digit numbers of the papers shown: codes as well (K9), unless they are a guardian's."""
    if whom.asker is Asker.GUARDIAN:
        return set()
    return {one for one in whom.numbers if len(one) == PERSONAL_NUMBER and one.isdigit()}


def _linked(verified: Sequence[Thing], whom: Whom) -> list[Thing]:
    """Return those of the verified that a paper shown leads to, by its number, or by name and birth of one it does."""
    by_number = [one for one in verified if one.id_number in whom.numbers or one.bhxh_code in whom.numbers]
    named = {(fold(one.full_name), one.date_of_birth) for one in by_number if one.date_of_birth}
    return [one for one in verified if one in by_number or (fold(one.full_name), one.date_of_birth) in named]


def _tombstones(session: Session, codes: Iterable[str]) -> Sequence[Tombstone]:
    hashes = [lookup_hash("bhxh_code", code) for code in codes]
    query = select(Tombstone).where(Tombstone.bhxh_code_hash.in_(hashes)).order_by(Tombstone.declared_at)
    return session.scalars(query).all()


def is_childs(thing: Thing) -> bool:
    """Tell whether it is a child's under a guardian: paper and phone in it are the guardian's (D11)."""
    return is_under_guardian(thing)
