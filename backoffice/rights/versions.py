"""What a declaration was before its person corrected it, and its photos, as the person is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.desk.labels import PHOTOS
from backoffice.desk.version_words import said_part
from backoffice.gateways.photos import QualityNote
from backoffice.identity.redaction import mask_code
from backoffice.identity.scan import CitizenScan, HealthScan, NumberScan, Scan, scan_from_dict
from backoffice.models import Declaration, DeclarationVersion, Photo, PhotoUpload, RedeclareLink, VersionPhoto
from backoffice.rights.document import FormerVersion, LinkSent, PhotoKept, Said
from backoffice.rights.names import Names
from backoffice.rules.declared import NAMES, Part

_ANOTHERS = "Một giấy tờ mang số khác; nội dung không đưa vào đây vì có thể là của người khác."
_NUMBERS = frozenset({Part.CODE, Part.PAPER, Part.PHONE, Part.EMAIL, Part.GUARDIAN})
"""Parts whose old value may be another person's: it was a mistake."""


def former(
    session: Session, names: Names, one: Declaration, numbers: frozenset[str], is_hidden: bool
) -> dict[str, Any]:
    """Return former versions and the links to declare anew."""
    of_it = DeclarationVersion.declaration_id == one.id
    versions = session.scalars(select(DeclarationVersion).where(of_it).order_by(DeclarationVersion.number)).all()
    links = select(RedeclareLink).where(RedeclareLink.declaration_id == one.id).order_by(RedeclareLink.made_at)
    return {
        "former": [_version(session, names, version, numbers, is_hidden) for version in versions],
        "links": [
            LinkSent(made_at=link.made_at, expires_at=link.expires_at, used_at=link.used_at)
            for link in session.scalars(links)
        ],
    }


def photo_kept(
    photo: Photo | PhotoUpload | VersionPhoto, sent_at: Any, is_kept: bool, numbers: frozenset[str]
) -> PhotoKept:
    """Return what is told of a photo."""
    card = photo.citizen_card
    return PhotoKept(
        kind=PHOTOS[photo.kind],
        sent_at=sent_at,
        size=f"{photo.width} × {photo.height}",
        is_kept=is_kept,
        notes=[QualityNote(note).label for note in photo.notes or ()],
        read_from_it=card_words({"kind": "citizen_card", **card}, numbers) if card else None,
    )


def _version(
    session: Session, names: Names, version: DeclarationVersion, numbers: frozenset[str], is_hidden: bool
) -> FormerVersion:
    of_it = VersionPhoto.declaration_id == version.declaration_id, VersionPhoto.number == version.number
    photos = session.scalars(select(VersionPhoto).where(*of_it).order_by(VersionPhoto.kind))
    return FormerVersion(
        number=version.number,
        made_at=version.made_at,
        replaced_at=version.replaced_at,
        said=[*_said(names, version.values, is_hidden)],
        photos=[photo_kept(photo, photo.created_at, True, numbers) for photo in photos],
    )


def _said(names: Names, values: dict[str, Any], is_hidden: bool) -> Iterator[Said]:
    for part, label in NAMES.items():
        text = said_part(part, values, names.office(values["office_id"]))
        if text:
            yield Said(field=label, value=mask_code(text) if is_hidden or part in _NUMBERS else text)


def card_words(read: dict[str, Any], numbers: frozenset[str]) -> str:
    """Return what was read from a card that bears one of the person's numbers; of another's nothing."""
    scan: Scan = scan_from_dict(read)
    parts: list[Any]
    match scan:
        case CitizenScan() if {scan.number, scan.old_number} & numbers:
            parts = [scan.number, scan.old_number, scan.full_name, scan.date_of_birth, scan.birth_year]
            parts += [scan.sex, scan.address, scan.issued]
        case HealthScan() if scan.code in numbers:
            parts = [value for name, value in read.items() if name not in ("kind", "unread", "letters")]
        case NumberScan() if scan.number in numbers:
            parts = [scan.number]
        case _:
            return _ANOTHERS
    return " · ".join(str(part) for part in parts if part is not None)
