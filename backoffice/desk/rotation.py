"""Turning a photo upright, for everybody who looks at it after. The file stays as the citizen sent it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_open
from backoffice.decision.retake import no_such_photo, photo_kind
from backoffice.desk.version_view import former_photo
from backoffice.identity.text import row_number
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.models import Declaration, Photo, TrailEvent, VersionPhoto
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do

TURNS = (0, 90, 180, 270)
"""Degrees clockwise in which a photo may lie."""


def rotate_photo(receipt_code: str, kind: str, degrees: str, officer: Actor) -> None:
    """Keep that the photo of this `kind` is shown turned by `degrees` clockwise ("0", "90", "180", "270").

    The angle is the whole one and not a further turn, so sending it twice changes nothing more, and of two officers
    the later one holds. No claim is needed: it decides nothing. Raises NotFound for a declaration out of scope or a
    photo it has not, InvalidInput (degrees) for another angle, Conflict once it is decided or overdue.
    """
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.ROTATE_PHOTO, locked=True)
        photo = own_photo(session, declaration, kind)
        turned = _degrees(degrees)
        require_open(session, declaration)
        if photo.rotation == turned:
            return
        photo.rotation = turned
        record(session, TrailEvent.ROTATE, officer, declaration=declaration, kind=photo.kind.value, degrees=turned)


def photo_for(session: Session, declaration: Declaration, kind: str, version: str) -> Photo | VersionPhoto:
    """Return the declaration's photo of this `kind` (a PhotoKind's value), or that of a former version (its number).

    Raises NotFound when it has none.
    """
    if not version:
        return own_photo(session, declaration, kind)
    number = row_number(version)
    found = former_photo(session, declaration, photo_kind(kind), number) if number is not None else None
    if found is None:
        raise no_such_photo()
    return found


def own_photo(session: Session, declaration: Declaration, kind: str) -> Photo:
    """Return the declaration's photo of this `kind` as it is now. Raises NotFound when it has none."""
    query = select(Photo).where(Photo.declaration_id == declaration.id, Photo.kind == photo_kind(kind))
    photo = session.scalars(query).one_or_none()
    if photo is None and declaration.cleared_at is not None:
        raise NotFound(f"Ảnh đã xóa theo thời hạn lưu trữ ngày {clock.local(declaration.cleared_at):%d/%m/%Y}.")
    if photo is None:
        raise no_such_photo()
    return photo


def _degrees(text: str) -> int:
    if text not in map(str, TURNS):
        sentence = "Ảnh chỉ xoay được theo góc vuông nên chưa có gì thay đổi. Xin tải lại trang rồi xoay lại."
        raise InvalidInput([Fault("degrees", sentence)], sentence)
    return int(text)
