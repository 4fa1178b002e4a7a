"""Finding the officer about whom the trail is asked: by user name, or by words of the name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from backoffice.identity.names import fold
from backoffice.identity.text import row_number, visible
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import ActorKind, Office, Officer, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.trail.forms import MOST_DAYS, What

MOST = 20
_LONGEST = 200


def find_officers(session: Session, text: str, viewer: Actor) -> list[Officer]:
    """Return whom `text` may mean, at most MOST + 1: the one of that user name, else all whose name has its words.

    By words only who works or stands in at an office in the viewer's scope; by user name whoever acted there too.
    Raises InvalidInput (officer) when it is empty or too long.
    """
    if len(text) > _LONGEST or not (words := fold(visible(text)).split()):
        raise InvalidInput([Fault("officer", "Xin nhập tên đăng nhập hoặc họ tên của cán bộ.")])
    one = _known(session, Officer.username == visible(text).lower(), viewer)
    return [one] if one else _named(session, words, viewer)


def officer_of(session: Session, number: str, viewer: Actor) -> list[Officer]:
    """Return the officer of that id; out of scope, as when there is none, nobody."""
    officer_id = row_number(number)
    officer = None if officer_id is None else _known(session, Officer.id == officer_id, viewer)
    return [officer] if officer else []


def choices(officers: Sequence[Officer]) -> list[dict[str, str]]:
    """Return what is shown of officers to choose from."""
    return [
        {"id": str(one.id), "name": one.full_name, "username": one.username, "office": _office(one.office)}
        for one in officers
    ]


def _named(session: Session, words: list[str], viewer: Actor) -> list[Officer]:
    """Names have no index here: a country has some thousands of officers."""
    known = select(Officer.id, Officer.full_name, Officer.username).where(_works_here(viewer))
    ids = []
    for number, name, username in session.execute(known.order_by(Officer.full_name), scope_values(viewer)):
        parts = [*fold(name).split(), username]
        if all(any(part.startswith(word) for part in parts) for word in words):
            ids.append(number)
    query = select(Officer).where(Officer.id.in_(ids[: MOST + 1])).order_by(Officer.full_name, Officer.username)
    return list(session.scalars(query))


def _known(session: Session, one: ColumnElement[bool], viewer: Actor) -> Officer | None:
    """Return the one officer, who works in the viewer's scope or has acted there within what a search can span."""
    officer = session.scalars(select(Officer).where(one)).one_or_none()
    if officer is None:
        return None
    works = exists().where(Officer.id == officer.id, _works_here(viewer))
    acted = exists().where(
        TrailRow.actor_id == officer.id,
        TrailRow.actor_kind == ActorKind.OFFICER,
        TrailRow.at >= clock.now() - timedelta(days=MOST_DAYS[What.OFFICER]),
        in_scope(viewer.role, Do.SEE_TRAIL, TrailRow.office_id),
    )
    return officer if any(session.scalar(select(there), scope_values(viewer)) for there in (works, acted)) else None


def _works_here(viewer: Actor) -> ColumnElement[bool]:
    """Return the condition that an officer's office, or the one they may stand in at, is in the viewer's scope."""
    return or_(
        in_scope(viewer.role, Do.SEE_TRAIL, Officer.office_id),
        in_scope(viewer.role, Do.SEE_TRAIL, Officer.second_office_id),
    )


def _office(office: Office) -> str:
    return f"{office.code} {office.name}"
