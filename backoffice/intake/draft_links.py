"""The citizen's own phone as camera while an officer enters their declaration: a link puts one photo in the draft.

The token is in the link alone; kept is its hash. A link ends with its 10 minutes, with the photo it sent, and with the
draft; the earlier one for the same photo ends when another is made. As decision.photo_links, which serves declarations.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from backoffice.decision.photo_links import LINK_MINUTES, Asked, Invitation, LinkEnded
from backoffice.dossier.photos import discard, store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake.draft_rows import KEPT, held, held_open, put_photo_in
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import DeclarationDraft, DraftPhotoLink, Officer, PhotoKind
from backoffice.rules.actors import Actor

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_USED = "Ảnh đã được gửi bằng mã này rồi. Nếu cần chụp lại, xin nhờ cán bộ đưa mã mới."
_EXPIRED = f"Mã này đã hết hạn (mỗi mã dùng được {LINK_MINUTES} phút). Xin nhờ cán bộ đưa mã mới rồi quét lại."
_NOT_NEEDED = "Cán bộ không cần ảnh này nữa nên ảnh không được nhận. Nếu cần, xin hỏi cán bộ tại quầy."


def invite(token: str, kind: PhotoKind, officer: Actor) -> Invitation:
    """Make a link by which this photo of the officer's draft can be sent once within 10 minutes.

    Raises DraftOver, DraftSent.
    """
    link, until = hashing.new_token(), clock.now() + timedelta(minutes=LINK_MINUTES)
    with transaction() as session:
        row = held_open(session, token, officer)
        session.execute(delete(DraftPhotoLink).where(DraftPhotoLink.draft_id == row.id, DraftPhotoLink.kind == kind))
        session.add(DraftPhotoLink(token_hash=hashing.token_hash(link), draft_id=row.id, kind=kind, expires_at=until))
    return Invitation(kind, link, until)


def open_until(token: str, kind: PhotoKind, officer: Actor) -> datetime | None:
    """Return until when the link for this photo can be used, None when there is none. Raises DraftOver."""
    with transaction() as session:
        row = held(session, token, officer, locked=False)
        return session.scalar(
            select(DraftPhotoLink.expires_at).where(
                DraftPhotoLink.draft_id == row.id,
                DraftPhotoLink.kind == kind,
                DraftPhotoLink.used_at.is_(None),
                DraftPhotoLink.expires_at > clock.now(),
            )
        )


def asked_by(link: str) -> Asked:
    """Return what the link asks for; raises NotFound for no such link, LinkEnded when it is of no use any more."""
    with transaction() as session:
        found, _ = _usable(session, link)
        return Asked(found.kind, found.expires_at)


def send(link: str, data: bytes) -> None:
    """Put the photo in `data` in the draft by its link; of two at once the first is taken.

    A photo that is refused leaves the link as it was. Raises as `asked_by`; PhotoRefused, Unavailable as for any photo.
    """
    wanted = asked_by(link).kind  # no photo is decoded for a link that is of no use
    stored = store_photos({wanted: get_pool().prepare_photo(data)})
    try:
        with transaction() as session:
            found, row = _usable(session, link, locked=True)
            found.used_at = clock.now()
            put_photo_in(session, row, stored[0])
    except BaseException:
        discard(stored)
        raise


def _usable(session: Session, link: str, *, locked: bool = False) -> tuple[DraftPhotoLink, DeclarationDraft]:
    """Return the link and its draft, the draft locked first: as whoever sends or drops it does."""
    if not _TOKEN.fullmatch(link):
        raise NotFound
    known = DraftPhotoLink.token_hash == hashing.token_hash(link)
    of_draft = (
        select(DeclarationDraft)
        .where(DeclarationDraft.id == select(DraftPhotoLink.draft_id).where(known).scalar_subquery())
        .options(selectinload(DeclarationDraft.photos))
        .execution_options(populate_existing=True)
    )
    row = session.scalars(of_draft.with_for_update() if locked else of_draft).one_or_none()
    found = session.scalars(select(DraftPhotoLink).where(known)).one_or_none()
    if row is None or found is None:
        raise NotFound
    if found.used_at is not None:
        raise LinkEnded(_USED)
    if found.expires_at <= clock.now():
        raise LinkEnded(_EXPIRED)
    if row.declaration_id is not None or row.touched_at <= clock.now() - KEPT or _is_disabled(session, row):
        raise LinkEnded(_NOT_NEEDED)
    return found, row


def _is_disabled(session: Session, row: DeclarationDraft) -> bool:
    return session.scalar(select(Officer.disabled_at).where(Officer.id == row.officer_id)) is not None
