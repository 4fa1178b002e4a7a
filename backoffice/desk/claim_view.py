"""Whose a declaration is, as the review page shows it: drawn with the page, and again whenever that changes.

A page tells by `version` what it shows. Its first word is the state, so that the answer knows what was lost: "mine",
"other", "none", and "over" once the declaration is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy.orm import Session

from backoffice.decision import claims
from backoffice.decision.queries import officer_name
from backoffice.decision.watch import Watched, watched
from backoffice.desk.claim_words import corrected_sentence, gained_sentence, lost_sentence
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Status
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import Standing, is_overdue
from backoffice.rules.permissions import Do, InOffice, may

Values = dict[str, Any]
HURRY = timedelta(minutes=2)


class Examined(Standing, InOffice, Protocol):
    """What one officer at a time examines: the declaration itself, or as its open page watches it."""

    @property
    def version(self) -> int:
        """Return how often its person sent it."""


def claim_values(session: Session, declaration: Declaration, held: claims.Held | None, officer: Actor) -> Values:
    """Return what the page shows of the claim that runs on `declaration`."""
    mine = held is not None and held.officer_id == officer.id
    by = "" if held is None else officer.name if mine else officer_name(session, held.officer_id)
    return _values(declaration, held, by, officer)


def claim_acts(thing: Examined, held: claims.Held | None, officer: Actor) -> dict[str, bool]:
    """Return which acts on the claim that runs are open to `officer`: claim, release, handover."""
    is_open = thing.status is Status.SUBMITTED and not is_overdue(thing)
    decides = thing.escalated_at is None or may(officer, Do.DECIDE_ESCALATED, thing)
    mine = held is not None and held.officer_id == officer.id
    others = held is not None and not mine and may(officer, Do.RELEASE_OTHERS, thing)
    return {
        "claim": is_open and held is None and decides and may(officer, Do.CLAIM, thing),
        "release": mine or others,
        "handover": is_open and (mine or others) and may(officer, Do.HANDOVER, thing),
    }


def claim_now(receipt_code: str, officer: Actor, seen: str, *, lost: bool = False) -> Values | None:
    """Return what a page that shows version `seen` must show instead (claim, may, told); None when nothing changed.

    `lost`: what is typed there waits since the claim was lost, so it goes on being told how the declaration fares.

    `claim.change` says what became of it: "lost" (it was mine), "gained" (it is mine), "other" (somebody else's
    matters, or its person corrected it: then `told` says so), "same" (only its time). Raises NotFound when the
    declaration is gone or out of scope.
    """
    with transaction() as session:
        found = watched(session, receipt_code, officer)
    claim = _values(found, found.claim, found.holder, officer)
    if claim["version"] == seen:
        return None
    claim["change"] = _change(seen, claim, lost)
    sentences: dict[str, Callable[[Watched, Actor], str]] = {"lost": lost_sentence, "gained": gained_sentence}
    if _version_in(claim["version"]) != _version_in(seen):
        sentences["other"] = corrected_sentence
    told = sentences.get(claim["change"])
    return {
        "declaration": {"receipt_code": receipt_code},
        "claim": claim,
        "may": claim_acts(found, found.claim, officer),
        "told": told(found, officer) if told else "",
    }


def _values(thing: Examined, held: claims.Held | None, by: str, officer: Actor) -> Values:
    state, hurry = "none", ""
    if thing.status is not Status.SUBMITTED:
        state = "over"
    elif held is not None:
        state = "mine" if held.officer_id == officer.id else "other"
        hurry = _hurry(held) if state == "mine" else ""
    stands = _digest(thing.status, held.officer_id if held else None, held.since if held else None, thing.escalated_at)
    return {
        "state": state,
        "by": by,
        "since": f"{clock.local(held.since):%H:%M}" if held else "",
        "hurry": hurry,
        "version": f"{state}-{stands}-{_digest(hurry)}-{thing.version}",
        "change": "",
    }


def _version_in(seen: str) -> str:
    """Return which version of the declaration a page that tells `seen` shows, "" for one that tells none."""
    return seen.split("-")[3] if seen.count("-") == 3 else ""


def _hurry(held: claims.Held) -> str:
    """Return "còn 1 phút" in the claim's last two minutes; not on leaving: the page that comes back prolongs it."""
    left = held.until - clock.now()
    if not timedelta(seconds=claims.SECONDS_AFTER_LEAVING) < left < HURRY:
        return ""
    return f"còn {max(1, round(left.total_seconds() / 60))} phút"


def _digest(*facts: object) -> str:
    return sha256("|".join(map(str, facts)).encode()).hexdigest()[:10]


def _change(seen: str, claim: Values, lost: bool) -> str:
    was, stood, _ = (*seen.split("-"), "", "", "")[:3]
    if claim["version"].startswith(f"{was}-{stood}-") and _version_in(claim["version"]) == _version_in(seen):
        return "same"
    if claim["state"] == "mine":
        return "other" if was == "mine" else "gained"
    return "lost" if lost or was == "mine" else "other"
