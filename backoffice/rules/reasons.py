"""The coded reasons for not accepting a declaration, with their wording (domain 6, wording.md).

A reason is kept (declarations.reasons), told and counted as a code: the value of a Reason, that of photo_unusable with
the photos that are meant, "photo_unusable:id_front,id_back". One reason is one code, so they are counted by what stands
before the colon: SELECT split_part(code, ':', 1), count(*) FROM declarations, unnest(reasons) code GROUP BY 1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backoffice.models import PhotoKind


class Reason(StrEnum):
    """Why a declaration is not accepted."""

    ID_NUMBER_DIFFERS = "id_number_differs"
    NAME_DIFFERS = "name_differs"
    CODE_WRONG = "code_wrong"
    NOT_THE_PERSON = "not_the_person"
    PHOTO_UNUSABLE = "photo_unusable"
    PHONE_NOT_OWN = "phone_not_own"
    FORM01_UNSIGNED = "form01_unsigned"
    ID_INVALID = "id_invalid"
    CHILD_PROOF_MISSING = "child_proof_missing"
    HAS_ACCOUNT = "has_account"
    WRONG_OFFICE = "wrong_office"
    OTHER = "other"


@dataclass(frozen=True)
class Wording:
    """How a reason reads on screen and in e-mail, and in an SMS (no diacritics)."""

    screen: str
    sms: str


WORDING: dict[Reason, Wording] = {
    Reason.ID_NUMBER_DIFFERS: Wording("Số giấy tờ khác giấy tờ xuất trình", "So giay to khong khop"),
    Reason.NAME_DIFFERS: Wording("Họ tên khác giấy tờ xuất trình", "Ho ten khong khop giay to"),
    Reason.CODE_WRONG: Wording("Mã số BHXH sai hoặc của người khác", "Ma so BHXH khong dung"),
    Reason.NOT_THE_PERSON: Wording("Ảnh chân dung không phải người nộp", "Anh chan dung khong dung nguoi"),
    Reason.PHOTO_UNUSABLE: Wording("Ảnh mờ, lóa hoặc mất góc", "Anh mo, loa, mat goc"),
    Reason.PHONE_NOT_OWN: Wording(
        "Số điện thoại không phải của người khai hoặc đã dùng cho mã khác",
        "So dien thoai da dung hoac khong phai cua ban",
    ),
    Reason.FORM01_UNSIGNED: Wording("Chưa có mẫu số 01 hoặc chưa ký", "Thieu mau 01 co chu ky"),
    Reason.ID_INVALID: Wording("Giấy tờ hết hạn hoặc hư hỏng", "Giay to het han hoac hong"),
    Reason.CHILD_PROOF_MISSING: Wording("Thiếu giấy khai sinh hoặc giấy tờ giám hộ", "Thieu khai sinh, giay giam ho"),
    Reason.HAS_ACCOUNT: Wording("Đã có tài khoản", "Da co tai khoan"),
    Reason.WRONG_OFFICE: Wording("Sai cơ quan tiếp nhận", "Sai co quan tiep nhan"),
    Reason.OTHER: Wording("Lý do khác", "Ly do khac"),
}

PHOTOS: dict[PhotoKind, str] = {
    PhotoKind.PORTRAIT: "chân dung",
    PhotoKind.ID_FRONT: "mặt trước",
    PhotoKind.ID_BACK: "mặt sau",
    PhotoKind.BIRTH_CERTIFICATE: "giấy khai sinh",
}
"""How a photo is named within a sentence."""

SMS_ROOM = 55
"""Characters that the reasons have in the SMS (wording.md)."""
NOTE_LIMIT = 500


def unusable(photos: Iterable[PhotoKind]) -> str:
    """Return the code of photo_unusable for these photos, in their own order; of none in particular when empty."""
    meant = set(photos)
    kinds = [kind.value for kind in PhotoKind if kind in meant]
    return f"{Reason.PHOTO_UNUSABLE.value}:{','.join(kinds)}" if kinds else Reason.PHOTO_UNUSABLE.value


def reason_of(code: str) -> Reason:
    """Return which reason `code` is; raises ValueError for none."""
    name, colon, _ = code.partition(":")
    reason = Reason(name)
    if colon and reason is not Reason.PHOTO_UNUSABLE:
        raise ValueError("only photo_unusable says more than its name")
    return reason


def photos_of(code: str) -> list[PhotoKind]:
    """Return the photos that `code` means, none in particular when empty; raises ValueError for an unknown one."""
    return [PhotoKind(kind) for kind in code.partition(":")[2].split(",") if kind]


def wording(code: str) -> Wording:
    """Return how `code` reads; photos that are too many for the SMS are named on screen and in e-mail alone."""
    reason, photos = reason_of(code), photos_of(code)
    if not photos:
        return WORDING[reason]
    named = ", ".join(PHOTOS[photo] for photo in photos)
    sms = plain_sms(f"Ảnh {named} mờ, lóa, mất góc")
    return Wording(f"Ảnh {named} mờ, lóa hoặc mất góc", sms if len(sms) <= SMS_ROOM else WORDING[reason].sms)


def screen_reasons(codes: Sequence[str], note: str) -> list[str]:
    """Return all reasons as sentences for screen, e-mail and slip; `note` stands for OTHER, or at the end."""
    lines = [wording(code).screen for code in codes if code != Reason.OTHER]
    if note:
        lines.append(note)
    return lines


def sms_reasons(codes: Sequence[str], note: str) -> str:
    """Return the reasons for an SMS, at most 55 characters: what does not fit becomes "va N ly do khac"."""
    parts = [wording(code).sms for code in codes if code != Reason.OTHER]
    if note or not parts:
        parts.append(plain_sms(note) or wording(Reason.OTHER).sms)
    for kept in range(len(parts), 0, -1):
        text = _joined(parts[:kept], len(parts) - kept)
        if len(text) <= SMS_ROOM:
            return text
    return _shortened(parts[0], len(parts) - 1)


def plain_sms(text: str) -> str:
    """Return `text` as gateways take it: no diacritics, no & or #, printable ASCII only, blanks folded (domain 3)."""
    text = text.replace("đ", "d").replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", text)
    ascii_only = "".join(letter for letter in decomposed if " " <= letter <= "~" or letter.isspace())
    return " ".join(ascii_only.replace("&", " va ").replace("#", " ").split())


def _joined(parts: list[str], more: int) -> str:
    text = "; ".join(parts)
    return f"{text} va {more} ly do khac" if more else text


def _shortened(part: str, more: int) -> str:
    tail = f"... va {more} ly do khac" if more else "..."
    return part[: SMS_ROOM - len(tail)].rstrip() + tail
