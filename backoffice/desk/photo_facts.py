"""What the desk needs to know of photos, without their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.models import Photo, PhotoKind, columns_of

_ORDER = list(PhotoKind)


class PhotoFacts(NamedTuple):
    """What matters of a photo."""

    declaration_id: int
    kind: PhotoKind
    notes: list[str]
    citizen_card: dict[str, Any] | None


_P = columns_of(Photo)
_PHOTOS = select(*(_P[name] for name in PhotoFacts._fields)).where(
    _P.declaration_id == any_(bindparam("declarations", type_=ARRAY(BigInteger)))
)


def photos_of(session: Session, declaration_ids: Sequence[int]) -> list[PhotoFacts]:
    """Return the photos of the declarations, portrait first."""
    rows = session.execute(_PHOTOS, {"declarations": list(declaration_ids)})
    return sorted((PhotoFacts(*row) for row in rows), key=lambda photo: _ORDER.index(photo.kind))
