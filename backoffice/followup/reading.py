"""Reading what an officer typed in the place of a wrong recipient."""

from __future__ import annotations

from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Notice, NoticeChannel

_SAME = "Đây chính là nơi vừa gửi không được. Nếu đúng thì bấm “Gửi lại”; nếu sai, xin nhập nơi nhận khác."


def normal_recipient(notice: Notice, value: str) -> str:
    """Return the number or address in normal form, "" for none."""
    try:
        return _read(notice, value)
    except Malformed:
        return ""


def read_recipient(notice: Notice, value: str, consent: str) -> str:
    """Return the number or address in normal form; raises InvalidInput (value, consent) with every fault at once."""
    faults, recipient = [], ""
    try:
        recipient = _read(notice, value)
    except Malformed as fault:
        faults.append(Fault("value", fault.message, fault.code))
    else:
        if not recipient:
            faults.append(Fault("value", "Xin nhập địa chỉ thư điện tử đúng.", "missing"))
        elif recipient == notice.recipient:
            faults.append(Fault("value", _SAME, "same_recipient"))
    if not consent.strip():
        faults.append(Fault("consent", "Xin hỏi công dân, rồi đánh dấu mục này.", "consent_missing"))
    if faults:
        raise InvalidInput(faults)
    return recipient


def _read(notice: Notice, value: str) -> str:
    return normalize_phone(value) if notice.channel is NoticeChannel.SMS else normalize_email(value) or ""
