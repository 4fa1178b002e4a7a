"""Calls that the telephone system announces: the agent's screen opens with the number filled in (issue: hotline).

The address carries a random token alone; the number is kept for ten minutes, or until it was looked up.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash, new_token, token_hash
from backoffice.models import AnnouncedCall, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import HOTLINE, Do, require

VALID = timedelta(minutes=10)


def announce(client: Actor, caller_phone: str) -> tuple[str, str]:
    """Keep who calls; return the token and the address that opens the agent's screen with it.

    Raises InvalidInput (caller_phone) for what is no Vietnamese mobile number.
    """
    try:
        phone = normalize_phone(caller_phone)
    except Malformed as fault:
        raise InvalidInput([Fault("caller_phone", fault.message, fault.code)]) from None
    token = new_token()
    with transaction() as session:
        session.add(AnnouncedCall(token_hash=token_hash(token), client_id=client.id, phone=phone, at=clock.now()))
    return token, f"{config.current().public_url.rstrip('/')}/hotline?call={token}"


def open_screen(officer: Actor, token: str) -> str | None:
    """Return the number of an announced call, "" without a token, None when the token is used up, old or unknown.

    Raises NotFound for who is not of the hotline.
    """
    require(officer, Do.USE_HOTLINE, HOTLINE)
    if not token:
        return ""
    with transaction() as session:
        since = clock.now() - VALID
        kept = select(AnnouncedCall).where(AnnouncedCall.token_hash == token_hash(token), AnnouncedCall.at > since)
        call = session.scalars(kept).one_or_none()
        if call is None:
            return None
        record(session, TrailEvent.HOTLINE_LOOK, officer, announced=True, phone=lookup_hash("phone", call.phone).hex())
        return call.phone


def use_up(session: Session, token: str) -> None:
    """Forget the announced call: its number was looked up."""
    if token:
        session.execute(delete(AnnouncedCall).where(AnnouncedCall.token_hash == token_hash(token)))


def tidy(session: Session) -> None:
    """Forget numbers that nobody looked up in time."""
    session.execute(delete(AnnouncedCall).where(AnnouncedCall.at < clock.now() - VALID))
