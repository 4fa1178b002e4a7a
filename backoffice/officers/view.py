"""What the pages show: plain values, each read in one transaction."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice import config
from backoffice.gateways.pdf.pictures import qr_svg
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import OfficeKind, Officer, Role
from backoffice.officers import queries, words
from backoffice.officers.actions import Handed
from backoffice.officers.history import history_of
from backoffice.officers.marks import mark_of
from backoffice.officers.queries import Line, Wanted
from backoffice.officers.values import MOST_DAYS, is_of_root, may_stand_in
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may, require
from backoffice.rules.role_words import ROLES
from backoffice.signin import links


@dataclass(frozen=True)
class Refused:
    """A form that was refused: which, what was typed, its faults by field, a sentence for the whole ("" for none)."""

    form: str
    typed: Mapping[str, str]
    faults: Mapping[str, str]
    message: str = ""


NOTHING = Refused("", {}, {})


def show_list(actor: Actor, wanted: Wanted, typed: str, after: int | None) -> dict[str, Any]:
    """Return a page of the list; `typed` is the search as it was typed."""
    require(actor, Do.SEE_OFFICERS)
    with transaction() as session:
        page = queries.page(session, actor, wanted, after)
    return {
        "rows": [_row(line) for line in page.lines],
        "count": page.count,
        "more": page.next,
        "wanted": {"q": typed[:200], "role": wanted.role, "state": wanted.state},
        "is_narrowed": bool(wanted.words or wanted.role or wanted.state),
        "roles": ROLES,
        "states": words.STATES,
    }


def show_new(actor: Actor, refused: Refused = NOTHING) -> dict[str, Any]:
    """Return the form for a new officer; raises Forbidden."""
    require(actor, Do.EDIT_OFFICERS)
    with transaction() as session:
        return {"refused": refused, **_choices(session, actor)}


def show_officer(actor: Actor, officer_id: int, refused: Refused = NOTHING) -> dict[str, Any]:
    """Return all about one officer; raises NotFound out of scope. The page edits where the actor may."""
    with transaction() as session:
        officer = queries.officer_for(session, officer_id, actor, Do.SEE_OFFICERS)
        line = queries.line_of(session, officer_id)
        may_edit = may(actor, Do.EDIT_OFFICERS, officer)
        return {
            "officer": _facts(line),
            "mark": mark_of(officer),
            "history": history_of(session, officer_id),
            "may_edit": may_edit,
            "is_self": officer.id == actor.id,
            "may_have_second": may_stand_in(officer.role),
            "earliest": words.latest_day(0),
            "latest": words.latest_day(MOST_DAYS),
            "most_days": MOST_DAYS,
            "refused": refused,
            **(_choices(session, actor, officer.role) if may_edit else {}),
        }


def show_handed(*handed: Handed) -> list[dict[str, Any]]:
    """Return the slips of links just made, in the order given: whose, the address, its QR code, until when."""
    with transaction() as session:
        until = clock.local(clock.now() + links.VALID)
        told = f"{until:%H:%M} ngày {until:%d/%m/%Y}"
        return [_slip(session.get_one(Officer, one.officer_id), one.token, told) for one in handed]


def address_of(token: str) -> str:
    """Return the whole address of a one-time link."""
    return config.current().public_url.rstrip("/") + links.path_of(token)


def _slip(officer: Officer, token: str, until: str) -> dict[str, Any]:
    address = address_of(token)
    return {
        "id": officer.id,
        "name": officer.full_name,
        "username": officer.username,
        "office": f"{officer.office.code} {officer.office.name}",
        "address": address,
        "qr": f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(address).encode()).decode()}",
        "until": until,
    }


def _row(line: Line) -> dict[str, Any]:
    state, tone = words.state(line)
    return {
        "id": line.id,
        "name": line.full_name,
        "username": line.username,
        "role": ROLES[line.role],
        "office_code": line.office_code,
        "office_name": line.office_name,
        "stands_in": words.stands_in_until(line),
        "seen": words.last_seen(line),
        "state": state,
        "tone": tone,
        "is_disabled": line.disabled_at is not None,
    }


def _facts(line: Line) -> dict[str, Any]:
    return {
        **_row(line),
        "role_value": line.role.value,
        "email": line.email or "",
        "second_code": line.second_code or "",
        "second_until": line.second_until,
        "created_at": line.created_at,
        "disabled_at": line.disabled_at,
        "has_authenticator": line.has_authenticator,
    }


def _choices(session: Session, actor: Actor, present: Role | None = None) -> dict[str, Any]:
    """Return the offices and roles that may be given; roles of the root alone only to who may put somebody there."""
    offices = queries.offices_to_give(session, actor)
    has_root = any(one.kind is OfficeKind.ROOT for one in offices)
    roles = {role: label for role, label in ROLES.items() if has_root or not is_of_root(role) or role is present}
    return {"offices": offices, "choices": roles}
