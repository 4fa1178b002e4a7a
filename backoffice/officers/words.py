"""How officers and their states read on screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from backoffice.kernel import clock
from backoffice.models import DisabledReason
from backoffice.officers.queries import UNUSED_SHOWN, Line, State
from backoffice.rules.signed_in import IDLE

STATES: dict[State, str] = {
    State.ENABLED: "Đang được sử dụng",
    State.DISABLED: "Đã ngừng sử dụng",
    State.NEVER: "Chưa đăng nhập lần nào",
    State.UNUSED: "Hơn 30 ngày không dùng",
    State.STAND_IN: "Đang làm thay nơi khác",
    State.NO_AUTHENTICATOR: "Chưa có ứng dụng xác thực",
}
_DISABLED: dict[DisabledReason | None, str] = {
    DisabledReason.UNUSED: "Tự ngừng: 60 ngày không dùng",
}


def last_seen(line: Line) -> str:
    """Return when the officer was seen last: "hôm nay 08:12", "45 ngày trước", "chưa lần nào"."""
    seen = [instant for instant in (line.last_seen_at, line.active_at) if instant is not None]
    return ago(max(seen)) if seen else "chưa lần nào"


def ago(instant: datetime) -> str:
    """Return the instant in words: today and yesterday by the hour, then in days, after a year by its date."""
    then = clock.local(instant)
    days = (clock.today() - then.date()).days
    if days <= 0:
        return f"hôm nay {then:%H:%M}"
    if days == 1:
        return f"hôm qua {then:%H:%M}"
    return f"{days} ngày trước" if days <= 365 else f"{then:%d/%m/%Y}"


def state(line: Line) -> tuple[str, str]:
    """Return the officer's state in words, and its tone."""
    now = clock.now()
    if line.disabled_at is not None:
        return _DISABLED.get(line.disabled_reason, "Đã ngừng sử dụng"), "bad"
    if line.active_at is not None and line.active_at > now - IDLE:
        return "Đang làm việc", "good"
    if line.last_seen_at is None and line.active_at is None:
        return "Chưa đăng nhập", "warn"
    if line.last_seen_at is not None and line.last_seen_at < now - UNUSED_SHOWN:
        return "Lâu không dùng", "warn"
    return "Đang được sử dụng", "none"


def stands_in_until(line: Line) -> str:
    """Return where and until when the officer stands in: "00115 đến hết 30/11/2026"; nothing when that is over."""
    if line.second_code is None or line.second_until is None or line.second_until < clock.today():
        return ""
    return f"{line.second_code} đến hết {line.second_until:%d/%m/%Y}"


def latest_day(days: int) -> str:
    """Return the day so many days from today, as a date field has it (2026-11-30)."""
    return (clock.today() + timedelta(days=days)).isoformat()
