"""Each gateway's circuit: asked no more after faults in a row or slowness, tried again by one message after a pause.

closed → open (three faults in a row) → due (the pause is over) → trial (one message) → closed, or open for longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ARRAY, Text, any_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import COMMIT, Direct
from backoffice.models import Gateway, GatewayMinute, columns_of, table_of

FAULTS = 3
"""In a row: then the gateway is out."""
SLOW_SECONDS = 5.0
"""A call that takes longer is a fault, though the message went."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
TRIAL = timedelta(seconds=45)
"""So long one sender has the trial for itself."""

_G, _M = columns_of(Gateway), columns_of(GatewayMinute)
_STANDINGS = Direct(
    select(_G.name, _G.faults, _G.open_until).where(_G.name == any_(bindparam("names", type_=ARRAY(Text))))
)
_COUNTED = ("taken", "refused", "down", "milliseconds")
_COLUMNS = ("gateway", "minute", *_COUNTED)
_ADDED = insert(table_of(GatewayMinute)).from_select(
    _COLUMNS,
    select(*(bindparam(name, type_=_M[name].type) for name in _COLUMNS)).where(COMMIT.c.setting.is_not(None)),
)
_COUNT = Direct(
    _ADDED.on_conflict_do_update(
        index_elements=["gateway", "minute"],
        set_={name: _M[name] + _ADDED.excluded[name] for name in _COUNTED},
    )
)


class State(StrEnum):
    """Whether a gateway may be asked."""

    CLOSED = "closed"
    OPEN = "open"
    DUE = "due"
    """Out, but its pause is over: whoever `claim_trial`s it may try it by one message."""


@dataclass(slots=True)
class Tally:
    """What one gateway did within a slice of sending."""

    taken: int = 0
    refused: int = 0
    down: int = 0
    seconds: float = 0.0
    faults: int = 0
    """In a row, until the last call."""
    reason: str = ""

    def answered(self, *, taken: bool, seconds: float) -> None:
        """Count a call that the gateway answered, one way or the other."""
        self.taken, self.refused = self.taken + taken, self.refused + (not taken)
        self.seconds += seconds
        self.faults = self.faults + 1 if seconds > SLOW_SECONDS else 0
        if self.faults:
            self.reason = "Nhà mạng trả lời quá chậm."

    def failed(self, reason: str, seconds: float) -> None:
        """Count a call that came to nothing."""
        self.down += 1
        self.seconds += seconds
        self.faults += 1
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a gateway stands at the start of a slice; `faults` in a row until now."""

    state: State
    faults: int = 0
    until: datetime | None = None
    """Not asked before that instant."""


def standings(session: Session, names: Sequence[str]) -> dict[str, Standing]:
    """Return where each gateway stands."""
    known = {name: _standing(*row) for name, *row in _STANDINGS.rows(session, {"names": list(names)})}
    return {name: known.get(name, Standing(State.CLOSED)) for name in names}


def claim_trial(session: Session, name: str) -> bool:
    """Take the trial of a gateway that is due for one, for TRIAL; False when somebody else has it."""
    now = clock.now()
    mine = (
        update(Gateway)
        .where(Gateway.name == name, Gateway.open_until <= now)
        .where(or_(Gateway.trial_until.is_(None), Gateway.trial_until <= now))
        .values(trial_until=now + TRIAL)
        .returning(Gateway.name)
    )
    return session.execute(mine).first() is not None


def note(session: Session, name: str, tally: Tally, before: Standing) -> bool:
    """Write down what a gateway did since it stood as `before`; return whether it has come back by that.

    Joins the caller's transaction. What was well and stays well is counted, and no row that tells of faults is touched.
    """
    _count(session, name, tally)
    if before == Standing(State.CLOSED) and not tally.faults:
        return False
    session.execute(insert(Gateway).values(name=name, faults=0, opened_times=0).on_conflict_do_nothing())
    gateway = session.get_one(Gateway, name, with_for_update=True, populate_existing=True)
    if tally.faults:
        _fault(gateway, tally)
        return False
    was_out = gateway.opened_at is not None
    gateway.faults, gateway.opened_at, gateway.open_until = 0, None, None
    gateway.opened_times, gateway.trial_until = 0, None
    if was_out:
        gateway.closed_at = clock.now()
    return was_out


def _standing(faults: int, open_until: datetime | None) -> Standing:
    if open_until is None:
        return Standing(State.CLOSED, faults)
    return Standing(State.OPEN if open_until > clock.now() else State.DUE, faults, open_until)


def _fault(gateway: Gateway, tally: Tally) -> None:
    now = clock.now()
    never_well = tally.faults == tally.taken + tally.refused + tally.down
    gateway.faults = tally.faults + (gateway.faults if never_well else 0)
    gateway.reason = tally.reason
    if gateway.faults < FAULTS and gateway.opened_at is None:
        return
    if gateway.open_until is not None and gateway.open_until > now:
        return  # somebody has noted it already
    pause = min(FIRST_PAUSE * 2 ** min(gateway.opened_times, 10), LONGEST_PAUSE)
    gateway.opened_at = gateway.opened_at or now
    gateway.open_until, gateway.trial_until = now + pause, None
    gateway.opened_times += 1


def _count(session: Session, name: str, tally: Tally) -> None:
    known = {
        "gateway": name,
        "minute": clock.now().replace(second=0, microsecond=0),
        "taken": tally.taken,
        "refused": tally.refused,
        "down": tally.down,
        "milliseconds": round(tally.seconds * 1000),
        "commit": "off",
    }
    _COUNT.rows(session, known)
