"""The rows of drafts, for use cases that have a transaction open: found by their token, opened, emptied, deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backoffice.dossier.photos import StoredPhoto, remove_files
from backoffice.gateways.photos import QualityNote
from backoffice.intake import draft_values
from backoffice.intake.answers import Receipt
from backoffice.kernel import clock
from backoffice.kernel.db import after_commit
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Declaration, DeclarationDraft, DraftKind, DraftPhoto, PhotoKind
from backoffice.rules.actors import Actor

KEPT = timedelta(hours=2)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_OVER = (
    "Tờ khai đang điền không còn: đã quá 2 giờ không thao tác, hoặc đã được xóa khỏi máy này. Nội dung và ảnh đã được "
    "xóa để giữ an toàn; xin khai lại từ đầu."
)
_RECEIPT = "receipt"
_SENT = "Tờ khai này đã được gửi nên không sửa được nữa. Xin xem trang xác nhận."


class DraftOver(NotFound):
    """There is no such draft (any more)."""

    code = "draft_over"
    title = "Tờ khai đang điền không còn"

    def __init__(self) -> None:
        super().__init__(_OVER)


class DraftSent(Conflict):
    """The draft was sent already: nothing in it changes any more."""

    code = "draft_sent"

    def __init__(self) -> None:
        super().__init__(_SENT)


@dataclass(frozen=True)
class Draft:
    """A draft as it stands: `values` by the names of draft_values.NAMES, as typed; `receipt` once it was sent."""

    id: int
    kind: DraftKind
    values: Mapping[str, str]
    photos: Mapping[PhotoKind, DraftPhoto]
    touched_at: datetime
    officer_id: int | None
    account_id: int | None
    replaces_id: int | None
    corrects_id: int | None
    declaration_id: int | None
    receipt: Receipt | None

    @property
    def lapses_at(self) -> datetime:
        """Return the instant at which it is over unless it is touched again."""
        return self.touched_at + KEPT


def begin_in(
    session: Session,
    kind: DraftKind,
    values: Mapping[str, str] | None = None,
    *,
    officer_id: int | None = None,
    account_id: int | None = None,
    replaces_id: int | None = None,
    corrects_id: int | None = None,
) -> str:
    """Begin a draft within the caller's transaction, with `values` filled in, and return its token.

    `officer_id`: who types at the desk; `account_id`: whose owner proved to be it (D2, D11); `replaces_id`: a refused
    declaration; `corrects_id`: one of which a new version is written.
    """
    token = new_token()
    row = begin_under(session, token, kind, values)
    row.officer_id, row.account_id = officer_id, account_id
    row.replaces_id, row.corrects_id = replaces_id, corrects_id
    session.flush()
    return token


def begin_under(
    session: Session, token: str, kind: DraftKind, values: Mapping[str, str] | None = None
) -> DeclarationDraft:
    """Begin a draft under a token that the browser was given before; return its row, not yet written."""
    now, sealed = clock.now(), draft_values.seal(token, draft_values.cleaned(values or {}))
    row = DeclarationDraft(token_hash=token_hash(token), kind=kind, sealed=sealed, created_at=now, touched_at=now)
    session.add(row)
    return row


def is_token(text: str) -> bool:
    """Tell whether this can be a draft's token."""
    return bool(_TOKEN.fullmatch(text))


def held(session: Session, token: str, officer: Actor | None = None, *, locked: bool = True) -> DeclarationDraft:
    """Return the row of the draft with its photos, locked until the transaction ends. Raises DraftOver."""
    if not _TOKEN.fullmatch(token):
        raise DraftOver
    query = (
        select(DeclarationDraft)
        .where(DeclarationDraft.token_hash == token_hash(token), DeclarationDraft.touched_at > clock.now() - KEPT)
        .options(selectinload(DeclarationDraft.photos))
        .execution_options(populate_existing=True)
    )
    row = session.scalars(query.with_for_update() if locked else query).one_or_none()
    if row is None or row.officer_id != (officer.id if officer else None):
        raise DraftOver
    return row


def held_open(session: Session, token: str, officer: Actor | None = None) -> DeclarationDraft:
    """Return the locked row of a draft that was not sent, touched. Raises DraftOver, DraftSent."""
    row = held(session, token, officer)
    if row.declaration_id is not None:
        raise DraftSent
    row.touched_at = clock.now()
    return row


def draft_of(row: DeclarationDraft, token: str) -> Draft:
    """Return the draft in `row`, opened with its token."""
    known = values_of(row, token)
    is_sent = row.declaration_id is not None
    return Draft(
        id=row.id,
        kind=row.kind,
        values={} if is_sent else known,
        photos={photo.kind: photo for photo in row.photos},
        touched_at=row.touched_at,
        officer_id=row.officer_id,
        account_id=row.account_id,
        replaces_id=row.replaces_id,
        corrects_id=row.corrects_id,
        declaration_id=row.declaration_id,
        receipt=Receipt.model_validate_json(known[_RECEIPT]) if is_sent else None,
    )


def put_photo_in(session: Session, row: DeclarationDraft, stored: StoredPhoto) -> None:
    """Put a photo in the place of the one of its kind of the locked, open draft `row`."""
    take_out(session, row, stored.kind)
    row.photos.append(
        DraftPhoto(
            id=stored.id,
            kind=stored.kind,
            wrapped_key=stored.wrapped_key,
            key_name=stored.key_name,
            width=stored.width,
            height=stored.height,
            notes=[note.value for note in stored.notes],
            citizen_card=stored.citizen_card,
            created_at=clock.now(),
        )
    )
    session.flush()


def hand_over_photos(session: Session, row: DeclarationDraft) -> list[StoredPhoto]:
    """Take the photos out of the locked draft, to be attached to a declaration in this transaction; files stay."""
    stored = [
        StoredPhoto(
            id=photo.id,
            kind=photo.kind,
            wrapped_key=photo.wrapped_key,
            key_name=photo.key_name,
            width=photo.width,
            height=photo.height,
            notes=tuple(map(QualityNote, photo.notes)),
            citizen_card=photo.citizen_card,
        )
        for photo in row.photos
    ]
    row.photos.clear()
    session.flush()
    return stored


def values_of(row: DeclarationDraft, token: str) -> dict[str, str]:
    """Return what the row holds, opened with its token; raises DraftOver when SECRET_KEY is another one by now."""
    try:
        return draft_values.unseal(token, row.sealed)
    except draft_values.Unreadable:
        raise DraftOver from None


def settle(row: DeclarationDraft, token: str, declaration: Declaration, receipt: Receipt) -> None:
    """Note what became of the locked draft: what was typed goes, the receipt stays until it lapses."""
    row.declaration_id = declaration.id
    row.sealed = draft_values.seal(token, {_RECEIPT: receipt.model_dump_json()})
    row.touched_at = clock.now()


def take_out(session: Session, row: DeclarationDraft, kind: PhotoKind) -> None:
    """Remove the photo of this kind from the locked draft, if there is one; its files go after the commit."""
    for photo in [one for one in row.photos if one.kind is kind]:
        row.photos.remove(photo)
        after_commit(session, partial(remove_files, [photo.id]))
    session.flush()


def delete_rows(session: Session, rows: Sequence[DeclarationDraft]) -> None:
    """Delete drafts whose photos are loaded; the files of the photos go after the commit."""
    ids = [photo.id for row in rows for photo in row.photos]
    for row in rows:
        session.delete(row)
    if ids:
        after_commit(session, partial(remove_files, ids))
