"""What is unusual in what officers look at: pure rules over a day's rows of one officer.

A look counts for the person looked at, not for how often. Whom a search by name or an exported list shows counts too
(design 5), towards a bound of its own, for one search for a usual name shows fifty; the queue, which is there to be
read all day, counts for nobody.

So does the grid of a unit's list (D12) that shows what the unit wrote itself. A row that tells what was declared
otherwise counts as listed, for else a file of guessed codes would be a search nobody hears of; whose photos are
stepped through beside their rows counts towards a third bound, as wide as a school. Out of hours all of them are looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum
from typing import NamedTuple

from backoffice.kernel import clock
from backoffice.models import Role, TrailEvent
from backoffice.rules.deadlines import is_working_day
from backoffice.trail.words import EVENTS, Group

WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Usual:
    """What is usual for a role: so many people looked at within an hour for whom nothing is done; its hours."""

    people: int
    listed: int
    """With those whom searches by name and exported lists show, and rows of lists that say more than the unit."""
    begins: time | None = time(7)
    ends: time | None = time(19)
    """Outside of them, and on days off, every look is unusual; None: the role works at any hour."""
    stepped: int = 400
    """With those whose photos were opened beside their rows in a unit's list."""


USUAL: dict[Role, Usual] = {
    Role.RECEPTION: Usual(30, 150),  # a counter serves a hundred people a day, and does something for each
    Role.SUPERVISOR: Usual(30, 150),
    Role.HOTLINE: Usual(60, 150, None, None),  # a call is two minutes at the least; the line is open at night
    Role.AUDITOR: Usual(60, 150),
    Role.ADMINISTRATOR: Usual(5, 5),  # has no business with citizens' data
}
LOOKS = frozenset(
    {
        TrailEvent.REVIEW,
        TrailEvent.PHOTO,
        TrailEvent.FORM01,
        TrailEvent.LEDGER,
        TrailEvent.SLIP,
        TrailEvent.SCAN,
        TrailEvent.SEARCH,
        TrailEvent.EXPORT,
        TrailEvent.ACCOUNT,
        TrailEvent.ACCOUNT_COMPARE,
        TrailEvent.HOTLINE_LOOK,
        TrailEvent.NOTICE_SEARCH,
        TrailEvent.RIGHTS_LOOK,
        TrailEvent.RIGHTS_EXPORT,
        TrailEvent.BATCH_SEE,
        TrailEvent.BATCH_EXPORT,
    }
)
LISTS = frozenset({TrailEvent.SEARCH, TrailEvent.EXPORT})
"""Looks that show several people at once, by the ids of their declarations (`listed`)."""
ACTS = frozenset(EVENTS[Group.DECISIONS]) | {
    TrailEvent.PRESENT,
    TrailEvent.PRESENT_LATE,
    TrailEvent.VERIFY,
    TrailEvent.CORRECT,
    TrailEvent.RETAKE,
    TrailEvent.HANDOVER,
    TrailEvent.RESEND,
    TrailEvent.NOTICE_SEEN,
    TrailEvent.NOTICE_CALL_BACK,
    TrailEvent.NOTICE_GIVEN_UP,
    TrailEvent.PHONE_DOUBTED,
    TrailEvent.DOOR_OPENED,
    TrailEvent.HOTLINE_ACT,
    TrailEvent.RIGHTS_ANSWERED,
}
"""Whoever did one of these for a person, that day, looked at them for a reason."""


class Way(IntEnum):
    """How a person was seen; a look counts towards the bound of its way and those of the later ones."""

    OPENED = 1
    LISTED = 2
    """One of several on a list."""
    STEPPED = 3
    """Beside their row in a unit's list, with photos."""
    READ = 4
    """In the grid of a unit's list, which says what the unit wrote: towards no bound."""


class Seen(NamedTuple):
    """A row of an officer's that is a look at, or an act for, a person."""

    at: datetime
    event: TrailEvent
    subject: bytes
    office_id: int
    way: Way = Way.OPENED


class Unusual(NamedTuple):
    """What calls for an alarm at one office: from when to when, how many people."""

    first_at: datetime
    last_at: datetime
    number: int
    office_id: int


def is_out_of_hours(at: datetime, usual: Usual) -> bool:
    """Tell whether nobody of the role works at `at` (weekends and public holidays too)."""
    if usual.begins is None or usual.ends is None:
        return False
    local = clock.local(at)
    return not is_working_day(local.date()) or not usual.begins <= local.time() < usual.ends


def out_of_hours(rows: Sequence[Seen], usual: Usual) -> list[Seen]:
    """Return the looks of one day (`rows`, in the order of time) that were out of hours."""
    return [row for row in rows if row.event in LOOKS and is_out_of_hours(row.at, usual)]


def mass_lookup(rows: Sequence[Seen], usual: Usual) -> list[Seen]:
    """Return the looks of the day's `rows` that belong to an hour in which more people than usual were looked at.

    Only people for whom the officer did nothing that day are counted. Every such hour is in it, so that it grows with
    each further one.
    """
    helped = {row.subject for row in rows if row.event in ACTS}
    looks = [row for row in rows if row.event in LOOKS and row.subject not in helped]
    bounds = {Way.OPENED: usual.people, Way.LISTED: usual.listed, Way.STEPPED: usual.stepped}
    beyond: set[int] = set()
    for way, most in bounds.items():
        beyond |= _crowded(looks, [at for at, look in enumerate(looks) if look.way <= way], most)
    return [looks[at] for at in sorted(beyond)]


def by_office(looks: Sequence[Seen]) -> list[Unusual]:
    """Return the looks by the offices they were made from: each is its own supervisors' business."""
    offices = sorted({look.office_id for look in looks})
    return [_unusual([look for look in looks if look.office_id == office]) for office in offices]


def _crowded(looks: Sequence[Seen], those: Sequence[int], most: int) -> set[int]:
    """Return which of `those` looks (by their places) belong to an hour with more than `most` people."""
    found: set[int] = set()
    counts: Counter[bytes] = Counter()
    first = taken = 0
    for last, at in enumerate(those):
        counts[looks[at].subject] += 1
        while looks[those[first]].at <= looks[at].at - WINDOW:
            gone = looks[those[first]].subject
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            first += 1
        if len(counts) > most:
            found.update(those[max(first, taken) : last + 1])
            taken = last + 1
    return found


def _unusual(rows: Sequence[Seen]) -> Unusual:
    return Unusual(rows[0].at, rows[-1].at, len({row.subject for row in rows}), rows[0].office_id)
