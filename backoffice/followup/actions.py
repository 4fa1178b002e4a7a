"""Looking: the worklist, one message after an act, what became of somebody's messages. Each look is a trail row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.desk.looks import REMEMBERED
from backoffice.desk.notes import looked_for
from backoffice.followup import queries
from backoffice.followup.health import gateway_page
from backoffice.followup.queries import MOST_FOUND, Line, Person
from backoffice.followup.words import shown
from backoffice.identity.malformed import Malformed
from backoffice.identity.search import Query, Sought, understand
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import one_of
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import ActorKind, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, may
from backoffice.rules.scopes import is_own_office_alone

Values = dict[str, Any]
_NUMBERS = (Sought.receipt_code, Sought.bhxh_code, Sought.citizen_id, Sought.old_id, Sought.passport, Sought.phone)
_UNREADABLE = (
    "Tin nhắn, thư được tìm bằng mã hồ sơ, mã số BHXH (hoặc số thẻ BHYT, số định danh 12 số) hoặc số điện thoại. "
    "Xin nhập một trong các số đó; tìm theo họ tên thì dùng ô tìm ở đầu trang."
)


def show_page(officer: Actor, after: str | None) -> Values:
    """Return what /notices shows to `officer`: the gateways, and the worklist of those who may see contents."""
    with transaction() as session:
        values = {"gateways": gateway_page(session, officer)}
        if not may(officer, Do.SEE_NOTICES):
            return values | {"worklist": None}
        return values | {"worklist": _worklist(session, officer, after), "later": bool(after)}


def show_item(notice_id: int, officer: Actor, draft: Values | None = None) -> Values:
    """Return one message of an open page after an act: one look with its opening. Raises NotFound out of scope."""
    with transaction() as session:
        line = queries.one(session, notice_id, officer)
        if line is None:
            raise NotFound
        _note_look(session, line, officer)
        calls = queries.calls(session, [line.id])
        with_office = not is_own_office_alone(officer.role, Do.SEE_NOTICES)
        return {
            "item": shown(line, calls.get(line.id, []), with_office=with_office, draft=draft),
            "count": queries.count(session, officer),
        }


def search(text: str, officer: Actor) -> Values:
    """Return all messages of the scope about whom `text` names by a code or a phone in any spelling, the newest first.

    Raises InvalidInput (field q) for anything else.
    """
    query = _understood(text)
    with transaction() as session:
        person = _person(session, query)
        lines = queries.about(session, officer, person)
        _record_search(session, query, lines, officer)
        return {
            "q": text.strip(),
            "looked": looked_for(query),
            "items": _items(session, lines[:MOST_FOUND], officer),
            "has_more": len(lines) > MOST_FOUND,
            "most": MOST_FOUND,
            "count": queries.count(session, officer),
        }


def _understood(text: str) -> Query:
    try:
        query = understand(text)
    except Malformed as fault:
        raise InvalidInput([Fault("q", fault.message)], fault.message) from None
    if not any(kind in _NUMBERS for kind in query.values):
        raise InvalidInput([Fault("q", _UNREADABLE)], _UNREADABLE)
    return query


def _person(session: Session, query: Query) -> Person:
    """Return whom `query` means; the 12-digit number of a citizen's card is a code as well (K9)."""
    values = query.values
    codes = {values[kind] for kind in (Sought.bhxh_code, Sought.citizen_id) if kind in values}
    numbers = {values[kind] for kind in (Sought.citizen_id, Sought.old_id, Sought.passport) if kind in values}
    return queries.person_known_by(
        session,
        receipt_code=values.get(Sought.receipt_code),
        codes=sorted(codes),
        id_numbers=sorted(numbers),
        phone=values.get(Sought.phone),
    )


def _worklist(session: Session, officer: Actor, after: str | None) -> Values:
    found = queries.page(session, officer, after)
    record(session, TrailEvent.NOTICES, officer, **_listed(found.lines))
    return {
        "count": queries.count(session, officer),
        "items": _items(session, found.lines, officer),
        "more_href": f"/notices?after={found.next}" if found.next else None,
    }


def _items(session: Session, lines: Sequence[Line], officer: Actor) -> list[Values]:
    calls = queries.calls(session, [line.id for line in lines])
    with_office = not is_own_office_alone(officer.role, Do.SEE_NOTICES)
    return [
        shown(line, calls.get(line.id, []), with_office=with_office) | {"waits": line.urgency == 0} for line in lines
    ]


def _record_search(session: Session, query: Query, lines: Sequence[Line], officer: Actor) -> None:
    sought = {kind.value: lookup_hash(kind.value, value).hex() for kind, value in query.values.items()}
    people = {line.declared_code or line.account_code for line in lines} - {None}
    subject = lookup_hash("bhxh_code", next(iter(people)) or "") if len(people) == 1 else None
    record(session, TrailEvent.NOTICE_SEARCH, officer, subject_hash=subject, sought=sought, **_listed(lines))


def _note_look(session: Session, line: Line, officer: Actor) -> None:
    """Write a row unless `officer` has had the message listed within the last 12 hours: an open page is one look."""
    looked = select(TrailRow.id).where(
        TrailRow.actor_id == officer.id,
        TrailRow.at > clock.now() - REMEMBERED,
        TrailRow.actor_kind == ActorKind.OFFICER,
        one_of(TrailRow.event, [TrailEvent.NOTICES.value, TrailEvent.NOTICE_SEARCH.value]),
        TrailRow.facts.contains({"listed": [line.id]}),
    )
    if session.scalars(looked.limit(1)).first() is None:
        record(session, TrailEvent.NOTICES, officer, **_listed([line]))


def _listed(lines: Sequence[Line]) -> Values:
    """Return the ids of the messages, and of what they are about: "who looked at this person" is asked by those."""
    return {
        "listed": [line.id for line in lines],
        "declarations": sorted({line.declaration_id for line in lines if line.declaration_id}),
        "accounts": sorted({line.account_id for line in lines if line.account_id}),
    }
