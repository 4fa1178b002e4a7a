"""How the messages of a decision fare, one by one, in the words of the desk (screens.md, The moment after)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from backoffice.desk.labels import short_moment
from backoffice.kernel import clock
from backoffice.models import NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices.queries import NoticeLine

RECEIPT_EXPECTED = timedelta(seconds=60)
"""How long the network's receipt is waited for before the officer asks the citizen (screens.md)."""
WATCHED = timedelta(minutes=10)
"""So long a receipt that is late still shows by itself: nobody stands at a counter longer."""
QUICK, SLOW = "2s", "10s"

_CHANNELS = {NoticeChannel.SMS: "Tin nhắn", NoticeChannel.EMAIL: "Thư điện tử"}
_TONES: dict[NoticeStatus, str] = {
    NoticeStatus.DELIVERED: "good",
    NoticeStatus.FAILED: "bad",
    NoticeStatus.UNKNOWN: "warn",
}
_WITH_PASSWORD = (NoticeKind.APPROVED, NoticeKind.RESET)
_MOVING = (NoticeStatus.QUEUED, NoticeStatus.SENDING)
_QUESTION = "Nhà mạng chưa báo tin đã đến. Xin hỏi công dân xem máy đã nhận được tin nhắn chưa."
_STILL_WAITING = "Tin chưa gửi đi được, hệ thống vẫn tự gửi tiếp. Công dân không cần đợi tại quầy."
_BY_HAND = "Xin in phiếu giao tận tay công dân."
_VOID = "Mật khẩu trong tin này không còn dùng được."


def fates_of(lines: Sequence[NoticeLine]) -> dict[str, Any]:
    """Return how `lines` (messages of one kind, oldest first) fare, the latest of each way first.

    notices, former: lists of channel, recipient (masked), state, tone, at, detail, seen. pending: something may change
    any moment; every: how often the page asks again ("2s", "10s", "" when no more). asks: the officer is to ask the
    citizen; can_be_seen: the citizen may have the SMS. state: changes whenever what is shown does.
    """
    latest = {line.channel: line for line in lines}
    sms = latest.get(NoticeChannel.SMS)
    former = [line for line in lines if line is not latest[line.channel] and line.channel is NoticeChannel.SMS]
    pending = any(_may_change(line) for line in latest.values())
    is_watched = sms is not None and _awaits_receipt(sms) and _age(sms) <= WATCHED
    shown: dict[str, Any] = {
        "notices": [_shown(latest[channel]) for channel in _CHANNELS if channel in latest],
        "former": [_former(line) for line in reversed(former)],
        "pending": pending,
        "every": QUICK if pending else SLOW if is_watched else "",
        "asks": sms is not None and _is_late(sms),
        "can_be_seen": sms is not None and _awaits_receipt(sms),
    }
    return shown | {"state": state_of(shown)}


def state_of(shown: object) -> str:
    """Return a short mark of what is shown, made of masked values alone: it may stand in an address."""
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _may_change(line: NoticeLine) -> bool:
    """Tell whether the page asks again soon: under way, or just sent and the network's receipt still to be expected."""
    return line.status in _MOVING or (_awaits_receipt(line) and not _is_late(line))


def _awaits_receipt(line: NoticeLine) -> bool:
    return line.channel is NoticeChannel.SMS and line.status is NoticeStatus.SENT and line.seen_at is None


def _is_late(line: NoticeLine) -> bool:
    return _awaits_receipt(line) and _age(line) > RECEIPT_EXPECTED


def _age(line: NoticeLine) -> timedelta:
    return clock.now() - (line.sent_at or line.created_at)


def _shown(line: NoticeLine) -> dict[str, str]:
    return {
        "channel": _CHANNELS[line.channel],
        "recipient": line.recipient,
        "state": line.label,
        "tone": _tone(line),
        "at": short_moment(line.finished_at or line.sent_at or line.created_at),
        "detail": _detail(line),
        "seen": f"công dân đã thấy tin lúc {short_moment(line.seen_at)} · {line.seen_by}" if line.seen_at else "",
    }


def _former(line: NoticeLine) -> dict[str, str]:
    """Return an SMS that a later one replaced: it is watched no more, and the password in it is void."""
    shown = _shown(line) | {"tone": _TONES.get(line.status, "none"), "detail": line.failure or ""}
    if line.kind in _WITH_PASSWORD and line.status not in (NoticeStatus.FAILED, NoticeStatus.CANCELLED):
        shown["detail"] = _VOID
    return shown


def _tone(line: NoticeLine) -> str:
    if line.seen_at is not None:
        return "good"
    if _is_late(line) or (line.status in _MOVING and line.failure):
        return "warn"
    return _TONES.get(line.status, "none")


def _detail(line: NoticeLine) -> str:
    """Return why it did not go, in the very words it was kept with, and what comes next; "" when there is nothing."""
    if _is_late(line):
        return _QUESTION
    if line.status in _MOVING:
        if line.failure:
            return f"{line.failure} Hệ thống tự gửi lại lúc {clock.local(line.next_try_at):%H:%M:%S}."
        is_slow = line.channel is NoticeChannel.SMS and clock.now() - line.created_at > RECEIPT_EXPECTED
        return _STILL_WAITING if is_slow else ""
    if line.status is NoticeStatus.FAILED and line.kind not in _WITH_PASSWORD:
        return f"{line.failure} {_BY_HAND}"
    return line.failure or ""
