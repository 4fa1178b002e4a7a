"""The nightly verification: in pieces of a minute, the result kept as a row of trail_checks."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import TrailCheck
from backoffice.trail import chain, rows
from backoffice.trail.acknowledging import is_known
from backoffice.trail.findings import MOST, Finding, Findings, unlike
from backoffice.trail.sealing import MONTHS, taken
from backoffice.trail.verification import Walk

log = structlog.get_logger()

NIGHT = time(1)
"""When a new check is due, in Vietnam."""
PIECE_SECONDS = 60.0
FRESH = timedelta(days=2)
"""How long a result counts."""


def check(seconds: float = PIECE_SECONDS) -> bool:
    """Verify a piece of the trail if a check is due or under way; return whether more is to do.

    What is found goes to the log as ids, the end's result to trail_checks. Of several at once one works.
    """
    with transaction() as session:
        if not taken(session, MONTHS, shared=True):
            return False
        row = _running(session) or _begun(session)
        if row is None:
            return False
        walk = _walk(session, row)
        is_done = walk.go_on(session, seconds)
        _keep(row, walk)
        if is_done:
            _finish(session, row, walk)
        return not is_done


def newest(session: Session) -> TrailCheck | None:
    """Return the check that ended last."""
    ended = select(TrailCheck).where(TrailCheck.finished_at.is_not(None))
    return session.scalars(ended.order_by(TrailCheck.finished_at.desc(), TrailCheck.id.desc()).limit(1)).first()


class State(StrEnum):
    """What may be done with months past the retention."""

    CLEAN = "clean"
    KNOWN = "known"
    """Broken, and everything found was looked into."""
    UNPROVEN = "unproven"
    """Broken, or no recent result."""


def state(session: Session) -> State:
    """Return how the trail stands by the newest result."""
    last = newest(session)
    if last is None or _ended(last) <= clock.now() - FRESH:
        return State.UNPROVEN
    if last.ok:
        return State.CLEAN
    return State.KNOWN if is_known(session, last) else State.UNPROVEN


def _ended(row: TrailCheck) -> datetime:
    return row.finished_at or row.started_at


def _running(session: Session) -> TrailCheck | None:
    return session.scalars(select(TrailCheck).where(TrailCheck.is_running).with_for_update(skip_locked=True)).first()


def _begun(session: Session) -> TrailCheck | None:
    """Begin the check of this night, unless it was begun already; the first of all is due at once."""
    last = session.execute(select(func.max(TrailCheck.started_at))).scalar_one()
    under_way = session.execute(select(func.count()).where(TrailCheck.is_running)).scalar_one()
    if under_way or (last is not None and last >= _last_night()):
        return None
    row = TrailCheck(
        started_at=clock.now(), is_running=True, rows=0, dropped=0, unsealed=0, findings=0, new_findings=0,
        named=[], seal_id=0, progress={},
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _last_night() -> datetime:
    tonight = datetime.combine(clock.today(), NIGHT, tzinfo=clock.VIETNAM)
    return tonight if tonight <= clock.now() else tonight - timedelta(days=1)


def _walk(session: Session, row: TrailCheck) -> Walk:
    walk = Walk(findings=Findings(_warn, is_brief=True))
    if row.progress:
        walk.resume(row.seal_id, row.progress)
        walk.rows, walk.dropped = row.rows, row.dropped
        walk.findings.count, walk.findings.named = row.findings, list(row.named)
    elif (before := newest(session)) is not None:
        heads = before.progress.get("heads", ()), before.progress.get("digest", chain.GENESIS.hex())
        walk.heads = {*heads[0], heads[1]} - {chain.GENESIS.hex()}
    return walk


def _warn(finding: Finding) -> None:
    log.error("trail is broken", **finding.as_ids())


def _keep(row: TrailCheck, walk: Walk) -> None:
    row.rows, row.dropped, row.seal_id, row.progress = walk.rows, walk.dropped, walk.seal_id, walk.state()
    row.findings, row.named = walk.findings.count, list(walk.findings.named)


def _finish(session: Session, row: TrailCheck, walk: Walk) -> None:
    before = newest(session)
    fresh = unlike(walk.findings.tally, before.progress.get("tally", {}) if before else {})
    for of, count in sorted(fresh.items()):
        log.error("trail has new findings", check=row.id, of=of, count=count)
    row.new_findings = min(sum(fresh.values()), MOST)
    row.unsealed, row.oldest_unsealed_at = rows.unsealed(session, walk.to_id)
    row.finished_at, row.is_running, row.ok = clock.now(), False, walk.findings.count == 0
    row.acknowledged_at = row.finished_at if not row.ok and is_known(session, row) else None
    found = {"findings": row.findings, "new": row.new_findings, "unsealed": row.unsealed}
    log.info("trail verified", check=row.id, ok=row.ok, rows=row.rows, seal=row.seal_id, **found)
