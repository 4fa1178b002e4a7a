"""The offices a machine client is limited to: the codes it was given, with all that is under each in the tree."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from backoffice.models import Office
from backoffice.rules.actors import Actor


def is_within(session: Session, actor: Actor, office: Office) -> bool:
    """Tell whether `actor` may declare for `office` and ask about what is there; without limits: everywhere.

    Where an office within the limits was merged into another, the other counts in its place (rules.serving): what lay
    under an office of the limits until its merge was within them.
    """
    return not actor.limits or _names(actor.limits, office.path) or _is_heir(session, actor.limits, office.path)


def _names(codes: tuple[str, ...], path: str) -> bool:
    above = path.split(".")
    return any(code in above for code in codes)


def _is_heir(session: Session, codes: tuple[str, ...], path: str) -> bool:
    former, heir = aliased(Office), aliased(Office)
    given = bindparam("codes", list(codes), type_=ARRAY(Text))
    was_given = func.string_to_array(func.coalesce(former.former_path, former.code), ".").bool_op("&&")(given)
    found = exists().where(heir.id == former.successor_id, func.starts_with(path, heir.path), was_given)
    return bool(session.scalar(select(found)))
