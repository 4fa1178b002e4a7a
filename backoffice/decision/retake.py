"""A photo taken anew at the counter: a blurred one is no reason to send anybody home (issue 4, item 4).

Common to all: `receipt_code` is 11 characters without hyphens, `kind` a PhotoKind's value. Whoever acts has the claim
on an undecided declaration. NotFound when it does not exist, is out of scope or has no photo of that kind; Conflict
when it is decided, overdue, escalated or in a colleague's hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.decision import claims, ledger
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_decider, require_open
from backoffice.dossier.photos import StoredPhoto, discard, remove_files, replace, store_photos
from backoffice.gateways.photos import QualityNote, get_pool
from backoffice.kernel.db import after_commit, transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, Item, Photo, PhotoKind, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do

RESTS_ON: dict[PhotoKind, tuple[Item, ...]] = {
    PhotoKind.PORTRAIT: (Item.PORTRAIT,),
    PhotoKind.ID_FRONT: (Item.ID_DOCUMENT, Item.GUARDIAN),
    PhotoKind.ID_BACK: (Item.ID_DOCUMENT, Item.GUARDIAN),
    PhotoKind.BIRTH_CERTIFICATE: (Item.BIRTH_CERTIFICATE,),
}
"""What was verified by looking at a photo. A child's ID photos are the guardian's (D11)."""


@dataclass(frozen=True)
class Retaken:
    """What came of it: the new photo, its quality notes, whether a CCCD's QR was read, the entries that lapsed."""

    kind: PhotoKind
    photo_id: UUID
    notes: tuple[QualityNote, ...]
    has_card: bool
    lapsed: tuple[Item, ...]


def ask_to_retake(receipt_code: str, kind: str, officer: Actor) -> PhotoKind:
    """Return which photo it is when `officer` may take it anew now; changes nothing."""
    with transaction() as session:
        wanted = photo_kind(kind)
        on_hand(session, receipt_code, wanted, officer)
        return wanted


def retake(receipt_code: str, kind: str, data: bytes, officer: Actor) -> Retaken:
    """Put the photo in `data` (as taken or chosen, any format that intake takes) in the place of the declaration's.

    The old one is gone for good. Ledger entries that rest on it lapse. Takes up to seconds of a processor. Raises
    PhotoRefused for what is no photo or too heavy, Unavailable when photos cannot be read or kept now.
    """
    wanted = ask_to_retake(receipt_code, kind, officer)  # nobody else's photo is decoded
    stored = store_photos({wanted: get_pool().prepare_photo(data)})
    try:
        with transaction() as session:
            declaration = on_hand(session, receipt_code, wanted, officer, locked=True)
            return put_in_place(session, declaration, stored[0], officer, source="desk")
    except BaseException:
        discard(stored)
        raise


def put_in_place(
    session: Session, declaration: Declaration, new: StoredPhoto, officer: Actor, *, source: str
) -> Retaken:
    """Replace the photo of that kind of the locked `declaration` by the stored `new`.

    `source`: "desk" for what the officer took or chose, "phone" for what the citizen sent.
    """
    old = replace(session, declaration, new)
    lapsed = ledger.lapse(session, declaration, RESTS_ON[new.kind], officer)
    notes = [note.value for note in new.notes]
    record(
        session, TrailEvent.RETAKE, officer, declaration=declaration, kind=new.kind.value, source=source, notes=notes
    )
    after_commit(session, partial(remove_files, [old]))
    told = tuple(note for note in new.notes if note is not QualityNote.NO_QR)
    return Retaken(new.kind, new.id, told, new.citizen_card is not None, tuple(lapsed))


def on_hand(
    session: Session, receipt_code: str, kind: PhotoKind, officer: Actor, *, locked: bool = False
) -> Declaration:
    """Return the declaration whose photo of this `kind` the `officer` may take anew now."""
    declaration = declaration_for(session, receipt_code, officer, Do.RETAKE_PHOTO, locked=locked)
    has_photo = select(Photo.id).where(Photo.declaration_id == declaration.id, Photo.kind == kind)
    if session.scalar(has_photo) is None:
        raise no_such_photo()
    require_open(session, declaration)
    require_decider(declaration, officer)
    claims.require_mine(session, declaration, officer)
    return declaration


def photo_kind(text: str) -> PhotoKind:
    """Return the kind of photo that an address names; raises NotFound for no such kind."""
    try:
        return PhotoKind(text)
    except ValueError:
        raise no_such_photo() from None


def no_such_photo() -> NotFound:
    """Return the refusal of a photo that the declaration has not."""
    return NotFound("Tờ khai này không có ảnh đó.")
