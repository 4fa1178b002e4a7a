"""Computed flags: what an officer must look at, found anew each time, never stored (design 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import BindParameter, Text, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.accounts.actions import Person, person_codes
from backoffice.desk.labels import PHOTOS, short_moment
from backoffice.desk.photo_facts import PhotoFacts, photos_of
from backoffice.desk.tabs import BAD_PHOTO_NOTES
from backoffice.gateways.photos import QualityNote
from backoffice.models import AccountHold, Declaration, HoldKind, Status, columns_of
from backoffice.rules.lifecycle import Standing


@dataclass(frozen=True)
class Flag:
    """One thing to look at: `kind` "warn" or "bad" (approval would be refused), `text` in plain words."""

    code: str
    kind: str
    text: str


class Twin(NamedTuple):
    """What matters of another declaration of the same person, phone or paper."""

    id: int
    status: Status
    bhxh_code: str
    phone: str
    id_number: str
    decided_at: datetime | None


class Hold(NamedTuple):
    """A phone or code that an open account holds."""

    kind: HoldKind
    value: str
    account_id: int


class Flagged(Person, Standing, Protocol):
    """What flags are computed for: a declaration, or a line of a list."""

    @property
    def id(self) -> int:
        """Return the declaration's id."""

    @property
    def phone(self) -> str:
        """Return the phone."""


@dataclass(frozen=True)
class _Facts:
    """Everything the flags of some declarations are computed from, read in three statements."""

    twins: Sequence[Twin]
    holds: Sequence[Hold]
    photos: Sequence[PhotoFacts]


def _texts(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=ARRAY(Text))


_D, _H = columns_of(Declaration), columns_of(AccountHold)
_TWINS = select(*(_D[name] for name in Twin._fields)).where(
    or_(
        (_D.bhxh_code == any_(_texts("codes"))) & or_(_D.status == Status.SUBMITTED, _D.status == Status.REJECTED),
        (_D.phone == any_(_texts("phones"))) & (_D.status == Status.SUBMITTED),
        (_D.id_number == any_(_texts("numbers"))) & (_D.status == Status.SUBMITTED),
    )
)
_HOLDS = select(*(_H[name] for name in Hold._fields)).where(
    or_(
        (_H.kind == HoldKind.PHONE) & (_H.value == any_(_texts("phones"))),
        (_H.kind == HoldKind.CODE) & (_H.value == any_(_texts("codes"))),
    )
)


def flags_for(
    session: Session, declarations: Sequence[Flagged], photos: Sequence[PhotoFacts] | None = None
) -> dict[int, list[Flag]]:
    """Return the flags of each declaration by its id, those that refuse approval first; decided ones have none.

    `photos` are those of the declarations, when the caller has read them already.
    """
    flags: dict[int, list[Flag]] = {declaration.id: [] for declaration in declarations}
    undecided = [declaration for declaration in declarations if declaration.status is Status.SUBMITTED]
    if undecided:
        facts = _read(session, undecided, photos)
        flags |= {declaration.id: _flags(declaration, facts) for declaration in undecided}
    return flags


def _read(session: Session, wanted: Sequence[Flagged], photos: Sequence[PhotoFacts] | None) -> _Facts:
    codes = set().union(*(person_codes(declaration) for declaration in wanted))
    values = {
        "codes": list(codes),
        "phones": [declaration.phone for declaration in wanted],
        "numbers": [declaration.id_number for declaration in wanted],
    }
    twins = [Twin(*row) for row in session.execute(_TWINS, values)]
    holds = [Hold(*row) for row in session.execute(_HOLDS, values)]
    if photos is None:
        photos = photos_of(session, [declaration.id for declaration in wanted])
    return _Facts(twins, holds, photos)


def _flags(declaration: Flagged, facts: _Facts) -> list[Flag]:
    found = [*_account_flags(declaration, facts), *_twin_flags(declaration, facts), *_photo_flags(declaration, facts)]
    return sorted(found, key=lambda flag: flag.kind != "bad")


def _account_flags(declaration: Flagged, facts: _Facts) -> Iterable[Flag]:
    codes = person_codes(declaration)
    own = {hold.account_id for hold in facts.holds if hold.kind is HoldKind.CODE and hold.value in codes}
    if own:
        yield Flag("has_account", "bad", "Đã có tài khoản: giúp cấp lại mật khẩu, không duyệt thêm")
    phone_holders = {
        hold.account_id for hold in facts.holds if hold.kind is HoldKind.PHONE and hold.value == declaration.phone
    }
    if phone_holders - own:
        yield Flag("phone_taken", "bad", "Điện thoại đang dùng cho tài khoản của mã khác: cần số khác")


def _twin_flags(declaration: Flagged, facts: _Facts) -> Iterable[Flag]:
    others = [twin for twin in facts.twins if twin.id != declaration.id]
    waiting = [twin for twin in others if twin.status is Status.SUBMITTED]
    codes = person_codes(declaration)
    same_code = [twin for twin in waiting if twin.bhxh_code in codes]
    if same_code:
        yield Flag("same_code", "warn", f"Mã số BHXH có trong {len(same_code)} tờ khai khác chưa giải quyết")
    same_phone = [twin for twin in waiting if twin.phone == declaration.phone and twin not in same_code]
    if same_phone:
        yield Flag("same_phone", "warn", f"Điện thoại có trong {len(same_phone)} tờ khai khác chưa giải quyết")
    same_number = [twin for twin in waiting if twin.id_number == declaration.id_number and twin not in same_code]
    if same_number:
        yield Flag("same_id_number", "warn", f"Số giấy tờ có trong {len(same_number)} tờ khai của mã khác")
    refused = [twin for twin in others if twin.status is Status.REJECTED and twin.bhxh_code == declaration.bhxh_code]
    if refused:
        last = max(refused, key=lambda twin: twin.id)
        yield Flag("rejected_before", "warn", f"Lần trước không được chấp nhận ({short_moment(last.decided_at)})")


def _photo_flags(declaration: Flagged, facts: _Facts) -> Iterable[Flag]:
    notes: dict[QualityNote, list[str]] = defaultdict(list)
    for photo in facts.photos:
        if photo.declaration_id != declaration.id:
            continue
        for note in photo.notes:
            if note in BAD_PHOTO_NOTES:
                notes[QualityNote(note)].append(PHOTOS[photo.kind].lower())
        card = photo.citizen_card
        if card and declaration.id_number not in (card["number"], card["old_number"]):
            yield Flag("qr_differs", "warn", f"Số trên mã QR của ảnh {PHOTOS[photo.kind].lower()} khác số đã khai")
    for note, kinds in notes.items():
        yield Flag(f"photo_{note.value}", "warn", f"{note.label.capitalize()}: {', '.join(kinds)}")
