"""One-time links by which an officer chooses a password: handed over by an administrator, kept as a hash only."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Officer, OfficerLink

VALID = timedelta(hours=24)


def path_of(token: str) -> str:
    """Return the local address that a link leads to."""
    return f"/link/{token}"


def make_link(session: Session, officer: Officer, made_by_id: int | None) -> str:
    """Return the token of a new link for `officer` (already flushed: it has an id), shown once by whoever asked.

    Valid for 24 hours and one use; earlier links of the officer end. `made_by_id`: the administrator's id, None from
    the command line. The caller writes the trail.
    """
    end_links(session, officer)
    token, now = new_token(), clock.now()
    session.add(
        OfficerLink(
            token_hash=token_hash(token),
            officer_id=officer.id,
            made_by_id=made_by_id,
            created_at=now,
            expires_at=now + VALID,
        )
    )
    session.flush()
    return token


def end_links(session: Session, officer: Officer) -> None:
    """Let no link that `officer` was given lead anywhere any more (also when the officer is disabled)."""
    now = clock.now()
    unused = update(OfficerLink).where(
        OfficerLink.officer_id == officer.id, OfficerLink.used_at.is_(None), OfficerLink.expires_at > now
    )
    session.execute(unused.values(expires_at=now))
