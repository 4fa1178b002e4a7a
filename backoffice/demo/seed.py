"""Many plain synthetic declarations at once, to fill a desk for trying its speed: by COPY, without photos or accounts.

As in demo.people, nobody here is real; the phones' prefixes are others than those of the demo's people.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count as counted
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.dashboards import verify
from backoffice.demo.offices import add_offices, read_offices
from backoffice.demo.people import Person, invent_person
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import new_token
from backoffice.models import Channel, IdType, OfficeKind, Purpose, Status
from backoffice.rules import consent
from backoffice.rules.deadlines import deadline

SHARE_UNDECIDED = 0.05
DECIDED = ((Status.APPROVED, 90), (Status.REJECTED, 7), (Status.WITHDRAWN, 3))
DAYS_BACK = 365
CHUNK = 20_000
PEOPLE = 500
PREFIXES = ("083", "084", "085", "086", "088", "089", "090", "091", "093", "094", "096", "097", "098", "099")
PHONES = len(PREFIXES) * 9990
"""How many numbers there are that are nobody's; the undecided have different ones while they last."""
COLUMNS = (
    "receipt_code", "form01_token", "purpose", "status", "channel", "office_id", "bhxh_code", "full_name",
    "folded_name", "id_type", "id_number", "date_of_birth", "province_code", "district_code", "ward_code",
    "address_line", "phone", "send_form01_by_email", "population_db_verified", "consent_wording", "consented_at",
    "declared_at", "expires_at", "presented_at", "decided_at", "reasons",
)  # fmt: skip

Values = dict[str, Any]


def seed(count: int, offices_file: Path) -> int:
    """Add `count` declarations over the offices of the CSV file (missing offices are added); return `count`.

    One in twenty is undecided, a fifth of those handed in; the others are decided, within the last year.
    Raises UnfitFile when the file is no list of offices. All or nothing; then the figures are made to fit.
    """
    rows = read_offices(offices_file)
    rng = random.Random()  # noqa: S311 - invented data, no secret
    with transaction() as session:
        ids = add_offices(session, rows)
        receiving = [ids[row.code] for row in rows if row.kind is OfficeKind.DISTRICT] or list(ids.values())
        made = _declarations(rng, count, receiving)
        for start in range(0, count, CHUNK):
            _copy(session, made, min(CHUNK, count - start))
    verify.make_all(seconds=0)
    return count


def _copy(session: Session, made: Iterator[Values], count: int) -> None:
    into = f"COPY declarations ({', '.join(COLUMNS)}) FROM STDIN"
    connection: Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for values in islice(made, count):
            copy.write_row([values[name] for name in COLUMNS])


def _declarations(rng: random.Random, count: int, office_ids: Sequence[int]) -> Iterator[Values]:
    """Yield `count` declarations; the undecided ones are spread evenly, so that a small count has some too."""
    people = [invent_person(rng) for _ in range(min(PEOPLE, count))]
    undecided = max(1, round(count * SHARE_UNDECIDED))
    step = count / undecided
    chosen = {int(turn * step) for turn in range(undecided)}
    codes = rng.sample(range(10**8), count)
    phones = counted(rng.randrange(PHONES))
    for number in range(count):
        is_open = number in chosen
        phone = next(phones) if is_open else rng.randrange(PHONES)
        person = _person(rng, people[number % len(people)], codes[number], phone)
        yield {**person, **(_undecided(rng) if is_open else _decided(rng)), "office_id": rng.choice(office_ids)}


def _person(rng: random.Random, person: Person, number: int, phone: int) -> Values:
    """Return the columns of somebody with the name and address of `person` and numbers of their own."""
    return {
        "receipt_code": new_receipt_code(),
        "form01_token": new_token(),
        "purpose": Purpose.REGISTER.value,
        "channel": rng.choice((Channel.APP, Channel.APP, Channel.PORTAL)).value,
        "bhxh_code": f"00{number:08}",
        "full_name": person.full_name,
        "folded_name": _folded(person.full_name),
        "id_type": IdType.CITIZEN_ID.value,
        "id_number": f"{person.citizen_id[:6]}9{number % 100_000:05}",
        "date_of_birth": person.date_of_birth,
        "province_code": person.province_code,
        "district_code": person.district_code,
        "ward_code": person.ward_code,
        "address_line": person.address_line,
        "phone": f"{PREFIXES[phone % len(PREFIXES)]}000{phone // len(PREFIXES) % 9990 + 10:04}",
        "send_form01_by_email": False,
        "population_db_verified": True,
        "consent_wording": consent.current(),
    }


def _undecided(rng: random.Random) -> Values:
    """Return the times of a declaration still within its deadline; one in five was handed in."""
    days = config.current().expiry_days
    declared = clock.now() - timedelta(seconds=rng.randrange(days * 24 * 3600))
    times = _times(Status.SUBMITTED, declared)
    if rng.random() < 0.2:
        return times | {"presented_at": declared + (clock.now() - declared) * rng.random()}
    return times | {"expires_at": _deadline(clock.local(declared).date(), days)}


def _decided(rng: random.Random) -> Values:
    """Return the times and the outcome of a declaration that was handed in and decided within the deadline."""
    status = rng.choices([status for status, _ in DECIDED], [weight for _, weight in DECIDED])[0]
    declared = clock.now() - timedelta(days=1, seconds=rng.randrange(DAYS_BACK * 24 * 3600))
    handed_in = min(declared + timedelta(days=rng.random() * 10), clock.now() - timedelta(minutes=10))
    times = _times(status, declared) | {"presented_at": handed_in, "decided_at": handed_in + timedelta(minutes=4)}
    return times | {"reasons": ["form01_unsigned"]} if status is Status.REJECTED else times


def _times(status: Status, declared: datetime) -> Values:
    nothing = dict.fromkeys(("expires_at", "presented_at", "decided_at"))
    return {"status": status.value, "declared_at": declared, "consented_at": declared, "reasons": [], **nothing}


@cache
def _deadline(day: date, days: int) -> datetime:
    return deadline(datetime(day.year, day.month, day.day, 12, tzinfo=clock.VIETNAM), days)


@cache
def _folded(name: str) -> str:
    return fold(name)
