"""Finding the officer about whom the trail is asked: by user name, or by words of the name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.names import fold
from backoffice.identity.text import row_number, visible
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.models import Office, Officer
from backoffice.rules.actors import Actor
from backoffice.rules.scopes import scope_values
from backoffice.trail.queries import officers_in_sight

MOST = 20
_LONGEST = 200


def find_officers(session: Session, text: str, viewer: Actor) -> list[Officer]:
    """Return whom `text` may mean, at most MOST + 1: the one of that user name, else all whose name has its words.

    Only officers whose office is in the viewer's scope. Raises InvalidInput (officer) when it is empty or too long.
    """
    if len(text) > _LONGEST or not (words := fold(visible(text)).split()):
        raise InvalidInput([Fault("officer", "Xin nhập tên đăng nhập hoặc họ tên của cán bộ.")])
    seen = officers_in_sight(viewer)
    values = scope_values(viewer)
    one = session.scalars(seen.where(Officer.username == visible(text).strip().lower()), values).one_or_none()
    return [one] if one else _named(session, words, viewer)


def officer_of(session: Session, number: str, viewer: Actor) -> Officer:
    """Return the officer of that id; raises NotFound out of scope as for none."""
    officer_id = row_number(number)
    query = officers_in_sight(viewer).where(Officer.id == officer_id)
    officer = None if officer_id is None else session.scalars(query, scope_values(viewer)).one_or_none()
    if officer is None:
        raise NotFound
    return officer


def choices(officers: Sequence[Officer]) -> list[dict[str, str]]:
    """Return what is shown of officers to choose from."""
    return [
        {"id": str(one.id), "name": one.full_name, "username": one.username, "office": _office(one.office)}
        for one in officers
    ]


def _named(session: Session, words: list[str], viewer: Actor) -> list[Officer]:
    """Names have no index here: a country has some thousands of officers."""
    known = officers_in_sight(viewer).with_only_columns(Officer.id, Officer.full_name, Officer.username)
    ids = []
    for number, name, username in session.execute(known.order_by(Officer.full_name), scope_values(viewer)):
        parts = [*fold(name).split(), username]
        if all(any(part.startswith(word) for part in parts) for word in words):
            ids.append(number)
    query = select(Officer).where(Officer.id.in_(ids[: MOST + 1])).order_by(Officer.full_name, Officer.username)
    return list(session.scalars(query))


def _office(office: Office) -> str:
    return f"{office.code} {office.name}"
