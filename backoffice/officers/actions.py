"""Adding officers, changing who they are and where they work, standing in: each in one transaction (D8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Office, Officer, TrailEvent
from backoffice.officers import editing, values
from backoffice.officers.editing import Values
from backoffice.officers.forms import Profile
from backoffice.officers.marks import require_unchanged
from backoffice.officers.standing import lock_one, require_administrator, require_other
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from backoffice.signin import links


@dataclass(frozen=True)
class Handed:
    """A one-time link, told once: whose it is, and its token."""

    officer_id: int
    token: str


def create(actor: Actor, username: str, profile: Profile) -> Handed:
    """Add an officer, who chooses a password by the one-time link that is told now and never again.

    Raises Forbidden, InvalidInput (office, role), Conflict (username_taken).
    """
    require(actor, Do.EDIT_OFFICERS)
    try:
        with transaction() as session:
            editing.hold_offices(session, profile.office)
            officer = editing.add(session, actor, username, _checked(session, actor, profile))
            return hand_link(session, actor, officer)
    except IntegrityError as taken:
        raise username_taken(username) from taken


def edit(actor: Actor, officer_id: int, profile: Profile, mark: str) -> dict[str, Any]:
    """Change name, role, office, e-mail of an officer; return what changed.

    A second office that does not go with the new role or office ends.

    Raises NotFound, InvalidInput (office, role), Conflict (officer_changed, last_administrator), Forbidden
    (not_oneself).
    """
    with transaction() as session:
        editing.hold_offices(session, profile.office)
        officer, locked = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_unchanged(session, officer, mark)
        now = editing.values_of(session, officer)
        wanted = _checked(session, actor, profile, officer)
        wanted = editing.without_lost_second(replace(wanted, second=now.second, until=now.until))
        changed = editing.put(session, actor, officer, wanted)
        require_administrator(session, locked)
        return changed


def stand_in(actor: Actor, officer_id: int, code: str, until: date, mark: str) -> None:
    """Give an officer a second office until the end of the day `until` (Asia/Ho_Chi_Minh), at most 90 days from today.

    Raises NotFound, InvalidInput (second_office, second_until), Conflict (officer_changed), Forbidden (not_oneself).
    """
    with transaction() as session:
        editing.hold_offices(session, code)
        officer, _ = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        require_unchanged(session, officer, mark)
        second = editing.find_office(session, actor, code, "second_office")
        if isinstance(second, Fault):
            raise InvalidInput([second])
        if fault := values.second_fault(officer.role, officer.office, second, until, clock.today()):
            raise InvalidInput([Fault(*fault)])
        now = editing.values_of(session, officer)
        editing.put(session, actor, officer, replace(now, second=second, until=until))


def end_stand_in(actor: Actor, officer_id: int, mark: str) -> None:
    """Let an officer have no second office from now on; raises as `stand_in`."""
    with transaction() as session:
        officer, _ = lock_one(session, officer_id, actor, Do.EDIT_OFFICERS)
        require_other(actor, officer)
        require_unchanged(session, officer, mark)
        now = editing.values_of(session, officer)
        editing.put(session, actor, officer, replace(now, second=None, until=None))


def hand_link(session: Session, actor: Actor, officer: Officer) -> Handed:
    """Make a one-time link for the officer (earlier ones end) and write it to the trail."""
    token = links.make_link(session, officer, actor.id)
    editing.note(session, TrailEvent.OFFICER_LINK, actor, officer)
    return Handed(officer.id, token)


def username_taken(username: str) -> Conflict:
    """Return the refusal of a user name that somebody has, perhaps out of the asker's sight."""
    return Conflict(
        f"Tên đăng nhập “{username}” đã có nên chưa thêm ai. Nếu chính bạn vừa thêm người này, xin tìm trong danh sách "
        "và cấp đường dẫn mới; nếu không, xin chọn tên khác.",
        code="username_taken",
    )


def _checked(session: Session, actor: Actor, profile: Profile, officer: Officer | None = None) -> Values:
    """Return the values of a profile; an office that stays as it is need not be open or one to give."""
    office: Office | Fault
    if officer is not None and officer.office.code == profile.office:
        office = officer.office
    else:
        office = editing.find_office(session, actor, profile.office)
    if isinstance(office, Fault):
        raise InvalidInput([office])
    if (fault := values.role_fault(profile.role, office)) is not None:
        raise InvalidInput([Fault("role", fault, "role_of_root")])
    return Values(profile.name, profile.role, office, profile.email)
