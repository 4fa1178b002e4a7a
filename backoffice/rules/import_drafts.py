"""Rows of a file that wait to be applied: kept for who sent them, of one kind, for two hours (D8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import ImportDraft
from backoffice.rules.actors import Actor

KEPT = timedelta(hours=2)
_LONGEST_NAME, _LONGEST_TOKEN = 100, 100


def keep(session: Session, actor: Actor, kind: str, file_name: str, rows: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Keep the rows of a file and return the token by which they are found, and the file's name as it is shown."""
    token, name = new_token(), visible(file_name)[:_LONGEST_NAME] or "tệp"
    session.add(
        ImportDraft(
            token_hash=token_hash(token),
            kind=kind,
            officer_id=actor.id,
            file_name=name,
            rows=list(rows),
            created_at=clock.now(),
        )
    )
    return token, name


def find(session: Session, actor: Actor, kind: str, token: str, *, locked: bool = False) -> ImportDraft | None:
    """Return the draft, None when it is over, of another kind or another officer's.

    When `locked` it is held until the transaction ends, and read as it is then: so it is applied once.
    """
    query = select(ImportDraft).where(
        ImportDraft.token_hash == token_hash(token[:_LONGEST_TOKEN]),
        ImportDraft.kind == kind,
        ImportDraft.officer_id == actor.id,
        ImportDraft.created_at > clock.now() - KEPT,
    )
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def forget(session: Session, draft: ImportDraft) -> None:
    """Delete the draft: what it held is applied."""
    session.execute(delete(ImportDraft).where(ImportDraft.token_hash == draft.token_hash))


def forget_old(session: Session) -> int:
    """Delete the drafts, of every kind, that nobody may apply any more; return how many."""
    gone = session.execute(delete(ImportDraft).where(ImportDraft.created_at < clock.now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
