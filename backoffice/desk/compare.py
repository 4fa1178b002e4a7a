"""The table "Đối chiếu" of a declaration: declared, QR on the uploaded photo, scanned at the desk (D5, D11).

Pure: what is compared and how is in identity.difference; here are the declaration's values, labels and notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from backoffice.desk.photo_facts import PhotoFacts
from backoffice.identity.difference import Cell, Difference, Field, Verdict, as_information, differences
from backoffice.identity.papers import ADULT_FROM, Sex, age_note, age_on, citizen_number_faults
from backoffice.identity.proof import is_guardians
from backoffice.identity.qr import CitizenCard
from backoffice.identity.said import Said, said_by_card, said_by_scan
from backoffice.identity.scan import CitizenScan, HealthScan, Scan
from backoffice.models import Declaration, IdType
from backoffice.rules.places import find_place

__all__ = ["LABELS", "Cell", "Difference", "Field", "Verdict", "address", "card_of", "compare", "notes", "three_way"]

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
_FIELD_OF = {IdType.CITIZEN_ID: Field.NUMBER, IdType.OLD_ID: Field.OLD_NUMBER, IdType.PASSPORT: Field.PASSPORT}
_GUARDIANS = "giấy tờ của người giám hộ"

Line = dict[str, str]


def card_of(photos: Sequence[PhotoFacts]) -> CitizenCard | None:
    """Return what the CCCD's QR on one of the photos says, None when none was read."""
    cards = [photo.citizen_card for photo in photos if photo.citizen_card]
    return CitizenCard.from_dict(cards[0]) if cards else None


def three_way(declaration: Declaration, card: CitizenCard | None, scan: Scan | None) -> list[Difference]:
    """Return the lines of the table: number, old number, name, date of birth, sex, address.

    The passport's line only where one was declared, that of the BHXH code only when one was scanned, those of CCCD and
    CMND only where there is something in them. On a child's declaration what differs on the guardian's paper is
    information (D11). `card` is the QR on the photo, `scan` what was scanned last at the desk.
    """
    declared, photo, scanned = _said(declaration), said_by_card(card), said_by_scan(scan)
    lines = [line for line in differences(declared, photo, scanned) if _is_shown(line)]
    if is_guardians(photo, declaration) or is_guardians(scanned, declaration):
        return [as_information(line, _GUARDIANS) for line in lines]
    return lines


def notes(declaration: Declaration, card: CitizenCard | None, scan: Scan | None, today: date) -> list[str]:
    """Return what the officer should know beside the table, as Vietnamese sentences.

    What could not be read of the scan; where the number of the CCCD, declared or scanned, contradicts date of birth or
    sex, or the 12-digit BHXH code; whether the person is a child on the day `today` (D11).
    """
    found = [*scan.notes] if isinstance(scan, CitizenScan | HealthScan) else []
    found += _number_notes(declaration, card, scan)
    found.append(_age(declaration, card, scan, today))
    return [*dict.fromkeys(note for note in found if note)]


def compare(declaration: Declaration, card: CitizenCard | None) -> list[Line]:
    """Return one line a field without a scan: label, declared, read, and a verdict (kind good, near, bad, none; word).

    The two-column form of `three_way`, with one number: that of the paper declared.
    """
    own = _FIELD_OF[declaration.id_type]
    shown = (own, Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.ADDRESS)
    return [_line(line) for line in differences(_said(declaration), said_by_card(card), Said(), shown)]


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


def _is_shown(line: Difference) -> bool:
    if line.field is Field.PASSPORT:
        return bool(line.declared.text)
    if line.field is Field.BHXH_CODE:
        return bool(line.scanned.text)
    if line.field in (Field.NUMBER, Field.OLD_NUMBER):
        return any(cell.text for cell in (line.declared, line.photo, line.scanned))
    return True


def _number_notes(declaration: Declaration, card: CitizenCard | None, scan: Scan | None) -> list[str]:
    found: list[str] = []
    number, code = declaration.id_number, declaration.bhxh_code
    if declaration.id_type is IdType.CITIZEN_ID:
        found += citizen_number_faults(number, declaration.date_of_birth)
        found += citizen_number_faults(number, None, _sex_on_paper(number, card, scan), source="trên thẻ")
        if len(code) == 12 and code != number:
            found.append("Mã số BHXH 12 chữ số là số CCCD của người đó, ở đây hai số khác nhau.")
    if isinstance(scan, CitizenScan) and scan.number:
        found += citizen_number_faults(scan.number, scan.date_of_birth, scan.sex, source="trên thẻ")
    return found


def _sex_on_paper(number: str, card: CitizenCard | None, scan: Scan | None) -> Sex | None:
    """Return the sex that a card with this number says, the scanned one before the photo's."""
    papers = [paper for paper in (scan, card) if isinstance(paper, CitizenScan | CitizenCard)]
    return next((paper.sex for paper in papers if paper.number == number and paper.sex), None)


def _age(declaration: Declaration, card: CitizenCard | None, scan: Scan | None, today: date) -> str:
    """Return the note on age: by the paper scanned, else as declared, else by the photo."""
    said = [said_by_scan(scan), _said(declaration), said_by_card(card)]
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
    is_judged = line.field is not Field.ADDRESS
    return {
        "label": LABELS[line.field],
        "declared": line.declared.text or undeclared(line.field),
        "read": line.photo.text,
        "kind": line.verdict.kind if is_judged else "none",
        "word": line.verdict.word if is_judged else "",
    }
