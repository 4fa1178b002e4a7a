"""The same from a terminal, by whoever runs the servers: no officer, so the trail names the system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.clients import actions, keys, queries
from backoffice.clients.forms import Typed, columns_of
from backoffice.identity.text import visible
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Scope
from backoffice.rules.actors import SYSTEM


def add_client(name: str, scopes: Sequence[Scope]) -> str:
    """Let the machine `name` in with `scopes`, for all offices; return its key, which is told this once.

    Raises InvalidInput without a name or scope, or when the name is taken.
    """
    with transaction() as session:
        typed = Typed(name=name, scopes=tuple(scope.value for scope in scopes))
        client = actions.add(session, SYSTEM, columns_of(session, typed))
        return keys.make(session, client, SYSTEM)


def rotate_client(name: str, overlap: keys.Overlap) -> str:
    """Make a new key for the machine `name` and return it; those before it end after `overlap`. Raises NotFound."""
    with transaction() as session:
        client = queries.by_name(session, visible(name))
        if client is None:
            raise NotFound(f"Không có phần mềm tên “{visible(name)[:100]}”.")
        return keys.replace(session, client, SYSTEM, overlap)


def list_clients() -> list[dict[str, Any]]:
    """Return every machine client (queries.lines)."""
    with transaction() as session:
        return queries.lines(session)
