"""Entering a declaration for the citizen at the desk: what is typed, scanned, photographed (issue 10, point 10).

Common to all: `token` opens the officer's own draft (intake.drafts); it is over for anybody else, and two hours after
it was last touched. What was scanned rests in it, sealed like what is typed, and counts for the ledger once it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.assisted.reading import is_same, merged, said_by
from backoffice.identity.phone import mask_phone
from backoffice.identity.scan import LONGEST_SCAN, CitizenScan, read_scan
from backoffice.intake import drafts
from backoffice.intake.draft_rows import (
    Draft,
    DraftOver,
    DraftSent,
    begin_in,
    begin_under,
    delete_rows,
    draft_of,
    held_open,
    is_token,
)
from backoffice.intake.draft_values import PLACE, SWITCHES
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    AccountStatus,
    DraftKind,
    IdType,
    PhotoKind,
    TrailEvent,
)
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.place_text import read_place

SCANS = ("child", "health", "number", "citizen")
"""Kinds of what is scanned, the newest of each kept in the draft as `_scan_<kind>`: "citizen" is who presents it, so on
a child's the guardian, and comes last: it is the ID that counts (D11).
"""
OF_A_CARD = (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK)
OFFERED, NOTES = "_offered", "_notes"
_NO_CARD = (
    "Chưa quét căn cước/CCCD bản gốc của cha, mẹ hoặc người giám hộ. Xin quét thẻ vào đây trước, rồi bấm lại “Khai cho "
    "con”."
)
_NO_ACCOUNT = (
    "Người vừa quét thẻ chưa có tài khoản đang mở với đúng số giấy tờ này. Xin lập tờ khai cho người lớn trước; duyệt "
    "xong thì quét lại thẻ và khai cho con ngay."
)


class Person(NamedTuple):
    """The owner of an account as known by the card just scanned: for the officer to recognise; the phone masked."""

    account_id: int
    name: str
    phone: str


def begin(officer: Actor, values: Mapping[str, str] | None = None, token: str = "") -> str:
    """Begin an adult's draft of the officer and return its token.

    `token` was given to the browser with the empty page: of two requests at once both write to one draft.
    """
    require(officer, Do.ENTER_FOR_CITIZEN)
    known = _of_office(officer, values or {})
    if not is_token(token):
        return drafts.begin(DraftKind.REGISTER, known, officer_id=officer.id)
    try:
        with transaction() as session:
            begin_under(session, token, DraftKind.REGISTER, known).officer_id = officer.id
        return token
    except IntegrityError:
        return _taken(token, officer, values or {}, known)


def _taken(token: str, officer: Actor, values: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Return the draft's token although that one is taken: the twin of this request has it, or a draft that is over."""
    try:
        keep(token, officer, values)
        return token
    except (DraftOver, DraftSent):
        return drafts.begin(DraftKind.REGISTER, known, officer_id=officer.id)


def open_sitting(token: str, officer: Actor) -> Draft:
    """Return the draft as it stands. Raises DraftOver."""
    require(officer, Do.ENTER_FOR_CITIZEN)
    return drafts.open_draft(token, officer)


def keep(token: str, officer: Actor, typed: Mapping[str, str]) -> Draft:
    """Write what was typed; what a card offered is dropped where it was typed now. Raises DraftOver, DraftSent."""
    require(officer, Do.ENTER_FOR_CITIZEN)
    offered = {
        name: value
        for name, value in offers(drafts.open_draft(token, officer)).items()
        if not is_same(name, typed.get(name, ""), value)
    }
    return drafts.put(token, _of_office(officer, typed) | {OFFERED: json.dumps(offered)}, officer)


def take_scan(token: str, officer: Actor, text: str) -> Draft:
    """Fill what was scanned into empty fields and keep it for the ledger; what was typed otherwise stays, offered.

    Raises InvalidInput (field scan) on what is no card and no number, DraftOver, DraftSent.
    """
    found = open_sitting(token, officer)
    scan = read_scan(text)
    said = said_by(scan, found.kind)
    if not said.kind:
        raise InvalidInput([Fault("scan", " ".join(said.notes))])
    is_guardians = _is_guardians(found, scan)
    kind = "child" if found.kind is DraftKind.CHILD and said.kind == "citizen" and not is_guardians else said.kind
    new: dict[str, str] = {f"_scan_{kind}": text[:LONGEST_SCAN], NOTES: " ".join(said.notes)}
    if not is_guardians:
        both = merged(found.values, said.values)
        new |= both.filled | {OFFERED: json.dumps(offers(found) | both.offered)}
        if isinstance(scan, CitizenScan) and found.kind is not DraftKind.CHILD and scan.address:
            new |= _address(found, scan.address)
    return drafts.put(token, new, officer)


def wanted_photos(found: Draft) -> tuple[PhotoKind, ...]:
    """Return which photos the draft wants (D4); while no paper is named, those of a card."""
    if found.kind is DraftKind.REGISTER and not found.values.get("id_type"):
        return OF_A_CARD
    return drafts.wanted_photos(found)


def decide_offer(token: str, officer: Actor, name: str, *, take: bool) -> Draft:
    """Take what the card says for field `name`, or leave what was typed; an offer that is none changes nothing."""
    found = open_sitting(token, officer)
    left = dict(offers(found))
    value = left.pop(name, None)
    taken = {name: value} if take and value is not None else {}
    return drafts.put(token, taken | {OFFERED: json.dumps(left)}, officer)


def offers(found: Draft) -> dict[str, str]:
    """Return what a card said otherwise than was typed, by field."""
    known: dict[str, str] = json.loads(found.values.get(OFFERED) or "{}")
    return known


def owner(found: Draft, officer: Actor) -> Person | None:
    """Return whose open account the draft rests on, or the ID just scanned proves; a look that is written down.

    It counts as an exact search, so that the account's page opens from here (K9). None without a scanned ID, or an
    account of that number.
    """
    if found.account_id is None and not found.values.get("_scan_citizen"):
        return None
    with transaction() as session:
        account = session.get(Account, found.account_id) if found.account_id else _scanned_account(session, found)
        if account is None or account.status is AccountStatus.CLOSED:
            return None
        sought = {"id_number": lookup_hash("id_number", account.id_number).hex()}
        record(session, TrailEvent.SEARCH, officer, account=account, sought=sought, listed=[], accounts=[account.id])
        return Person(account.id, account.full_name, mask_phone(account.phone))


def turn_to_child(token: str, officer: Actor) -> str:
    """Begin a child's draft with the guardian whose ID was scanned, in place of the draft; return its token (D11).

    The guardian is proven by the card alone, without password: its number is the open account's. Raises InvalidInput
    (field scan) without a card or account, DraftOver, DraftSent.
    """
    require(officer, Do.ENTER_FOR_CITIZEN)
    with transaction() as session:
        row = held_open(session, token, officer)
        found = draft_of(row, token)
        if not found.values.get("_scan_citizen"):
            raise InvalidInput([Fault("scan", _NO_CARD)])
        account = _scanned_account(session, found)
        if account is None:
            raise InvalidInput([Fault("scan", _NO_ACCOUNT)])
        record(session, TrailEvent.ACCOUNT_COMPARE, officer, account=account)
        values = _of_office(officer, {"_scan_citizen": found.values["_scan_citizen"]})
        delete_rows(session, [row])
        return begin_in(session, DraftKind.CHILD, values, officer_id=officer.id, account_id=account.id)


def _of_office(officer: Actor, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values with the officer's office as the one that takes it; boxes that were not ticked are emptied."""
    known = {name: value for name, value in values.items() if name not in ("guardian_bhxh_code", "office_code")}
    return dict.fromkeys(SWITCHES, "") | known | {"office_code": officer.office_code}


def _scanned_account(session: Session, found: Draft) -> Account | None:
    """Return the open account whose paper is the card scanned, by its number or its old one; never a child's (D11)."""
    card = read_scan(found.values.get("_scan_citizen", ""))
    if not isinstance(card, CitizenScan):
        return None
    is_it = [
        (Account.id_type == kind) & (Account.id_number == number)
        for kind, number in ((IdType.CITIZEN_ID, card.number), (IdType.OLD_ID, card.old_number))
        if number
    ]
    is_open = Account.status != AccountStatus.CLOSED, Account.guardian_id.is_(None)
    query = select(Account).where(or_(*is_it), *is_open).order_by(Account.id_type).limit(1)
    return session.scalars(query).one_or_none() if is_it else None


def _is_guardians(found: Draft, scan: object) -> bool:
    """Tell whether it is the guardian's card once more, on a child's draft: it says nothing of the child."""
    if found.kind is not DraftKind.CHILD or not isinstance(scan, CitizenScan):
        return False
    before = read_scan(found.values.get("_scan_citizen", ""))
    return isinstance(before, CitizenScan) and before.number == scan.number


def _address(found: Draft, address: str) -> dict[str, str]:
    """Return where the card says its owner lives, unless something of it was typed."""
    if any(found.values.get(name) for name in PLACE):
        return {}
    lies = read_place(address)
    codes = {}
    if lies.place is not None:
        units = zip(PLACE, (lies.place.province, lies.place.district, lies.place.ward), strict=False)
        codes = {name: unit.code if unit else "" for name, unit in units}
    return codes | {"_place_q": lies.sought, "line": lies.line}
