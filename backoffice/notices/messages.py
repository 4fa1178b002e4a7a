"""The words of every message, rendered from templates/messages; pure: no database, no clock (wording.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backoffice.config import ROOT
from backoffice.identity.phone import mask_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.passwords import LENGTH
from backoffice.models import Account, CredentialIssue, Declaration, IdType, NoticeKind, Office
from backoffice.rules.reasons import Reason, plain_sms, screen_reasons, sms_reasons

MASK = "*" * LENGTH
"""Stands for the password in what is kept; as long as the password, so that parts and characters are exact."""
SMS_LENGTH = 160
OFFICE_LENGTH = 24

PAPERS = (
    "Mẫu số 01 đã in, ký và ghi rõ họ tên",
    "Căn cước/CCCD hoặc hộ chiếu, bản gốc còn hạn (hoặc xuất trình trên VNeID)",
    "Thẻ BHYT (nếu có)",
)
"""What an adult brings to the desk (K1, D10)."""
ID_LABELS = {IdType.CITIZEN_ID: "Căn cước/CCCD", IdType.OLD_ID: "CMND", IdType.PASSPORT: "Hộ chiếu"}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")

# What GSM-7 lacks or sends as two characters, each in its place something that costs one.
_TO_GSM7 = str.maketrans("[]{}\\^~|`", "()()/ -/'")


@dataclass(frozen=True)
class Mail:
    """One e-mail's words: subject, plain text, and the same in HTML."""

    subject: str
    text: str
    html: str


def received_sms(declaration: Declaration, office: Office) -> str:
    """Return the confirmation: where to go, with which papers, by which day (D7, D10, K5)."""
    return _sms(NoticeKind.RECEIVED, **_where_and_when(declaration, office, "%d/%m/%Y"))


def reminder_sms(declaration: Declaration, office: Office) -> str:
    """Return the reminder of a declaration nobody has handed in yet (K4, K5)."""
    return _sms(NoticeKind.REMINDER, **_where_and_when(declaration, office, "%d/%m/%Y"))


def approved_sms(account: Account, issue: CredentialIssue) -> str:
    """Return the SMS with user name and password (K2), the password as MASK."""
    until = clock.local(issue.expires_at).strftime("%H:%M %d/%m")
    return _sms(NoticeKind.APPROVED, username=account.bhxh_code, password=MASK, until=until)


def reset_sms(account: Account, issue: CredentialIssue) -> str:
    """Return the SMS with a new password, as MASK; of the user name only the last four digits are told (K9)."""
    until = clock.local(issue.expires_at).strftime("%H:%M %d/%m")
    return _sms(NoticeKind.RESET, tail=account.bhxh_code[-4:], password=MASK, until=until)


def rejected_sms(declaration: Declaration, reasons: Sequence[str], note: str) -> str:
    """Return the refusal with as many reasons as fit (K3); with phone_not_own it names nobody."""
    return _sms(
        NoticeKind.REJECTED,
        receipt=format_receipt_code(declaration.receipt_code),
        phone_not_own=Reason.PHONE_NOT_OWN in reasons,
        reasons_sms=sms_reasons(reasons, note),
    )


def supplement_sms(declaration: Declaration, office: Office, note: str, until: datetime | None = None) -> str:
    """Return the SMS that says what is missing, where and until when to bring it (K7); a long note is cut.

    `until` is the deadline; by default the one the declaration has.
    """
    known = _where_and_when(declaration, office, "%d/%m", until)
    room = SMS_LENGTH - len(_sms(NoticeKind.SUPPLEMENT, note_sms="", **known))
    words = plain_sms(note)
    if not any(char.isalpha() for char in words):  # nothing of it is left in an SMS
        words = "xem phieu yeu cau bo sung"
    return _sms(NoticeKind.SUPPLEMENT, note_sms=_cut(words, room), **known)


def form01_mail(declaration: Declaration, office: Office) -> Mail:
    """Return the letter that carries form 01 (D9), with deadline, office and papers to bring (D10)."""
    return _mail(NoticeKind.FORM01, **_letter(declaration), office=office, deadline=last_day(_expires(declaration)))


def approved_mail(declaration: Declaration, account: Account, issue: CredentialIssue, office: Office) -> Mail:
    """Return the acceptance with the account's data, the password never (K2)."""
    return _mail(
        NoticeKind.APPROVED,
        receipt=format_receipt_code(declaration.receipt_code),
        name=account.full_name,
        username=account.bhxh_code,
        id_label=ID_LABELS[account.id_type],
        id_masked=mask_code(account.id_number),
        phone_masked=mask_phone(account.phone),
        opened_day=clock.local(account.opened_at).strftime("%d/%m/%Y"),
        until=clock.local(issue.expires_at).strftime("%H:%M ngày %d/%m/%Y"),
        office=office,
    )


def rejected_mail(declaration: Declaration, reasons: Sequence[str], note: str) -> Mail:
    """Return the refusal with every reason and the note (K3)."""
    return _mail(NoticeKind.REJECTED, **_letter(declaration), reasons=screen_reasons(reasons, note))


def supplement_mail(declaration: Declaration, office: Office, note: str, until: datetime | None = None) -> Mail:
    """Return the letter that says all of what is missing (K7); `until` as in the SMS."""
    last = last_day(until or _expires(declaration))
    return _mail(NoticeKind.SUPPLEMENT, **_letter(declaration), office=office, deadline=last, note=note)


def last_day(until: datetime) -> str:
    """Return the day of a deadline in words: "hết ngày 30/11/2026 (thứ Hai)"."""
    day = clock.local(until).date()
    return f"hết ngày {day:%d/%m/%Y} ({_WEEKDAYS[day.weekday()]})"


def with_password(body: str, password: str) -> str:
    """Return the SMS as it goes out, `password` in the place of MASK; raises ValueError when it has no such place."""
    before, mask, after = body.partition(MASK)
    if not mask:
        raise ValueError("this message has no place for a password")
    return before + password + after


def _where_and_when(
    declaration: Declaration, office: Office, day: str, until: datetime | None = None
) -> dict[str, str]:
    return {
        "receipt": format_receipt_code(declaration.receipt_code),
        "office_sms": plain_sms(office.short_name)[:OFFICE_LENGTH],
        "day": clock.local(until or _expires(declaration)).strftime(day),
    }


def _letter(declaration: Declaration) -> dict[str, object]:
    return {
        "receipt": format_receipt_code(declaration.receipt_code),
        "name": declaration.full_name,
        "papers": PAPERS,
    }


def _expires(declaration: Declaration) -> datetime:
    if declaration.expires_at is None:
        raise ValueError("this declaration has no deadline to tell")
    return declaration.expires_at


def _cut(text: str, room: int) -> str:
    """Return `text` in at most `room` characters, cut between words where it can be."""
    if len(text) <= room:
        return text
    kept = text[: room - 3]
    if not text[room - 3].isspace():
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip(" .,;:") + "..."


def _sms(kind: NoticeKind, **words: object) -> str:
    """Return one part: printable GSM-7 characters, each sent as one."""
    text = _environment().get_template(f"{kind}.sms.txt").render(words)
    return plain_sms(text).translate(_TO_GSM7)


def _mail(kind: NoticeKind, **words: object) -> Mail:
    """Return both halves; the plain one also says the subject."""
    plain = _environment().get_template(f"{kind}.mail.txt").make_module(words)
    subject = str(getattr(plain, "subject"))  # noqa: B009 (the template sets it)
    html = _environment().get_template(f"{kind}.mail.html").render(words, subject=subject)
    return Mail(" ".join(subject.split()), str(plain).strip() + "\n", html)


@cache
def _environment() -> Environment:
    """Return this room's own environment: HTML is escaped, a missing word is an error."""
    return Environment(
        loader=FileSystemLoader(ROOT / "templates" / "messages"),
        autoescape=select_autoescape(("html",), default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
