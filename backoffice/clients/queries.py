"""What the pages of machine clients show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice.clients.forms import mark_of
from backoffice.clients.keys import is_in_force
from backoffice.clients.words import SCOPES
from backoffice.kernel import clock
from backoffice.models import ClientKey, MachineClient, Office, Officer, Scope

MOST_KEYS = 50


def lines(session: Session) -> list[dict[str, Any]]:
    """Return every client, those in use first, by name: with how many keys open now and when the last was used."""
    found = session.execute(
        select(
            MachineClient,
            func.count(ClientKey.id).filter(is_in_force()),
            func.max(ClientKey.used_at),
        )
        .outerjoin(ClientKey, ClientKey.client_id == MachineClient.id)
        .group_by(MachineClient.id)
        .order_by(MachineClient.disabled_at.is_not(None), MachineClient.name)
    )
    return [
        {
            "id": client.id,
            "name": client.name,
            "contact": client.contact or "",
            "scopes": scope_words(client),
            "scope_names": client.scopes,
            "office_codes": client.office_codes,
            "rate": client.rate,
            "good_keys": number,
            "used_at": used_at,
            "disabled_at": client.disabled_at,
        }
        for client, number, used_at in found
    ]


def shown(session: Session, client: MachineClient) -> dict[str, Any]:
    """Return one client with its keys, the newest first."""
    return {
        "client": {
            "id": client.id,
            "name": client.name,
            "contact": client.contact or "",
            "scopes": scope_words(client),
            "offices": _offices(session, client),
            "rate": client.rate,
            "created_at": client.created_at,
            "disabled_at": client.disabled_at,
            "seen": mark_of(client),
        },
        "keys": _keys(session, client.id),
        "newest": newest_key(session, client.id),
    }


def newest_key(session: Session, client_id: int) -> str:
    """Return the number of the client's newest key as pages carry it, "" when it has none."""
    found = session.scalar(select(func.max(ClientKey.id)).where(ClientKey.client_id == client_id))
    return str(found or "")


def by_name(session: Session, name: str) -> MachineClient | None:
    """Return the client of that name, locked; None when there is none."""
    return session.scalars(select(MachineClient).where(MachineClient.name == name).with_for_update()).one_or_none()


def scope_words(client: MachineClient) -> list[str]:
    """Return in words what the client may do."""
    return [SCOPES[scope] for scope in Scope if scope.value in client.scopes]


def _offices(session: Session, client: MachineClient) -> list[str]:
    """Return code and name of the offices the client is limited to."""
    found = session.execute(
        select(Office.code, Office.name).where(Office.code.in_(client.office_codes)).order_by(Office.code)
    )
    return [f"{code} {name}" for code, name in found]


def _keys(session: Session, client_id: int) -> list[dict[str, Any]]:
    """Return the client's keys, those that open first, then the newest."""
    now = clock.now()
    found = session.execute(
        select(ClientKey, Officer.full_name)
        .outerjoin(Officer, Officer.id == ClientKey.made_by_id)
        .where(ClientKey.client_id == client_id)
        .order_by(ClientKey.id.desc())
        .limit(MOST_KEYS)
    )
    rows = [
        {
            "id": key.id,
            "ending": key.ending or "",
            "created_at": key.created_at,
            "made_by": who or "",
            "used_at": key.used_at,
            "ends_at": key.ends_at,
            "is_over": key.ends_at is not None and key.ends_at <= now,
        }
        for key, who in found
    ]
    return sorted(rows, key=lambda row: bool(row["is_over"]))
