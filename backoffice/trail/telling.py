"""The trail in plain words: what happened, to what, and what of its facts tells something. No fact is a person's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backoffice.desk.opening import REASONS as OPENED_FOR
from backoffice.models import Item, KeptData, OpenReason, PhotoKind, TrailAlarmKind
from backoffice.models import TrailEvent as E
from backoffice.rules.ledger import short_label
from backoffice.rules.reasons import screen_reasons
from backoffice.rules.retention import RULES
from backoffice.trail.words import ALARMS, WORDS

Facts = Mapping[str, Any]

_PHOTOS: dict[str, str] = {
    PhotoKind.PORTRAIT: "chân dung",
    PhotoKind.ID_FRONT: "giấy tờ mặt trước",
    PhotoKind.ID_BACK: "giấy tờ mặt sau",
    PhotoKind.BIRTH_CERTIFICATE: "giấy khai sinh",
}
_HOW: dict[str, str] = {"seen": "xem bằng mắt", "overridden": "chấp nhận dù khác, có lý do", "scanned": "quét"}
_PLACES: dict[str, str] = {
    "desk": "tại quầy",
    "hotline": "qua tổng đài",
    "assistant": "qua trợ lý ảo của tổng đài",
    "email": "qua thư điện tử",
}
_SEARCHES: dict[str, str] = {"person": "về một người dân", "officer": "về một cán bộ", "acts": "theo cơ quan, việc làm"}


_ABOUT: dict[str, tuple[str, ...]] = {
    "offices": ("from_office", "office", "to_office", "to_office_id", "successor"),
    "officers": ("officer_id", "officer", "held_by", "to"),
    "clients": ("client",),
    "opened": ("opened",),
}
"""Under which names facts hold the ids of to what or whom something was done, from where to where."""


def told(event: E, facts: Facts, offices: Mapping[int, str] | None = None, *others: str) -> str:
    """Return what happened, to what, and what else of its facts tells something; of an unknown shape nothing is told.

    `offices` are names by the ids that `offices_in` named; `others` are the names of what else it was done to.
    """
    try:
        more = _MORE[event](facts) if event in _MORE else ""
    except (KeyError, ValueError, TypeError, AttributeError):
        more = ""
    named = " → ".join((offices or {})[one] for one in offices_in(facts) if one in (offices or {}))
    said = ", ".join(part for part in (named, " → ".join(others), more) if part)
    return f"{WORDS[event]}: {said}" if said else WORDS[event]


def offices_in(facts: Facts) -> list[int]:
    """Return the ids of the offices that a row tells of: from where, to where."""
    return _ids(facts, "offices")


def officers_in(facts: Facts) -> list[int]:
    """Return the ids of the officers to whom something was done: from whom, to whom."""
    return _ids(facts, "officers")


def clients_in(facts: Facts) -> list[int]:
    """Return the ids of the machines to which something was done."""
    return _ids(facts, "clients")


def opened_in(facts: Facts) -> int | None:
    """Return the id of the reason a file was opened for, which may have a note (OpenedFile)."""
    return next(iter(_ids(facts, "opened")), None)


def _ids(facts: Facts, of: str) -> list[int]:
    return [facts[name] for name in _ABOUT[of] if type(facts.get(name)) is int]


def _items(facts: Facts) -> str:
    names = ", ".join(_lower(short_label(Item(item))) for item in facts["items"])
    how = _HOW.get(facts.get("how", ""), "")
    return f"{names} ({how})" if how else names


def _search(facts: Facts) -> str:
    if "place" in facts or "call" in facts:
        return ""
    number = len(facts.get("listed", ())) + len(facts.get("accounts", ()))
    return f"hiện ra {number} hồ sơ, tài khoản" if number else "không thấy gì"


def _photo(facts: Facts) -> str:
    return _PHOTOS[facts["kind"]]


def _place(facts: Facts) -> str:
    return _PLACES.get(facts.get("place", ""), "")


def _listed(facts: Facts) -> str:
    return f"{len(facts['listed'])} dòng"


def _asked(facts: Facts) -> str:
    return _SEARCHES[facts["what"]]


def _own(facts: Facts) -> str:
    told_of = {"number": "máy mới", "wrong_codes": "lần nhập sai mã xác thực"}
    return ", ".join(f"{facts[name]} {what}" for name, what in told_of.items() if facts.get(name))


def _kept(facts: Facts) -> str:
    what = _lower(RULES[KeptData(facts["data"])].name)
    return f"{what}, {int(facts['count'])} mục" if "count" in facts else what


_IN_LISTS: dict[str, str] = {
    "letter": "công văn",
    "taken_out": "bỏ ra",
    "put_back": "đưa lại",
    "bhxh_code": "mã số",
    "full_name": "họ tên",
    "date_of_birth": "ngày sinh",
    "phone": "số điện thoại",
    "asked": "đề nghị duyệt",
    "agreed": "đồng ý",
    "sent_back": "trả lại",
    "taken_back": "rút lại đề nghị",
    "stopped": "dừng khi đang duyệt",
    "again": "đối chiếu lại",
    "asker_gone": "dừng vì người đề nghị không còn quyền",
    "id_type": "loại giấy tờ",
    "id_number": "số giấy tờ",
    "email": "thư điện tử",
    "address": "địa chỉ",
    "ward": "xã, phường",
    "district": "quận, huyện",
    "province": "tỉnh, thành phố",
    "guardian_bhxh_code": "mã số người giám hộ",
    "photos": "ảnh",
    "template": "tệp mẫu có sẵn người",
    "result": "tệp kết quả",
    "sent": "gửi kết quả cho đơn vị",
    "mailed": "thư kết quả gửi đơn vị",
}


def _in_list(facts: Facts) -> str:
    """Tell which list it was (its number stands on its page), which row of it, what was done and to how many."""
    row = f"dòng {int(facts['row'])}" if "row" in facts else ""
    count = f"{int(facts['count'])} dòng" if "count" in facts else ""
    which = f"số {int(facts['batch'])}" if "batch" in facts else ""
    said = (which, row, _IN_LISTS.get(facts.get("what", ""), ""), count)
    return ", ".join(part for part in said if part)


_MORE: dict[E, Callable[[Facts], str]] = {
    E.OPEN: lambda facts: _lower(OPENED_FOR[OpenReason(facts["why"])]),
    E.SEARCH: _search,
    E.QUEUE: _listed,
    E.NOTICES: _listed,
    E.EXPORT: lambda facts: f"{'báo cáo số liệu, ' * (facts.get('what') == 'report')}{int(facts['count'])} dòng",
    E.PHOTO: _photo,
    E.ROTATE: _photo,
    E.RETAKE: _photo,
    E.PHOTO_INVITE: _photo,
    E.PHOTO_SENT: _photo,
    E.PHOTO_DISCARD: _photo,
    E.VERIFY: _items,
    E.UNVERIFY: _items,
    E.RETENTION: _kept,
    E.BATCH_UPLOAD: _in_list,
    E.BATCH_SEE: _in_list,
    E.BATCH_EXPORT: _in_list,
    E.BATCH_CORRECT: _in_list,
    E.BATCH_APPLY: _in_list,
    E.BATCH_SECOND: _in_list,
    E.BATCH_CLOSED: _in_list,
    E.BATCH_CANCEL: _in_list,
    E.REJECT: lambda facts: "; ".join(_lower(one) for one in screen_reasons(facts["reasons"], "")),
    E.DEVICE_KNOWN: _own,
    E.SIGN_IN_FAILED: lambda facts: "đúng mật khẩu, sai mã xác thực" if facts.get("second_step") else "",
    E.RESET: _place,
    E.RESEND: _place,
    E.TRAIL_SEARCH: _asked,
    E.TRAIL_EXPORT: lambda facts: f"{_asked(facts)}, {int(facts['count'])} dòng",
    E.RIGHTS_EXPORT: lambda facts: {"pdf": "bản PDF", "json": "bản JSON"}[facts["format"]],
    E.TRAIL_ALARM_HANDLED: lambda facts: _lower(ALARMS[TrailAlarmKind(facts["kind"])]),
}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
