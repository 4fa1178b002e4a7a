"""The table "Đối chiếu" of a declaration: declared, QR on the uploaded photo, scanned at the desk (D5, D11).

Pure: what is compared and how is in identity.difference; here are the declaration's values, labels and notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from backoffice.desk.photo_facts import PhotoFacts
from backoffice.identity.difference import Cell, Difference, Field, Verdict, as_information, differences
from backoffice.identity.papers import ADULT_FROM, Sex, age_note, age_on, citizen_number_faults
from backoffice.identity.proof import is_guardians
from backoffice.identity.qr import CitizenCard
from backoffice.identity.said import Said, said_by_card, said_by_scan
from backoffice.identity.scan import CitizenScan, HealthScan, NumberScan, Scan
from backoffice.models import Declaration, IdType
from backoffice.rules.places import find_place

__all__ = ["LABELS", "Cell", "Difference", "Field", "Verdict", "address", "card_of", "notes", "table", "three_way"]

UNDECLARED = "không khai"
LABELS: dict[Field, str] = {
    Field.NUMBER: "Số CCCD",
    Field.OLD_NUMBER: "Số CMND",
    Field.PASSPORT: "Số hộ chiếu",
    Field.BHXH_CODE: "Mã số BHXH",
    Field.NAME: "Họ tên",
    Field.DATE_OF_BIRTH: "Ngày sinh",
    Field.SEX: "Giới tính",
    Field.ADDRESS: "Địa chỉ",
}
_GUARDIANS = "giấy tờ của người giám hộ"

Line = dict[str, Any]


def card_of(photos: Sequence[PhotoFacts]) -> CitizenCard | None:
    """Return what the CCCD's QR on one of the photos says, None when none was read."""
    cards = [photo.citizen_card for photo in photos if photo.citizen_card]
    return CitizenCard.from_dict(cards[0]) if cards else None


def three_way(declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan] = ()) -> list[Difference]:
    """Return the lines of the table: number, old number, name, date of birth, sex, address.

    The passport's line only where one was declared, that of the BHXH code only when one was scanned, those of CCCD and
    CMND only where there is something in them. On a child's declaration what differs on the guardian's paper is
    information (D11). `card` is the QR on the photo, `scans` what was scanned at the desk, the newest of each kind: a
    line shows the scan that differs, else the ID's before a number's and the health card's.
    """
    ordered: list[Scan | None] = [*sorted(scans, key=_rank)] or [None]
    tables = [_lines(declaration, card, scan) for scan in ordered]
    return [line for line in map(_telling, zip(*tables, strict=True)) if _is_shown(line)]


def notes(declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan], today: date) -> list[str]:
    """Return what the officer should know beside the table, as Vietnamese sentences.

    What could not be read of a scan; where the number of the CCCD, declared or scanned, contradicts date of birth or
    sex, or the 12-digit BHXH code; whether the person is a child on the day `today` (D11).
    """
    ordered = sorted(scans, key=_rank)
    found = [note for scan in ordered if isinstance(scan, CitizenScan | HealthScan) for note in scan.notes]
    found += _number_notes(declaration, card, ordered)
    found.append(_age(declaration, card, ordered, today))
    return [*dict.fromkeys(note for note in found if note)]


def table(declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan] = ()) -> list[Line]:
    """Return `three_way` as the screen shows it, one line a field.

    label, kind (good, near, bad, none), word ("trùng"; "" where nothing was compared), why, is_wide (an address, too
    long for a column), and the cells declared, photo, scanned: lists of pieces (text, whether it differs), empty for
    nothing.
    """
    return [_line(line) for line in three_way(declaration, card, scans)]


def address(declaration: Declaration) -> str:
    """Return the contact address in one line, with the names of its places."""
    place = find_place(declaration.province_code, declaration.district_code, declaration.ward_code)
    return place.one_line(declaration.address_line)


def undeclared(field: Field) -> str:
    """Return what stands in the declared column when there is nothing: "không khai", or "–" where nobody is asked."""
    return UNDECLARED if field in (Field.NAME, Field.DATE_OF_BIRTH, Field.ADDRESS) else "–"


def _said(declaration: Declaration) -> Said:
    """Return what was declared; a BHXH code of 12 digits is the number of the CCCD too."""
    born, code = declaration.date_of_birth, declaration.bhxh_code
    number = code if len(code) == 12 else None
    return Said(
        number=declaration.id_number if declaration.id_type is IdType.CITIZEN_ID else number,
        old_number=declaration.id_number if declaration.id_type is IdType.OLD_ID else None,
        passport=declaration.id_number if declaration.id_type is IdType.PASSPORT else None,
        bhxh_code=code,
        name=declaration.full_name,
        date_of_birth=(born, born.year) if born else None,
        address=address(declaration),
    )


def _rank(scan: Scan) -> int:
    return next((at for at, kind in enumerate((CitizenScan, NumberScan, HealthScan)) if isinstance(scan, kind)), 3)


def _lines(declaration: Declaration, card: CitizenCard | None, scan: Scan | None) -> list[Difference]:
    """Return the whole table for one scan."""
    photo, scanned = said_by_card(card), said_by_scan(scan)
    lines = differences(_said(declaration), photo, scanned)
    if is_guardians(photo, declaration) or is_guardians(scanned, declaration):
        return [as_information(line, _GUARDIANS) for line in lines]
    if isinstance(scan, HealthScan):
        return [replace(line, why=line.why.replace("giấy tờ vừa quét", "thẻ BHYT vừa quét")) for line in lines]
    return lines


def _telling(lines: Sequence[Difference]) -> Difference:
    """Return of one field's lines, one for each scan, the one to show."""
    differing = (line for line in lines if line.scanned.verdict is Verdict.DIFFERENT)
    scanned = (line for line in lines if line.scanned.text)
    return next(differing, None) or next(scanned, lines[0])


def _is_shown(line: Difference) -> bool:
    if line.field is Field.PASSPORT:
        return bool(line.declared.text)
    if line.field is Field.BHXH_CODE:
        return bool(line.scanned.text)
    if line.field in (Field.NUMBER, Field.OLD_NUMBER):
        return any(cell.text for cell in (line.declared, line.photo, line.scanned))
    return True


def _number_notes(declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan]) -> list[str]:
    found: list[str] = []
    number, code = declaration.id_number, declaration.bhxh_code
    is_own = declaration.guardian_bhxh_code is None
    if declaration.id_type is IdType.CITIZEN_ID and is_own:
        found += citizen_number_faults(number, declaration.date_of_birth)
        found += citizen_number_faults(number, None, _sex_on_paper(number, card, scans), source="trên thẻ")
        if len(code) == 12 and code != number:
            found.append("Mã số BHXH 12 chữ số là số CCCD của người đó, ở đây hai số khác nhau.")
    for scan in scans:
        if isinstance(scan, CitizenScan) and scan.number:
            found += citizen_number_faults(scan.number, scan.date_of_birth, scan.sex, source="trên thẻ")
    return found


def _sex_on_paper(number: str, card: CitizenCard | None, scans: Sequence[Scan]) -> Sex | None:
    """Return the sex that a card with this number says, the scanned one before the photo's."""
    papers = [paper for paper in (*scans, card) if isinstance(paper, CitizenScan | CitizenCard)]
    return next((paper.sex for paper in papers if paper.number == number and paper.sex), None)


def _age(declaration: Declaration, card: CitizenCard | None, scans: Sequence[Scan], today: date) -> str:
    """Return the note on age: by the paper scanned, else as declared, else by the photo."""
    said = [*map(said_by_scan, scans), _said(declaration), said_by_card(card)]
    births = [one.date_of_birth[0] for one in said if one.date_of_birth and not is_guardians(one, declaration)]
    born = next((day for day in births if day), None)
    if born is None:
        return ""
    if declaration.guardian_bhxh_code is None:
        return age_note(today, born)
    age = age_on(today, born)
    grown = f"Người này đã {age} tuổi: tự đăng ký bằng giấy tờ của mình, không qua người giám hộ."
    return grown if age >= ADULT_FROM else ""


def _line(line: Difference) -> Line:
    declared = line.declared.segments or ((undeclared(line.field), False),)
    return {
        "label": LABELS[line.field],
        "kind": line.verdict.kind,
        "word": line.verdict.word,
        "why": line.why,
        "is_wide": line.field is Field.ADDRESS,
        "declared": declared,
        "photo": line.photo.segments,
        "scanned": line.scanned.segments,
    }
