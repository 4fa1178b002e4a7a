"""An officer who enters a declaration for an invented adult or child: what is typed, scanned and photographed."""

from __future__ import annotations

from backoffice.assisted import sending, sitting
from backoffice.decision import actions as decide
from backoffice.decision import ledger
from backoffice.dossier.photos import StoredPhoto, store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake import drafts
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, How, Item, PhotoKind
from backoffice.rules.actors import Actor
from tests.intake.sending import CARD, jpeg

ADULT = (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK)
CHILD = (PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE)
AGREED = {"consent": "1", "undertaking": "1"}
TYPED = {
    "bhxh_code": "0123456789",
    "province": "01",
    "ward": "00004",
    "line": "Số 2 phố Mẫu",
    "phone": "0981234567",
    **AGREED,
}
"""What the card does not tell; CARD tells name, number and day of birth."""
OF_CHILD = {"full_name": "Nguyễn Thử Con", "bhxh_code": "0199887766", "date_of_birth": "02/03/2024", **AGREED}


def photo(kind: PhotoKind) -> StoredPhoto:
    return store_photos({kind: get_pool().prepare_photo(jpeg(120, 160))})[0]


def add_photos(token: str, officer: Actor, *kinds: PhotoKind) -> None:
    for kind in kinds:
        drafts.put_photo(token, photo(kind), officer)


def entered(officer: Actor, *, card: str = CARD, **changes: str) -> str:
    """The token of an adult's draft that lacks nothing."""
    token = sitting.begin(officer, TYPED | changes)
    if card:
        sitting.take_scan(token, officer, card)
    add_photos(token, officer, *ADULT)
    return token


def verify(code: str, officer: Actor, *, signed: How = How.SEEN) -> None:
    """Everything is verified, what was scanned stays scanned; the form signed as `signed` says."""
    with transaction() as session:
        declaration = session.query(Declaration).filter_by(receipt_code=code).one()
        left = [item for item in ledger.missing(session, declaration) if item is not Item.FORM01_SIGNED]
        ledger.enter(session, declaration, officer, left, How.SEEN)
        ledger.enter(session, declaration, officer, [Item.FORM01_SIGNED], signed, "lý do" if signed != How.SEEN else "")


def approved(officer: Actor, **changes: str) -> str:
    """The receipt code of an adult's declaration that the officer has entered and approved."""
    code = sending.send(entered(officer, **changes), officer)
    verify(code, officer)
    decide.approve(code, officer)
    return code
