"""The citizen's own phone as camera: a one-time link sends one photo, which waits for the officer (issue 4, item 4).

The token is in the link alone; kept is its hash. What was sent replaces nothing by itself: an officer at work on the
declaration takes it or discards it, and what nobody took is removed an hour after the link ended (`sweep`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from backoffice.decision.queries import declaration_for
from backoffice.decision.retake import Retaken, on_hand, photo_kind, put_in_place
from backoffice.dossier.photos import StoredPhoto, discard, remove_files, store_photos
from backoffice.gateways.photos import QualityNote, get_pool
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import after_commit, transaction
from backoffice.kernel.errors import Conflict, DomainError, NotFound
from backoffice.models import Declaration, PhotoKind, PhotoUpload, Status, TrailEvent
from backoffice.rules.actors import CITIZEN, Actor
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do

LINK_MINUTES = 10
KEPT_MINUTES = 60
"""How long after its link ended a photo that was sent waits for the officer."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_UNKNOWN = "Đường dẫn này không đúng. Xin quét lại mã QR trên màn hình của cán bộ."
_USED = "Ảnh đã được gửi bằng mã này rồi. Nếu cần chụp lại, xin nhờ cán bộ đưa mã mới."
_EXPIRED = f"Mã này đã hết hạn (mỗi mã dùng được {LINK_MINUTES} phút). Xin nhờ cán bộ đưa mã mới rồi quét lại."
_NOT_NEEDED = "Cán bộ không cần ảnh này nữa nên ảnh không được nhận. Nếu cần, xin hỏi cán bộ tại quầy."


class LinkEnded(DomainError):
    """A link that was used, is too old, or is not needed any more (410)."""

    status = 410
    code = "link_ended"
    title = "Mã không còn dùng được"


@dataclass(frozen=True)
class Invitation:
    """A link just made: its token, which cannot be had again, and until when it can be used."""

    kind: PhotoKind
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Asked:
    """Which photo a link asks for, and until when it can be used."""

    kind: PhotoKind
    until: datetime


@dataclass(frozen=True)
class Link:
    """How the newest link for a photo stands: usable until `until` (None: it is not), and what was sent and waits."""

    kind: PhotoKind
    until: datetime | None
    sent: StoredPhoto | None


def invite(receipt_code: str, kind: str, officer: Actor) -> Invitation:
    """Make a link by which this photo can be sent once within 10 minutes.

    Ends the earlier one; what was sent by it is removed. Raises as decision.retake says.
    """
    wanted, now, token = photo_kind(kind), clock.now(), hashing.new_token()
    with transaction() as session:
        declaration = on_hand(session, receipt_code, wanted, officer, locked=True)
        for earlier in session.scalars(_links(declaration, wanted).with_for_update()):
            earlier.expires_at = min(earlier.expires_at, now)
            _remove(session, earlier)
        upload = PhotoUpload(
            token_hash=hashing.token_hash(token),
            declaration_id=declaration.id,
            kind=wanted,
            officer_id=officer.id,
            created_at=now,
            expires_at=now + timedelta(minutes=LINK_MINUTES),
        )
        session.add(upload)
        record(session, TrailEvent.PHOTO_INVITE, officer, declaration=declaration, kind=wanted.value)
        return Invitation(wanted, token, upload.expires_at)


def asked_by(token: str) -> Asked:
    """Return what the link asks for; raises NotFound for no such link, LinkEnded when it is of no use any more."""
    with transaction() as session:
        upload = _usable(session, token)
        return Asked(upload.kind, upload.expires_at)


def is_usable(token: str) -> bool:
    """Tell whether a photo can be sent by this link now."""
    try:
        asked_by(token)
    except (NotFound, LinkEnded):
        return False
    return True


def send(token: str, data: bytes) -> None:
    """Take the photo in `data` by its link, to wait for the officer; of two at once the first is taken.

    A photo that is refused leaves the link as it was. Raises as `asked_by`; PhotoRefused, Unavailable as for any photo.
    """
    wanted = asked_by(token).kind  # no photo is decoded for a link that is of no use
    stored = store_photos({wanted: get_pool().prepare_photo(data)})
    try:
        with transaction() as session:
            upload = _usable(session, token, locked=True)
            _keep(upload, stored[0])
            declaration = session.get_one(Declaration, upload.declaration_id)
            notes = upload.notes or []
            record(session, TrailEvent.PHOTO_SENT, CITIZEN, declaration=declaration, kind=wanted.value, notes=notes)
    except BaseException:
        discard(stored)
        raise


def link_of(receipt_code: str, kind: str, officer: Actor) -> Link:
    """Return how the newest link for this photo stands; an officer in scope may ask, with or without the claim."""
    wanted = photo_kind(kind)
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.RETAKE_PHOTO)
        return newest_link(session, declaration, wanted)


def newest_link(session: Session, declaration: Declaration, kind: PhotoKind) -> Link:
    """Return how the newest link for the photo of this `kind` stands."""
    upload = session.scalars(_links(declaration, kind).limit(1)).one_or_none()
    if upload is None:
        return Link(kind, None, None)
    is_live = upload.used_at is None and upload.expires_at > clock.now()
    return Link(kind, upload.expires_at if is_live else None, _sent(upload))


def accept(receipt_code: str, kind: str, photo_id: str, officer: Actor) -> Retaken:
    """Put the photo that was sent, of id `photo_id`, in the place of the declaration's.

    Raises Conflict (photo_gone) when another one waits by now, or none; else as decision.retake says.
    """
    wanted = photo_kind(kind)
    with transaction() as session:
        declaration = on_hand(session, receipt_code, wanted, officer, locked=True)
        upload, sent = _waiting(session, declaration, wanted, photo_id)
        _empty(upload)
        return put_in_place(session, declaration, sent, officer, source="phone")


def discard_sent(receipt_code: str, kind: str, photo_id: str, officer: Actor) -> None:
    """Remove the photo that was sent, of id `photo_id`; the declaration's own stays. Raises as `accept`."""
    wanted = photo_kind(kind)
    with transaction() as session:
        declaration = on_hand(session, receipt_code, wanted, officer, locked=True)
        upload, _ = _waiting(session, declaration, wanted, photo_id)
        _remove(session, upload)
        record(session, TrailEvent.PHOTO_DISCARD, officer, declaration=declaration, kind=wanted.value)


def sweep() -> int:
    """Delete links that ended an hour ago, with what was sent by them and nobody took; return how many."""
    ended = delete(PhotoUpload).where(PhotoUpload.expires_at < clock.now() - timedelta(minutes=KEPT_MINUTES))
    with transaction() as session:
        photo_ids = session.scalars(ended.returning(PhotoUpload.photo_id)).all()
    remove_files(photo_id for photo_id in photo_ids if photo_id is not None)
    return len(photo_ids)


def _links(declaration: Declaration, kind: PhotoKind) -> Select[PhotoUpload]:
    """Return the links for a photo, the newest first; of two made at one instant only the newest is not ended."""
    return (
        select(PhotoUpload)
        .where(PhotoUpload.declaration_id == declaration.id, PhotoUpload.kind == kind)
        .order_by(PhotoUpload.created_at.desc(), PhotoUpload.expires_at.desc())
    )


def _usable(session: Session, token: str, *, locked: bool = False) -> PhotoUpload:
    query = select(PhotoUpload).where(PhotoUpload.token_hash == hashing.token_hash(token))
    if not _TOKEN.fullmatch(token):
        raise NotFound(_UNKNOWN)
    upload = session.scalars(query.with_for_update() if locked else query).one_or_none()
    if upload is None:
        raise NotFound(_UNKNOWN)
    if upload.used_at is not None:
        raise LinkEnded(_USED)
    if upload.expires_at <= clock.now():
        raise LinkEnded(_EXPIRED)
    declaration = session.get(Declaration, upload.declaration_id)
    if declaration is None:  # it expires at this very moment, and the link with it
        raise NotFound(_UNKNOWN)
    if declaration.status is not Status.SUBMITTED or is_overdue(declaration):
        raise LinkEnded(_NOT_NEEDED)
    return upload


def _waiting(
    session: Session, declaration: Declaration, kind: PhotoKind, photo_id: str
) -> tuple[PhotoUpload, StoredPhoto]:
    upload = session.scalars(_links(declaration, kind).limit(1).with_for_update()).one_or_none()
    sent = _sent(upload) if upload else None
    if upload is None or sent is None or str(sent.id) != photo_id:
        raise Conflict(
            "Ảnh gửi bằng điện thoại này không còn chờ nữa: đã được dùng, đã bỏ, hoặc đã có ảnh mới hơn. "
            "Ảnh của hồ sơ chưa thay đổi; xin mở lại “Chụp lại” để xem.",
            code="photo_gone",
        )
    return upload, sent


def _sent(upload: PhotoUpload) -> StoredPhoto | None:
    photo_id, wrapped_key, key_name = upload.photo_id, upload.wrapped_key, upload.key_name
    if photo_id is None or wrapped_key is None or key_name is None:
        return None
    return StoredPhoto(
        id=photo_id,
        kind=upload.kind,
        wrapped_key=wrapped_key,
        key_name=key_name,
        width=upload.width or 0,
        height=upload.height or 0,
        notes=tuple(QualityNote(note) for note in upload.notes or []),
        citizen_card=upload.citizen_card,
    )


def _keep(upload: PhotoUpload, photo: StoredPhoto) -> None:
    upload.used_at = clock.now()
    upload.photo_id, upload.wrapped_key, upload.key_name = photo.id, photo.wrapped_key, photo.key_name
    upload.width, upload.height = photo.width, photo.height
    upload.notes, upload.citizen_card = [note.value for note in photo.notes], photo.citizen_card


def _empty(upload: PhotoUpload) -> UUID | None:
    """Forget what was sent; return its id."""
    photo_id = upload.photo_id
    upload.photo_id = upload.wrapped_key = upload.key_name = None
    upload.width = upload.height = upload.notes = upload.citizen_card = None
    return photo_id


def _remove(session: Session, upload: PhotoUpload) -> None:
    photo_id = _empty(upload)
    if photo_id is not None:
        after_commit(session, partial(remove_files, [photo_id]))
