"""The offices a machine client is limited to: the codes it was given, with all that is under each in the tree."""

from __future__ import annotations

from sqlalchemy import any_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from backoffice.models import Office
from backoffice.rules.actors import Actor


def is_within(session: Session, actor: Actor, office: Office) -> bool:
    """Tell whether `actor` may declare for `office` and ask about what is there; without limits: everywhere.

    Where an office of the limits was merged into another, the other counts in its place (rules.serving).
    """
    return not actor.limits or _names(actor.limits, office.path) or _is_heir(session, actor.limits, office.path)


def _names(codes: tuple[str, ...], path: str) -> bool:
    above = path.split(".")
    return any(code in above for code in codes)


def _is_heir(session: Session, codes: tuple[str, ...], path: str) -> bool:
    former, heir = aliased(Office), aliased(Office)
    is_given = former.code == any_(bindparam("codes", list(codes), type_=ARRAY(Text)))
    found = exists().where(is_given, heir.id == former.successor_id, func.starts_with(path, heir.path))
    return bool(session.scalar(select(found)))
