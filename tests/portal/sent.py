"""Declarations that were sent, and the browser of whoever comes back to one."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from backoffice.dossier.photos import attach, store_photos
from backoffice.gateways.photos import get_pool
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, IdType, PhotoKind, TrailEvent, TrailRow
from tests.factories import make_declaration, make_office
from tests.intake.sending import jpeg
from tests.portal.filling import post

CODE = "7K4M92QX3AB"
PAPER = {"id_type": IdType.PASSPORT, "id_number": "C1234567"}
"""With a passport two photos are enough (D4)."""


def sent(*photos: PhotoKind, **values: Any) -> Declaration:
    """A declaration of an invented adult at office 00114, with these photos."""
    stored = store_photos({kind: get_pool().prepare_photo(jpeg(120, 160)) for kind in photos})
    with transaction() as session:
        office = make_office(session, "00114", name="BHXH huyện Thử", province_code="01")
        known = {"bhxh_code": "0123456789", "phone": "0981234567", "office": office, **PAPER}
        made = make_declaration(session, **known | values)
        attach(session, made, stored)
        return made


def now(of: Declaration) -> Declaration:
    """The declaration as it stands by now, its photos and change loaded."""
    with transaction() as session:
        query = select(Declaration).where(Declaration.id == of.id).options(selectinload(Declaration.photos))
        return session.scalars(query).one()


def ask(client: FlaskClient, of: Declaration, digits: str = "567") -> TestResponse:
    return post(client, "/declare/status", receipt_code=of.receipt_code, digits=digits)


def events(of: Declaration, event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        query = select(TrailRow).where(TrailRow.declaration_id == of.id, TrailRow.event == event)
        return list(session.scalars(query.order_by(TrailRow.id)))
