"""Recovery codes: ten, each of which stands once for the six digits of an authenticator that was lost."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.passwords import ALPHABET
from backoffice.models import Officer, RecoveryCode, TrailEvent
from backoffice.rules.actors import officer_actor
from backoffice.rules.journal import record

NUMBER = 10
FEW = 3
"""With so many left, or fewer, the officer is told to have new ones."""
_LENGTH = 10
"""Characters of ALPHABET, some 50 bits."""
LONGEST_TYPED = 40


def renew(session: Session, officer: Officer) -> list[str]:
    """Give `officer` new codes and return them, to be shown once ("abcde-fghjk"); the former ones are void."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer.id))
    codes: set[str] = set()
    while len(codes) < NUMBER:
        codes.add("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))
    session.add_all(RecoveryCode(officer_id=officer.id, code_hash=_hash(officer, code)) for code in codes)
    record(session, TrailEvent.RECOVERY_CODES, officer_actor(officer), officer_id=officer.id)
    half = _LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def normal(typed: str) -> str | None:
    """Return what was typed as a code is kept (lower case, no blanks, no hyphens), None when it cannot be one."""
    code = "".join(typed[:LONGEST_TYPED].casefold().replace("-", " ").split())
    return code if len(code) == _LENGTH and all(char in ALPHABET for char in code) else None


def take(session: Session, officer: Officer, code: str) -> bool:
    """Tell whether `code` (in its normal form) is one of `officer`'s; then it is used up. Two at once: one wins."""
    mine = update(RecoveryCode).where(
        RecoveryCode.officer_id == officer.id,
        RecoveryCode.code_hash == _hash(officer, code),
        RecoveryCode.used_at.is_(None),
    )
    taken = session.scalars(mine.values(used_at=clock.now()).returning(RecoveryCode.officer_id)).one_or_none()
    if taken is None:
        return False
    record(session, TrailEvent.RECOVERY_CODE_USED, officer_actor(officer), left=left(session, officer.id))
    return True


def left(session: Session, officer_id: int) -> int:
    """Return how many codes can still be used."""
    unused = select(func.count()).where(RecoveryCode.officer_id == officer_id, RecoveryCode.used_at.is_(None))
    return session.scalars(unused).one()


def _hash(officer: Officer, code: str) -> bytes:
    return lookup_hash("recovery_code", f"{officer.id}:{code}")
