"""Asking the trail. Every question is a row of the trail itself, and so is every export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.desk.labels import short_moment
from backoffice.identity.search import Sought
from backoffice.identity.text import visible
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.models import Office, TrailEvent
from backoffice.rules import sealed
from backoffice.rules.actors import Actor
from backoffice.rules.journal import officer_subject, record
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.trail import alarms, checks, queries
from backoffice.trail.counts import days_of, people_of
from backoffice.trail.finding_words import told
from backoffice.trail.forms import (
    PERIODS,
    USUAL,
    YEARS,
    Asked,
    What,
    from_token,
    narrowed,
    read_group,
    read_period,
    to_token,
)
from backoffice.trail.lines import Names, lines_of
from backoffice.trail.officer import MOST, choices, find_officers, officer_of
from backoffice.trail.person import find_person, person_of_account, sought_in
from backoffice.trail.queries import Place
from backoffice.trail.statements import Found
from backoffice.trail.words import GROUPS

Values = dict[str, Any]
_ALL = "Việc làm của cán bộ"
_OF_OFFICE = _ALL + " thuộc {} {}"


@dataclass(frozen=True)
class Answer:
    """Where the answer is (a token), or nobody was found, or several officers to choose from."""

    token: str = ""
    officers: tuple[dict[str, str], ...] = ()
    more: bool = False


def show_start(viewer: Actor) -> Values:
    """Return what the room's first page shows: the forms, how many alarms wait, what the last check found."""
    require(viewer, Do.USE_TRAIL)
    with transaction() as session:
        return {
            "periods": {key: label for key, (label, _) in PERIODS.items()},
            "usual": {what.value: period for what, period in USUAL.items()},
            "groups": _groups(),
            "waiting": alarms.waiting(session, viewer),
            "check": _check(session),
            "is_late": sealed.is_late(session),
        }


def ask_person(viewer: Actor, form: Mapping[str, str]) -> Answer:
    """Ask who looked at a person: `q`, or the `account` an open page is about.

    Who is out of the viewer's scope is answered like nobody; that it was asked is written down all the same. Raises
    InvalidInput (q, period, since, until).
    """
    require(viewer, Do.SEE_TRAIL)
    since, until = read_period(What.PERSON, form)
    with transaction() as session:
        if "account" in form:
            person = person_of_account(session, form["account"], viewer)
        else:
            person = find_person(session, form.get("q", ""), viewer)
        if person is None:
            _note_unknown(session, viewer, form)
            return Answer()
        hashes = tuple(one.hex() for one in person.subjects)
        known: Values = {"subjects": hashes, "files": person.files, "group": read_group(form)}
        asked = Asked(What.PERSON, since, until, person.shown, **known)
        _note(session, viewer, asked)
    return Answer(to_token(asked, viewer))


def ask_officer(viewer: Actor, form: Mapping[str, str]) -> Answer:
    """Ask what an officer did: `officer` (user name or words of the name), or `id` once chosen.

    Whatever is found, that it was asked is written down. Raises InvalidInput (officer, period, since, until), NotFound
    for an id out of scope.
    """
    require(viewer, Do.SEE_TRAIL)
    since, until = read_period(What.OFFICER, form)
    with transaction() as session:
        if "id" in form:
            found = officer_of(session, form["id"], viewer)
        else:
            found = find_officers(session, form.get("officer", ""), viewer)
        if len(found) == 1:
            shown = f"{found[0].full_name} ({found[0].username})"
            asked = Asked(What.OFFICER, since, until, shown, officer_id=found[0].id, group=read_group(form))
            _note(session, viewer, asked)
            return Answer(to_token(asked, viewer))
        record(session, TrailEvent.TRAIL_SEARCH, viewer, what=What.OFFICER.value, found=bool(found), count=len(found))
        answer = Answer(officers=tuple(choices(found[:MOST])), more=len(found) > MOST)
    if "id" in form:
        raise NotFound
    return answer


def ask_acts(viewer: Actor, form: Mapping[str, str]) -> Answer:
    """Ask what was done in an office and those under it (`office`, a code; all in scope without one).

    Raises InvalidInput (office, period, since, until).
    """
    require(viewer, Do.SEE_TRAIL)
    since, until = read_period(What.ACTS, form)
    with transaction() as session:
        office = _office(session, form.get("office", "").strip(), viewer)
        there: Values = {"office_id": office.id, "office_path": office.path} if office else {}
        shown = _OF_OFFICE.format(office.code, office.name) if office else _ALL
        asked = Asked(What.ACTS, since, until, shown, **there, group=read_group(form))
        _note(session, viewer, asked)
    return Answer(to_token(asked, viewer))


def narrow(viewer: Actor, token: str, form: Mapping[str, str]) -> Answer:
    """Ask the same for another period or kind of act. Raises NotFound, InvalidInput (period, since, until)."""
    require(viewer, Do.SEE_TRAIL)
    asked = narrowed(from_token(token, viewer), form)
    with transaction() as session:
        _note(session, viewer, asked)
    return Answer(to_token(asked, viewer))


def show_found(viewer: Actor, token: str, after: str = "") -> Values:
    """Return a page of what was asked for: its lines, where the next begins; with the first page who, or which days.

    Raises NotFound when the token is another officer's or too old.
    """
    require(viewer, Do.SEE_TRAIL)
    asked, place = from_token(token, viewer), _read_place(after)
    with transaction() as session:
        rows = queries.page(session, asked, viewer, place)
        names = Names(session)
        shown = rows[: queries.PAGE]
        more = _place(rows[queries.PAGE - 1]) if len(rows) > queries.PAGE else ""
        values = {**_heading(asked, token), "lines": lines_of(names, shown), "after": more, "people": [], "days": []}
        if place is None and asked.what is What.PERSON:
            counts = queries.by_actor(session, asked, viewer)
            values |= {"people": people_of(counts.rows, names), "is_cut": counts.is_cut, "is_more": counts.is_more}
        elif place is None and asked.what is What.OFFICER:
            days = queries.by_day(session, asked, viewer)
            values |= {"days": days_of(days.rows), "is_cut": days.is_cut, "is_more": days.is_more}
        return values


def _note(session: Session, viewer: Actor, asked: Asked) -> None:
    """Write the question down: about whom, as keyed hashes and ids."""
    subject = bytes.fromhex(asked.subjects[0]) if asked.subjects else None
    if asked.officer_id is not None:
        subject = officer_subject(asked.officer_id)
    record(session, TrailEvent.TRAIL_SEARCH, viewer, subject_hash=subject, **asked.facts())


def _note_unknown(session: Session, viewer: Actor, form: Mapping[str, str]) -> None:
    """Write down that a person was asked about of whom nothing is in scope, under the code that was typed, if any."""
    sought = {} if "account" in form else sought_in(form.get("q", ""))
    code = sought.get(Sought.bhxh_code.value)
    subject = bytes.fromhex(code) if code else None
    facts: Values = {"what": What.PERSON.value, "found": False, "sought": sought}
    record(session, TrailEvent.TRAIL_SEARCH, viewer, subject_hash=subject, **facts)


def _office(session: Session, code: str, viewer: Actor) -> Office | None:
    if not code:
        return None
    query = select(Office).where(Office.code == visible(code), in_scope(viewer.role, Do.SEE_TRAIL, Office.id))
    office = session.scalars(query, scope_values(viewer)).one_or_none()
    if office is None:
        raise InvalidInput(
            [Fault("office", "Không có cơ quan này trong phạm vi của bạn. Xin nhập mã cơ quan, ví dụ 00114.")]
        )
    return office


def _groups() -> list[Values]:
    return [{"value": group.value, "label": label} for group, label in GROUPS.items()]


def _heading(asked: Asked, token: str) -> Values:
    return {
        "token": token,
        "what": asked.what.value,
        "shown": asked.shown,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "between": f"{asked.since:%d/%m/%Y}" + (f" – {asked.until:%d/%m/%Y}" if asked.until != asked.since else ""),
        "group": asked.group.value if asked.group else "",
        "groups": _groups(),
        "is_exported": asked.what is not What.ACTS,
        "is_cut": False,
        "is_more": False,
        "most": queries.ACTORS if asked.what is What.PERSON else queries.DAYS,
        "window": f"{queries.WINDOW:,}".replace(",", "."),
    }


def _check(session: Session) -> Values | None:
    """Return what the last verification of the seals found; None before the first."""
    last = checks.newest(session)
    if last is None:
        return None
    return {
        "at": short_moment(last.finished_at),
        "is_ok": bool(last.ok),
        "rows": f"{last.rows:,}".replace(",", "."),
        "unsealed": f"{last.unsealed:,}".replace(",", "."),
        "findings": last.findings,
        "head": last.seal_id,
        "named": [told(one) for one in last.named[:10]],
        "number": last.id,
        "new": last.new_findings,
        "is_known": last.acknowledged_at is not None,
    }


def _place(row: Found) -> str:
    return f"{row.at.isoformat()}_{row.id}"


def _read_place(text: str) -> Place | None:
    """Return what `_place` wrote; None for anything else, so that a mangled address shows the first page."""
    at, _, number = text.partition("_")
    try:
        place = Place(datetime.fromisoformat(at), int(number))
    except (ValueError, OverflowError):
        return None
    is_one = place.at.tzinfo is not None and place.at.year in YEARS and 0 <= place.id < 2**63
    return place if is_one else None
