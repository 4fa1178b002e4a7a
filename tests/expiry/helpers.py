"""What the tests of this room say in one word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from backoffice.dossier.photos import attach, store_photos
from backoffice.gateways.photos import PreparedPhoto
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Claim, Declaration, IdempotencyKey, PhotoKind, Tombstone
from backoffice.notices.actions import declaration_received
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_client, make_declaration

NOON = datetime(2026, 11, 9, 12, 0, tzinfo=clock.VIETNAM)
"""A Monday; what is declared then can be handed in until the end of Thursday, 19 November."""
MICROSECOND = timedelta(microseconds=1)


def a_jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), (200, 220, 240)).save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Known:
    """A declaration as it was, for the time after it has gone."""

    id: int
    receipt_code: str
    expires_at: datetime


def declared(at: datetime = NOON, **values: Any) -> Known:
    """Declare at the instant `at`."""
    with clock.at(at), transaction() as session:
        return known(make_declaration(session, **values))


def known(declaration: Declaration) -> Known:
    assert declaration.expires_at is not None
    return Known(declaration.id, declaration.receipt_code, declaration.expires_at)


def officer(**values: Any) -> Actor:
    with transaction() as session:
        return make_actor(session, **values)


def is_kept(declaration: Known) -> bool:
    with transaction() as session:
        return session.get(Declaration, declaration.id) is not None


def tombstones() -> list[Tombstone]:
    with transaction() as session:
        return list(session.query(Tombstone).order_by(Tombstone.declaration_id))


def declared_with_everything(holder: Actor, **values: Any) -> Known:
    """A declaration with photos, a claim, messages, form 01 by e-mail and an idempotency key."""
    photo = PreparedPhoto(
        full=a_jpeg(),
        thumb=a_jpeg(),
        width=64,
        height=48,
        notes=(),
        qr_text=None,
        citizen_card={"number": values["id_number"], "old_number": None, "full_name": values["full_name"]},
    )
    stored = store_photos(dict.fromkeys([PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK], photo))
    with clock.at(NOON), transaction() as session:
        client, _ = make_client(session)
        declaration = make_declaration(session, client_id=client.id, send_form01_by_email=True, **values)
        attach(session, declaration, stored)
        declaration_received(session, declaration)
        now = clock.now()
        until = now + timedelta(days=20)
        session.add(Claim(declaration_id=declaration.id, officer_id=holder.id, since=now, until=until))
        session.add(
            IdempotencyKey(
                client_id=client.id,
                key=f"key of {values['full_name']}",
                request_hash=b"hash",
                declaration_id=declaration.id,
                answer={"receipt_code": declaration.receipt_code},
                created_at=now,
            )
        )
        return known(declaration)
