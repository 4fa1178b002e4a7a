"""What was scanned at the desk for a declaration, the newest of each kind, and what it proves (issue 4, items 2, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from backoffice.identity.proof import Proof, is_guardians, is_of, proves
from backoffice.identity.said import said_by_scan
from backoffice.identity.scan import CitizenScan, HealthScan, NumberKind, NumberScan, Scan, scan_from_dict
from backoffice.kernel.direct import Direct
from backoffice.models import Declaration, DeskScan, Item, columns_of

_S = columns_of(DeskScan)
_KIND = _S.read["kind"].astext
_NEWEST = Direct(
    select(_S.read)
    .where(_S.declaration_id == bindparam("declaration", type_=BigInteger()))
    .ext(distinct_on(_KIND))
    .order_by(_KIND, _S.id.desc())
)


def newest_scans(session: Session, declaration_id: int) -> list[Scan]:
    """Return what was scanned last of each kind: an ID, a health card, a number.

    A number that was typed while the scanner failed no longer counts once the card itself was read.
    """
    scans = [scan_from_dict(read) for read in _NEWEST.values(session, {"declaration": declaration_id})]
    return [scan for scan in scans if not (isinstance(scan, NumberScan) and _is_on_a_card(scan, scans))]


def proofs(scans: Sequence[Scan], declaration: Declaration) -> dict[Item, Proof]:
    """Return what the scans say of the declaration's items; where they disagree, it differs."""
    found: dict[Item, Proof] = {}
    for scan in scans:
        for name, proof in proves(scan, declaration).items():
            known = found.get(Item(name))
            found[Item(name)] = proof if known is None or not proof.fills else known
    return found


def born_by(scans: Sequence[Scan], declaration: Declaration) -> date | None:
    """Return the date of birth on the person's own card, for where none was declared; None when none was scanned."""
    cards = [scan for scan in scans if isinstance(scan, CitizenScan | HealthScan) and _is_own(scan, declaration)]
    return next((card.date_of_birth for card in cards if card.date_of_birth), None)


def known_birth(session: Session, declaration: Declaration) -> date | None:
    """Return the date of birth declared, else the one scanned; None while neither is known."""
    if declaration.date_of_birth is not None:
        return declaration.date_of_birth
    return born_by(newest_scans(session, declaration.id), declaration)


def _is_on_a_card(number: NumberScan, scans: Sequence[Scan]) -> bool:
    if number.kind is NumberKind.BHXH_CODE:
        return any(isinstance(scan, HealthScan) and scan.code for scan in scans)
    read = [scan for scan in scans if isinstance(scan, CitizenScan)]
    return any(scan.number if number.kind is NumberKind.CITIZEN_ID else scan.old_number for scan in read)


def _is_own(scan: Scan, declaration: Declaration) -> bool:
    """Tell whether a card is that of the very person declared: not the guardian's, nor one of somebody else."""
    if declaration.guardian_bhxh_code is not None:
        return not is_guardians(said_by_scan(scan), declaration)
    return is_of(scan, declaration) is True
