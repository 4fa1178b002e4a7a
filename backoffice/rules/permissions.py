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
    RETAKE_PHOTO = "retake_photo"
    PRINT_FORM01 = "print_form01"
    CLAIM = "claim"
    RELEASE = "release"
    HANDOVER = "handover"
    PRESENT = "present"
    SCAN = "scan"
    VERIFY = "verify"
    SUPPLEMENT = "supplement"
    ESCALATE = "escalate"
    ENTER_FOR_CITIZEN = "enter_for_citizen"
    CHECK_SAMPLE = "check_sample"
    DECIDE_ESCALATED = "decide_escalated"
    DEESCALATE = "deescalate"
    SUPERVISE = "supervise"
    ENTER_LATE = "enter_late"
    EXTEND_DEADLINES = "extend_deadlines"
    PRINT_DAY_LIST = "print_day_list"
    RELEASE_OTHERS = "release_others"
    APPROVE = "approve"
    REJECT = "reject"
    CORRECT = "correct"
    PRINT_SLIP = "print_slip"
    RESEND = "resend"
    CORRECT_PHONE = "correct_phone"
    NOTE_SEEN = "note_seen"
    TRANSFER = "transfer"
    SEE_ACCOUNT = "see_account"
    RESET_ACCOUNT = "reset_account"
    RESET_ABOVE_LIMIT = "reset_above_limit"
    CHANGE_ACCOUNT_PHONE = "change_account_phone"
    CLOSE_WITH_RESET = "close_with_reset"
    FREE_PHONE = "free_phone"
    LOCK_ACCOUNT = "lock_account"
    LOCK_FOR_OWNER = "lock_for_owner"
    UNLOCK_ACCOUNT = "unlock_account"
    REOPEN_DOOR = "reopen_door"
    DOUBT_PHONE = "doubt_phone"
    CHANGE_FOR_OWNER = "change_for_owner"
    USE_HOTLINE = "use_hotline"
    HOTLINE_ACT = "hotline_act"
    SEE_HOTLINE_LOG = "see_hotline_log"
    SEE_ALARMS = "see_alarms"
    HANDLE_ALARM = "handle_alarm"
    USE_NOTICES = "use_notices"
    SEE_NOTICES = "see_notices"
    HANDLE_NOTICE = "handle_notice"
    SEE_GATEWAYS = "see_gateways"
    WATCH_GATEWAYS = "watch_gateways"
    SEE_CATALOGUE = "see_catalogue"
    SEE_SANDBOX = "see_sandbox"
    OWN_SESSION = "own_session"
    OWN_ACCOUNT = "own_account"
    SEE_OFFICES = "see_offices"
    EDIT_OFFICES = "edit_offices"
    SEE_OFFICERS = "see_officers"
    EDIT_OFFICERS = "edit_officers"
    SEE_CLIENTS = "see_clients"
    EDIT_CLIENTS = "edit_clients"
    SEE_PERMITS = "see_permits"
    SEE_RETENTION = "see_retention"
    USE_BATCHES = "use_batches"
    SEE_BATCH = "see_batch"
    WORK_BATCH = "work_batch"
    APPLY_BATCH = "apply_batch"
    CONFIRM_BATCH = "confirm_batch"
    SEE_UNITS = "see_units"
    EDIT_UNITS = "edit_units"
    SEE_DASHBOARD = "see_dashboard"
    SEE_OWN_FIGURES = "see_own_figures"
    USE_TRAIL = "use_trail"
    SEE_TRAIL = "see_trail"
    HANDLE_TRAIL_ALARM = "handle_trail_alarm"
    ANSWER_PERSON = "answer_person"


class InOffice(Protocol):
    """What an office is in charge of."""

    office_id: int
    office: Office


Predicate = Callable[[Actor, InOffice], bool]


def own_office(actor: Actor, thing: InOffice) -> bool:
    """Hold for things of the actor's very office."""
    return thing.office_id == actor.office_id


def own_office_and_merged(actor: Actor, thing: InOffice) -> bool:
    """Hold for things of the actor's very office and of those merged into it: what these decided stays theirs."""
    return own_office(actor, thing) or thing.office.successor_id == actor.office_id


def own_branch(actor: Actor, thing: InOffice) -> bool:
    """Hold for things of the actor's office and of those under it."""
    return thing.office.path.startswith(actor.office_path)


def anywhere(_actor: Actor, _thing: InOffice) -> bool:
    """Hold always."""
    return True


_DESK: dict[Role, Predicate] = {Role.RECEPTION: own_office, Role.SUPERVISOR: own_branch}
_DESK_LOOKS: dict[Role, Predicate] = {Role.RECEPTION: own_office_and_merged, Role.SUPERVISOR: own_branch}
"""Looks, at what an office decided before it was merged too: a merged office hangs under its successor."""
_WHOEVER_STANDS_THERE: dict[Role, Predicate] = {Role.RECEPTION: anywhere, Role.SUPERVISOR: anywhere}
"""Acts for the person at the counter, whichever office has their declaration or account (K8, K9)."""

_HOTLINE: dict[Role, Predicate] = {Role.HOTLINE: anywhere, Role.SUPERVISOR: own_branch}
"""Of the thing HOTLINE: so its supervisors are those of the root office."""

PERMITS: dict[Do, dict[Role, Predicate]] = {
    Do.USE_DESK: _DESK,
    Do.SEARCH: _DESK_LOOKS,
    Do.REVIEW: _DESK_LOOKS,
    Do.SEE_PHOTO: _DESK_LOOKS,
    Do.ROTATE_PHOTO: _DESK,
    Do.RETAKE_PHOTO: _DESK,
    Do.PRINT_FORM01: _DESK_LOOKS,
    Do.CLAIM: _DESK,
    Do.RELEASE: _DESK,
    Do.HANDOVER: _DESK,
    Do.PRESENT: _DESK,
    Do.SCAN: _DESK,
    Do.VERIFY: _DESK,
    Do.SUPPLEMENT: _DESK,
    Do.ESCALATE: _DESK,
    Do.ENTER_FOR_CITIZEN: _DESK,
    Do.CHECK_SAMPLE: {Role.SUPERVISOR: own_branch},
    Do.DECIDE_ESCALATED: {Role.SUPERVISOR: own_branch},
    Do.DEESCALATE: {Role.SUPERVISOR: own_branch},
    Do.SUPERVISE: {Role.SUPERVISOR: own_branch},
    Do.ENTER_LATE: {Role.SUPERVISOR: own_branch},
    Do.EXTEND_DEADLINES: {Role.SUPERVISOR: own_branch},
    Do.PRINT_DAY_LIST: _DESK,
    Do.RELEASE_OTHERS: {Role.SUPERVISOR: own_branch},
    Do.APPROVE: _DESK,
    Do.REJECT: _DESK,
    Do.CORRECT: _DESK,
    Do.PRINT_SLIP: _DESK,
    Do.RESEND: _DESK,
    Do.CORRECT_PHONE: _DESK,
    Do.NOTE_SEEN: _DESK,
    Do.TRANSFER: _WHOEVER_STANDS_THERE,
    Do.SEE_ACCOUNT: _WHOEVER_STANDS_THERE,
    Do.RESET_ACCOUNT: _WHOEVER_STANDS_THERE,
    Do.RESET_ABOVE_LIMIT: {Role.SUPERVISOR: anywhere},
    Do.CHANGE_ACCOUNT_PHONE: _WHOEVER_STANDS_THERE,
    Do.CLOSE_WITH_RESET: _DESK,
    Do.FREE_PHONE: {Role.SUPERVISOR: own_branch},
    Do.LOCK_ACCOUNT: {Role.SUPERVISOR: own_branch},
    Do.LOCK_FOR_OWNER: _WHOEVER_STANDS_THERE,
    Do.UNLOCK_ACCOUNT: {Role.SUPERVISOR: own_branch},
    Do.REOPEN_DOOR: _WHOEVER_STANDS_THERE,
    Do.DOUBT_PHONE: _WHOEVER_STANDS_THERE,
    Do.CHANGE_FOR_OWNER: _WHOEVER_STANDS_THERE,
    Do.USE_HOTLINE: _HOTLINE,
    Do.HOTLINE_ACT: _HOTLINE,
    Do.SEE_HOTLINE_LOG: {Role.SUPERVISOR: own_branch},
    Do.SEE_ALARMS: {Role.SUPERVISOR: own_branch},
    Do.HANDLE_ALARM: {Role.SUPERVISOR: own_branch},
    Do.USE_NOTICES: _DESK | {Role.ADMINISTRATOR: anywhere},
    Do.SEE_NOTICES: _DESK,
    Do.HANDLE_NOTICE: _DESK,
    Do.SEE_GATEWAYS: {Role.RECEPTION: anywhere, Role.SUPERVISOR: anywhere, Role.ADMINISTRATOR: anywhere},
    Do.WATCH_GATEWAYS: {Role.SUPERVISOR: anywhere, Role.ADMINISTRATOR: anywhere},
    Do.SEE_CATALOGUE: {Role.SUPERVISOR: anywhere, Role.ADMINISTRATOR: anywhere},
    Do.SEE_SANDBOX: dict.fromkeys(Role, anywhere),
    Do.OWN_SESSION: dict.fromkeys(Role, anywhere),
    Do.OWN_ACCOUNT: dict.fromkeys(Role, anywhere),
    Do.SEE_OFFICES: dict.fromkeys(Role, anywhere),
    Do.EDIT_OFFICES: {Role.ADMINISTRATOR: own_branch},
    Do.SEE_OFFICERS: {Role.ADMINISTRATOR: own_branch, Role.SUPERVISOR: own_branch},
    Do.EDIT_OFFICERS: {Role.ADMINISTRATOR: own_branch},
    Do.SEE_CLIENTS: {Role.ADMINISTRATOR: own_branch},
    Do.EDIT_CLIENTS: {Role.ADMINISTRATOR: own_branch},
    Do.SEE_PERMITS: {Role.ADMINISTRATOR: anywhere},
    Do.SEE_RETENTION: {Role.SUPERVISOR: anywhere, Role.AUDITOR: anywhere, Role.ADMINISTRATOR: anywhere},
    Do.USE_BATCHES: _DESK,
    Do.SEE_BATCH: _DESK_LOOKS,
    Do.WORK_BATCH: _DESK,
    Do.APPLY_BATCH: _DESK,
    Do.CONFIRM_BATCH: {Role.SUPERVISOR: own_branch},
    Do.SEE_UNITS: {Role.RECEPTION: own_branch, Role.SUPERVISOR: own_branch},
    Do.EDIT_UNITS: _DESK,
    Do.SEE_DASHBOARD: {Role.SUPERVISOR: own_branch},
    Do.SEE_OWN_FIGURES: {Role.RECEPTION: anywhere, Role.SUPERVISOR: anywhere, Role.HOTLINE: anywhere},
    Do.USE_TRAIL: {Role.SUPERVISOR: own_branch, Role.AUDITOR: anywhere},
    Do.SEE_TRAIL: {Role.SUPERVISOR: own_branch, Role.AUDITOR: anywhere},
    Do.HANDLE_TRAIL_ALARM: {Role.SUPERVISOR: own_branch},
    Do.ANSWER_PERSON: {Role.SUPERVISOR: own_branch},
}


class OfTheRoot:
    """What the root office itself is in charge of, for the whole country."""

    office_id: int
    office: Office

    def __init__(self) -> None:
        self.office_id, self.office = 0, Office(code="000", path="000.")


HOTLINE = OfTheRoot()
MACHINES = OfTheRoot()
"""The machines that call the API: no province's administrator lets one in, nor sees them."""


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
