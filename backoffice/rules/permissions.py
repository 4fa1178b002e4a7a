"""Who may do what: one table, PERMITS (role × action × predicate), asked by routes, actions, templates (design 5)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from backoffice.kernel.errors import Forbidden, NotFound
from backoffice.models import Office, Role
from backoffice.rules.actors import Actor


class Do(StrEnum):
    """Everything an officer can ask for."""

    USE_DESK = "use_desk"
    SEARCH = "search"
    REVIEW = "review"
    SEE_PHOTO = "see_photo"
    ROTATE_PHOTO = "rotate_photo"
    PRINT_FORM01 = "print_form01"
    CLAIM = "claim"
    RELEASE = "release"
    PRESENT = "present"
    SCAN = "scan"
    VERIFY = "verify"
    SUPPLEMENT = "supplement"
    ESCALATE = "escalate"
    DECIDE_ESCALATED = "decide_escalated"
    RELEASE_OTHERS = "release_others"
    APPROVE = "approve"
    REJECT = "reject"
    SEE_SANDBOX = "see_sandbox"
    OWN_SESSION = "own_session"


class InOffice(Protocol):
    """What an office is in charge of."""

    office_id: int
    office: Office


Predicate = Callable[[Actor, InOffice], bool]


def own_office(actor: Actor, thing: InOffice) -> bool:
    """Hold for things of the actor's very office."""
    return thing.office_id == actor.office_id


def own_branch(actor: Actor, thing: InOffice) -> bool:
    """Hold for things of the actor's office and of those under it."""
    return thing.office.path.startswith(actor.office_path)


def anywhere(_actor: Actor, _thing: InOffice) -> bool:
    """Hold always."""
    return True


_DESK: dict[Role, Predicate] = {Role.RECEPTION: own_office, Role.SUPERVISOR: own_branch}

PERMITS: dict[Do, dict[Role, Predicate]] = {
    Do.USE_DESK: _DESK,
    Do.SEARCH: _DESK,
    Do.REVIEW: _DESK,
    Do.SEE_PHOTO: _DESK,
    Do.ROTATE_PHOTO: _DESK,
    Do.PRINT_FORM01: _DESK,
    Do.CLAIM: _DESK,
    Do.RELEASE: _DESK,
    Do.PRESENT: _DESK,
    Do.SCAN: _DESK,
    Do.VERIFY: _DESK,
    Do.SUPPLEMENT: _DESK,
    Do.ESCALATE: _DESK,
    Do.DECIDE_ESCALATED: {Role.SUPERVISOR: own_branch},
    Do.RELEASE_OTHERS: {Role.SUPERVISOR: own_branch},
    Do.APPROVE: _DESK,
    Do.REJECT: _DESK,
    Do.SEE_SANDBOX: dict.fromkeys(Role, anywhere),
    Do.OWN_SESSION: dict.fromkeys(Role, anywhere),
}


def may(actor: Actor, do: Do, thing: InOffice | None = None) -> bool:
    """Tell whether `actor` may `do` (to `thing`; without one: to anything at all)."""
    if actor.role is None:
        return False
    predicate = PERMITS[do].get(actor.role)
    return predicate is not None and (thing is None or predicate(actor, thing))


def require(actor: Actor, do: Do, thing: InOffice | None = None) -> None:
    """Raise Forbidden when the role never may; NotFound when `thing` is out of scope: it answers as if it were not."""
    if not may(actor, do):
        raise Forbidden("Vai trò của bạn không được làm việc này. Nếu cần, xin liên hệ quản trị của đơn vị.")
    if thing is not None and not may(actor, do, thing):
        raise NotFound
