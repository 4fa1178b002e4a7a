"""Writing an officer's facts, within a transaction of the caller: what it ends, and its line in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.decision.letting_go import let_go_of_all, let_go_when_disabled
from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault
from backoffice.kernel.hashing import new_token
from backoffice.kernel.passwords import hash_password
from backoffice.models import ActorKind, DisabledReason, Office, Officer, Role, TrailEvent
from backoffice.officers.standing import may_place, require_other
from backoffice.officers.values import may_stand_in
from backoffice.rules.actors import Actor
from backoffice.rules.journal import officer_subject, record
from backoffice.rules.serving import hold_open
from backoffice.signin import links
from backoffice.signin.sessions import EndReason, end_sessions

_WHERE_ONE_WORKS = frozenset({"role", "office", "second_office"})
_NOT_BY_ONESELF = _WHERE_ONE_WORKS | {"second_until"}


@dataclass(frozen=True)
class Values:
    """How an officer is to stand; a second office and its last day come together."""

    name: str
    role: Role
    office: Office
    email: str | None
    second: Office | None = None
    until: date | None = None


def values_of(session: Session, officer: Officer) -> Values:
    """Return how the officer stands; a second office whose last day is over is none."""
    until = officer.second_until
    if officer.second_office_id is None or until is None or until < clock.today():
        return Values(officer.full_name, officer.role, officer.office, officer.email)
    second = session.get(Office, officer.second_office_id)
    return Values(officer.full_name, officer.role, officer.office, officer.email, second, until)


def hold_offices(session: Session, *codes: str) -> None:
    """Let no office with one of these codes be closed or merged until the transaction ends.

    To be asked before officers are locked, for a merge locks its offices first (rules.serving).
    """
    held = select(Office).where(Office.code.in_(codes)).order_by(Office.id).with_for_update(read=True)
    session.execute(held.execution_options(populate_existing=True))


def hold_office_of(session: Session, officer_id: int) -> None:
    """Let the office of an officer not be closed or merged until the transaction ends; before the officer is locked.

    Where it was merged in this very moment, whoever compares a mark afterwards learns of it.
    """
    office_id = session.scalar(select(Officer.office_id).where(Officer.id == officer_id))
    if office_id is not None:
        hold_open(session, office_id)


def find_office(session: Session, actor: Actor, code: str, field: str = "office") -> Office | Fault:
    """Return the open office to which `actor` may put officers; for any other the same fault of `field`."""
    office = session.scalars(select(Office).where(Office.code == code, Office.closed_at.is_(None))).one_or_none()
    if office is not None and may_place(actor, office):
        return office
    named = f" mang mã {code}" if code else " mang mã này"
    where = "" if actor.kind is ActorKind.SYSTEM else " trong phạm vi của bạn"
    return Fault(field, f"Không có cơ quan BHXH nào đang hoạt động{named}{where}. Xin kiểm tra lại mã.", "no_office")


def add(session: Session, actor: Actor, username: str, values: Values, password_hash: str | None = None) -> Officer:
    """Add an officer and return it; without `password_hash` no password fits until one is chosen by a link."""
    officer = Officer(
        username=username,
        full_name=values.name,
        role=values.role,
        office=values.office,
        email=values.email,
        second_office_id=values.second.id if values.second else None,
        second_until=values.until,
        password_hash=password_hash or nobodys_password(),
        created_at=clock.now(),
    )
    session.add(officer)
    session.flush()
    second = {"second_office": _code(values.second), "second_until": _day(values)} if values.second else {}
    made = {"role": values.role.value, "office": values.office.code, **second}
    note(session, TrailEvent.OFFICER_CREATE, actor, officer, **made)
    return officer


def put(session: Session, actor: Actor, officer: Officer, values: Values) -> dict[str, Any]:
    """Let the officer stand as `values` say; return what changed (nothing: nothing is written).

    Another role or office ends what is open and gives back to the queue what is in hand; so does losing the second
    office. Raises Forbidden (not_oneself) when one would change one's own.
    """
    now = values_of(session, officer)
    changed = differences(now, values)
    if not changed:
        return {}
    if _NOT_BY_ONESELF & set(changed):
        require_other(actor, officer)
    moves = _WHERE_ONE_WORKS & set(changed)
    officer.full_name, officer.folded_name = values.name, fold(values.name)
    officer.role, officer.office, officer.email = values.role, values.office, values.email
    officer.second_office_id = values.second.id if values.second else None
    officer.second_until = values.until if values.second else None
    if moves - {"second_office"} or (moves and now.second):
        let_go(session, actor, officer, EndReason.OFFICER_CHANGED)
    note(session, TrailEvent.OFFICER_EDIT, actor, officer, fields=sorted(changed), **_told(changed))
    return changed


def differences(now: Values, then: Values) -> dict[str, tuple[Any, Any]]:
    """Return the fields that are otherwise, with old and new value (codes of offices and roles, days as 2026-11-30)."""
    both = {
        "name": (now.name, then.name),
        "role": (now.role.value, then.role.value),
        "office": (now.office.code, then.office.code),
        "email": (now.email, then.email),
        "second_office": (_code(now.second), _code(then.second)),
        "second_until": (_day(now), _day(then)),
    }
    return {field: pair for field, pair in both.items() if pair[0] != pair[1]}


def without_lost_second(values: Values) -> Values:
    """Return the values without a second office that does not go with role and office any more."""
    keeps = values.second is None or (may_stand_in(values.role) and values.second.code != values.office.code)
    return values if keeps else Values(values.name, values.role, values.office, values.email)


def disable(session: Session, actor: Actor, officer: Officer, reason: DisabledReason) -> None:
    """Let the officer sign in no more: what is open ends, what is in hand goes back, no link leads in."""
    officer.disabled_at, officer.disabled_reason = clock.now(), reason
    links.end_links(session, officer)
    end_sessions(session, officer, EndReason.DISABLED)
    let_go_when_disabled(session, officer.id, actor)
    note(session, TrailEvent.OFFICER_DISABLE, actor, officer, reason=reason.value)


def let_go(session: Session, actor: Actor, officer: Officer, reason: EndReason) -> None:
    """End the officer's sessions and give back to the queue what is in hand."""
    end_sessions(session, officer, reason)
    let_go_of_all(session, officer.id, actor)


def note(session: Session, event: TrailEvent, actor: Actor, officer: Officer, **facts: Any) -> None:
    """Write to the trail what was done to an officer."""
    record(session, event, actor, subject_hash=officer_subject(officer.id), officer_id=officer.id, **facts)


def nobodys_password() -> str:
    """Return the hash of a password that nobody knows."""
    return hash_password(new_token())


def _told(changed: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return of the changes what is no personal data: codes and days."""
    return {field: list(pair) for field, pair in changed.items() if field not in ("name", "email")}


def _code(office: Office | None) -> str | None:
    return office.code if office else None


def _day(values: Values) -> str | None:
    return values.until.isoformat() if values.second and values.until else None
