"""Form 01 on paper (D2, D3, D10, K4, K5): what the citizen prints, signs and hands in at the receiving office."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain

from backoffice.gateways.pdf.compiler import compile_pdf, compile_png
from backoffice.gateways.pdf.pictures import photo_svg, qr_svg
from backoffice.gateways.pdf.printable import INSTEAD, printable
from backoffice.identity.bhxh_code import group_code
from backoffice.identity.phone import group_phone
from backoffice.kernel import clock

TEMPLATE = "form01.typ"
MANY = "form01s.typ"
PHOTOS = ("portrait", "id_front", "id_back", "birth_certificate")
ID_TYPES = {"citizen_id": "Căn cước/CCCD", "old_id": "CMND", "passport": "Hộ chiếu"}
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Contact address in names, not codes; `district` only where the address is in the shape before July 2025."""

    province: str
    ward: str | None
    line: str
    district: str | None = None


@dataclass(frozen=True, kw_only=True)
class Guardian:
    """Who declares for a child (D11): BHXH code and full name."""

    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an adjustment changes (D2), in words: what it is, as the account has it, as it is to be; "" for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Form01:
    """All that form 01 shows (D2, D3). Photos are JPEG bytes; `declared_at` is aware; `deadline` a day in Vietnam.

    `receipt_code` is as printed, hyphens included; `purpose` is register, adjust or stop; `id_type` citizen_id, old_id
    or passport; `registered_at` portal, ivan or None. None and "" mean: not declared. `turned` holds the degrees
    clockwise (90, 180, 270), by the name of the photo, of those that do not lie upright. `corrected_at` (aware) is when
    a typing error was last put right at the desk, in the fields named in `corrected`; `version` how often the citizen
    sent it. `changes` are those of an adjustment.
    """

    receipt_code: str
    purpose: str
    bhxh_code: str
    full_name: str
    id_type: str | None
    id_number: str | None
    address: Address
    phone: str
    office_code: str
    office_name: str
    declared_at: datetime
    undertaking: str
    consent: str
    date_of_birth: date | None = None
    email: str | None = None
    start_date: date | None = None
    registered_at: str | None = None
    office_address: str | None = None
    office_phone: str | None = None
    submission_method: str | None = None
    contact_person: str | None = None
    guardian: Guardian | None = None
    changes: tuple[Change, ...] = ()
    population_db_verified: bool = False
    deadline: date | None = None
    corrected_at: datetime | None = None
    corrected: tuple[str, ...] = ()
    version: int = 1
    portrait: bytes | None = None
    id_front: bytes | None = None
    id_back: bytes | None = None
    birth_certificate: bytes | None = None
    turned: Mapping[str, int] = field(default_factory=dict)


def render_form01(form: Form01) -> bytes:
    """Return the form as PDF/A: one A4 page, a second only for very long text. The same form gives the same bytes.

    Nothing declared is read as markup; what no font can print is shown as □. A photo that is no readable JPEG leaves a
    frame that says so. Safe in threads; raises RuntimeError in a child forked after its parent made a document.
    """
    return compile_pdf(TEMPLATE, *document_of(form), created=form.corrected_at or form.declared_at)


def render_forms(forms: Sequence[Form01]) -> bytes:
    """Return the forms one after the other in one PDF/A, each from a page of its own on; see `render_form01`.

    Holds all their photos at once: a hundred are some 20 MB. Raises ValueError without any form.
    """
    if not forms:
        raise ValueError("no form to print")
    shown: list[dict[str, object]] = []
    pictures: dict[str, str] = {}
    for at, form in enumerate(forms):
        content, drawn = document_of(form)
        shown.append(content)
        pictures |= {f"{at}.{name}": svg for name, svg in drawn.items()}
    newest = max(form.corrected_at or form.declared_at for form in forms)
    return compile_pdf(MANY, {"forms": shown}, pictures, created=newest)


def preview_form01(form: Form01, *, ppi: int = 110) -> list[bytes]:
    """Return the pages of the same form as PNG images, `ppi` pixels an inch."""
    return compile_png(TEMPLATE, *document_of(form), ppi=ppi)


def document_of(form: Form01) -> tuple[dict[str, object], dict[str, str]]:
    """Return what the template shows, every text printable, and the pictures it names."""
    drawn = _drawn(form)
    return _content(form, drawn), {name: svg for name, svg in drawn.items() if svg is not None}


def _drawn(form: Form01) -> dict[str, str | None]:
    """Return the photos that the declaration carries as SVG, None for one that cannot be read."""
    photos = {name: getattr(form, name) for name in PHOTOS}
    return {name: photo_svg(jpeg, form.turned.get(name, 0)) for name, jpeg in photos.items() if jpeg is not None}


def _content(form: Form01, drawn: Mapping[str, str | None]) -> dict[str, object]:
    texts = {name: printable(text) for name, text in _texts(form).items()}
    guardian = form.guardian and {"code": group_code(form.guardian.code), "name": printable(form.guardian.name)}
    changes = [[printable(text) for text in (one.label, one.before, one.after)] for one in form.changes]
    shown = (*texts.values(), *(guardian or {}).values(), *chain.from_iterable(changes))
    return {
        **texts,
        "guardian": guardian,
        "changes": changes,
        "purpose": form.purpose,
        "registered_at": form.registered_at,
        "population_db_verified": form.population_db_verified,
        "deadline": _day_in_words(form.deadline) if form.deadline else None,
        "replaced": any(INSTEAD in text for text in shown),
        "bring": list(_papers_to_bring(form)),
        "qr": qr_svg(form.receipt_code.replace("-", "")),
        "portrait": _picture("portrait", drawn),
        "papers": list(_papers(form, drawn)),
    }


def _texts(form: Form01) -> dict[str, str]:
    """Return the texts that came from outside, as they read on paper; "" for what was not declared."""
    address = form.address
    parts = (address.line, address.ward, address.district, address.province)
    return {
        "receipt_code": form.receipt_code,
        "full_name": form.full_name,
        "bhxh_code": group_code(form.bhxh_code),
        "date_of_birth": _day(form.date_of_birth),
        "id_type": ID_TYPES.get(form.id_type or "", ""),
        "id_number": group_code(form.id_number or ""),
        "address": ", ".join(part for part in parts if part),
        "phone": group_phone(form.phone),
        "email": form.email or "",
        "start_date": _day(form.start_date),
        "submission_method": form.submission_method or "",
        "contact_person": form.contact_person or "",
        "office_code": form.office_code,
        "office_name": form.office_name,
        "office_address": form.office_address or "",
        "office_phone": form.office_phone or "",
        "declared_at": _moment(form.declared_at),
        "version": f"bản {form.version}" if form.version > 1 else "",
        "corrected": f"{_moment(form.corrected_at)} ({', '.join(form.corrected)})" if form.corrected_at else "",
        "undertaking": form.undertaking,
        "consent": form.consent,
    }


def _papers_to_bring(form: Form01) -> Iterator[str]:
    """Yield what to bring to the desk (K1, D11)."""
    yield "tờ khai này, đã ký và ghi rõ họ tên"
    if form.guardian is None:
        yield "căn cước/CCCD hoặc hộ chiếu, bản gốc còn hạn (hoặc xuất trình trên VNeID)"
    else:
        yield "giấy khai sinh của trẻ, giấy tờ giám hộ nếu không phải là cha, mẹ"
        yield "căn cước/CCCD hoặc hộ chiếu của cha, mẹ hoặc người giám hộ, bản gốc còn hạn"
    yield "thẻ BHYT (nếu có)"


def _papers(form: Form01, drawn: Mapping[str, str | None]) -> Iterator[dict[str, object]]:
    """Yield the photos of papers that the declaration carries, with their captions."""
    passport = form.id_type == "passport"
    captions = {
        "id_front": "Hộ chiếu - trang thông tin" if passport else "Giấy tờ tùy thân - mặt trước",
        "id_back": "Giấy tờ tùy thân - mặt sau",
        "birth_certificate": "Giấy khai sinh",
    }
    for name, caption in captions.items():
        if picture := _picture(name, drawn):
            yield {"caption": caption, "picture": picture}


def _picture(name: str, drawn: Mapping[str, str | None]) -> dict[str, object] | None:
    return {"readable": drawn[name] is not None, "name": name} if name in drawn else None


def _moment(instant: datetime) -> str:
    return f"{clock.local(instant):%H:%M ngày %d/%m/%Y}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _day_in_words(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, ngày {day.day} tháng {day.month} năm {day.year}"
